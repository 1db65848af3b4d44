package media

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// MaxDimension is the greatest width or height of a picture that Confab takes from anybody, in pixels.
const MaxDimension = 8192

// VideoFrame is a picture in I420, BT.601 limited range. Its memory belongs to a [Pool] and is
// counted by references: see Retain and Release.
type VideoFrame struct {
	Y, U, V                          []byte
	StrideY, StrideUV, Width, Height int // bytes a row; pixels
	Captured                         time.Time

	pool       *Pool
	memory     []byte
	references atomic.Int32
}

// Retain adds a reference, for whoever keeps the frame past the call that lent it, and returns the
// frame.
func (f *VideoFrame) Retain() *VideoFrame {
	if f.references.Add(1) <= 1 {
		panic("media: retain of a released frame")
	}
	return f
}

// Release gives one reference back. The last one returns the memory to the pool; the frame must not
// be touched afterwards.
func (f *VideoFrame) Release() {
	switch n := f.references.Add(-1); {
	case n > 0:
		return
	case n < 0:
		panic("media: frame released more often than retained")
	}
	poison(f.memory)
	f.pool.put(f)
}

// Pool lends the memory of pictures and takes it back. It keeps frames of one size, the last one asked
// for, so that a stream in steady state allocates nothing. The zero value is ready. All methods are
// safe from any goroutine.
type Pool struct {
	outstanding atomic.Int64

	mu   sync.Mutex
	free []*VideoFrame
}

// maxFree bounds what an idle pool holds: 16 pictures of 1280x720 are 22 MB.
const maxFree = 16

// Frame lends a frame of the given size in pixels (1 to MaxDimension each; odd sizes have chroma planes
// rounded up) with one reference, the caller's. Its content is undefined.
func (p *Pool) Frame(width, height int) *VideoFrame {
	if width < 1 || height < 1 || width > MaxDimension || height > MaxDimension {
		panic(fmt.Sprintf("media: frame of %dx%d", width, height))
	}
	p.outstanding.Add(1)
	f := p.take(width, height)
	if f == nil {
		f = newFrame(p, width, height)
	}
	f.Captured = time.Time{}
	f.references.Store(1)
	return f
}

// Outstanding is how many frames are lent and not yet released by all who hold them.
func (p *Pool) Outstanding() int { return int(p.outstanding.Load()) }

func (p *Pool) take(width, height int) *VideoFrame {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.free) > 0 {
		last := len(p.free) - 1
		f := p.free[last]
		p.free[last] = nil
		p.free = p.free[:last]
		if f.Width == width && f.Height == height {
			return f
		}
	}
	return nil
}

func (p *Pool) put(f *VideoFrame) {
	p.mu.Lock()
	if len(p.free) < maxFree {
		p.free = append(p.free, f)
	}
	p.mu.Unlock()
	p.outstanding.Add(-1)
}

func newFrame(p *Pool, width, height int) *VideoFrame {
	// Rows start at multiples of 32 bytes: what libyuv's and libvpx' vector code likes best.
	strideY, strideUV := align(width), align((width+1)/2)
	rowsUV := (height + 1) / 2
	sizeY, sizeUV := strideY*height, strideUV*rowsUV
	m := make([]byte, sizeY+2*sizeUV)
	return &VideoFrame{
		Y: m[:sizeY:sizeY], U: m[sizeY : sizeY+sizeUV : sizeY+sizeUV], V: m[sizeY+sizeUV:],
		StrideY: strideY, StrideUV: strideUV, Width: width, Height: height,
		pool: p, memory: m,
	}
}

func align(n int) int { return (n + 31) &^ 31 }
