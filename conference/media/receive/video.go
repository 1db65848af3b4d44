package receive

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/media/codec"
	"confab/conference/media/codec/vpx"
)

// defaultRoundTrip stands for a round trip that nobody knows.
const defaultRoundTrip = 50 * time.Millisecond

// maxWaiting is how many packets may wait for the owner's goroutine; what comes beyond is lost.
const maxWaiting = 2 * ringSize

// VideoOptions say how a stream of pictures is received. The functions may be nil; they are called on
// goroutines of the Video, must not wait for the network, and must not call Close.
type VideoOptions struct {
	Slot media.Slot // media.Camera (0 too) or media.Screen

	// Pool lends the decoded pictures; nil: its own, which is best: a Pool keeps frames of one size.
	Pool       *media.Pool
	NewDecoder func(*media.Pool) (codec.VideoDecoder, error) // nil: vpx

	RequestKeyFrame func()                   // sends a PLI (RFC 4585 section 6.3.1)
	RequestRepair   func(sequences []uint16) // sends a NACK (section 6.2.1); borrows the slice
	RoundTrip       func() time.Duration     // of the path; 0, or nil: not known

	// Captured tells when the picture with an RTP timestamp was taken, and Heard when what is heard at now
	// was recorded, both by the sender's clock; false: not known. Pictures that come before their sound
	// wait for it, 200 ms at most. nil: never known.
	Captured func(stamp uint32) (time.Time, bool)
	Heard    func(now time.Time) (time.Time, bool)
	// Late is told, with each picture, how much later than their sound pictures come of late; negative:
	// sooner. 0 while that is not known.
	Late func(time.Duration)

	// Record is given each frame that was decoded, in order: its data (borrowed), its size in pixels, its
	// RTP timestamp (90 kHz) and whether it is a key frame.
	Record func(frame []byte, width, height int, stamp uint32, keyFrame bool)
	// OnFrame is given each decoded picture, which it borrows.
	OnFrame func(*media.VideoFrame)
	Logger  *slog.Logger
}

