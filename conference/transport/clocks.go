package transport

import (
	"sync"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
)

// sourceClocks sets the times of sender reports right (RFC 3550 section 6.4.1). pion ties a stream's RTP
// time to the moment at which a packet left; what is needed to play sound and pictures of one source in
// step is when they were captured. It stands nearer to the network than pion's reports. One a connection.
type sourceClocks struct {
	interceptor.NoOp

	mu     sync.Mutex
	clocks map[uint32]sourceClock // by SSRC
}

// sourceClock is what a stream's clock shows.
type sourceClock struct {
	rate      uint32    // ticks per second
	timestamp uint32    // of the newest packet
	captured  time.Time // what that stands for
}

func newSourceClocks() *sourceClocks { return &sourceClocks{clocks: map[uint32]sourceClock{}} }

// NewInterceptor is the connection's own (interceptor.Factory).
func (s *sourceClocks) NewInterceptor(string) (interceptor.Interceptor, error) { return s, nil }

// set tells what a stream's clock shows now.
func (s *sourceClocks) set(ssrc uint32, c sourceClock) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clocks[ssrc] = c
}

// UnbindLocalStream is called by pion when a stream ends.
func (s *sourceClocks) UnbindLocalStream(info *interceptor.StreamInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clocks, info.SSRC)
}

// BindRTCPWriter is called by pion once, with the way to the other side.
func (s *sourceClocks) BindRTCPWriter(next interceptor.RTCPWriter) interceptor.RTCPWriter {
	return interceptor.RTCPWriterFunc(func(packets []rtcp.Packet, a interceptor.Attributes) (int, error) {
		for _, p := range packets {
			if r, ok := p.(*rtcp.SenderReport); ok {
				s.correct(time.Now(), r)
			}
		}
		return next.Write(packets, a)
	})
}

// correct gives a report that is made at now the RTP time of what is captured at now.
func (s *sourceClocks) correct(now time.Time, r *rtcp.SenderReport) {
	s.mu.Lock()
	c, known := s.clocks[r.SSRC]
	s.mu.Unlock()
	if known {
		r.RTPTime = c.at(now)
	}
}

// at is what the clock shows at an instant.
func (c sourceClock) at(t time.Time) uint32 {
	since := t.Sub(c.captured)
	seconds, rest := since/time.Second, since%time.Second
	return c.timestamp + uint32(int64(seconds)*int64(c.rate)+int64(rest)*int64(c.rate)/int64(time.Second))
}
