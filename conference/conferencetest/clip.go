package conferencetest

import (
	"context"
	"io"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"confab/conference/media"
	"confab/conference/media/capture"
	"confab/conference/media/capture/pattern"
)

const (
	clipRate   = 30 // pictures per second
	clipLength = 60 // pictures that differ; the last is followed by the first
)

// Clip is somebody who sits in front of shelves, speaks, sways and moves a hand, filmed by a camera that
// is a little noisy: about as hard to encode as what cameras give. It is drawn once and never changes, so
// any number of people may send it.
type Clip struct {
	label    string
	pool     media.Pool
	pictures []*media.VideoFrame
}

// NewClip draws a clip of the given size in pixels, 160x90 at least. The label names its source (see
// pattern.SourceOf). At 1280x720 it takes 84 MB.
func NewClip(width, height int, label string) *Clip {
	c := &Clip{label: label}
	s := newScene(width, height)
	for n := range clipLength {
		f := c.pool.Frame(width, height)
		s.draw(f, n)
		c.pictures = append(c.pictures, f)
	}
	return c
}

// Open gives a camera that films the clip, 30 pictures a second, each with a code (package pattern) of
// its number and instant. Frames come from pool. Nothing is drawn as time goes by but the code.
func (c *Clip) Open(pool *media.Pool) capture.VideoSource {
	return &clipCamera{clip: c, pool: pool, done: make(chan struct{})}
}

// clipCamera plays a clip. A reader who is late misses pictures.
type clipCamera struct {
	clip *Clip
	pool *media.Pool
	once sync.Once
	done chan struct{} // closed by Close

	start time.Time // of the first picture; zero before
	next  int
}

// Read implements capture.VideoSource.
func (c *clipCamera) Read(ctx context.Context) (*media.VideoFrame, error) {
	if c.start.IsZero() {
		c.start = time.Now()
	}
	c.next = max(c.next, int(time.Since(c.start)*clipRate/time.Second))
	timer := time.NewTimer(time.Until(c.start.Add(time.Duration(c.next) * time.Second / clipRate)))
	defer timer.Stop()
	select {
	case <-c.done:
		return nil, io.EOF
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C:
	}
	drawn := c.clip.pictures[c.next%clipLength]
	f := c.pool.Frame(drawn.Width, drawn.Height) // of the same strides
	copy(f.Y, drawn.Y)
	copy(f.U, drawn.U)
	copy(f.V, drawn.V)
	f.Captured = time.Now()
	pattern.DrawCode(f, pattern.Code{Frame: uint32(c.next), At: f.Captured, Source: pattern.SourceOf(c.clip.label)})
	c.next++
	return f, nil
}

// Close implements capture.VideoSource.
func (c *clipCamera) Close() error {
	c.once.Do(func() { close(c.done) })
	return nil
}

// grain is the edge of the textures in pixels; they repeat.
const grain = 512

// scene draws the pictures of a clip.
type scene struct {
	width, height     int
	shelves           []byte // luma of the whole picture, without anybody
	skin, cloth, film [grain * grain]int8
}

func newScene(width, height int) *scene {
	s := &scene{width: width, height: height, shelves: make([]byte, width*height)}
	r := rand.New(rand.NewPCG(1, 1))
	texture(r, &s.skin, 24, 10)
	texture(r, &s.cloth, 6, 14)
	for i := range s.film { // what the sensor adds: a triangle of three levels either way
		s.film[i] = int8(r.IntN(4) + r.IntN(4) - 3)
	}
	var wood [grain * grain]int8
	texture(r, &wood, 10, 16)
	spine := 0
	for x := range width { // books of different breadth and brightness
		if x%max(width/47, 2) == 0 || x%max(width/31, 2) == 0 {
			spine = r.IntN(90)
		}
		for y := range height {
			l := 50 + spine + 40*y/height
			if y%max(height/4, 1) < height/60+1 {
				l = 40
			}
			s.shelves[y*width+x] = byte(l + int(wood[y%grain*grain+x%grain]))
		}
	}
	return s
}

// texture fills t with smooth noise: bumps of some pixels across, and finer ones on them.
func texture(r *rand.Rand, t *[grain * grain]int8, across, height int) {
	for _, octave := range []struct{ across, height int }{{across, height}, {max(across/3, 2), height / 2}} {
		n := max(grain/octave.across, 1)
		bumps := make([]float64, n*n)
		for i := range bumps {
			bumps[i] = (2*r.Float64() - 1) * float64(octave.height)
		}
		for y := range grain {
			for x := range grain {
				u, v := float64(x)*float64(n)/grain, float64(y)*float64(n)/grain
				t[y*grain+x] += int8(bilinear(bumps, n, u, v))
			}
		}
	}
}

