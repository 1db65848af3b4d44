package voice_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"confab/conference/media/audio/voice"
)

// tableSNRs are those of the mixtures with noise; without, there is one a talker.
var tableSNRs = []float64{0, 5, 10, 20}

func nameOf(noise string) string {
	if noise == "" {
		return "none"
	}
	return noise
}

// tabulateMixtures takes the talkers through all noises and SNRs: suppressor, detector and gate.
func (c cast) tabulateMixtures(b *board) {
	b.begin("suppressor", "pauses dB", "from 1 to 2 s", "segmental SNR", "after", "gained", "of magnitudes", "level kept dB")
	all, gates := make(map[string][]hearing), make(map[string]*[20 + 1]gating) // by noise, and by SNR
	var gained []float64
	for _, kind := range append([]string{""}, noises...) {
		snrs := tableSNRs
		if kind == "" {
			snrs = snrs[:1]
		}
		var sum score
		gates[kind] = new([20 + 1]gating)
		for talker := range c.talkers {
			for i, snr := range snrs {
				p := place{noise: kind, snr: snr, level: levels[talker], seconds: 24, quiet: 3, seed: uint64(100 + 10*talker + i)}
				h := hear(c.speakIn(talker, p))
				s := h.rate(h.out, suppressorDelay)
				sum.add(s)
				if kind != "" {
					gained = append(gained, s.after-s.before)
				}
				gates[kind][int(snr)].add(h)
				h.mixture.clean, h.mixture.mixed, h.out = nil, nil, nil // 28 MB
				all[kind] = append(all[kind], h)
			}
		}
		sum.divide(float64(len(all[kind])))
		cells := []cell{plain(sum.pauses), plain(sum.early), plain(sum.before), plain(sum.after), plain(sum.after - sum.before), plain(sum.magnitude), plain(sum.kept).fine(2)}
		switch {
		case kind == "":
			cells[3], cells[6] = atLeast(sum.after, leastClean), atMost(math.Abs(sum.kept), mostShift).fine(2)
		case slices.Contains(noises[:stationary], kind):
			cells[0], cells[1] = atLeast(sum.pauses, leastPause), atLeast(sum.early, leastPause)
		}
		b.row(nameOf(kind), cells...)
	}
	b.row("all noises", none, none, none, none, atLeast(mean(gained), leastMend))
	b.end()
	tabulateDetector(b, all)
	tabulateGate(b, gates)
}

func (s *score) add(o score) {
	s.pauses, s.early, s.before = s.pauses+o.pauses, s.early+o.early, s.before+o.before
	s.after, s.magnitude, s.kept = s.after+o.after, s.magnitude+o.magnitude, s.kept+o.kept
}

func (s *score) divide(n float64) {
	*s = score{s.pauses / n, s.early / n, s.before / n, s.after / n, s.magnitude / n, s.kept / n}
}

// tabulateDetector judges each noise by the threshold of all.
func tabulateDetector(b *board, all map[string][]hearing) {
	b.begin("detector", "hits %", "false alarms %")
	var pooled []hearing
	for _, kind := range append([]string{""}, noises...) {
		pooled = append(pooled, all[kind]...)
	}
	hits, threshold := detection(pooled, alarms)
	for _, kind := range append([]string{""}, noises...) {
		speech, pauses := probabilities(all[kind])
		b.row(nameOf(kind), plain(100*share(speech, threshold)), plain(100*share(pauses, threshold)))
	}
	b.row(fmt.Sprintf("all, above %.2f", threshold), atLeast(100*hits, 100*leastHits), plain(100*alarms))
	b.end()
}

func tabulateGate(b *board, gates map[string]*[20 + 1]gating) {
	b.begin("gate", "SNR dB", "speech cut %", "pauses sent %", "ends", "ends cut")
	for _, kind := range append([]string{""}, noises...) {
		for _, snr := range tableSNRs {
			g := gates[kind][int(snr)]
			if g.speech > 0 {
				b.row(nameOf(kind), plain(snr).fine(0), plain(100*float64(g.cutSpeech)/float64(g.speech)).fine(2),
					plain(100*float64(g.sent)/float64(max(g.pauses, 1))), plain(float64(g.ends)).fine(0), atMost(float64(g.cutEnds), 0).fine(0))
			}
		}
	}
	b.end()
}

func (c cast) tabulateGain(b *board) {
	b.begin("gain: speech at dBFS", "comes out, least", "most", "within 3 dB after s", "wanders dB", "true peak dBFS")
	for _, level := range []float64{-50, -45, -40, -33, -26, -20, -15, -10} {
		least, most, after, wanders, peak := math.Inf(1), math.Inf(-1), 0.0, 0.0, math.Inf(-1)
		for talker := range c.talkers {
			m := c.talk(talker, 40, level, uint64(talker))
			r := recorded(m.mixed)
			got, times := loudnesses(m.clean, r.out)
			last := mean(got[len(got)/2:])
			least, most = min(least, last), max(most, last)
			near := func(l float64) bool { return math.Abs(l-last) < nearby }
			after = max(after, times[max(slices.IndexFunc(got, near), 0)]-1.5)
			wanders = max(wanders, deviation(r.gains[len(r.gains)/2:]))
			peak = max(peak, truePeak(r.out))
		}
		b.row(fmt.Sprint(level), atLeast(least, outLevel-nearby), atMost(most, outLevel+nearby), plain(after), plain(wanders).fine(2), atMost(peak, -1).fine(2))
	}
	b.end()
}

