package v4l2

import (
	"os"
	"slices"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// fakeCamera is a node whose driver is the test.
type fakeCamera struct {
	caps    uint32
	formats []PixelFormat
	sizes   func(index int, format PixelFormat) (frmsizeenum, bool)
	rates   func(index int, format PixelFormat, width, height int) (frmivalenum, bool)
	chooses func(*pixFormat)   // nil: what is asked for
	fails   map[uintptr]error  // by request
	endless bool               // lists
	calls   []uintptr          // requests
	rate    fract              // set last
	lies    func(*buffer)      // about what is dequeued
	mapped  map[*byte]struct{} // memory that is not unmapped yet
	mu      sync.Mutex
	queued  []uint32 // buffers that the driver has
	filled  []buffer // that wait to be taken
	memory  [][]byte
	on      bool
	closed  bool
	wake    chan struct{}
	ended   chan struct{}
	once    sync.Once
}

func newFakeCamera() *fakeCamera {
	return &fakeCamera{
		caps: capVideoCapture | capStreaming, formats: []PixelFormat{YUYV, MJPEG},
		fails: map[uintptr]error{}, mapped: map[*byte]struct{}{},
		wake: make(chan struct{}, 1), ended: make(chan struct{}),
	}
}

// shoot fills a buffer that the driver has with a picture of one byte; false if it has none.
func (c *fakeCamera) shoot(value byte, flags uint32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.on || len(c.queued) == 0 {
		return false
	}
	i := c.queued[0]
	c.queued = c.queued[1:]
	c.memory[i][0] = value
	c.filled = append(c.filled, buffer{index: i, bytesUsed: 1, flags: flags})
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return true
}

func (c *fakeCamera) ioctl(request uintptr, argument unsafe.Pointer) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, request)
	if err := c.fails[request]; err != nil {
		return err
	}
	switch request {
	case reqQueryCap:
		q := (*capability)(argument)
		q.capabilities, q.deviceCaps = capDeviceCaps|0xFF, c.caps
		copy(q.card[:], "Fake Camera")
		copy(q.busInfo[:], "usb-1")
	case reqEnumFormat, reqEnumSizes, reqEnumRates:
		return c.enumerate(request, argument)
	case reqSetFormat:
		f := (*format)(argument)
		if c.chooses != nil {
			c.chooses(&f.pix)
		}
	case reqSetParm:
		p := (*streamparm)(argument)
		c.rate = p.timePerFrame
	case reqStreamOn:
		c.on = true
	case reqStreamOff:
		c.on, c.queued, c.filled = false, nil, nil
	default:
		return c.move(request, argument)
	}
	return nil
}

func (c *fakeCamera) enumerate(request uintptr, argument unsafe.Pointer) error {
	switch request {
	case reqEnumFormat:
		f := (*fmtdesc)(argument)
		if c.endless {
			f.pixelFormat = uint32(YUYV)
			return nil
		}
		if int(f.index) >= len(c.formats) {
			return unix.EINVAL
		}
		f.pixelFormat = uint32(c.formats[f.index])
	case reqEnumSizes:
		s := (*frmsizeenum)(argument)
		if c.endless {
			s.kind, s.size[0], s.size[1] = sizeDiscrete, s.index+2, s.index+2
			return nil
		}
		if c.sizes == nil {
			return unix.ENOTTY
		}
		got, ok := c.sizes(int(s.index), PixelFormat(s.pixelFormat))
		if !ok {
			return unix.EINVAL
		}
		s.kind, s.size = got.kind, got.size
	case reqEnumRates:
		r := (*frmivalenum)(argument)
		if c.endless {
			r.kind, r.interval[0] = sizeDiscrete, fract{1, r.index + 1}
			return nil
		}
		if c.rates == nil {
			return unix.ENOTTY
		}
		got, ok := c.rates(int(r.index), PixelFormat(r.pixelFormat), int(r.width), int(r.height))
		if !ok {
			return unix.EINVAL
		}
		r.kind, r.interval = got.kind, got.interval
	}
	return nil
}

// move does what concerns buffers.
func (c *fakeCamera) move(request uintptr, argument unsafe.Pointer) error {
	if request == reqBuffers {
		r := (*requestbuffers)(argument)
		r.count = min(r.count, 3) // as some drivers do
		c.memory = nil
		for range r.count {
			c.memory = append(c.memory, make([]byte, 64))
		}
		return nil
	}
	b := (*buffer)(argument)
	switch request {
	case reqQueryBuf:
		b.offset, b.length = b.index*4096, 64
	case reqQueue:
		if slices.Contains(c.queued, b.index) {
			return unix.EINVAL
		}
		c.queued = append(c.queued, b.index)
	case reqDequeue:
		if len(c.filled) == 0 {
			return unix.EAGAIN
		}
		*b = c.filled[0]
		c.filled = c.filled[1:]
		if c.lies != nil {
			c.lies(b)
		}
	default:
		return unix.ENOTTY
	}
	return nil
}

func (c *fakeCamera) mmap(offset int64, length int) ([]byte, error) {
	m := c.memory[offset/4096][:length]
	c.mapped[&m[0]] = struct{}{}
	return m, nil
}

func (c *fakeCamera) munmap(memory []byte) error {
	delete(c.mapped, &memory[0])
	return nil
}

func (c *fakeCamera) wait(patience time.Duration) error {
	c.mu.Lock()
	ready := len(c.filled) > 0 || c.fails[reqDequeue] != nil
	c.mu.Unlock()
	if ready {
		return nil
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-c.ended:
		return os.ErrClosed
	case <-c.wake:
		return nil
	case <-timer.C:
		return errSilent
	}
}

func (c *fakeCamera) interrupt() { c.once.Do(func() { close(c.ended) }) }

func (c *fakeCamera) close() error {
	c.closed = true
	return nil
}
