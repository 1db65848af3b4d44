package echo_test

import (
	"math"
	"slices"
	"testing"

	"confab/conference/media/audio/echo"
)

// eightRooms are what a call must master: clocks up to 200 ppm apart, delays of 40 to 200 ms, short and
// long reverberation, an echo as loud as the near talker, and a step of the delay by 60 ms.
var eightRooms = []scenario{
	{drift: 0, delay: 0.08, reverberation: 0.3, change: 0.06, seed: 1},
	{drift: 200, delay: 0.04, reverberation: 0.25, change: 0.06, seed: 2},
	{drift: -200, delay: 0.2, reverberation: 0.5, change: -0.06, seed: 3},
	{drift: 60, delay: 0.12, reverberation: 0.3, change: 0.06, seed: 4},
	{drift: -60, delay: 0.16, reverberation: 0.4, change: -0.06, seed: 5},
	{drift: 120, delay: 0.1, reverberation: 0.2, change: 0.06, seed: 6},
	{drift: -120, delay: 0.06, reverberation: 0.35, change: 0.06, seed: 7},
	{drift: 20, delay: 0.14, reverberation: 0.45, change: -0.06, seed: 8},
}

// limits hold for a set of rooms: dB and seconds.
type limits struct{ ten, tenWorst, double, doubleWorst, alone, recovery float64 }

func (l limits) check(t *testing.T, all []figures) {
	t.Helper()
	column := func(of func(figures) float64) (worst, median float64) {
		var values []float64
		for _, f := range all {
			values = append(values, of(f))
		}
		slices.Sort(values)
		return values[0], values[len(values)/2]
	}
	worst, median := column(func(f figures) float64 { return f.ten })
	if median < l.ten || worst < l.tenWorst {
		t.Errorf("enhancement at 10 s: median %.1f, worst %.1f dB, want %.0f and %.0f", median, worst, l.ten, l.tenWorst)
	}
	worst, median = column(func(f figures) float64 { return f.double })
	if median < l.double || worst < l.doubleWorst {
		t.Errorf("near talker in double talk: median %.1f, worst %.1f dB, want %.0f and %.0f", median, worst, l.double, l.doubleWorst)
	}
	if worst, _ = column(func(f figures) float64 { return f.alone }); worst < l.alone {
		t.Errorf("near talker alone: worst %.1f dB, want %.0f", worst, l.alone)
	}
	if worst, _ = column(func(f figures) float64 { return -f.recovery }); -worst > l.recovery {
		t.Errorf("recovered after %.2f s, want %.1f s", -worst, l.recovery)
	}
	t.Logf("%+.1f", all)
}

func TestEightRoomsAreCancelled(t *testing.T) {
	t.Parallel()
	all := measure(eightRooms, brief, synthetic, synthetic)
	limits{ten: 37, tenWorst: 28, double: 17, doubleWorst: 12, alone: 30, recovery: 2}.check(t, all)
}

func TestVoicesAreCancelled(t *testing.T) {
	both, ok := espeak()
	if !ok {
		t.Skip("no espeak-ng: no voices but the synthetic ones of the other tests")
	}
	t.Parallel()
	all := measure(eightRooms[1:4], brief, both[0].talk, both[1].talk)
	limits{ten: 37, tenWorst: 28, double: 17, doubleWorst: 12, alone: 30, recovery: 2}.check(t, all)
}

func TestTheNearTalkerIsKeptUnderALouderEcho(t *testing.T) {
	t.Parallel()
	all := measure([]scenario{
		{drift: 80, delay: 0.09, reverberation: 0.3, echo: 6, seed: 21},
		{drift: -40, delay: 0.06, reverberation: 0.4, echo: 6, seed: 22},
	}, plan{both: 11, near: 18, again: 20, step: 20, end: 20}, synthetic, synthetic)
	limits{ten: 33, tenWorst: 28, double: 12, doubleWorst: 12, alone: 30}.check(t, all)
}

