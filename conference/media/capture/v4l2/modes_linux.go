package v4l2

import "encoding/binary"

// PixelFormat is a four-character code (V4L2_PIX_FMT_).
type PixelFormat uint32

// The formats that are of use here.
var (
	YUYV  = fourCC("YUYV") // packed 4:2:2
	NV12  = fourCC("NV12") // 4:2:0, a plane of luma, one of chroma
	I420  = fourCC("YU12") // 4:2:0, three planes
	MJPEG = fourCC("MJPG") // a JPEG a picture
	JPEG  = fourCC("JPEG") // likewise
)

func fourCC(s string) PixelFormat { return PixelFormat(binary.LittleEndian.Uint32([]byte(s))) }

// String is the four characters.
func (f PixelFormat) String() string {
	return string(binary.LittleEndian.AppendUint32(nil, uint32(f)))
}

// Mode is one way in which a camera can run.
type Mode struct {
	Format          PixelFormat
	Width, Height   int     // pixels
	FramesPerSecond float64 // 0: not known
	Stride          int     // bytes a row of the first plane, once started; 0: compressed
}

// Modes lists what the camera offers. Of a range of sizes or rates it gives what comes nearest to what
// is wanted.
func (d *Device) Modes(width, height int, framesPerSecond float64) []Mode {
	var modes []Mode
	for i := range uint32(maxEntries) {
		f := fmtdesc{index: i, bufType: bufTypeVideoCapture}
		if call(d.node, reqEnumFormat, &f) != nil {
			break
		}
		for _, size := range d.sizes(f.pixelFormat, width, height) {
			for _, rate := range d.rates(f.pixelFormat, size, framesPerSecond) {
				modes = append(modes, Mode{
					Format: PixelFormat(f.pixelFormat), Width: size[0], Height: size[1], FramesPerSecond: rate,
				})
			}
		}
		if len(modes) >= maxEntries*maxEntries {
			break
		}
	}
	return modes
}

// sizes lists the sizes of a format; a driver that has no list is asked for what is wanted.
func (d *Device) sizes(format uint32, width, height int) (sizes [][2]int) {
	for i := range uint32(maxEntries) {
		s := frmsizeenum{index: i, pixelFormat: format}
		if call(d.node, reqEnumSizes, &s) != nil {
			break
		}
		if s.kind == sizeDiscrete {
			sizes = append(sizes, [2]int{int(s.size[0]), int(s.size[1])})
			continue
		}
		return [][2]int{{
			step(width, int(s.size[0]), int(s.size[1]), int(s.size[2])),
			step(height, int(s.size[3]), int(s.size[4]), int(s.size[5])),
		}}
	}
	if len(sizes) == 0 {
		return [][2]int{{width, height}}
	}
	return sizes
}

// step is the value nearest to wanted of those from low to high in steps.
func step(wanted, low, high, steps int) int {
	steps = max(steps, 1)
	v := min(max(wanted, low), high)
	return min(low+(v-low+steps/2)/steps*steps, high)
}

// rates lists the rates of a size, in pictures per second; 0 alone if the driver has no list.
func (d *Device) rates(format uint32, size [2]int, wanted float64) (rates []float64) {
	for i := range uint32(maxEntries) {
		r := frmivalenum{index: i, pixelFormat: format, width: uint32(size[0]), height: uint32(size[1])}
		if call(d.node, reqEnumRates, &r) != nil {
			break
		}
		if r.kind == sizeDiscrete {
			if v := r.interval[0].perSecond(); v > 0 {
				rates = append(rates, v)
			}
			continue
		}
		fastest, slowest := r.interval[0].perSecond(), r.interval[1].perSecond()
		if fastest > 0 {
			return []float64{min(max(wanted, slowest), fastest)}
		}
	}
	if len(rates) == 0 {
		return []float64{0}
	}
	return rates
}

// perSecond is the rate of an interval in seconds; 0 if it is none.
func (f fract) perSecond() float64 {
	if f.numerator == 0 || f.denominator == 0 {
		return 0
	}
	return float64(f.denominator) / float64(f.numerator)
}
