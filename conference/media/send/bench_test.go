//go:build unix

package send_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"confab/conference/media"
	"confab/conference/media/capture/pattern"
	"confab/conference/media/send"
)

// void is a line that carries 1,800 kbit/s to nowhere.
type void struct{}

func (void) Budget() media.Budget {
	return media.Budget{BitsPerSecond: 1_800_000, TopLayer: 2, KeyFrameBytes: 33_750}
}
func (void) SetDemand(int)                                   {}
func (void) Push(time.Time, *media.EncodedFrame, uint8) bool { return true }
func (void) Clear()                                          {}

// BenchmarkCall sends five seconds of a 720p call and reports the process' time, drawing not included.
func BenchmarkCall(b *testing.B) {
	for _, c := range []struct{ peers, tiers int }{{1, 1}, {3, 1}, {8, 1}, {3, 3}} {
		b.Run(fmt.Sprintf("peers=%d/tiers=%d", c.peers, c.tiers), func(b *testing.B) {
			const seconds = 5
			var pool media.Pool
			painter := pattern.NewPainter(1280, 720, "bench")
			var spent time.Duration
			for b.Loop() {
				v := send.NewVideo(send.VideoOptions{Pool: &pool})
				for i := range c.peers {
					v.Add("peer", void{}).SetView(0, 720>>(i%c.tiers), true)
				}
				for i := range uint32(seconds * 30) {
					f := pool.Frame(1280, 720)
					painter.Draw(f, i, time.Now())
					start := cpu(b)
					v.Offer(f)
					f.Release()
					for want := uint64(i + 1); ; time.Sleep(time.Millisecond) {
						if s := v.Stats(); len(s) == c.tiers && slowest(s) >= want {
							break
						}
					}
					spent += cpu(b) - start
				}
				v.Close()
			}
			b.ReportMetric(spent.Seconds()*1000/float64(b.N*seconds), "ms/s")
		})
	}
}

// slowest is how many pictures all encoders are done with.
func slowest(stats []send.EncoderStats) uint64 {
	n := stats[0].FramesEncoded + stats[0].FramesDropped
	for _, s := range stats {
		n = min(n, s.FramesEncoded+s.FramesDropped)
	}
	return n
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
