package transport_test

import (
	"runtime"
	"testing"
	"time"

	"confab/conference/media"
	"confab/conference/transport"
)

// onLoopback is a pair on the system's own network.
func onLoopback(t testing.TB) *pair {
	t.Helper()
	return newPair(t, transport.Options{}, transport.Options{})
}

func TestCallOverRealSockets(t *testing.T) {
	p := onLoopback(t)
	p.connect(t)
	tracks := startSlots(t, p.offerer, p.answerer)
	startSlots(t, p.answerer, p.offerer)
	if err := p.answerer.SendControl([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if got := next[transport.ControlMessage](t, p.offerer); string(got.Data) != "hello" {
		t.Errorf("message %q", got.Data)
	}
	p.negotiate(t, true)
	waitState(t, p.offerer, transport.StateConnected)
	waitState(t, p.answerer, transport.StateConnected)
	send(t, p.offerer, media.Screen, 2)
	expect(t, tracks[media.Screen], media.Screen, 2)
	if s := p.offerer.Stats(); s.Path.Local == "" || s.Path.Relayed {
		t.Errorf("path %+v", s.Path)
	}
}

func BenchmarkConnect(b *testing.B) {
	var total time.Duration
	goroutines := 0
	for b.Loop() {
		before := runtime.NumGoroutine()
		p := onLoopback(b)
		start := time.Now()
		p.negotiate(b, false)
		next[transport.ControlOpen](b, p.offerer)
		next[transport.ControlOpen](b, p.answerer)
		total += time.Since(start)
		for _, s := range []*side{p.offerer, p.answerer} {
			s.rewind()
			waitState(b, s, transport.StateConnected)
		}
		startSlots(b, p.offerer, p.answerer)
		startSlots(b, p.answerer, p.offerer)
		goroutines = (runtime.NumGoroutine() - before - 2) / 2 // less the pair's two forwarders
		_ = p.offerer.Close()
		_ = p.answerer.Close()
	}
	b.ReportMetric(float64(total.Microseconds())/1000/float64(b.N), "ms/open")
	b.ReportMetric(float64(goroutines), "goroutines/conn")
}
