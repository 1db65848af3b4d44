package transport

import (
	"strings"
	"testing"
	"time"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtcp"

	"confab/conference/transport/bandwidth"
)

// leaveN lets packets leave, of 1000 bytes and headers of 44.
func leaveN(d *departures, n int) {
	d.headers.Store(44)
	for range n {
		d.leave(func(uint16, time.Time) int { return 1000 })
	}
}

// about is a report of one run: so many packets from base on, all arrived or none.
func about(count uint8, base, packets uint16, arrived bool, reference uint32) *rtcp.TransportLayerCC {
	symbol := uint16(rtcp.TypeTCCPacketNotReceived)
	r := &rtcp.TransportLayerCC{FbPktCount: count, BaseSequenceNumber: base, PacketStatusCount: packets, ReferenceTime: reference}
	if arrived {
		symbol = rtcp.TypeTCCPacketReceivedSmallDelta
		for range packets {
			r.RecvDeltas = append(r.RecvDeltas, &rtcp.RecvDelta{Type: symbol, Delta: 1000})
		}
	}
	r.PacketChunks = []rtcp.PacketStatusChunk{&rtcp.RunLengthChunk{PacketStatusSymbol: symbol, RunLength: packets}}
	return r
}

// kinds are a letter a result: a arrived, l lost, u unknown.
func kinds(results []bandwidth.Result) string {
	var s strings.Builder
	for _, r := range results {
		switch {
		case r.Unknown && !r.Lost && r.Arrived.IsZero():
			s.WriteString("u")
		case r.Lost && !r.Unknown && r.Arrived.IsZero():
			s.WriteString("l")
		case !r.Lost && !r.Unknown && !r.Arrived.IsZero() && r.Size == 1044:
			s.WriteString("a")
		default:
			s.WriteString("?")
		}
	}
	return s.String()
}

func TestReportsAreReadOnceAndInOrder(t *testing.T) {
	type step struct {
		report *rtcp.TransportLayerCC
		want   string
	}
	for name, steps := range map[string][]step{
		"plain":                       {{about(0, 0, 3, true, 0), "aaa"}, {about(1, 3, 2, true, 1), "aa"}},
		"lost":                        {{about(0, 0, 3, true, 0), "aaa"}, {about(1, 3, 2, false, 1), "ll"}},
		"hole between reports":        {{about(0, 0, 3, true, 0), "aaa"}, {about(1, 5, 2, true, 1), "llaa"}},
		"report lost":                 {{about(0, 0, 3, true, 0), "aaa"}, {about(2, 5, 2, true, 1), "uuaa"}},
		"first report lost":           {{about(1, 2, 2, true, 0), "uuaa"}},
		"first packets lost":          {{about(0, 2, 2, true, 0), "llaa"}},
		"twice":                       {{about(0, 0, 3, true, 0), "aaa"}, {about(0, 0, 3, true, 0), ""}},
		"late":                        {{about(1, 3, 2, true, 1), "uuuaa"}, {about(0, 0, 3, true, 0), ""}, {about(2, 5, 1, true, 1), "a"}},
		"told again with more":        {{about(0, 0, 3, false, 0), "lll"}, {about(1, 1, 4, true, 1), "aa"}},
		"count wraps":                 {{about(255, 0, 3, true, 0), "aaa"}, {about(0, 3, 2, true, 1), "aa"}},
		"packets that never left":     {{about(0, 0, 21, true, 0), ""}, {about(0, 60000, 2, true, 0), ""}, {about(0, 19, 1, true, 0), "lllllllllllllllllll" + "a"}},
		"nothing":                     {{about(0, 0, 0, true, 0), ""}},
		"fewer statuses than counted": {{&rtcp.TransportLayerCC{PacketStatusCount: 5}, ""}},
		"fewer times than arrivals": {{&rtcp.TransportLayerCC{PacketStatusCount: 2, PacketChunks: []rtcp.PacketStatusChunk{
			&rtcp.RunLengthChunk{PacketStatusSymbol: rtcp.TypeTCCPacketReceivedSmallDelta, RunLength: 2},
		}}, "uu"}},
		"arrived without a time": {{&rtcp.TransportLayerCC{PacketStatusCount: 2, PacketChunks: []rtcp.PacketStatusChunk{
			&rtcp.StatusVectorChunk{SymbolSize: rtcp.TypeTCCSymbolSizeTwoBit, SymbolList: []uint16{rtcp.TypeTCCPacketReceivedWithoutDelta, 0, 1, 1}},
		}}, "ul"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := &departures{}
			leaveN(d, 20)
			for i, s := range steps {
				if got := kinds(d.report(time.Unix(100, 0), s.report)); got != s.want {
					t.Errorf("report %d gives %q, want %q", i, got, s.want)
				}
			}
		})
	}
}

