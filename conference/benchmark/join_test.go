package benchmark_test

import (
	"fmt"
	"os"
	"testing"
	"text/tabwriter"
	"time"
)

// What joining and a picture's way may take on loopback, on an idle machine.
const (
	maxJoinP50, maxJoinP95       = 150 * time.Millisecond, 300 * time.Millisecond
	maxLatencyP50, maxLatencyP95 = 20 * time.Millisecond, 50 * time.Millisecond
)

// TestHowFastSomebodyIsInACall has a newcomer join somebody in another process many times over a
// signaling server on loopback, and times a picture's way from capture to decoding between two. Misses
// are marked in the table and fail nothing.
func TestHowFastSomebodyIsInACall(t *testing.T) {
	if *joins == 0 {
		t.Skip("not asked for: make bench-join")
	}
	fmt.Println(machine())
	url := serve(t)
	s := scenario{width: 1280, height: 720, people: 2}
	host := enter(t, url, "joined", "host", "--camera", "test", "--size", s.size())
	host.sees(0)
	times := newNewcomer(t, url, "joined", "test:newcomer", s.width, s.height).times(t, *joins)
	host.leave()
	p50, p95 := latencyOf(t, url, s)

	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "  \tp50, ms\tgoal\t\tp95, ms\tgoal\t\tslowest, ms")
	line := func(what string, p50, p95, goal50, goal95 time.Duration, slowest string) {
		at50, at95 := fmt.Sprintf("at most %d", goal50.Milliseconds()), fmt.Sprintf("at most %d", goal95.Milliseconds())
		fmt.Fprintf(w, "  %s\t%.1f\t%s\t%s\t%.1f\t%s\t%s\t%s\n", what,
			milliseconds(p50), at50, mark(at50, p50 <= goal50), milliseconds(p95), at95, mark(at95, p95 <= goal95), slowest)
	}
	line(fmt.Sprintf("join to first decoded picture, %d joins", len(times)), quantile(times, 0.5), quantile(times, 0.95),
		maxJoinP50, maxJoinP95, fmt.Sprintf("%.1f", milliseconds(times[len(times)-1])))
	line("capture to decoded, "+s.size()+" at 30/s, worse direction", p50, p95, maxLatencyP50, maxLatencyP95, "")
	if err := w.Flush(); err != nil {
		t.Error(err)
	}
}
