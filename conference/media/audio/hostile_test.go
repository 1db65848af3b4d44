package audio_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/media/audio"
)

// Whatever comes, nothing breaks: random numbers, times, sizes, sources, bytes.
func TestGarbageNeverBreaksThePlayout(t *testing.T) {
	t.Parallel()
	c := clipOf(t, 0)
	for seed := range uint64(24) {
		random := rand.New(rand.NewPCG(seed, 3))
		p := newPlayout(t)
		now := time.Unix(1000, 0)
		var f media.AudioFrame
		for i := range 700 {
			for range random.IntN(3) {
				p.Push(now, garbage(random, c, i))
			}
			now = now.Add(time.Duration(random.IntN(20)) * ms)
			if random.IntN(200) == 0 {
				now = now.Add(time.Duration(random.IntN(3000)-200) * ms)
			}
			p.Pull(now, &f)
		}
		if s := p.Stats(); s.ConcealedSamples > s.TotalSamplesReceived {
			t.Errorf("seed %d: concealed %d of %d samples", seed, s.ConcealedSamples, s.TotalSamplesReceived)
		}
	}
}

// garbage is a packet of the clip with something wrong.
func garbage(random *rand.Rand, c *clip, i int) *rtp.Packet {
	payload := c.packets[random.IntN(200)]
	p := &rtp.Packet{Header: rtp.Header{SSRC: 1, SequenceNumber: uint16(i / 2), Timestamp: uint32(i * 480)}, Payload: payload}
	switch random.IntN(7) {
	case 0:
		p.SequenceNumber, p.Timestamp = uint16(random.Uint32()), random.Uint32()
	case 1:
		p.Timestamp += random.Uint32N(960)
	case 2:
		p.SSRC = random.Uint32N(3)
	case 3:
		p.Payload = payload[:random.IntN(len(payload))]
	case 4:
		p.Payload = make([]byte, random.IntN(2000))
		for k := range p.Payload {
			p.Payload[k] = byte(random.Uint32())
		}
	case 5:
		p.Payload = append([]byte{byte(random.Uint32())}, payload...)
	}
	return p
}

func FuzzPush(f *testing.F) {
	f.Add([]byte{0x78, 1, 2, 3, 4, 5}, uint16(3), uint32(960), uint32(1), 20)
	f.Add([]byte{}, uint16(65535), uint32(1<<32-1), uint32(2), -5)
	f.Add([]byte{0xfb, 0x3f}, uint16(0), uint32(0), uint32(1), 5000)
	f.Fuzz(func(t *testing.T, payload []byte, number uint16, timestamp, ssrc uint32, wait int) {
		p := newPlayout(t)
		now := time.Unix(1000, 0)
		var out media.AudioFrame
		for i := range uint16(6) {
			p.Push(now, &rtp.Packet{
				Header:  rtp.Header{SSRC: 1, SequenceNumber: i, Timestamp: uint32(i) * frameSamples},
				Payload: []byte{0x78, 0xff, byte(i)},
			})
			p.Push(now, &rtp.Packet{
				Header:  rtp.Header{SSRC: ssrc, SequenceNumber: number + i, Timestamp: timestamp + uint32(i)*uint32(number)},
				Payload: payload,
			})
			now = now.Add(time.Duration(wait%3000) * ms)
			for range 4 {
				p.Pull(now, &out)
				now = now.Add(10 * ms)
			}
		}
	})
}

func TestPacketsOfEveryLengthArePlayed(t *testing.T) {
	// Configurations of RFC 6716 table 2 with one, two or several frames.
	for name, c := range map[string]struct {
		payload []byte
		samples uint32
	}{
		"CELT 2.5 ms": {[]byte{16 << 3, 1, 2, 3, 4, 5, 6}, 120},
		"CELT 20 ms":  {[]byte{19 << 3, 1, 2, 3, 4, 5, 6}, 960},
		"SILK 60 ms":  {[]byte{3 << 3, 1, 2, 3, 4, 5, 6}, 2880},
		"2 of 20 ms":  {[]byte{1<<3 | 1, 1, 2, 3, 4}, 1920},
		"6 of 20 ms":  {append([]byte{1<<3 | 3, 6}, make([]byte, 12)...), 5760},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlayout(t)
			now := time.Unix(1000, 0)
			var f media.AudioFrame
			pushed, pulled := uint32(0), uint32(0)
			for i := uint16(0); pushed < 48000; i++ {
				p.Push(now, &rtp.Packet{Header: rtp.Header{SequenceNumber: i, Timestamp: pushed}, Payload: c.payload})
				pushed += c.samples
				for ; pulled < pushed; pulled += 480 {
					p.Pull(now, &f)
					now = now.Add(10 * ms)
				}
			}
			s := p.Stats()
			if s.JitterBufferEmittedCount < 40000 || s.PacketsLost != 0 {
				t.Errorf("%d of 48000 samples played: %+v", s.JitterBufferEmittedCount, s)
			}
		})
	}
}

