//go:build unix

package audio_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/media/audio"
)

// feeder pushes the packets of a clip as they come due.
type feeder struct {
	p      *audio.Playout
	c      *clip
	packet rtp.Packet
	sent   int

	lossEach int // every so many packets one is lost; 0: none
}

func (f *feeder) feed(now time.Time, pulls int) {
	for ; f.sent*2 < pulls; f.sent++ {
		if f.lossEach > 0 && f.sent%f.lossEach == 7 {
			continue // lost
		}
		f.packet.SequenceNumber, f.packet.Timestamp = uint16(f.sent), uint32(f.sent*frameSamples)
		f.packet.Payload = f.c.packets[f.sent%len(f.c.packets)]
		f.p.Push(now, &f.packet)
	}
}

func BenchmarkPull(b *testing.B) {
	p := newPlayout(b)
	f := &feeder{p: p, c: clipOf(b, 0), lossEach: 10}
	var out media.AudioFrame
	now := time.Unix(1000, 0)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		f.feed(now, i)
		p.Pull(now, &out)
		now = now.Add(10 * time.Millisecond)
		i++
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N), "us/pull")
}

func BenchmarkMixOfEightStreams(b *testing.B) {
	m := audio.NewMixer()
	for i := range 8 {
		s := &source{wave: func(int) float64 { return 9000 }}
		m.Add(fmt.Sprint(i), s, nil)
	}
	var out media.AudioFrame
	now := time.Unix(1000, 0)
	b.ReportAllocs()
	for b.Loop() {
		m.Mix(now, &out)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N), "us/mix")
}

// BenchmarkEightStreams decodes and mixes eight voices and reports the process' time in a second of call. It
// must be 15 ms at most.
func BenchmarkEightStreams(b *testing.B) {
	for name, lossEach := range map[string]int{"lossless": 0, "a tenth lost": 10} {
		b.Run(name, func(b *testing.B) {
			m := audio.NewMixer()
			var feeders []*feeder
			for i := range 8 {
				p := newPlayout(b)
				feeders = append(feeders, &feeder{p: p, c: clipOf(b, uint64(i%3)), lossEach: lossEach})
				m.Add(fmt.Sprint(i), p, nil)
			}
			var out media.AudioFrame
			now := time.Unix(1000, 0)
			b.ReportAllocs()
			i, start := 0, cpu(b)
			for b.Loop() {
				for _, f := range feeders {
					f.feed(now, i)
				}
				m.Mix(now, &out)
				now = now.Add(media.FrameDuration)
				i++
			}
			played := media.FrameDuration.Seconds() * float64(b.N)
			b.ReportMetric((cpu(b)-start).Seconds()*1000/played, "ms/s")
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
