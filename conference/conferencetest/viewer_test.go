package conferencetest_test

import (
	"confab/conference"
	"confab/conference/conferencetest"
)

// viewer is somebody else whose pictures go the same way as Ben's.
type viewer struct {
	person *conferencetest.Person
	media  *conference.RemoteMedia // nil: not there yet
	first  conference.PeerStats    // when measuring began
}

// filmed is who this viewer looks at: Ana, or who is there in another room.
func (v *viewer) filmed() string {
	for _, p := range v.person.Channel.Snapshot().Participants {
		if p.Name == "Chen" {
			return p.Name
		}
	}
	return "Ana"
}

func (v *viewer) stats() conference.PeerStats {
	s, _ := of(v.person, v.filmed())
	return s
}

func (v *viewer) begin() { v.first = v.stats() }

// of are p's figures of somebody.
func of(p *conferencetest.Person, name string) (conference.PeerStats, bool) {
	for _, s := range p.Channel.Stats().Peers {
		if s.Name == name {
			return s, true
		}
	}
	return conference.PeerStats{}, false
}

func (w *watch) each(do func(*viewer)) {
	for _, v := range w.others {
		do(v)
	}
}

// compare adds how Ben fared beside the others.
func (w *watch) compare(f figures) {
	if len(w.others) == 0 {
		return
	}
	own := w.meter.now.Video.BytesReceived - w.meter.first.Video.BytesReceived
	all, worst := own, f["frames/s"]
	for i, v := range w.others {
		s := v.stats()
		all += s.Video.BytesReceived - v.first.Video.BytesReceived
		rate := float64(s.Video.FramesDecoded-v.first.Video.FramesDecoded) / w.scenario.length.Seconds()
		if i == 0 || rate < worst {
			worst = rate
		}
	}
	f["share %"] = 100 * float64(own) / float64(max(all, 1))
	f["others"] = worst
}
