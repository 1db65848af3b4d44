package main_test

import (
	"slices"
	"time"

	"confab/conference"
)

// figures gives what p measured last of the peer called name, and when; false before the first.
func (p *process) figures(name string) (conference.PeerStats, time.Time, bool) {
	lines := p.seen()
	for _, l := range slices.Backward(lines) {
		if l.Event == "stats" {
			i := slices.IndexFunc(l.Peers, func(s conference.PeerStats) bool { return s.Name == name })
			if i < 0 {
				return conference.PeerStats{}, l.Time, false
			}
			return l.Peers[i], l.Time, true
		}
	}
	return conference.PeerStats{}, time.Time{}, false
}

// What of somebody's media is counted.
type counter func(conference.PeerStats) uint64

func pictures(s conference.PeerStats) uint64 { return s.Video.FramesDecoded }
func sound(s conference.PeerStats) uint64    { return s.Audio.PacketsReceived }
func screen(s conference.PeerStats) uint64 {
	if s.Screen == nil {
		return 0
	}
	return s.Screen.FramesDecoded
}

// counts is how much p has counted of the peer called name.
func (p *process) counts(name string, of counter) uint64 {
	s, _, _ := p.figures(name)
	return of(s)
}

// gets waits until p has counted n more than now of the peer called name.
func (p *process) gets(what, name string, of counter, n uint64) {
	p.t.Helper()
	p.more(what, name, of, n)()
}

// more gives what waits until p has counted n more than now of the peer called name.
func (p *process) more(what, name string, of counter, n uint64) (wait func()) {
	from := p.counts(name, of)
	return func() {
		p.t.Helper()
		p.waitFor("got more "+what+" of "+name, func() bool { return p.counts(name, of) >= from+n })
	}
}

// getsNone waits until nothing of the peer called name has been counted for a number of stats lines.
func (p *process) getsNone(what, name string, of counter, lines int) {
	p.t.Helper()
	p.wait("stopped getting "+what+" of "+name, func(all []line) bool {
		var last []uint64
		for _, l := range slices.Backward(all) {
			i := slices.IndexFunc(l.Peers, func(s conference.PeerStats) bool { return s.Name == name })
			if l.Event == "stats" && i >= 0 {
				last = append(last, of(l.Peers[i]))
			}
			if len(last) > lines {
				break
			}
		}
		return len(last) > lines && last[0] == last[lines]
	})
}

// meets waits until p is connected to the others, and sees and hears each of them.
func (p *process) meets(others ...string) {
	p.t.Helper()
	for _, name := range others {
		p.waitFor("saw and heard "+name, func() bool {
			s, _, ok := p.figures(name)
			return ok && s.State == "connected" && s.Video.FramesDecoded > 0 && s.Audio.PacketsReceived > 0
		})
	}
}

// id is the member ID that p got.
func (p *process) id() string {
	for _, l := range p.seen() {
		if l.Event == "joined" {
			return l.ID
		}
	}
	return ""
}

// since are the lines after mark of which keep is true.
func (p *process) since(mark int, keep func(line) bool) []line {
	return slices.DeleteFunc(slices.Clone(p.seen()[mark:]), func(l line) bool { return !keep(l) })
}

// about tells whether a line tells of the connection to the peer called name.
func about(name string) func(line) bool {
	return func(l line) bool { return l.Event == "peer" && l.Name == name }
}