// bilinear is the value between the four nearest of n x n values that repeat.
func bilinear(values []float64, n int, u, v float64) float64 {
	x, y := int(u), int(v)
	fx, fy := u-float64(x), v-float64(y)
	at := func(x, y int) float64 { return values[y%n*n+x%n] }
	return (at(x, y)*(1-fx)+at(x+1, y)*fx)*(1-fy) + (at(x, y+1)*(1-fx)+at(x+1, y+1)*fx)*fy
}

// shape is an ellipse with a texture that moves with it, in pixels.
type shape struct {
	x, y, rx, ry float64
	luma         int
	texture      *[grain * grain]int8
	u, v         byte
}

// draw draws picture n of the clip into f.
func (s *scene) draw(f *media.VideoFrame, n int) {
	for y := range s.height {
		copy(f.Y[y*f.StrideY:][:s.width], s.shelves[y*s.width:])
	}
	for y := range (s.height + 1) / 2 {
		for x := range (s.width + 1) / 2 {
			f.U[y*f.StrideUV+x] = byte(118 + 12*x/s.width)
			f.V[y*f.StrideUV+x] = byte(132 + 10*y/s.height)
		}
	}
	for _, p := range s.pose(n) {
		s.fill(f, p)
	}
	shift := rand.New(rand.NewPCG(2, uint64(n))) // where each row of each picture takes its noise from
	for y := range s.height {
		row, at := f.Y[y*f.StrideY:][:s.width], shift.IntN(grain*grain)
		for x := range row {
			row[x] += byte(s.film[(at+x)%(grain*grain)])
		}
	}
}

// pose is where everything is in picture n: the body sways, the head nods, the mouth speaks, and for half
// of the time a hand is waved.
func (s *scene) pose(n int) []shape {
	w, h := float64(s.width), float64(s.height)
	turn := 2 * math.Pi * float64(n) / clipLength
	sway, nod := w*0.028*math.Sin(turn), h*0.018*math.Sin(2*turn)
	x, y := w/2+sway, h*0.62+nod
	hand := math.Max(0, math.Sin(turn))
	return []shape{
		{w/2 + sway*0.6, h * 1.15, w * 0.3, h * 0.42, 80, &s.cloth, 150, 112},
		{x, y, w * 0.115, h * 0.27, 150, &s.skin, 108, 152},
		{x, y + h*0.15, w * 0.03, h * (0.008 + 0.02*math.Abs(math.Sin(5*turn))), 70, &s.skin, 112, 160},
		{x - w*0.045, y - h*0.06, w * 0.015, h * 0.012, 60, &s.skin, 126, 130},
		{x + w*0.045, y - h*0.06, w * 0.015, h * 0.012, 60, &s.skin, 126, 130},
		{w*0.8 + w*0.03*math.Sin(4*turn), h * (1.15 - 0.4*hand), w * 0.05, h * 0.14, 145, &s.skin, 108, 152},
	}
}

// fill draws a shape. Its texture moves by quarters of a pixel, as nothing in nature keeps to whole ones.
func (s *scene) fill(f *media.VideoFrame, p shape) {
	left, top := int(math.Floor(p.x*4)), int(math.Floor(p.y*4)) // quarters
	for y := max(0, int(p.y-p.ry)); y < min(s.height, int(p.y+p.ry)+1); y++ {
		d := (float64(y) - p.y) / p.ry
		if d*d >= 1 {
			continue
		}
		half := p.rx * math.Sqrt(1-d*d)
		row := f.Y[y*f.StrideY:][:s.width]
		v := y*4 - top + 4*grain*16
		a, b := p.texture[v/4%grain*grain:][:grain], p.texture[(v/4+1)%grain*grain:][:grain]
		fv := v % 4
		from, to := max(0, int(p.x-half)), min(s.width, int(p.x+half)+1)
		for x := from; x < to; x++ {
			u := x*4 - left + 4*grain*16
			i, j, fu := u/4%grain, (u/4+1)%grain, u%4
			t := (int(a[i])*(4-fu)+int(a[j])*fu)*(4-fv) + (int(b[i])*(4-fu)+int(b[j])*fu)*fv
			row[x] = byte(p.luma + t/16)
		}
		if y%2 == 0 {
			for x := from / 2; x < to/2; x++ {
				f.U[y/2*f.StrideUV+x], f.V[y/2*f.StrideUV+x] = p.u, p.v
			}
		}
	}
}