// deviation is the standard one.
func deviation(x []float64) float64 {
	m, sum := mean(x), 0.0
	for _, v := range x {
		sum += (v - m) * (v - m)
	}
	return math.Sqrt(sum / float64(max(len(x), 1)))
}

// tabulateAlone has nobody speak: nothing may be lifted, nobody be told that they are muted.
func (c cast) tabulateAlone(b *board) {
	b.begin("noise alone, muted", "lifted at -60 dBFS", "at -40", "at -25", "hints")
	for _, kind := range noises {
		most, hints := float64(unlifted), 0.0
		if kind == "keys" {
			most = unliftedKeys
		}
		var cells []cell
		for i, level := range []float64{-60, -40, -25} {
			r := alone(c, kind, level, 30, uint64(i))
			cells = append(cells, atMost(maximum(r.gains), most))
			if r.spokenAt >= 0 {
				hints++
			}
		}
		b.row(kind, append(cells, atMost(hints, 0).fine(0))...)
	}
	b.end()
}

// tabulatePeople is what is shown of people: the hint to a muted one, and who mainly speaks.
func (c cast) tabulatePeople(b *board) {
	random := rand.New(rand.NewPCG(2, 2))
	b.begin("people", "seconds")
	for talker := range c.talkers {
		const first = 2 // seconds
		x := scaled(pink(seconds(8), random), -78)
		mix(x, c.chatter(talker, 6, -35, random), seconds(first), 1)
		quantise(x)
		r := recorded(x)
		after := r.spokenAt - first
		if r.spokenAt < 0 {
			after = math.Inf(1)
		}
		b.row(fmt.Sprintf("muted talker %d told, after the first word", talker), atMost(after, hintWithin).fine(2))
	}
	for _, change := range c.converse() {
		b.row(change.name, atMost(change.after, change.within).fine(2))
	}
	b.end()
}

// change is a change of the main speaker.
type change struct {
	name          string
	after, within float64 // seconds from the new one's first word
}

// chatter is speech of a talker that pauses for 0.3 s only.
func (c cast) chatter(talker int, length, level float64, random *rand.Rand) []float64 {
	x := make([]float64, seconds(length))
	for i, at := 0, seconds(0.15); at < len(x); i++ {
		u := c.talkers[talker][i%len(c.talkers[talker])]
		mix(x, u, at, 1)
		at += len(u) + seconds(0.3)
	}
	return rescaled(room(x, random), level)
}

// converse lets three people speak in turn: the first to 10 s, the third to 20 s, the second to 30 s. The
// second coughs at 4 s; the first says a word of half a second at 25 s.
func (c cast) converse() []change {
	const length = 30 // seconds
	random := rand.New(rand.NewPCG(4, 4))
	said := [3][]float64{make([]float64, seconds(length)), make([]float64, seconds(length)), make([]float64, seconds(length))}
	speak := func(who int, from, to, level float64) {
		mix(said[who], c.chatter(who, to-from, level, random), seconds(from), 1)
	}
	speak(0, 0, 10, -25)
	speak(2, 10, 20, -22)
	speak(1, 20, 30, -31)
	speak(0, 25, 25.5, -20)
	mix(said[1], coughed(random), seconds(4), 1.5)
	var records [3]*record
	for i, x := range said {
		mix(x, scaled(pink(len(x), random), -65), 0, 1)
		records[i] = recorded(x)
	}
	var main voice.MainSpeaker
	now := ""
	all := []change{{"first main speaker", length, 1.5}, {"second", length, 1.5}, {"third", length, 1.5}, {"others than these", 0, 0}}
	expected := []string{"talker 0", "talker 2", "talker 1"}
	for i := 0; i < length*100; i += 2 {
		for k, r := range records {
			main.Step(fmt.Sprint("talker ", k), r.blocks[i].level, r.blocks[i].Sure)
		}
		if i/2%voice.DecideSteps != 0 {
			continue
		}
		was := now
		now = main.Decide()
		at := float64(i) / 100
		turn := int(at / 10)
		switch {
		case now == was:
		case now == expected[turn] && all[turn].after == length:
			all[turn].after = at - 10*float64(turn)
		default:
			all[3].after++
		}
	}
	return all
}

// tabulateCost times the stages: the fastest of some runs, because others use the machine too.
func (b *board) tabulateCost() {
	const runs, blocks = 20, 200
	b.cast = "this machine"
	b.begin("cost", "ms a block")
	c, in, x := newChain(), hiss(0.05), make([]float32, voice.BlockLength)
	fastest := math.Inf(1)
	for range runs {
		began := time.Now()
		for range blocks {
			copy(x, in)
			c.process(x, false)
		}
		fastest = min(fastest, time.Since(began).Seconds()*1000/blocks)
	}
	b.row("all stages", atMost(fastest, 0.15).fine(3))
	b.row("allocations", atMost(testing.AllocsPerRun(100, func() { c.process(x, false) }), 0).fine(0))
	b.end()
}
