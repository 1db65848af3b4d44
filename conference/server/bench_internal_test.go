package server

import (
	"strings"
	"testing"
)

// What passing on one signal costs, from the message as it was read to the one that is to be written.
func BenchmarkSignal(b *testing.B) {
	s, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	from, to := enterRoom(b, s, "p_loud"), enterRoom(b, s, "p_quiet")
	message := []byte(`{"type":"signal","to":"p_quiet","conn":"c_1","data":{"kind":"offer","n":1,"sdp":"` + strings.Repeat("candidate ", 60) + `"}}`)
	b.ReportAllocs()
	for b.Loop() {
		from.rate = bucket{}
		from.act(message)
		at, seq := to.current(), uint64(0)
		for data, n := at.next(to); data != nil; data, n = at.next(to) {
			seq = n
		}
		at.forget(to, seq)
	}
	if signals := s.metrics.signals.Load(); signals < uint64(b.N) {
		b.Fatalf("%d of %d signals were passed on", signals, b.N)
	}
}
