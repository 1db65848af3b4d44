package v4l2

import (
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// buffers is how many pictures the driver may have under way: one being written, one ready, one being
// read, one for a reader who is late.
const buffers = 4

// patience is how long a camera may give nothing; some need three seconds for their first picture.
const patience = 10 * time.Second

// Errors of Next.
var (
	errTorn   = errors.New("driver marked the picture as damaged")
	errSilent = fmt.Errorf("camera gave no picture for %v", patience)
)

// stream is the running part of a Device.
type stream struct {
	mapped  [][]byte
	held    int // buffer that Next gave out last; -1: none
	running bool
	closed  bool
}

// Start makes the camera run and gives the mode that the driver chose, which may differ from the one
// asked for. The error is EBUSY when another program has the camera.
func (d *Device) Start(m Mode) (Mode, error) {
	got, err := d.configure(m)
	if err == nil {
		err = d.mapBuffers()
	}
	if err == nil {
		on := int32(bufTypeVideoCapture)
		if err = call(d.node, reqStreamOn, &on); err != nil {
			err = fmt.Errorf("start streaming: %w", err)
		}
	}
	if err != nil {
		d.unmap()
		return Mode{}, err
	}
	d.running, d.held = true, -1
	return got, nil
}

// configure sets format and rate.
func (d *Device) configure(m Mode) (Mode, error) {
	f := format{bufType: bufTypeVideoCapture, pix: pixFormat{
		width: uint32(m.Width), height: uint32(m.Height), pixelFormat: uint32(m.Format),
	}}
	if err := call(d.node, reqSetFormat, &f); err != nil {
		return Mode{}, fmt.Errorf("set format: %w", err)
	}
	got := Mode{
		Format: PixelFormat(f.pix.pixelFormat), Width: int(f.pix.width), Height: int(f.pix.height),
		Stride: int(f.pix.bytesPerLine), FramesPerSecond: m.FramesPerSecond,
	}
	if m.FramesPerSecond > 0 {
		p := streamparm{bufType: bufTypeVideoCapture, timePerFrame: fract{1000, uint32(math.Round(m.FramesPerSecond * 1000))}}
		if call(d.node, reqSetParm, &p) == nil { // not every driver lets its rate be set
			got.FramesPerSecond = p.timePerFrame.perSecond()
		}
	}
	return got, nil
}

// mapBuffers asks for buffers, maps them and gives them to the driver.
func (d *Device) mapBuffers() error {
	r := requestbuffers{count: buffers, bufType: bufTypeVideoCapture, memory: memoryMmap}
	if err := call(d.node, reqBuffers, &r); err != nil {
		return fmt.Errorf("request buffers: %w", err)
	}
	for i := range min(r.count, 32) {
		b := buffer{index: i, bufType: bufTypeVideoCapture, memory: memoryMmap}
		if err := call(d.node, reqQueryBuf, &b); err != nil {
			return fmt.Errorf("query buffer: %w", err)
		}
		m, err := d.node.mmap(int64(b.offset), int(b.length))
		if err != nil {
			return fmt.Errorf("map buffer: %w", err)
		}
		d.mapped = append(d.mapped, m)
		if err := d.queue(int(i)); err != nil {
			return fmt.Errorf("queue buffer: %w", err)
		}
	}
	if len(d.mapped) == 0 {
		return errors.New("driver gave no buffers")
	}
	return nil
}

func (d *Device) queue(i int) error {
	b := buffer{index: uint32(i), bufType: bufTypeVideoCapture, memory: memoryMmap}
	return call(d.node, reqQueue, &b)
}

// Next waits for the next picture, and gives the newest one if several have come. Its bytes are the
// driver's and hold until the following Next or Close. The error is ENODEV when the camera was unplugged,
// and [os.ErrClosed] after Interrupt. After one for which Damaged is true the next picture may be good.
func (d *Device) Next() ([]byte, error) {
	if !d.running {
		return nil, os.ErrClosed
	}
	if d.held >= 0 {
		i := d.held
		d.held = -1
		if err := d.queue(i); err != nil {
			return nil, fmt.Errorf("queue buffer: %w", err)
		}
	}
	for {
		if err := d.node.wait(patience); err != nil {
			return nil, err
		}
		b, err := d.newest()
		if errors.Is(err, unix.EAGAIN) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("dequeue buffer: %w", err)
		}
		d.held = int(b.index)
		if b.flags&bufFlagError != 0 {
			return nil, errTorn
		}
		return d.mapped[b.index][:b.bytesUsed], nil
	}
}

// newest takes the pictures that are ready and gives the driver back all but the newest good one: a reader
// who was late has no use for what is old.
func (d *Device) newest() (buffer, error) {
	best, err := d.dequeue()
	for range d.mapped {
		if err != nil {
			break
		}
		next, nextErr := d.dequeue()
		if nextErr != nil { // there is none; what else it may be comes again
			break
		}
		if next.flags&bufFlagError == 0 || best.flags&bufFlagError != 0 {
			best, next = next, best
		}
		err = d.queue(int(next.index))
	}
	return best, err
}

// dequeue takes one buffer from the driver; EAGAIN if none is ready.
func (d *Device) dequeue() (buffer, error) {
	b := buffer{bufType: bufTypeVideoCapture, memory: memoryMmap}
	if err := call(d.node, reqDequeue, &b); err != nil {
		return b, err
	}
	if int(b.index) >= len(d.mapped) || int64(b.bytesUsed) > int64(len(d.mapped[b.index])) {
		return b, fmt.Errorf("driver gave buffer %d with %d bytes", b.index, b.bytesUsed)
	}
	return b, nil
}

// Damaged tells whether an error of Next concerns one picture only: marked by the driver, or lost to a
// passing disturbance (EIO).
func Damaged(err error) bool { return errors.Is(err, errTorn) || errors.Is(err, unix.EIO) }

// Interrupt ends a waiting Next and all that follow. It may be called from any goroutine, also after
// Close.
func (d *Device) Interrupt() { d.node.interrupt() }

// Close stops the camera. It belongs to the goroutine that calls Next; a second call does nothing.
func (d *Device) Close() error {
	if d.closed {
		return nil
	}
	d.closed = true
	if d.running {
		off := int32(bufTypeVideoCapture)
		_ = call(d.node, reqStreamOff, &off) // an unplugged one says ENODEV
		d.running = false
	}
	d.unmap()
	return d.node.close()
}

func (d *Device) unmap() {
	for _, m := range d.mapped {
		_ = d.node.munmap(m)
	}
	d.mapped = nil
}
