package transport

import (
	"sync"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
)

// numbering gives each packet that leaves its transport-wide number and its time of departure, and
// remembers both. It stands nearest to the network. One a connection.
type numbering struct {
	interceptor.NoOp
	departures departures
	began      time.Time // of the clock that stamps are read from

	mu      sync.Mutex
	writers map[uint32]interceptor.RTPWriter // by SSRC of the streams' media
}

func newNumbering() *numbering {
	return &numbering{began: time.Now(), writers: map[uint32]interceptor.RTPWriter{}}
}

// NewInterceptor is the connection's own (interceptor.Factory).
func (n *numbering) NewInterceptor(string) (interceptor.Interceptor, error) { return n, nil }

// BindLocalStream is called by pion for each stream that we send.
func (n *numbering) BindLocalStream(info *interceptor.StreamInfo, next interceptor.RTPWriter) interceptor.RTPWriter {
	w := next
	if number := extensionID(info, sdp.TransportCCURI); number != 0 {
		w = &numberedWriter{n: n, next: next, number: number, stamp: extensionID(info, sdp.ABSSendTimeURI)}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.writers[info.SSRC] = w
	return w
}

// UnbindLocalStream is called by pion when a stream ends.
func (n *numbering) UnbindLocalStream(info *interceptor.StreamInfo) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.writers, info.SSRC)
}

// writer is the way out for what is no media of the stream: nobody above counts it. The sender reports
// would otherwise tell the times of packets that are sent again.
func (n *numbering) writer(ssrc uint32) interceptor.RTPWriter {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.writers[ssrc]
}

// extensionID is a header extension's number in a stream; 0: not negotiated.
func extensionID(info *interceptor.StreamInfo, uri string) uint8 {
	for _, e := range info.RTPHeaderExtensions {
		if e.URI == uri {
			return uint8(e.ID)
		}
	}
	return 0
}

// numberedWriter numbers the packets of one stream.
type numberedWriter struct {
	n             *numbering
	next          interceptor.RTPWriter
	number, stamp uint8 // header extensions; stamp 0: none
}

func (w *numberedWriter) Write(h *rtp.Header, payload []byte, a interceptor.Attributes) (int, error) {
	var err error
	w.n.departures.leave(func(number uint16, now time.Time) int {
		value := [5]byte{byte(number >> 8), byte(number)}
		err = h.SetExtension(w.number, value[:2:2])
		if w.stamp != 0 && err == nil {
			s := sendTime(now.Sub(w.n.began))
			value[2], value[3], value[4] = byte(s>>16), byte(s>>8), byte(s)
			err = h.SetExtension(w.stamp, value[2:])
		}
		return h.MarshalSize() + len(payload) + int(h.PaddingSize)
	})
	if err != nil {
		return 0, err
	}
	return w.next.Write(h, payload, a)
}

// sendTime is an instant in 24 bits of 6.18 fixed point seconds, for the header extension abs-send-time
// (webrtc.org experiment). Only differences count, so that any steady clock will do.
func sendTime(since time.Duration) uint32 { return uint32(ticks(since)) & 0xffffff }
