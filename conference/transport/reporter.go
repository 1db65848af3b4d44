package transport

import (
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
)

const (
	// feedbackInterval is how often a receiver reports arrival times (transport-cc).
	feedbackInterval = 50 * time.Millisecond
	// earlyPause is the least time between two reports out of turn.
	earlyPause = 10 * time.Millisecond
)

// reporter tells the other side when its packets arrived: in turn each 50 ms, and at once while a
// queue grows: when a path becomes slow, its queue is full after some 75 ms. While a packet that has
// arrived waits for its reader a report waits too, until the next one is due: it would tell the packet as
// lost. One a connection.
type reporter struct {
	interceptor.NoOp
	came *arrivals
	log  *slog.Logger
	wake chan struct{} // capacity 1: a first packet is there, or a report should leave at once
	stop chan struct{} // closed by Close
	work sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	streams  map[uint32]bool // that somebody reads, by SSRC
	recorder *twcc.Recorder
	media    uint32 // SSRC of the last stream of media
	queue    queueWatch
	early    bool      // a report should leave at once
	overdue  bool      // one waits for packets that have arrived
	reported time.Time // last report
}

func newReporter(came *arrivals, log *slog.Logger) *reporter {
	return &reporter{
		came:     came,
		log:      log,
		wake:     make(chan struct{}, 1),
		stop:     make(chan struct{}),
		streams:  map[uint32]bool{},
		recorder: twcc.NewRecorder(rand.Uint32()),
	}
}

// NewInterceptor is the connection's own (interceptor.Factory).
func (r *reporter) NewInterceptor(string) (interceptor.Interceptor, error) { return r, nil }

// BindRTCPWriter is called by pion once, with the way to the other side.
func (r *reporter) BindRTCPWriter(w interceptor.RTCPWriter) interceptor.RTCPWriter {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.work.Go(func() { r.run(w) })
	}
	return w
}

// Close ends the reports.
func (r *reporter) Close() error {
	r.mu.Lock()
	if !r.closed {
		r.closed = true
		close(r.stop)
	}
	r.mu.Unlock()
	r.work.Wait()
	return nil
}

// BindRemoteStream is called by pion for each stream that arrives, those of repairs included.
func (r *reporter) BindRemoteStream(info *interceptor.StreamInfo, next interceptor.RTPReader) interceptor.RTPReader {
	number, stamp := extensionID(info, sdp.TransportCCURI), extensionID(info, sdp.ABSSendTimeURI)
	if number == 0 {
		return next
	}
	repairs := isRepair(info)
	return interceptor.RTPReaderFunc(func(b []byte, a interceptor.Attributes) (int, interceptor.Attributes, error) {
		n, a, err := next.Read(b, a)
		if err != nil {
			return n, a, err
		}
		if a == nil {
			a = make(interceptor.Attributes)
		}
		if h, err := a.GetRTPHeader(b[:n]); err == nil {
			r.note(h, number, stamp, repairs)
		}
		return n, a, nil
	})
}

// UnbindRemoteStream is called by pion when a stream ends.
func (r *reporter) UnbindRemoteStream(info *interceptor.StreamInfo) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.streams, info.SSRC)
}

// note records a packet.
func (r *reporter) note(h *rtp.Header, number, stamp uint8, repairs bool) {
	value := h.GetExtension(number)
	if len(value) != 2 {
		return
	}
	now, arrived := time.Now(), r.came.read(h.SSRC, h.SequenceNumber)
	r.mu.Lock()
	if !r.streams[h.SSRC] {
		r.streams[h.SSRC] = true
	}
	first := r.reported.IsZero()
	if first {
		r.reported = now
	}
	// pion delivers a report at its sender only if it names a stream of media, not one of repairs.
	if !repairs || r.media == 0 {
		r.media = h.SSRC
	}
	r.recorder.Record(r.media, uint16(value[0])<<8|uint16(value[1]), arrived.Microseconds())
	sent := h.GetExtension(stamp)
	if stamp != 0 && len(sent) == 3 && r.queue.grows(arrived, uint32(sent[0])<<16|uint32(sent[1])<<8|uint32(sent[2])) &&
		now.Sub(r.reported) >= earlyPause {
		r.early = true
	}
	poke := first || r.early || r.overdue
	r.mu.Unlock()
	if poke {
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
}

// run reports from the first packet on.
func (r *reporter) run(w interceptor.RTCPWriter) {
	select {
	case <-r.stop:
		return
	case <-r.wake:
	}
	ticker := time.NewTicker(feedbackInterval)
	defer ticker.Stop()
	for {
		select {
		case <-r.stop:
			return
		case <-r.wake:
			r.report(w, false)
		case <-ticker.C:
			r.report(w, true)
		}
	}
}

// report sends what has arrived since the last report, if that is due or overdue.
func (r *reporter) report(w interceptor.RTCPWriter, due bool) {
	r.mu.Lock()
	var packets []rtcp.Packet
	if due || r.early || r.overdue {
		late := due && r.overdue // it has waited for long enough
		r.early, r.overdue = false, !late && r.came.waiting(r.streams)
		if !r.overdue {
			packets = r.recorder.BuildFeedbackPacket()
		}
		if len(packets) > 0 {
			r.reported = time.Now()
		}
	}
	r.mu.Unlock()
	if len(packets) == 0 {
		return
	}
	if _, err := w.Write(packets, nil); err != nil {
		r.log.Debug("arrivals not reported", "err", err)
	}
}
