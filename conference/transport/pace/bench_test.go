//go:build unix

package pace_test

import (
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/transport/pace"
)

// void is a wire that leads nowhere.
type void struct{ packets atomic.Int64 }

func (v *void) WriteRTP(_ *rtp.Header, b []byte) (int, error) {
	v.packets.Add(1)
	return len(b) + 12, nil
}

func (v *void) WriteSound(_ *rtp.Header, b []byte, _ media.SoundLevel) (int, error) {
	return v.WriteRTP(nil, b)
}
func (v *void) Captured(uint32, time.Time)                       {}
func (v *void) WriteRepair(_ *rtp.Header, b []byte) (int, error) { return v.WriteRTP(nil, b) }
func (v *void) WritePadding(size int) (int, error)               { return size, nil }

// BenchmarkPeers sends a 720p camera of 2,500 kbit/s and sound to a number of peers, in real time, and
// reports the process' time: what one more peer costs before the network.
func BenchmarkPeers(b *testing.B) {
	for _, peers := range []int{1, 4} {
		b.Run(fmt.Sprint(peers), func(b *testing.B) {
			var out void
			var paths []*pace.Path
			for range peers {
				p := pace.NewPath(pace.PathOptions{
					Estimator: oracleOf(3_000_000),
					Wires:     map[media.Slot]pace.Wire{media.Camera: &out, media.Microphone: &out},
				})
				p.Line(media.Camera).SetDemand(2_500_000)
				paths = append(paths, p)
				b.Cleanup(func() { p.Close() })
			}
			var s studio
			sound := make([]byte, 80)
			start, seconds := cpu(b), 0.0
			ticker := time.NewTicker(time.Second / 60)
			defer ticker.Stop()
			for b.Loop() {
				for i := range 60 { // a second
					<-ticker.C
					f := s.picture(s.number == 0, 10_400)
					for _, p := range paths {
						if i%2 == 0 {
							p.Line(media.Camera).Push(time.Now(), f, 2)
						}
						p.Line(media.Microphone).PushSound(&media.EncodedSound{Data: sound, RTPTime: uint32(i) * 800})
						p.Line(media.Camera).Budget()
					}
				}
				seconds++
			}
			b.ReportMetric((cpu(b)-start).Seconds()*1000/seconds/float64(peers), "ms/s/peer")
			b.ReportMetric(float64(out.packets.Load())/seconds/float64(peers), "packets/s/peer")
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
