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
	writers map[uint32]*numberedWriter // by SSRC of the streams' media
}

func newNumbering() *numbering {
	return &numbering{began: time.Now(), writers: map[uint32]*numberedWriter{}}
}

// NewInterceptor is the connection's own (interceptor.Factory).
func (n *numbering) NewInterceptor(string) (interceptor.Interceptor, error) { return n, nil }

// BindLocalStream is called by pion for each stream that we send.
func (n *numbering) BindLocalStream(info *interceptor.StreamInfo, next interceptor.RTPWriter) interceptor.RTPWriter {
	w := &numberedWriter{
		n: n, next: next, level: extensionID(info, sdp.AudioLevelURI),
		number: extensionID(info, sdp.TransportCCURI), stamp: extensionID(info, sdp.ABSSendTimeURI),
	}
	if info.SSRCRetransmission == 0 {
		w.sent = make([]sentExtensions, keptExtensions)
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
func (n *numbering) writer(ssrc uint32) *numberedWriter {
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

// keptExtensions is of how many packets of a stream without one for repairs the extensions are kept: as
// many as can be asked for again.
const keptExtensions = 512

// numberedWriter numbers the packets of one stream. One caller at a time.
type numberedWriter struct {
	n                    *numbering
	next                 interceptor.RTPWriter
	level, number, stamp uint8 // header extensions; 0: none

	sent []sentExtensions // by RTP sequence number; nil: repairs have a stream of their own
}

// sentExtensions are those that a packet left with.
type sentExtensions struct {
	sequence uint16
	left     bool
	leveled  bool
	level    [1]byte
	number   [2]byte
	stamp    [3]byte
}

func (w *numberedWriter) Write(h *rtp.Header, payload []byte, a interceptor.Attributes) (int, error) {
	var err error
	e := &sentExtensions{sequence: h.SequenceNumber, left: true}
	if w.number != 0 {
		w.n.departures.leave(func(number uint16, now time.Time) int {
			s := sendTime(now.Sub(w.n.began))
			e.number = [2]byte{byte(number >> 8), byte(number)}
			e.stamp = [3]byte{byte(s >> 16), byte(s >> 8), byte(s)}
			err = w.extend(h, e)
			return h.MarshalSize() + len(payload) + int(h.PaddingSize)
		})
	}
	if err != nil {
		return 0, err
	}
	if w.sent != nil {
		e.leveled = w.level != 0 && len(h.GetExtension(w.level)) == 1
		if e.leveled {
			e.level = [1]byte(h.GetExtension(w.level))
		}
		w.sent[h.SequenceNumber%keptExtensions] = *e
	}
	return w.next.Write(h, payload, a)
}

// extend adds the number and the stamp to a packet. They go on with e's memory.
func (w *numberedWriter) extend(h *rtp.Header, e *sentExtensions) error {
	if w.number == 0 {
		return nil
	}
	if err := h.SetExtension(w.number, e.number[:]); err != nil || w.stamp == 0 {
		return err
	}
	return h.SetExtension(w.stamp, e.stamp[:])
}

// writeAgain sends a packet that has left before, with the extensions that it left with: bit by bit the
// same. AES-GCM allows no two packets of one number that differ, in their headers alone even: whoever saw
// them could forge others (RFC 7714 section 8.4). 0: it is not known any more.
func (w *numberedWriter) writeAgain(h *rtp.Header, payload []byte) (int, error) {
	if w.sent == nil {
		return 0, nil
	}
	e := w.sent[h.SequenceNumber%keptExtensions]
	if !e.left || e.sequence != h.SequenceNumber {
		return 0, nil
	}
	if e.leveled {
		if err := h.SetExtension(w.level, e.level[:]); err != nil {
			return 0, err
		}
	}
	if err := w.extend(h, &e); err != nil {
		return 0, err
	}
	if w.number != 0 {
		w.n.departures.resent(uint16(e.number[0])<<8 | uint16(e.number[1]))
	}
	return w.next.Write(h, payload, nil)
}

// sendTime is an instant in 24 bits of 6.18 fixed point seconds, for the header extension abs-send-time
// (webrtc.org experiment). Only differences count, so that any steady clock will do.
func sendTime(since time.Duration) uint32 { return uint32(ticks(since)) & 0xffffff }
