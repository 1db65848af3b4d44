package benchmark_test

import (
	"fmt"
	"io"
	"os"
	"testing"
	"text/tabwriter"
	"time"
)

// maxOneMore is what one more peer may cost who sends 720p: processor time a second.
const maxOneMore = 8 * time.Millisecond

// TestWhatOneMorePeerCosts has somebody send 1280x720 and sound to more and more others, in processes of
// their own who send nothing, and prints the sender's processor time: encoding, which is done once, and
// packets, encryption and sockets of each peer. It does so with the clip that the browser is measured with,
// and with one that fills the rate of its tier. Misses are marked in the table and fail nothing.
func TestWhatOneMorePeerCosts(t *testing.T) {
	if *peers < 2 {
		t.Skip("not asked for: make bench-peers")
	}
	fmt.Println(machine())
	for _, noise := range []int{grain, 2 * grain} {
		w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
		fmt.Fprintf(w, "  peers, noise of %d levels\tprocessor time, ms/s\tsent, kbit/s a peer\n", noise)
		more := fanOut(t, w, newClip(t, 1280, 720, noise))
		if err := w.Flush(); err != nil {
			t.Error(err)
		}
		goal := fmt.Sprintf("at most %d", maxOneMore.Milliseconds())
		fmt.Printf("  one more peer: %.1f ms/s, %s  %s\n", milliseconds(more), goal, mark(goal, more <= maxOneMore))
	}
}

// fanOut sends a clip to one peer and then to more, writes a line for each, and returns what one more costs.
func fanOut(t *testing.T, w io.Writer, c *clip) time.Duration {
	t.Helper()
	url := serve(t)
	all := confabs{enter(t, url, "peers", "sender", "--camera", "file:"+c.path)}
	defer func() { all.leave() }()
	var first, last time.Duration
	for n := 1; n <= *peers; n++ {
		watcher := enter(t, url, "peers", nameOf(n), "--camera", "none", "--microphone", "none")
		all = append(all, watcher)
		watcher.sees(1)
		time.Sleep(*warmUp)
		cpu, rate := all[0].uses(*window)
		if last = cpu; n == 1 {
			first = cpu
		}
		fmt.Fprintf(w, "  %d\t%.1f\t%.0f\n", n, milliseconds(cpu), rate/1000/float64(n))
	}
	return (last - first) / time.Duration(*peers-1)
}

// uses is the participant's processor time in a second, and what it sends in bits per second.
func (p *participant) uses(window time.Duration) (cpu time.Duration, bitsPerSecond float64) {
	p.t.Helper()
	look := func() (usage, uint64) {
		u, err := usageOf([]int{p.process.Process.Pid})
		if err != nil {
			p.t.Fatal(err)
		}
		bytes := uint64(0)
		stats, _ := p.figures()
		for _, o := range stats.Outbound.Peers {
			bytes += o.BytesSent
		}
		return u, bytes
	}
	before, sent := look()
	start := time.Now()
	time.Sleep(window) // nothing else runs here meanwhile
	after, now := look()
	seconds := time.Since(start).Seconds()
	return time.Duration(float64(after.cpu-before.cpu) / seconds), float64(now-sent) * 8 / seconds
}
