//go:build unix

package send_test

import (
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/media/capture/pattern"
	"confab/conference/media/send"
)

// void is a sink that counts packets.
type void struct{ packets atomic.Int64 }

func (v *void) WriteRTP(*rtp.Header, []byte) (int, error) {
	v.packets.Add(1)
	return 0, nil
}

// BenchmarkCall sends ten seconds of a 720p call and reports the process' time, drawing not included.
func BenchmarkCall(b *testing.B) {
	for _, peers := range []int{1, 3, 8} {
		b.Run(fmt.Sprintf("peers=%d", peers), func(b *testing.B) {
			const seconds = 5
			var pool media.Pool
			painter := pattern.NewPainter(1280, 720, "bench")
			var spent time.Duration
			for b.Loop() {
				v := send.NewVideo(send.VideoOptions{Pool: &pool})
				var out void
				for range peers {
					v.Add("peer", &out)
				}
				for i := range uint32(seconds * 30) {
					f := pool.Frame(1280, 720)
					painter.Draw(f, i, time.Now())
					start := cpu(b)
					v.Offer(f)
					f.Release()
					for want := uint64(i + 1); ; time.Sleep(time.Millisecond) {
						if s := v.Stats(); len(s) > 0 && s[0].FramesEncoded+s[0].FramesDropped >= want {
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

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