func (o *VideoOptions) fill() {
	if o.Slot != media.Screen {
		o.Slot = media.Camera
	}
	if o.Pool == nil {
		o.Pool = new(media.Pool)
	}
	if o.NewDecoder == nil {
		o.NewDecoder = func(p *media.Pool) (codec.VideoDecoder, error) { return vpx.NewDecoder(p) }
	}
	if o.RequestKeyFrame == nil {
		o.RequestKeyFrame = func() {}
	}
	if o.RequestRepair == nil {
		o.RequestRepair = func([]uint16) {}
	}
	if o.RoundTrip == nil {
		o.RoundTrip = func() time.Duration { return 0 }
	}
	if o.Captured == nil {
		o.Captured = func(uint32) (time.Time, bool) { return time.Time{}, false }
	}
	if o.Heard == nil {
		o.Heard = func(time.Time) (time.Time, bool) { return time.Time{}, false }
	}
	if o.Late == nil {
		o.Late = func(time.Duration) {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// Video receives one stream of pictures. All methods are safe from any goroutine.
type Video struct {
	slot      media.Slot
	cancel    context.CancelFunc
	wg        sync.WaitGroup
	ready     chan struct{} // the loop has something to look at
	decodable chan struct{} // the decoder has
	surface   media.Surface

	mu       sync.Mutex
	closed   bool
	waiting  []arrival
	failed   uint64 // number of the newest frame that could not be decoded; 0: none
	paused   bool   // no pictures are expected
	view     view
	queue    []encoded
	starting bool // the queue was given up: only a key frame may come next
	pace     pace
	figures  VideoStats // those that the decoder's goroutine counts
	counts   counts     // the assembler's
	layers   layerWatch
}

// arrival is a packet and when it came.
type arrival struct {
	at     time.Time
	packet *rtp.Packet
}

// NewVideo starts to receive. Close ends it.
func NewVideo(o VideoOptions) *Video {
	o.fill()
	ctx, cancel := context.WithCancel(context.Background())
	v := &Video{slot: o.Slot, cancel: cancel, ready: make(chan struct{}, 1), decodable: make(chan struct{}, 1)}
	l := &loop{video: v, o: o, assembler: newAssembler()}
	d := &decoding{video: v, o: o}
	v.wg.Go(func() { l.run(ctx) })
	v.wg.Go(func() { d.run(ctx) })
	return v
}

// Push takes a packet that arrived at now. It never blocks. The packet and its payload are the Video's
// from here on; nothing is copied.
func (v *Video) Push(now time.Time, p *rtp.Packet) {
	v.mu.Lock()
	ok := !v.closed && len(v.waiting) < maxWaiting
	if ok {
		v.waiting = append(v.waiting, arrival{now, p})
	}
	v.mu.Unlock()
	if ok {
		wake(v.ready)
	}
}

// Surface is where pictures are shown, in the pixels of the view. It is the same for the Video's life.
func (v *Video) Surface() *media.Surface { return &v.surface }

// SetView says how the picture is shown, in pixels. A camera's picture is cropped to fill the view, a
// screen's is scaled to fit inside. At 0 by 0, and while it is not visible, nothing is converted.
func (v *Video) SetView(width, height int, visible bool) {
	v.mu.Lock()
	if v.view.hidden == visible {
		v.pace.pause() // hidden, nothing is sent: that is no freeze
	}
	v.view = view{width, height, !visible}
	v.mu.Unlock()
	wake(v.decodable)
}

// Expect says whether the peer sends pictures now; it does until told otherwise. While it does not, no
// key frames are asked for, its silence is no freeze, and the last picture is forgotten.
func (v *Video) Expect(on bool) {
	v.mu.Lock()
	v.paused = !on
	v.pace.pause()
	v.mu.Unlock()
	wake(v.ready)
	wake(v.decodable)
}

// Close ends receiving and releases all pictures. It works any number of times.
func (v *Video) Close() error {
	v.mu.Lock()
	v.closed = true
	v.waiting, v.queue = nil, nil
	v.mu.Unlock()
	v.cancel()
	v.wg.Wait()
	return nil
}

func wake(ready chan struct{}) {
	select {
	case ready <- struct{}{}:
	default:
	}
}

func (v *Video) currentView() (_ view, expected bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.view, !v.paused
}

// enqueue gives a frame to the decoder at now. It returns the highest temporal layer to give from now on.
func (v *Video) enqueue(now time.Time, f encoded) (limit uint8) {
	v.mu.Lock()
	if v.closed {
		v.mu.Unlock()
		return allLayers
	}
	if len(v.queue) >= maxQueue {
		v.figures.FramesDropped += uint64(len(v.queue))
		v.queue, v.starting = v.queue[:0], true
	}
	if v.starting && !f.key { // told as if it could not be decoded
		v.figures.FramesDropped++
		v.failed = f.number
		v.mu.Unlock()
		wake(v.ready)
		return 0
	}
	v.starting = false
	v.queue = append(v.queue, f)
	limit = allLayers
	// Many at once are what a repair let through; only those that wait for long tell of a slow decoder.
	if len(v.queue) > shedQueue && now.Sub(v.queue[0].due) > shedAfter {
		limit = 0
	}
	v.mu.Unlock()
	wake(v.decodable)
	return limit
}

// dequeue takes the next frame for the decoder that is due at now, and tells whether another one is.
// Without one it tells when the next one will be; zero: when one comes.
func (v *Video) dequeue(now time.Time) (f encoded, more, ok bool, due time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.queue) == 0 {
		return encoded{}, false, false, time.Time{}
	}
	f = v.queue[0]
	if f.due.After(now) {
		return encoded{}, false, false, f.due
	}
	n := copy(v.queue, v.queue[1:])
	v.queue[n] = encoded{}
	v.queue = v.queue[:n]
	v.figures.JitterBufferDelay += now.Sub(f.arrived)
	v.figures.JitterBufferEmittedCount++
	return f, n > 0 && !v.queue[0].due.After(now), true, time.Time{}
}

func (v *Video) decodeFailed(number uint64) {
	v.mu.Lock()
	v.failed = number
	v.figures.FramesDropped++
	v.mu.Unlock()
	wake(v.ready)
}

func (v *Video) decoded(now time.Time, f encoded, picture *media.VideoFrame) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.figures.FramesDecoded++
	if f.key {
		v.figures.KeyFramesDecoded++
	}
	v.figures.FrameWidth, v.figures.FrameHeight = picture.Width, picture.Height
	v.layers.see(now, f.layer)
	if v.paused || v.slot == media.Screen {
		v.pace.pause() // a screen gives pictures when it changes: their intervals tell nothing
	}
	v.pace.show(now)
}
