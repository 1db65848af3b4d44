package send_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"confab/conference/media"
	"confab/conference/media/codec"
	"confab/conference/media/codec/vpx"
	"confab/conference/media/send"
)

var errBroken = errors.New("encoder is broken")

// studio makes encoders that encode nothing: a picture becomes bytes that say what it was.
type studio struct {
	took time.Duration // to encode a picture
	size int           // bytes a picture becomes; 0: 3000

	mu      sync.Mutex
	broken  bool
	made    []vpx.EncoderOptions
	open    int
	rates   []int // bits per second told
	keys    []int // limits of the key frames asked for, in bytes
	encoded int
}

func (s *studio) encoder(o vpx.EncoderOptions) (codec.VideoEncoder, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made = append(s.made, o)
	if s.broken {
		return nil, errBroken
	}
	s.open++
	return &fakeEncoder{studio: s, o: o}, nil
}

func (s *studio) setBroken(on bool) {
	s.mu.Lock()
	s.broken = on
	s.mu.Unlock()
}

func (s *studio) counts() (made, open, encoded int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.made), s.open, s.encoded
}

type fakeEncoder struct {
	studio *studio
	o      vpx.EncoderOptions
	n      int // since the last key frame
}

func (e *fakeEncoder) Encode(f *media.VideoFrame, key bool) (*media.EncodedFrame, error) {
	time.Sleep(e.studio.took)
	e.studio.mu.Lock()
	defer e.studio.mu.Unlock()
	if e.studio.broken {
		return nil, errBroken
	}
	if f.Width != e.o.Width || f.Height != e.o.Height {
		return nil, codec.ErrSize
	}
	key = key || e.studio.encoded == 0 || e.n == 0
	if key {
		e.n = 0
	}
	size := e.studio.size
	if size == 0 {
		size = 3000
	}
	out := &media.EncodedFrame{Data: make([]byte, size), Width: f.Width, Height: f.Height, Captured: f.Captured, KeyFrame: key}
	out.Data[1] = f.Y[0]
	if !key {
		out.Data[0] = 1
		out.TemporalID = [...]uint8{0, 2, 1, 2}[e.n%4]
		out.LayerSync = e.n%4 == 1 || e.n%4 == 2
	}
	e.n++
	e.studio.encoded++
	return out, nil
}

func (e *fakeEncoder) EncodeKeyFrame(f *media.VideoFrame, maxBytes int) (*media.EncodedFrame, error) {
	e.studio.mu.Lock()
	e.studio.keys = append(e.studio.keys, maxBytes)
	e.studio.mu.Unlock()
	return e.Encode(f, true)
}

func (e *fakeEncoder) SetRate(bitsPerSecond int, _ float64) error {
	e.studio.mu.Lock()
	defer e.studio.mu.Unlock()
	e.studio.rates = append(e.studio.rates, bitsPerSecond)
	return nil
}

func (e *fakeEncoder) Close() error {
	e.studio.mu.Lock()
	defer e.studio.mu.Unlock()
	e.studio.open--
	return nil
}

// sent is a frame that reached a sink.
type sent struct {
	at    time.Time
	key   bool
	layer uint8
	mark  byte // the first pixel of the picture
	bytes int
	width int
	ticks uint32
}

// sink is a line that takes pictures, of the layers asked for.
type sink struct {
	t *testing.T

	mu     sync.Mutex
	frames []sent
	budget media.Budget // BitsPerSecond 0: of a path that carries everything
	demand int
	demands,
	clears int
}

func (s *sink) Budget() media.Budget {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.budget
	if b.BitsPerSecond == 0 {
		b.BitsPerSecond, b.TopLayer, b.KeyFrameBytes = 100_000_000, 2, 500_000
	}
	return b
}

// set changes the budget.
func (s *sink) set(f func(*media.Budget)) {
	s.mu.Lock()
	f(&s.budget)
	s.mu.Unlock()
}

func (s *sink) SetDemand(bitsPerSecond int) {
	s.mu.Lock()
	s.demand = bitsPerSecond
	s.demands++
	s.mu.Unlock()
}

func (s *sink) Push(now time.Time, f *media.EncodedFrame, top uint8) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.demand == 0 {
		s.t.Error("a picture of which the line was told that there is none")
	}
	if s.budget.Hold || s.budget.NeedKey && !f.KeyFrame || f.TemporalID > top {
		return false
	}
	s.budget.NeedKey = false
	s.frames = append(s.frames, sent{now, f.KeyFrame, f.TemporalID, f.Data[1], len(f.Data), f.Width, f.RTPTime})
	return true
}

func (s *sink) Clear() {
	s.mu.Lock()
	s.clears++
	s.mu.Unlock()
}

func (s *sink) take() []sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	frames := s.frames
	s.frames = nil
	return frames
}

// source offers pictures.
type source struct {
	video         *send.Video
	pool          media.Pool
	width, height int
}

func newSource(t *testing.T, o send.VideoOptions, width, height int) *source {
	s := &source{width: width, height: height}
	if o.Report == nil {
		o.Report = func(err error) { t.Error(err) }
	}
	o.Pool = &s.pool
	s.video = send.NewVideo(o)
	return s
}

// offer gives one picture whose first pixel is mark.
func (s *source) offer(mark byte) {
	f := s.pool.Frame(s.width, s.height)
	f.Y[0] = mark
	f.Captured = time.Now()
	s.video.Offer(f)
	f.Release()
}

// run gives 30 pictures a second.
func (s *source) run(d time.Duration) {
	for range int(d * 30 / time.Second) {
		s.offer(1)
		time.Sleep(time.Second / 30)
	}
}

func (s *source) close(t *testing.T) {
	t.Helper()
	s.video.Close()
	s.video.Close()
	if n := s.pool.Outstanding(); n != 0 {
		t.Errorf("%d pictures were not released", n)
	}
}