func TestATooLongPacketIsDiscarded(t *testing.T) {
	p := newPlayout(t)
	p.Push(time.Now(), &rtp.Packet{Payload: make([]byte, 1501)})
	if s := p.Stats(); s.PacketsDiscarded != 1 || s.PacketsReceived != 1 {
		t.Errorf("%+v", s)
	}
}

func TestAPlayoutThatNobodyPullsDropsAndThenGoesOn(t *testing.T) {
	c := clipOf(t, 0)
	p := newPlayout(t)
	now := time.Unix(1000, 0)
	var f media.AudioFrame
	push := func(i int) {
		p.Push(now, &rtp.Packet{
			Header:  rtp.Header{SequenceNumber: uint16(i), Timestamp: uint32(i * frameSamples)},
			Payload: c.packets[i],
		})
		now = now.Add(20 * ms)
	}
	for i := range 500 {
		push(i)
	}
	before := p.Stats()
	if before.PacketsDiscarded != 500-128 {
		t.Errorf("%d packets discarded, want %d", before.PacketsDiscarded, 500-128)
	}
	for i := 500; i < 1000; i++ {
		push(i)
		p.Pull(now, &f)
		p.Pull(now.Add(10*ms), &f)
	}
	after := p.Stats()
	if n := after.JitterBufferEmittedCount; n < 450*frameSamples {
		t.Errorf("%d samples played after the rest, want some %d", n, 500*frameSamples)
	}
}

func TestPushPullAndCloseFromSeveralGoroutines(t *testing.T) {
	c := clipOf(t, 0)
	p, err := audio.NewPlayout(audio.PlayoutOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pulled, closed := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-closed:
				return
			default:
				p.Push(time.Now(), &rtp.Packet{
					Header:  rtp.Header{SequenceNumber: uint16(i), Timestamp: uint32(i * frameSamples)},
					Payload: c.packets[i%len(c.packets)],
				})
			}
		}
	})
	wg.Go(func() {
		var f media.AudioFrame
		for i := 0; ; i++ {
			p.Pull(time.Now(), &f)
			if i == 1000 {
				close(pulled)
			}
			select {
			case <-closed:
				return
			default:
			}
		}
	})
	wg.Go(func() {
		for range 1000 {
			_, _ = p.Stats(), p.Level()
		}
	})
	<-pulled
	for range 2 {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	close(closed)
	wg.Wait()
	f := media.AudioFrame{Samples: [480]int16{1, 2, 3}}
	if p.Pull(time.Now(), &f); f.Samples != [480]int16{} {
		t.Error("a closed playout is heard")
	}
}

func TestPushAndPullAllocateNothing(t *testing.T) {
	c := clipOf(t, 0)
	p := newPlayout(t)
	random := rand.New(rand.NewPCG(1, 1))
	packet := &rtp.Packet{}
	var f media.AudioFrame
	now, i := time.Unix(1000, 0), 0
	n := testing.AllocsPerRun(1000, func() {
		packet.SequenceNumber, packet.Timestamp = uint16(i), uint32(i*frameSamples)
		packet.Payload = c.packets[i%len(c.packets)]
		if random.IntN(10) > 0 {
			p.Push(now.Add(time.Duration(random.IntN(30))*ms), packet)
		}
		i++
		now = now.Add(20 * ms)
		p.Pull(now, &f)
		p.Pull(now.Add(10*ms), &f)
	})
	if n != 0 {
		t.Errorf("%v allocations a packet, want 0", n)
	}
	if s := p.Stats(); s.ConcealedSamples == 0 {
		t.Error("nothing was lost: the test is too kind")
	}
}