func TestNumbersAndTimesWrapAround(t *testing.T) {
	d := &departures{}
	recorder := twcc.NewRecorder(1)
	const packets = 200_000 // three times around
	var first, last time.Time
	total := 0
	for n := range packets {
		leaveN(d, 1)
		// A second each: 24 bits of 64 ms are over after 12.4 days, so begin 20,000 s before.
		recorder.Record(1, uint16(n), (1<<24*64/1000-20_000)*1e6+int64(n)*1e6)
		if n%10 != 9 {
			continue
		}
		for _, p := range recorder.BuildFeedbackPacket() {
			b, err := p.Marshal()
			if err != nil {
				continue // pion refuses reference times of more than 24 bits
			}
			r := &rtcp.TransportLayerCC{}
			if err := r.Unmarshal(b); err != nil {
				t.Fatal(err)
			}
			results := d.report(time.Unix(100, 0), r)
			for _, r := range results {
				if r.Lost || r.Unknown {
					t.Fatalf("packet %d: %+v", n, r)
				}
				if first.IsZero() {
					first = r.Arrived
				}
				if !last.IsZero() && r.Arrived.Sub(last) != time.Second {
					t.Fatalf("packet %d arrived %v after the one before", n, r.Arrived.Sub(last))
				}
				last = r.Arrived
			}
			total += len(results)
		}
	}
	if total != packets {
		t.Errorf("%d results of %d packets", total, packets)
	}
}

func TestWhatIsForgottenIsNotTold(t *testing.T) {
	d := &departures{}
	leaveN(d, departuresKept+1000)
	results := d.report(time.Unix(100, 0), about(0, departuresKept+900, 100, true, 0))
	if len(results) != departuresKept {
		t.Errorf("%d results, want %d", len(results), departuresKept)
	}
}

func FuzzReports(f *testing.F) {
	for _, r := range []*rtcp.TransportLayerCC{about(0, 0, 3, true, 0), about(1, 5, 9, true, 7), about(9, 50, 5, false, 1<<23)} {
		r.Header = rtcp.Header{Count: rtcp.FormatTCC, Type: rtcp.TypeTransportSpecificFeedback, Length: uint16(r.MarshalSize()/4 - 1)}
		b, err := r.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, uint16(100))
	}
	f.Fuzz(func(t *testing.T, b []byte, left uint16) {
		d := &departures{}
		leaveN(d, int(left))
		told := 0
		for len(b) > 0 {
			n := min(len(b), 64)
			r := &rtcp.TransportLayerCC{}
			if r.Unmarshal(b[:n]) == nil {
				results := d.report(time.Unix(100, 0), r)
				told += len(results)
				for i, r := range results {
					if r.Departed.IsZero() || r.Lost && r.Unknown || (r.Lost || r.Unknown) != r.Arrived.IsZero() {
						t.Fatalf("result %d: %+v", i, r)
					}
				}
			}
			b = b[n:]
		}
		if told > int(left) {
			t.Fatalf("%d results of %d packets", told, left)
		}
	})
}

func TestWhichOfTwoTwinsArrivedIsNotKnown(t *testing.T) {
	var d departures
	leaveN(&d, 8)
	d.resent(1)
	d.resent(3)
	d.resent(200) // never left
	if got := kinds(d.report(time.Now(), about(0, 0, 3, true, 0))); got != "aua" {
		t.Errorf("results %q, want aua", got)
	}
	if got := kinds(d.report(time.Now(), about(1, 3, 2, false, 1))); got != "ll" {
		t.Errorf("results %q, want ll: neither of two arrived", got)
	}
	leaveN(&d, departuresKept)
	if d.report(time.Now(), about(2, 5, 3, true, 2)); d.kept[3].twin {
		t.Error("a packet has its forerunner's twin")
	}
}
