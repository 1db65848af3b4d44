package send

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"confab/conference/media"
	"confab/conference/media/codec"
	"confab/conference/media/codec/vpx"
	"confab/conference/media/yuv"
)

// retryEncoder is how long a tier waits after its encoder failed before it makes a new one.
const retryEncoder = time.Second

// tier is one encoder that runs, and its goroutine. The Video's loop offers pictures to it and takes
// what it encodes from results.
type tier struct {
	rung
	o       VideoOptions
	results chan<- result
	stop    context.CancelFunc
	ready   chan struct{} // a job waits

	// Owned by the Video's loop.
	gate     gate
	thrift   thrift
	wanted   bool // a peer can take the next picture
	keyBytes int  // that the next key frame should have at most; 0: no limit

	framesEncoded, keyFrames, framesDropped, encodeTime, targetBitrate atomic.Int64

	mu  sync.Mutex
	job job // the newest picture; frame nil: none
}

// job is a picture to encode. The job owns one reference of frame.
type job struct {
	frame    *media.VideoFrame
	ticks    uint32 // when it was taken, on the source's 90 kHz clock
	keyFrame bool
	keyBytes int       // that a key frame should have at most; 0: no limit
	offered  time.Time // it, or the first of those in whose place it is
}

// result is an encoded picture of a tier; frame nil: the encoder dropped it, or failed.
type result struct {
	tier     *tier
	frame    *media.EncodedFrame
	spent    time.Duration // of a processor's time, to scale and encode it
	waited   time.Duration // until the encoder began with it
	keyFrame bool          // one was asked for
}

// offer makes j the next picture to encode, in place of one that still waits; a key frame that one was
// to be, j will be.
func (t *tier) offer(j job) {
	t.mu.Lock()
	old := t.job
	if old.keyFrame {
		j.keyFrame = true
		j.keyBytes = min(j.keyBytes, old.keyBytes)
	}
	if old.frame != nil {
		j.offered = old.offered
	}
	t.job = j
	t.mu.Unlock()
	if old.frame != nil {
		old.frame.Release()
		t.framesDropped.Add(1)
	}
	select {
	case t.ready <- struct{}{}:
	default:
	}
}

func (t *tier) take() job {
	t.mu.Lock()
	defer t.mu.Unlock()
	j := t.job
	t.job = job{}
	return j
}

// run encodes until ctx ends.
func (t *tier) run(ctx context.Context) {
	w := &worker{tier: t, cadence: cadence{told: frameRate(t.o.Slot)}}
	defer w.close()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.ready:
		}
		j := t.take()
		if j.frame == nil {
			continue
		}
		start := time.Now()
		runtime.LockOSThread() // whose time is measured
		before := t.o.CPUTime()
		encoded := w.encode(start, j)
		spent := t.o.CPUTime() - before
		runtime.UnlockOSThread()
		j.frame.Release()
		select {
		case <-ctx.Done():
			return
		case t.results <- result{t, encoded, spent, start.Sub(j.offered), j.keyFrame}:
		}
	}
}

// frameRate is what a source is taken to give until it is measured, in frames per second.
func frameRate(slot media.Slot) float64 {
	if slot == media.Screen {
		return 15
	}
	return 30
}

// worker is what a tier's goroutine owns.
type worker struct {
	*tier
	encoder codec.VideoEncoder // nil until the first picture, and after a failure
	told    int                // bits per second, of the encoder
	fresh   bool               // it has not encoded a picture yet
	scaled  *media.VideoFrame  // nil while the source has the tier's size
	cadence cadence
	retry   time.Time // no new encoder before
	failing bool      // the failure has been reported
}

// encode returns nil if there is nothing to send of this picture.
func (w *worker) encode(now time.Time, j job) *media.EncodedFrame {
	if !w.prepare(now) {
		return nil
	}
	picture := w.scale(j.frame)
	start := time.Now()
	encoded, err := w.call(picture, j)
	if err != nil {
		w.fail(now, fmt.Errorf("encode %s: %w", w.name, err))
		return nil
	}
	w.encodeTime.Add(int64(time.Since(start)))
	w.failing = false
	if encoded == nil {
		w.framesDropped.Add(1)
		return nil
	}
	encoded.RTPTime = j.ticks // nobody else has it yet
	w.framesEncoded.Add(1)
	if encoded.KeyFrame {
		w.fresh = false
		w.keyFrames.Add(1)
	}
	return encoded
}

// call encodes a picture; an encoder's first one is a key frame.
func (w *worker) call(f *media.VideoFrame, j job) (*media.EncodedFrame, error) {
	if (j.keyFrame || w.fresh) && j.keyBytes > 0 {
		return w.encoder.EncodeKeyFrame(f, j.keyBytes)
	}
	return w.encoder.Encode(f, j.keyFrame)
}

// rateStep is the change of a rate that an encoder is told of: less is noise.
const rateStep = 0.02

// prepare makes the encoder if there is none, and tells it the rate; false: it cannot be had.
func (w *worker) prepare(now time.Time) bool {
	framesPerSecond, changed := w.cadence.count(now)
	rate := int(w.targetBitrate.Load())
	if w.encoder == nil {
		if now.Before(w.retry) {
			return false
		}
		if err := w.open(rate, framesPerSecond); err != nil {
			w.fail(now, err)
			return false
		}
		return true
	}
	if !changed && math.Abs(float64(rate-w.told)) <= rateStep*float64(w.told) {
		return true
	}
	w.told = rate
	if err := w.encoder.SetRate(rate, framesPerSecond); err != nil {
		w.fail(now, fmt.Errorf("set rate of %s encoder: %w", w.name, err))
		return false
	}
	return true
}

func (w *worker) open(rate int, framesPerSecond float64) error {
	e, err := w.o.NewEncoder(vpx.EncoderOptions{
		Width: w.width, Height: w.height, BitsPerSecond: rate,
		FramesPerSecond: framesPerSecond, Screen: w.o.Slot == media.Screen,
	})
	if err != nil {
		return fmt.Errorf("make %s encoder of %dx%d: %w", w.name, w.width, w.height, err)
	}
	w.encoder, w.told, w.fresh = e, rate, true
	return nil
}

// scale gives the picture in the tier's size; it stays the worker's or the caller's.
func (w *worker) scale(f *media.VideoFrame) *media.VideoFrame {
	if f.Width == w.width && f.Height == w.height {
		return f
	}
	if w.scaled == nil {
		w.scaled = w.o.Pool.Frame(w.width, w.height)
	}
	yuv.Scale(w.scaled, f)
	w.scaled.Captured = f.Captured
	return w.scaled
}

// fail gives up the encoder and reports the first failure of a row.
func (w *worker) fail(now time.Time, err error) {
	w.closeEncoder()
	w.retry = now.Add(retryEncoder)
	if !w.failing {
		w.failing = true
		w.o.Report(err)
	}
}

func (w *worker) closeEncoder() {
	if w.encoder == nil {
		return
	}
	if err := w.encoder.Close(); err != nil {
		w.o.Logger.Warn("close encoder", "tier", w.name, "err", err)
	}
	w.encoder = nil
}

func (w *worker) close() {
	w.closeEncoder()
	if j := w.take(); j.frame != nil {
		j.frame.Release()
	}
	if w.scaled != nil {
		w.scaled.Release()
	}
}
