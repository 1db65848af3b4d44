package main_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"confab/conference/media"
)

// What a call over loudspeakers must reach.
const (
	wantEchoDown = 30.0  // dB by which an echo comes back softer than a talker as loud
	wantKept     = 12.0  // dB, of the near talker while both talk
	wantMouth    = 120   // ms from mouth to ear, of 95 of 100 seconds
	silent       = -60.0 // dBFS: nobody speaks, and nothing howls
)

// TestTwoRoomsTalkOverLoudspeakers holds a call of two processes, each with a loudspeaker that its microphone
// hears as loud as who sits there. Ben's devices are pulled out while Ana talks, and come back.
func TestTwoRoomsTalkOverLoudspeakers(t *testing.T) {
	needRooms(t)
	waitForQuiet(t)
	const out, back = 28, 29.5
	s := score{ana: []turn{{4, 26}, {26, 43}}, ben: []turn{{0.5, 4}, {18, 25}, {37, 43}}, seconds: 48}
	m := meet(t, s)
	use := othersUse()
	m.wait(t, out)
	m.pull()
	m.wait(t, back)
	bensRoom.plug(t)
	returned := m.now()
	m.wait(t, s.seconds)
	m.ana.leaves()
	m.ben.leaves()

	others := use(used([]*process{m.ana, m.ben}))
	h := m.heard()
	gain := h.gain(1, 4)
	t.Logf("Ben's voice comes to Ana %+.1f dB louder than his microphone hears it, kept at %.1f dB", gain, h.keptOf(1, 4))
	h.checkEcho(t, "10 s after Ana began", gain, 14, 18)
	h.checkKept(t, "while both talk", 19, 25)
	t.Logf("Ben hears Ana %.2f s after his devices were back", h.backAfter(returned))
	h.checkEcho(t, "3 s after Ben's devices were back", gain, returned+3, 37)
	h.checkKept(t, "while both talk, later", 38, 43)
	for name, ear := range map[string]int{"Ana": anasRoom.ear, "Ben": bensRoom.ear} {
		if loud := full(rms(part(h.ears[ear], 45, 47.5))); loud > silent {
			h.fault("%s's loudspeaker is at %.0f dBFS after the talk, want silence", name, loud)
		}
	}
	h.checkMouthToEar(t, out)
	t.Logf("others used %s of the machine", percent(others))
	for _, f := range h.faults {
		t.Log(f)
	}
	switch {
	case len(h.faults) > 0 && others > busyShare:
		t.Skip("the machine was busy with other things: its sound system lost some")
	case len(h.faults) > 0:
		t.Errorf("%d faults", len(h.faults))
	}
}

// TestRoomsHowlWithoutACanceller shows that the other test measures something.
func TestRoomsHowlWithoutACanceller(t *testing.T) {
	needRooms(t)
	s := score{ana: []turn{{4, 9}}, ben: []turn{{0.5, 4}}, seconds: 14}
	m := meet(t, s, "--echo-cancellation=false")
	m.wait(t, s.seconds)
	h := m.heard()
	loud := full(rms(part(h.ears[anasRoom.ear], 11, 13.5)))
	t.Logf("Ana's loudspeaker is at %.0f dBFS after the talk", loud)
	if loud < silent+20 {
		t.Error("nothing howls: the rooms are too quiet to show anything")
	}
}

// heard is what was to be heard in both rooms, in step, from the beginning of the score on.
type heard struct {
	air, ears [][]float64
	faults    []string // what was not as it must be

	meeting             *meeting
	firstAir, firstEars int // samples of the recordings
}

// fault notes what was not as it must be.
func (h *heard) fault(format string, args ...any) {
	h.faults = append(h.faults, fmt.Sprintf(format, args...))
}

func (m *meeting) heard() *heard {
	from := m.air.began()
	if ears := m.ears.began(); ears.After(from) {
		from = ears
	}
	h := &heard{meeting: m}
	h.air, h.firstAir = m.air.channels(from)
	h.ears, h.firstEars = m.ears.channels(from)
	begin := max(slices.IndexFunc(h.air[anasRoom.mouth], func(v float64) bool { return v != 0 }), 0)
	h.firstAir, h.firstEars = h.firstAir+begin, h.firstEars+begin
	for _, c := range [][][]float64{h.air, h.ears} {
		for i := range c {
			c[i] = c[i][min(begin, len(c[i])):]
		}
	}
	return h
}

// part is a sound from one second to another.
func part(x []float64, from, to float64) []float64 {
	a, b := int(from*media.SampleRate), int(to*media.SampleRate)
	return x[min(a, len(x)):min(b, len(x))]
}

// arrival is how much later than it is said something is heard, about: seconds.
const arrival = 0.1

