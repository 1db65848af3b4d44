package apm_test

import (
	"sync"
	"testing"
	"time"

	"confab/conference/media"
	"confab/conference/media/audio/apm"
)

// run gives a processor so many seconds of what next makes, and returns what comes out, and of each block
// what is known.
func run(p *apm.Processor, seconds float64, muted bool, next func() float64, each ...func(block int)) (in, out []int16, known []apm.Result) {
	for i := range int(seconds * 100) {
		for _, f := range each {
			f(i)
		}
		var f media.AudioFrame
		for j := range f.Samples {
			f.Samples[j] = toInt(next())
		}
		in = append(in, f.Samples[:]...)
		known = append(known, p.Capture(&f, muted))
		out = append(out, f.Samples[:]...)
	}
	return in, out, known
}

// late is the processor's delay in samples.
const late = int(apm.Delay * second / time.Second)

func TestQuietSpeechInANoisyRoomComesOutLoudAndItsPausesAsNothing(t *testing.T) {
	voice, noise := &talker{pitch: 120, level: 0.01}, newRoom(0.0005)
	in, out, known := run(apm.New(apm.Options{}), 20, false, func() float64 { return voice.next() + noise.next() })
	var spoken, before, paused []int16
	open, voiced := 0, 0
	for i, k := range known {
		block := out[i*media.FrameSamples:][:media.FrameSamples]
		if k.Open {
			open++
		} else if decibels(block) > -85 || k.Level != 127 || k.Voice {
			t.Fatalf("block %d is shut, but has %.0f dB, %+v", i, decibels(block), k)
		}
		if i < 1000 {
			continue
		}
		switch n := i * media.FrameSamples; {
		case speaks(n-late) && speaks(n+media.FrameSamples-late):
			spoken, before = append(spoken, block...), append(before, in[n-late:][:media.FrameSamples]...)
			if k.Voice {
				voiced++
			}
		case n%(sentence+gap) > sentence+second*7/10:
			paused = append(paused, block...)
		}
	}
	t.Logf("speech %.1f dB to %.1f dB, pauses to %.1f dB, %d of %d blocks sent, %d sure", decibels(before), decibels(spoken), decibels(paused), open, len(known), voiced)
	if l := decibels(spoken); l < -25 || l > -17 {
		t.Errorf("speech of %.1f dB comes out with %.1f", decibels(before), l)
	}
	if decibels(paused) > -85 {
		t.Errorf("pauses come out with %.1f dB", decibels(paused))
	}
	if open > len(known)*9/10 || voiced < 300 {
		t.Errorf("%d of %d blocks were sent, %d held a voice", open, len(known), voiced)
	}
}

func TestWithAllStagesOffSoundComesOutAsItWas(t *testing.T) {
	p := apm.New(apm.Options{Stages: apm.Stages{EchoOff: true, NoiseOff: true, VolumeOff: true}})
	voice, noise := &talker{pitch: 200, level: 0.05}, newRoom(0.001)
	in, out, known := run(p, 6, false, func() float64 { return voice.next() + noise.next() })
	for i, v := range out[second:] {
		if was := in[second+i-late]; abs(int(v)-int(was)) > 1 {
			t.Fatalf("sample %d was %d and is %d", i, was, v)
		}
	}
	for i, k := range known {
		if !k.Open {
			t.Fatalf("block %d is not sent", i)
		}
	}
}

func TestTheInstantOfABlockFollowsItsDelay(t *testing.T) {
	at := time.Unix(1000, 0)
	f := media.AudioFrame{Captured: at}
	apm.New(apm.Options{}).Capture(&f, false)
	if d := at.Sub(f.Captured); d != apm.Delay || apm.Delay.Milliseconds() != 15 {
		t.Errorf("what comes out was captured %v before what goes in", d)
	}
	f.Captured = time.Time{}
	if apm.New(apm.Options{}).Capture(&f, false); !f.Captured.IsZero() {
		t.Error("an instant that is not known has become", f.Captured)
	}
}

func TestStagesChangeWithoutClicks(t *testing.T) {
	p := apm.New(apm.Options{Stages: apm.Stages{VolumeOff: true}})
	stages := []apm.Stages{
		{EchoOff: true, VolumeOff: true},
		{NoiseOff: true, VolumeOff: true},
		{EchoOff: true, NoiseOff: true, VolumeOff: true},
		{VolumeOff: true},
	}
	voice := &talker{pitch: 110, level: 0.2}
	in, out, _ := run(p, 8, false, voice.next, func(block int) {
		if block%37 == 0 {
			p.Set(stages[block/37%len(stages)])
			if p.Stages() != stages[block/37%len(stages)] {
				t.Error("other stages than were set")
			}
		}
	})
	if was, is := greatestStep(in), greatestStep(out); float64(is) > 1.3*float64(was) {
		t.Errorf("the greatest step is %d, that of the sound itself %d", is, was)
	}
	if decibels(out) < decibels(in)-3 {
		t.Errorf("%.1f dB came out of %.1f", decibels(out), decibels(in))
	}
}

