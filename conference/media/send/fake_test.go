package send_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/media/codec"
	"confab/conference/media/codec/vp8rtp"
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
	rates   []float64 // frames per second told
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

func (e *fakeEncoder) SetRate(_ int, framesPerSecond float64) error {
	e.studio.mu.Lock()
	defer e.studio.mu.Unlock()
	e.studio.rates = append(e.studio.rates, framesPerSecond)
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
	at        time.Time
	key       bool
	layer     uint8
	mark      byte // the first pixel of the picture
	bytes     int
	timestamp uint32
}

// sink takes packets, and checks that their numbers have no gaps.
type sink struct {
	t *testing.T

	mu      sync.Mutex
	frames  []sent
	packets []rtp.Header
	last    vp8rtp.Descriptor
}

func (s *sink) WriteRTP(h *rtp.Header, payload []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, piece, err := vp8rtp.Parse(payload)
	if err != nil {
		s.t.Error(err)
		return 0, err
	}
	if len(payload) > vp8rtp.MaxPayload {
		s.t.Errorf("payload of %d bytes", len(payload))
	}
	if n := len(s.packets); n > 0 {
		before := s.packets[n-1]
		if h.SequenceNumber != before.SequenceNumber+1 {
			s.t.Errorf("packet %d after %d", h.SequenceNumber, before.SequenceNumber)
		}
		if d.Start && (!before.Marker || d.PictureID != (s.last.PictureID+1)&vp8rtp.PictureIDMask || int32(h.Timestamp-before.Timestamp) <= 0) {
			s.t.Errorf("frame %+v, %d after %+v, %d", d, h.Timestamp, s.last, before.Timestamp)
		}
		if !d.Start && (before.Marker || d.PictureID != s.last.PictureID || h.Timestamp != before.Timestamp) {
			s.t.Errorf("piece %+v after %+v", d, s.last)
		}
		tl0 := s.last.TL0PICIDX
		if d.Start && d.TemporalID == 0 {
			tl0++
		}
		if d.TL0PICIDX != tl0 {
			s.t.Errorf("base frame %d, want %d", d.TL0PICIDX, tl0)
		}
	}
	s.packets = append(s.packets, *h)
	s.last = d
	if d.Start {
		s.frames = append(s.frames, sent{at: time.Now(), key: piece[0]&1 == 0, layer: d.TemporalID, mark: piece[1], timestamp: h.Timestamp})
	}
	s.frames[len(s.frames)-1].bytes += len(piece)
	return len(payload), nil
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
