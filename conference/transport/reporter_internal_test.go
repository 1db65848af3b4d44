package transport

import (
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
)

// reports keeps what a reporter sent, and when.
type reports struct {
	mu    sync.Mutex
	times []time.Time
	all   []*rtcp.TransportLayerCC
}

func (r *reports) Write(packets []rtcp.Packet, _ interceptor.Attributes) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range packets {
		r.times = append(r.times, time.Now())
		r.all = append(r.all, p.(*rtcp.TransportLayerCC))
	}
	return 0, nil
}

func (r *reports) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.all)
}

// stream arrives at a reporter.
type stream struct {
	info   interceptor.StreamInfo
	reader interceptor.RTPReader
	next   []byte
	number uint16
}

func newStream(r *reporter, mime string, ssrc uint32) *stream {
	s := &stream{info: interceptor.StreamInfo{SSRC: ssrc, MimeType: mime, RTPHeaderExtensions: []interceptor.RTPHeaderExtension{
		{ID: 3, URI: sdp.TransportCCURI}, {ID: 2, URI: sdp.ABSSendTimeURI},
	}}}
	s.reader = r.BindRemoteStream(&s.info, interceptor.RTPReaderFunc(func(b []byte, a interceptor.Attributes) (int, interceptor.Attributes, error) {
		return copy(b, s.next), a, nil
	}))
	return s
}

// arrive lets a packet arrive that has been under way for so long.
func (s *stream) arrive(t *testing.T, delay time.Duration) {
	t.Helper()
	h := rtp.Header{Version: 2, SSRC: s.info.SSRC, SequenceNumber: s.number}
	stamp := sendTime(time.Since(time.Unix(0, 0)) - delay)
	if err := h.SetExtension(3, []byte{byte(s.number >> 8), byte(s.number)}); err != nil {
		t.Fatal(err)
	}
	if err := h.SetExtension(2, []byte{byte(stamp >> 16), byte(stamp >> 8), byte(stamp)}); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.next, err = h.Marshal(); err != nil {
		t.Fatal(err)
	}
	s.number++
	if _, _, err := s.reader.Read(make([]byte, 100), nil); err != nil {
		t.Fatal(err)
	}
}

func TestAGrowingQueueIsReportedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, sent := newReporter(newArrivals(), slog.New(slog.DiscardHandler)), &reports{}
		r.BindRTCPWriter(sent)
		s := newStream(r, "video/VP8", 7)
		arrive := func(packets int, delay func(i int) time.Duration) int {
			before := sent.count()
			for i := range packets {
				s.arrive(t, delay(i))
				time.Sleep(5 * time.Millisecond)
			}
			return sent.count() - before
		}
		steady := func(int) time.Duration { return 20 * time.Millisecond }
		if n := arrive(13_000, steady); n < 1290 || n > 1300 { // 65 s: the stamps wrap around
			t.Errorf("%d reports in 65 s without a queue, want 20 a second", n)
		}
		if n := arrive(100, func(i int) time.Duration { return 20*time.Millisecond + time.Duration(i)*3*time.Millisecond }); n < 40 || n > 55 {
			t.Errorf("%d reports in 0.5 s of a growing queue, want one each 10 ms from 60 ms on", n)
		}
		if n := arrive(100, func(int) time.Duration { return 320 * time.Millisecond }); n > 12 {
			t.Errorf("%d reports in 0.5 s of a standing queue, want 10", n)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		numbers := uint16(0)
		for i, one := range sent.all {
			if one.FbPktCount != uint8(i) || one.MediaSSRC != 7 || one.BaseSequenceNumber != numbers {
				t.Fatalf("report %d: %+v", i, one)
			}
			numbers += one.PacketStatusCount
			if i > 0 && sent.times[i].Sub(sent.times[i-1]) < 0 {
				t.Fatal("reports out of order")
			}
		}
	})
}

func TestReportsNameAStreamOfMedia(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, sent := newReporter(newArrivals(), slog.New(slog.DiscardHandler)), &reports{}
		r.BindRTCPWriter(sent)
		pictures, again := newStream(r, "video/VP8", 7), newStream(r, "video/rtx", 8)
		pictures.arrive(t, 0)
		again.number = 1
		again.arrive(t, 0)
		time.Sleep(100 * time.Millisecond)
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if len(sent.all) != 1 || sent.all[0].MediaSSRC != 7 || sent.all[0].PacketStatusCount != 2 {
			t.Errorf("reports %+v, want one of both packets that names the stream of media", sent.all)
		}
	})
}

func TestReporterBearsWhatIsNoNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, sent := newReporter(newArrivals(), slog.New(slog.DiscardHandler)), &reports{}
		r.BindRTCPWriter(sent)
		s := newStream(r, "video/VP8", 7)
		for _, b := range [][]byte{{}, {0x80}, make([]byte, 12), {0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0xbe, 0xde, 0, 1, 0x30, 1, 0, 0}} {
			s.next = b
			if n, _, err := s.reader.Read(make([]byte, 100), nil); err != nil || n != len(b) {
				t.Errorf("Read of %x = %d, %v", b, n, err)
			}
		}
		time.Sleep(time.Second)
		for range 2 {
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
		if sent.count() != 0 {
			t.Errorf("%d reports", sent.count())
		}
	})
}