func TestWhoSpeaksWhileMutedIsTold(t *testing.T) {
	p := apm.New(apm.Options{})
	voice, noise := &talker{pitch: 120, level: 0.05}, newRoom(0.0005)
	_, _, before := run(p, 4, false, func() float64 { return voice.next() + noise.next() })
	_, _, known := run(p, 4, true, func() float64 { return voice.next() + noise.next() })
	for i, k := range before {
		if k.MutedSpeaking {
			t.Fatalf("told at block %d, when nothing was muted", i)
		}
	}
	told := -1
	for i, k := range known {
		if k.MutedSpeaking && told < 0 {
			told = i
		}
	}
	if told < 50 || told > 150 {
		t.Errorf("told after %d blocks, want about a second", told)
	}
}

func TestAMicrophoneThatGivesNothingIsTold(t *testing.T) {
	p, noise := apm.New(apm.Options{}), newRoom(0.0005)
	_, _, known := run(p, 6, false, func() float64 { return 0 })
	if known[390].NoSound || !known[401].NoSound {
		t.Error("want to be told after 4 s")
	}
	_, _, known = run(p, 1, false, noise.next)
	if known[99].NoSound {
		t.Error("still told after a second of sound")
	}
}

// echoing runs a call in which the loudspeaker's sound comes back, 60 ms later and half as loud, and gives
// what the microphone heard of it and what was sent.
func echoing(p *apm.Processor, seconds float64) (heard, sent []int16) {
	far, noise := &talker{pitch: 170, level: 0.1}, newRoom(0.0003)
	const delay = second * 6 / 100
	played := make([]int16, delay)
	heard, sent, _ = run(p, seconds, false, func() float64 {
		v := played[0]
		played = played[1:]
		return 0.5*float64(v)/32768 + noise.next()
	}, func(int) {
		var block [media.FrameSamples]int16
		for i := range block {
			block[i] = toInt(far.next())
		}
		p.Render(block[:100]) // of any length
		p.Render(block[100:])
		played = append(played, block[:]...)
	})
	return heard, sent
}

func TestTheLoudspeakersSoundIsNotSentBack(t *testing.T) {
	heard, sent := echoing(apm.New(apm.Options{}), 14)
	from := 10 * second
	if down := decibels(heard[from:]) - decibels(sent[from:]); down < 30 {
		t.Errorf("the echo is sent %.1f dB below what is heard, want 30", down)
	}
	heard, sent = echoing(apm.New(apm.Options{Stages: apm.Stages{EchoOff: true, VolumeOff: true}}), 14)
	if down := decibels(heard[from:]) - decibels(sent[from:]); down > 3 {
		t.Errorf("without the canceller it is sent %.1f dB below", down)
	}
}

func TestLoudspeakerMicrophoneAndSettingsDoNotMeet(t *testing.T) {
	p := apm.New(apm.Options{})
	stop := make(chan struct{})
	var others sync.WaitGroup
	others.Go(func() {
		block := make([]int16, 441)
		for {
			select {
			case <-stop:
				return
			default:
				p.Render(block)
			}
		}
	})
	others.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				p.Set(apm.Stages{EchoOff: i%2 == 0, NoiseOff: i%3 == 0, VolumeOff: i%5 == 0})
			}
		}
	})
	run(p, 2, false, (&talker{pitch: 120, level: 0.1}).next)
	close(stop)
	others.Wait()
}

func TestABlockAllocatesNothing(t *testing.T) {
	p := apm.New(apm.Options{})
	voice := &talker{pitch: 120, level: 0.1}
	var f media.AudioFrame
	played := make([]int16, 441)
	n := testing.AllocsPerRun(300, func() {
		for i := range f.Samples {
			f.Samples[i] = toInt(voice.next())
		}
		p.Render(played)
		p.Capture(&f, false)
	})
	if n != 0 {
		t.Errorf("%v allocations a block", n)
	}
}

// BenchmarkCapture is the whole chain of a talker in a room with a loudspeaker that speaks too.
func BenchmarkCapture(b *testing.B) {
	for name, s := range map[string]apm.Stages{"all": {}, "without echo": {EchoOff: true}} {
		b.Run(name, func(b *testing.B) {
			p := apm.New(apm.Options{Stages: s})
			near, far := &talker{pitch: 120, level: 0.1}, &talker{pitch: 180, level: 0.1}
			const seconds = 4
			blocks, played := make([]media.AudioFrame, seconds*100), make([][media.FrameSamples]int16, seconds*100)
			for i := range blocks {
				for j := range blocks[i].Samples {
					v := far.next()
					played[i][j] = toInt(v)
					blocks[i].Samples[j] = toInt(near.next() + 0.5*v)
				}
			}
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				f := blocks[n%len(blocks)]
				p.Render(played[n%len(blocks)][:])
				p.Capture(&f, false)
				n++
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n)/1000, "ms/block")
		})
	}
}
