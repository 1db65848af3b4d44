package send

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"confab/conference/media"
	"confab/conference/media/codec"
	"confab/conference/media/codec/vpx"
)

// VideoOptions say how a source of pictures is sent.
type VideoOptions struct {
	Slot       media.Slot // media.Camera (0 too) or media.Screen
	MaxBitrate int        // bits per second of each tier at most; 0: no cap

	// NewEncoder makes a tier's encoder; nil: vpx. It is called on that tier's goroutine.
	NewEncoder func(vpx.EncoderOptions) (codec.VideoEncoder, error)
	Pool       *media.Pool // lends the scaled pictures, one for each tier that runs; nil: its own
	Logger     *slog.Logger
	// CPUTime is the processor time that the calling thread has taken; nil: the system's word for it.
	CPUTime func() time.Duration
	// Report is told, on a tier's goroutine, that an encoder cannot be made or failed: the first time of
	// a row; the tier tries again after a second. It must not call the Video. nil: it is logged.
	Report func(error)
}

func (o *VideoOptions) fill() {
	if o.Slot != media.Screen {
		o.Slot = media.Camera
	}
	if o.NewEncoder == nil {
		o.NewEncoder = func(e vpx.EncoderOptions) (codec.VideoEncoder, error) { return vpx.NewEncoder(e) }
	}
	if o.CPUTime == nil {
		o.CPUTime = cpuTime
	}
	if o.Pool == nil {
		o.Pool = new(media.Pool)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Report == nil {
		o.Report = func(err error) { o.Logger.Error("encoder", "slot", o.Slot, "err", err) }
	}
}

// Video sends one source of pictures to any number of peers. All methods are safe from any goroutine.
type Video struct {
	cancel  context.CancelFunc
	done    chan struct{}           // closed when all its goroutines have ended
	ready   chan struct{}           // the inbox, or a peer's wish, has something new
	running atomic.Pointer[[]*tier] // for Stats

	mu sync.Mutex
	in inbox
}

// inbox is what waits for the loop.
type inbox struct {
	frame   *media.VideoFrame // the newest picture, one reference; nil: none
	added   []*VideoPeer
	cleared []chan struct{} // each is closed once it is done
	closed  bool            // nothing is taken any more
}

// NewVideo starts a Video without peers. Close ends it.
func NewVideo(o VideoOptions) *Video {
	o.fill()
	ctx, cancel := context.WithCancel(context.Background())
	v := &Video{cancel: cancel, done: make(chan struct{}), ready: make(chan struct{}, 1)}
	v.running.Store(new([]*tier))
	l := newLoop(v, o)
	go l.run(ctx) // ends with ctx and closes done
	return v
}

// Offer gives the next picture of the source. It borrows f, never blocks, and the newest picture wins.
// The size may change at any time: the tiers then start anew with a key frame. They do so too after a
// second without pictures of a camera, because receivers may have given up theirs.
func (v *Video) Offer(f *media.VideoFrame) {
	v.mu.Lock()
	if v.in.closed {
		v.mu.Unlock()
		return
	}
	old := v.in.frame
	v.in.frame = f.Retain()
	v.mu.Unlock()
	if old != nil {
		old.Release()
	}
	v.wake()
}

// Clear ends the source's pictures for now: the last one is forgotten and the encoders are given up.
// Once Clear has returned, no packet of a picture offered before it is sent. The next picture starts
// with a key frame. It waits for the packets under way, so it must not be called by a line.
func (v *Video) Clear() {
	done := make(chan struct{})
	v.mu.Lock()
	if v.in.closed {
		v.mu.Unlock()
		<-v.done
		return
	}
	old := v.in.frame
	v.in.frame = nil
	v.in.cleared = append(v.in.cleared, done)
	v.mu.Unlock()
	if old != nil {
		old.Release()
	}
	v.wake()
	select {
	case <-done:
	case <-v.done:
	}
}

// Add begins to send to a peer, in the captured size and with all temporal layers until the peer says
// otherwise. It starts with a key frame: the next picture, or the last one of a screen that is still.
// id names the peer in logs. After Close the peer gets nothing.
func (v *Video) Add(id string, line Line) *VideoPeer {
	p := &VideoPeer{video: v, id: id, line: line, gone: make(chan struct{})}
	p.wish = wish{visible: true, layer: topLayer}
	v.mu.Lock()
	closed := v.in.closed
	if !closed {
		v.in.added = append(v.in.added, p)
	}
	v.mu.Unlock()
	if closed {
		close(p.gone)
	}
	v.wake()
	return p
}

// EncoderStats are the figures of an encoder that runs, from its start.
type EncoderStats struct {
	Tier            string // camera-720p, camera-360p, camera-180p or screen
	Width, Height   int    // pixels
	FramesEncoded   uint64
	FramesDropped   uint64 // a newer picture came before, or the rate did not allow it
	KeyFrames       uint64
	TotalEncodeTime time.Duration
	TargetBitrate   int // bits per second
}

// Stats are the figures of the encoders that run, the largest tier first.
func (v *Video) Stats() []EncoderStats {
	var all []EncoderStats
	for _, t := range *v.running.Load() {
		all = append(all, EncoderStats{
			Tier: t.name, Width: t.width, Height: t.height,
			FramesEncoded:   uint64(t.framesEncoded.Load()),
			FramesDropped:   uint64(t.framesDropped.Load()),
			KeyFrames:       uint64(t.keyFrames.Load()),
			TotalEncodeTime: time.Duration(t.encodeTime.Load()),
			TargetBitrate:   int(t.targetBitrate.Load()),
		})
	}
	return all
}

// Close stops the encoders and releases all pictures. It works any number of times. It waits for the
// packets under way, so it must not be called by a line.
func (v *Video) Close() error {
	v.mu.Lock()
	v.in.closed = true
	v.mu.Unlock()
	v.cancel()
	<-v.done
	return nil
}

func (v *Video) wake() {
	select {
	case v.ready <- struct{}{}:
	default:
	}
}

func (v *Video) takeInbox() inbox {
	v.mu.Lock()
	defer v.mu.Unlock()
	in := v.in
	v.in = inbox{closed: in.closed}
	return in
}