func TestADeviceThatWasAwayCostsTwoSeconds(t *testing.T) {
	t.Parallel()
	p := plan{both: 8, near: 8, again: 8, step: 8, end: 13}
	for _, s := range []scenario{
		{name: "loudspeaker", drift: 60, delay: 0.1, reverberation: 0.3, speakerAway: 0.5, seed: 31},
		{name: "loudspeaker, back with another delay", drift: 60, delay: 0.1, reverberation: 0.3, speakerAway: 0.5, change: 0.06, seed: 31},
		{name: "microphone", drift: -60, delay: 0.1, reverberation: 0.3, microphoneAway: 0.5, seed: 32},
		{name: "microphone, back with another delay", drift: -60, delay: 0.1, reverberation: 0.3, microphoneAway: 0.5, change: -0.03, seed: 32},
	} {
		t.Run(s.name, func(t *testing.T) {
			r := s.record(p, synthetic, synthetic)
			if got := r.recovery(r.through(echo.New(echo.Options{}))); got > 2 {
				t.Errorf("recovered after %.2f s, want 2 s", got)
			}
		})
	}
}

// A sound system that has no time plays silence in between, which moves the echo.
func TestALoudspeakerThatStuttersIsFollowed(t *testing.T) {
	t.Parallel()
	const stretch = 0.5
	p := plan{both: 11, near: 15, again: 15, step: 15, end: 15}
	for _, s := range []scenario{
		{drift: -140, delay: 0.06, reverberation: 0.25, stutter: 1.7, seed: 47},
	} {
		r := s.record(p, synthetic, synthetic)
		c := echo.New(echo.Options{})
		out := r.through(c)
		var all []float64
		for at := 4.0; at+stretch <= p.both; at += stretch {
			all = append(all, r.enhancement(out, at, at+stretch))
		}
		kept := r.segmental(out, p.both, p.near)
		t.Logf("a gap each %.1f s: %.0f; the near talker is kept at %.1f dB; drift %+.1f", s.stutter, all, kept, c.Stats().Drift-s.drift)
		slices.Sort(all)
		if got := all[len(all)/2]; got < 30 {
			t.Errorf("a gap each %.1f s: enhancement %.1f dB in half of the half seconds, want 30", s.stutter, got)
		}
		if kept < 10 {
			t.Errorf("a gap each %.1f s: the near talker is kept at %.1f dB, want 10", s.stutter, kept)
		}
	}
}

// Both devices away at once, and back with another delay, leave the echo where the filter may not reach.
func TestAnEchoOutOfReachIsFoundAgain(t *testing.T) {
	t.Parallel()
	s := scenario{
		drift: 98.8, delay: 0.1498, reverberation: 0.238, change: -0.0182,
		speakerAway: 0.8086, microphoneAway: 0.4185, stutter: 2.7, seed: 332,
	}
	r := s.record(plan{both: 8, near: 8, again: 8, step: 8, end: 15}, synthetic, synthetic)
	out := r.through(echo.New(echo.Options{}))
	var all []float64
	for at := s.speakerAway + 11; at+0.5 <= 15; at += 0.5 {
		all = append(all, r.enhancement(out, at, at+0.5))
	}
	t.Logf("from 3 s after they were back: %.0f", all)
	slices.Sort(all)
	if got := all[len(all)/2]; got < 25 {
		t.Errorf("enhancement %.1f dB in half of the half seconds, want 25", got)
	}
}

func TestReportsThatComeLateLoseNothing(t *testing.T) {
	t.Parallel()
	s := scenario{drift: 90, delay: 0.09, reverberation: 0.3, seed: 41}
	punctual := s.record(first, synthetic, synthetic)
	s.late = 4
	late := s.record(first, synthetic, synthetic)
	a := punctual.enhancement(punctual.through(echo.New(echo.Options{})), 5, 11)
	b := late.enhancement(late.through(echo.New(echo.Options{})), 5, 11)
	if b < a-1 {
		t.Errorf("enhancement %.1f dB with reports up to 40 ms late, %.1f dB with punctual ones", b, a)
	}
}

