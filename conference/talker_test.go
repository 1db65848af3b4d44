package conference_test

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/transport/v4/vnet"

	"confab/conference"
	"confab/conference/conferencetest"
	"confab/conference/media"
	"confab/conference/signaling"
)

// talker is a microphone in front of somebody who speaks, or does not. What it hears is processed.
type talker struct {
	voice  *conferencetest.Voice
	silent atomic.Bool // but for a little noise
	dead   atomic.Bool // and without that
	noise  uint32
}

func newTalker() *talker { return &talker{voice: conferencetest.NewVoice(), noise: 1} }

func (k *talker) Read(ctx context.Context) (media.AudioFrame, error) {
	f, err := k.voice.Read(ctx)
	if k.silent.Load() {
		f.Samples = [media.FrameSamples]int16{}
	}
	for i := range f.Samples {
		if k.dead.Load() {
			break
		}
		k.noise = k.noise*1664525 + 1013904223
		f.Samples[i] += int16(k.noise>>28) - 8
	}
	return f, err
}

func (k *talker) Close() error { return k.voice.Close() }

// talk puts a talker in the place of a person's microphone, and takes the camera away.
func (p *person) talk(t *testing.T) *talker {
	t.Helper()
	k := newTalker()
	if err := p.local.SetAudio(conference.Microphone, k); err != nil {
		t.Fatal(err)
	}
	if err := p.local.SetVideo(conference.Camera, nil); err != nil {
		t.Fatal(err)
	}
	return k
}

// id is somebody's in the room.
func (p *person) id() signaling.PeerID { return p.channel.Snapshot().Self.ID }

// sees is somebody as p sees them.
func (p *person) sees(other *person) conference.Participant {
	for _, q := range p.channel.Snapshot().Participants {
		if q.ID == other.id() {
			return q
		}
	}
	return conference.Participant{}
}

// sniffer reads the headers of packets of sound as they leave a host of a village.
type sniffer struct {
	mu     sync.Mutex
	levels []media.SoundLevel
	strays int // packets of sound that tell no level
}

// sniff makes one for the packets of a host.
func (v *village) sniff(host int) *sniffer {
	s := &sniffer{}
	v.router.AddChunkFilter(func(c vnet.Chunk) bool {
		if hostOf(c.SourceAddr().String()) == address(host) {
			s.see(c.UserData())
		}
		return true
	})
	return s
}

// loseSound loses three packets of sound in a row of n that leave a host: no copy in the next packet makes
// up for the first ones, so they are asked for again.
func (v *village) loseSound(host, n int) {
	count := 0
	v.router.AddChunkFilter(func(c vnet.Chunk) bool {
		if hostOf(c.SourceAddr().String()) != address(host) || !isSound(c.UserData()) {
			return true
		}
		count++
		return count%n >= 3
	})
}

// isSound tells whether a packet is one of sound; RFC 7983 tells RTP from the rest.
func isSound(b []byte) bool {
	const opus = 111
	return len(b) >= 12 && b[0] >= 128 && b[0] <= 191 && b[1]&0x7f == opus
}

// see takes a packet. The level is not encrypted (RFC 6464 section 5).
func (s *sniffer) see(b []byte) {
	const levelExtension = 1
	var h rtp.Header
	if !isSound(b) {
		return
	}
	if _, err := h.Unmarshal(b); err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if level := h.GetExtension(levelExtension); len(level) == 1 {
		s.levels = append(s.levels, media.SoundLevel(level[0]))
	} else {
		s.strays++
	}
}

// take gives the levels of the packets since the last call.
func (s *sniffer) take() []media.SoundLevel {
	s.mu.Lock()
	defer s.mu.Unlock()
	levels := s.levels
	s.levels = nil
	return levels
}

// counter counts the lines of a log with a certain message.
type counter struct {
	slog.Handler
	message string
	n       atomic.Int32
}

func newCounter(message string) *counter {
	return &counter{Handler: slog.DiscardHandler, message: message}
}

func (c *counter) Enabled(context.Context, slog.Level) bool { return true }
func (c *counter) WithAttrs([]slog.Attr) slog.Handler       { return c }
func (c *counter) WithGroup(string) slog.Handler            { return c }
func (c *counter) Handle(_ context.Context, r slog.Record) error {
	if r.Message == c.message {
		c.n.Add(1)
	}
	return nil
}

// elapsed waits until ok and tells for how long; it fails the test after a limit.
func elapsed(t *testing.T, limit time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	eventually(t, limit, func() (string, bool) { return what, ok() })
	return time.Since(began)
}