// gain is by how much louder Ben's voice comes to Ana than his microphone hears it, in dB.
func (h *heard) gain(from, to float64) float64 {
	return full(rms(part(h.ears[anasRoom.ear], from+arrival, to+arrival))) - full(rms(part(h.air[bensRoom.mouth], from, to))/2)
}

// checkEcho compares what comes back to Ana while she alone talks with what came if it were passed on as
// Ben's own voice is: the median of half seconds, as a sound system that has no time loses some.
func (h *heard) checkEcho(t *testing.T, when string, gain, from, to float64) {
	t.Helper()
	const piece = 0.5
	var all []float64
	for at := from; at+piece <= to; at += piece {
		air := full(rms(part(h.air[bensRoom.wall], at, at+piece)) / 2)
		if air < -45 {
			continue
		}
		all = append(all, air+gain-full(rms(part(h.ears[anasRoom.ear], at+arrival, at+piece+arrival))))
	}
	t.Logf("%s: Ana's echo is %.1f dB down; half seconds: %.0f", when, median(all), all)
	if len(all) < 4 {
		h.fault("%s: Ben's room carries no echo", when)
	} else if median(all) < wantEchoDown {
		h.fault("%s: Ana's echo comes back %.1f dB softer than a talker as loud, want %.0f dB", when, median(all), wantEchoDown)
	}
}

// checkKept compares Ben's voice in Ana's loudspeaker with what he said.
func (h *heard) checkKept(t *testing.T, when string, from, to float64) {
	t.Helper()
	near := h.keptOf(from, to)
	t.Logf("%s: Ben's voice at Ana's is kept at %.1f dB", when, near)
	if near < wantKept {
		h.fault("%s: Ben's voice at Ana's is kept at %.1f dB, want %.0f dB", when, near, wantKept)
	}
}

func (h *heard) keptOf(from, to float64) float64 {
	var all []float64
	for at := from; at+1 <= to; at++ {
		a, b := int(at*media.SampleRate), int((at+1)*media.SampleRate)
		if lag, same := heardLater(h.air[bensRoom.mouth], h.ears[anasRoom.ear], a, b); same > 0 {
			all = append(all, kept(h.air[bensRoom.mouth], h.ears[anasRoom.ear], a, b, lag))
		}
	}
	return median(all)
}

// backAfter is how long after an instant Ben's loudspeaker plays again, in seconds.
func (h *heard) backAfter(instant float64) float64 {
	const audible = 100
	for i, v := range part(h.ears[bensRoom.ear], instant, instant+10) {
		if math.Abs(v) > audible {
			return float64(i) / media.SampleRate
		}
	}
	return math.Inf(1)
}

// apart is by how much the recordings of air and ears are out of step at a sample of each, in seconds: sinks without
// time leave something out.
func (h *heard) apart(air, ears int) float64 {
	return h.meeting.ears.lateAt(h.firstEars+ears) - h.meeting.air.lateAt(h.firstAir+air)
}

// checkMouthToEar finds what each said in the other's loudspeaker, second by second, and judges those before devices
// were pulled out: a way that has changed has a longer buffer for some time.
func (h *heard) checkMouthToEar(t *testing.T, pulled float64) {
	t.Helper()
	var lags []float64
	for _, way := range [][2]place{{anasRoom, bensRoom}, {bensRoom, anasRoom}} {
		said, heard := h.air[way[0].mouth], h.ears[way[1].ear]
		var each []string
		for from := 0; from+3*media.SampleRate/2 < len(said); from += media.SampleRate {
			if rms(said[from:from+media.SampleRate]) < 500 {
				continue
			}
			if lag, same := heardLater(said, heard, from, from+media.SampleRate); same > 0.5 {
				ms := 1000 * (float64(lag)/media.SampleRate + h.apart(from, from+lag))
				each = append(each, fmt.Sprintf("%d:%.0f", from/media.SampleRate, ms))
				if from+media.SampleRate < int(pulled*media.SampleRate) {
					lags = append(lags, ms)
				}
			}
		}
		t.Logf("from %s's mouth, by seconds: %s", way[0].name, strings.Join(each, " "))
	}
	if len(lags) < 20 {
		h.fault("what was said is found again in %d seconds", len(lags))
		return
	}
	slices.Sort(lags)
	at := func(q float64) float64 { return lags[int(q*float64(len(lags)-1))] }
	t.Logf("from mouth to ear: p50 %.0f ms, p95 %.0f ms, greatest %.0f ms, of %d seconds", at(0.5), at(0.95), at(1), len(lags))
	if at(0.95) > wantMouth {
		h.fault("from mouth to ear it takes %.0f ms in 95 of 100 seconds, want %d ms", at(0.95), wantMouth)
	}
}