// A sound system without hardware brings the echo sooner than any room would.
func TestDelaysOfAFewMillisecondsAreFound(t *testing.T) {
	t.Parallel()
	for _, delay := range []float64{0.001, 0.008} {
		s := scenario{drift: -30, delay: delay, reverberation: 0.2, seed: 51}
		r := s.record(plan{both: 6, near: 6, again: 6, step: 6, end: 6}, synthetic, synthetic)
		c := echo.New(echo.Options{})
		if got := r.enhancement(r.through(c), 4, 6); got < 28 {
			t.Errorf("delay %.0f ms: enhancement %.1f dB, want 28; %+v", 1000*delay, got, c.Stats())
		}
	}
}

func TestAHeadsetPassesUntouched(t *testing.T) {
	t.Parallel()
	s := scenario{drift: 50, delay: 0.06, reverberation: 0.3, echo: -90, seed: 61}
	r := s.record(plan{both: 4, near: 7, again: 8, step: 8, end: 8}, synthetic, synthetic)
	c := echo.New(echo.Options{})
	out := r.through(c)
	if c.Stats().Locked {
		t.Error("an echo was found where there is none")
	}
	for i := 4 * sampleRate; i < 7*sampleRate; i++ {
		if d := out[i] - r.microphone[i]; d > 1e-5 || d < -1e-5 {
			t.Fatalf("sample %d: %g came out, %g went in", i, out[i], r.microphone[i])
		}
	}
}

func TestStatsTellDelayAndDrift(t *testing.T) {
	t.Parallel()
	s := scenario{drift: 75, delay: 0.11, reverberation: 0.2, seed: 71}
	r := s.record(first, synthetic, synthetic)
	c := echo.New(echo.Options{})
	if got := c.Stats(); got != (echo.Stats{}) {
		t.Errorf("before any sound: %+v, want zero", got)
	}
	r.through(c)
	got := c.Stats()
	if !got.Locked || math.Abs(got.Drift-75) > 5 || got.EchoReturnLossEnhancement < 30 {
		t.Errorf("%+v, want a drift of 75 and an enhancement of 30 at least", got)
	}
	// What is reported is a block or two ahead of what has left the loudspeaker.
	if ms := got.Delay.Seconds() * 1000; ms < 105 || ms > 140 {
		t.Errorf("delay %.0f ms, want 110 and a little", ms)
	}
}

func TestNothingIsAllocatedForABlock(t *testing.T) {
	s := scenario{drift: 60, delay: 0.08, reverberation: 0.2, seed: 81}
	r := s.record(plan{both: 4, near: 4, again: 4, step: 4, end: 4}, synthetic, synthetic)
	c := echo.New(echo.Options{})
	r.through(c)
	out := make([]float32, block)
	b := 0
	allocations := testing.AllocsPerRun(100, func() {
		c.Render(r.far[b*block : (b+1)*block])
		c.Process(r.microphone[b*block:(b+1)*block], out, nil)
		_ = c.Stats()
		b++
	})
	if allocations != 0 {
		t.Errorf("%g allocations a block, want none", allocations)
	}
}

// Whoever shapes the spectrum gets what is left of the echo, and what he returns is what is heard.
func TestShapeChangesWhatComesOut(t *testing.T) {
	c := echo.New(echo.Options{})
	in, out := synthetic(sampleRate, 91), make([]float32, block)
	calls := 0
	for b := 0; b+block <= len(in); b += block {
		c.Process(in[b:b+block], out, func(re, im []float32) {
			if len(re) != 513 || len(im) != 513 {
				t.Fatalf("%d and %d bins, want 513", len(re), len(im))
			}
			clear(re)
			clear(im)
			calls++
		})
		if energy(out) != 0 {
			t.Fatal("sound came out of an empty spectrum")
		}
	}
	if calls != sampleRate/block {
		t.Errorf("shape was called %d times, want once a block", calls)
	}
}
