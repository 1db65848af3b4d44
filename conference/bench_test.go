package conference_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"confab/conference"
	"confab/conference/signaling"
	"confab/conference/signaling/memory"
)

// BenchmarkJoin tells how long a newcomer waits: from Join until it has decoded a picture of everybody
// who is in the room (ms/sees-all), and until everybody has decoded one of its own (ms/all-see). All are
// in this process, on loopback, and send the test picture at 320x180.
func BenchmarkJoin(b *testing.B) {
	for _, present := range []int{1, 3, 7} {
		b.Run(fmt.Sprintf("present=%d", present), func(b *testing.B) { benchmarkJoin(b, present) })
	}
}

func benchmarkJoin(b *testing.B, present int) {
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	drivers := signaling.Registry{"memory": memory.NewHub().Open}
	come := func(name string) *guest {
		g, err := enter(ctx, drivers, name)
		if err != nil {
			b.Fatal(err)
		}
		return g
	}
	var room []*guest
	for i := range present {
		g := come(fmt.Sprintf("present %d", i))
		defer g.leave()
		room = append(room, g)
	}
	for _, g := range room {
		waitForPictures(b, ctx, g, present-1)
	}
	var sees, seen time.Duration
	n := 0
	for b.Loop() {
		start := time.Now()
		newcomer := come("newcomer")
		waitForPictures(b, ctx, newcomer, present)
		sees += time.Since(start)
		for _, g := range room {
			waitForPictures(b, ctx, g, present)
		}
		seen += time.Since(start)
		n++
		newcomer.leave()
		for _, g := range room {
			waitForPictures(b, ctx, g, present-1)
		}
	}
	b.ReportMetric(0, "ns/op") // would count the leaving
	b.ReportMetric(sees.Seconds()*1000/float64(n), "ms/sees-all")
	b.ReportMetric(seen.Seconds()*1000/float64(n), "ms/all-see")
}

// waitForPictures returns when g has decoded a picture of that many others.
func waitForPictures(b *testing.B, ctx context.Context, g *guest, others int) {
	b.Helper()
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for {
		n := 0
		for _, p := range g.channel.Stats().Peers {
			if p.State == conference.StateConnected.String() && p.Video.FramesDecoded > 0 {
				n++
			}
		}
		if n == others {
			return
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			b.Fatalf("pictures of %d others, want %d", n, others)
		}
	}
}
