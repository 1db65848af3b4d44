package main_test

import (
	"flag"
	"os"
	"slices"
	"testing"
	"time"

	"confab/conference"
)

// trio starts a server and three participants who have met.
func trio(t *testing.T) (*signaling, []*process) {
	t.Helper()
	server := serve(t, "127.0.0.1:0")
	var calls []*process
	for _, name := range []string{"Ana", "Ben", "Cleo"} {
		calls = append(calls, join(t, program(t), server.url, "trouble", name, small...))
	}
	for _, p := range calls {
		p.meets(others(p, calls)...)
	}
	return server, calls
}

// others are the names of all participants but one.
func others(p *process, all []*process) []string {
	var names []string
	for _, o := range all {
		if o != p {
			names = append(names, o.name)
		}
	}
	return names
}

// marks are how many lines of each are there now.
func marks(calls []*process) map[*process]int {
	all := make(map[*process]int)
	for _, p := range calls {
		all[p] = p.mark()
	}
	return all
}

// outage is how long signaling is gone at least where a test takes it away.
var outage = flag.Duration("outage", 0, "take signaling away for at least so long; 0: as long as what is looked at takes")

// outlast has calls go on until signaling, which was taken away at from, was gone for as long as is asked for
// with -outage.
func outlast(from time.Time, calls ...*process) {
	for time.Since(from) < *outage {
		goOn(calls...)
	}
	calls[0].t.Logf("without signaling for %v", time.Since(from).Round(time.Second))
}

// goOn waits until everybody has seen and heard two seconds more of everybody else.
func goOn(calls ...*process) {
	var waits []func()
	for _, p := range calls {
		p.t.Helper()
		for _, name := range others(p, calls) {
			waits = append(waits, p.more("pictures", name, pictures, 30), p.more("sound", name, sound, 100))
		}
	}
	for _, wait := range waits {
		wait()
	}
}

// TestTheServerIsKilledMidCall: a call goes on without its server, also with what is new in it, and
// nothing is set up anew when the server is back.
func TestTheServerIsKilledMidCall(t *testing.T) {
	server, calls := trio(t)
	ids := make(map[string]string)
	var marks []int
	for _, p := range calls {
		ids[p.name] = p.id()
		marks = append(marks, p.mark())
	}
	server.kill()
	from := time.Now()
	for i, p := range calls {
		p.wait("told that signaling is interrupted", func(all []line) bool { return signalingIs("interrupted", all[marks[i]:]) })
	}
	goOn(calls...)

	calls[0].tell(`{"do":"share","source":"test","on":true}`)
	for i, p := range calls[1:] {
		p.wait("told of the shared screen", func(all []line) bool {
			return slices.ContainsFunc(all[marks[i+1]:], func(l line) bool {
				return l.Event == "track" && l.ID == ids["Ana"] && l.Kind == "video" && l.Source == "screen"
			})
		})
		p.gets("pictures of the screen", "Ana", screen, 10)
	}
	outlast(from, calls...)

	server = serve(t, server.listen())
	for i, p := range calls {
		p.wait("told that signaling is back", func(all []line) bool { return signalingIs("online", all[marks[i]:]) })
	}
	goOn(calls...)
	for i, p := range calls {
		staysConnected(t, p, marks[i])
	}

	// Whoever comes now finds them all, under their ids, once.
	late := join(t, program(t), server.url, "trouble", "Dora", small...)
	late.meets("Ana", "Ben", "Cleo")
	found := make(map[string]string)
	for _, l := range late.since(0, func(l line) bool { return l.Event == "peer" }) {
		found[l.ID] = l.Name
	}
	for name, id := range ids {
		if found[id] != name {
			t.Errorf("the newcomer knows %v, not %s under %s", found, name, id)
		}
	}
	if len(found) != len(ids) {
		t.Errorf("the newcomer met %v, want three", found)
	}
	for _, p := range append(calls, late) {
		p.leaves()
	}
}

// signalingIs tells whether signaling has come into a state.
func signalingIs(state string, lines []line) bool {
	return slices.ContainsFunc(lines, func(l line) bool { return l.Event == "signaling" && l.State == state })
}

// staysConnected checks that from mark on no connection changed its state, and none was added.
func staysConnected(t *testing.T, p *process, mark int) {
	t.Helper()
	checkUnchanged(t, p, mark, "")
	for _, l := range p.since(mark, func(l line) bool { return l.Event == "stats" }) {
		broken := func(s conference.PeerStats) bool { return s.State != "connected" && s.State != "reconnecting" }
		if len(l.Peers) != 2 || slices.ContainsFunc(l.Peers, broken) {
			t.Errorf("%s: its connections are %+v", p.name, l.Peers)
			return
		}
	}
}

// checkUnchanged checks that from mark on no connection changed its state, or that to the peer called name.
// A machine that stops a process for seconds has its paths repaired, which leaves them connected; that
// is no fault of the program's.
func checkUnchanged(t *testing.T, p *process, mark int, name string) {
	t.Helper()
	for _, l := range p.since(mark, func(l line) bool { return l.Event == "peer" && (name == "" || l.Name == name) }) {
		if starved(p) && (l.State == "reconnecting" || l.State == "connected") {
			t.Logf("%s: connection to %s became %s: the machine is too busy", p.name, l.Name, l.State)
			continue
		}
		t.Errorf("%s: connection to %s became %s", p.name, l.Name, l.State)
	}
}

// starved tells whether p did not get the processor when it needed it: packets took half a second for the
// way within one machine, or figures came half a second late.
func starved(p *process) bool {
	var last time.Time
	return slices.ContainsFunc(p.seen(), func(l line) bool {
		if l.Event != "stats" {
			return false
		}
		late := !last.IsZero() && l.Time.Sub(last) > conference.StatsInterval+500*time.Millisecond
		last = l.Time
		return late || slices.ContainsFunc(l.Peers, func(s conference.PeerStats) bool { return s.RoundTripTime > 0.5 })
	})
}

// goneWithin is how long the view of somebody whose process died may stay.
const goneWithin = 10 * time.Second

// TestAParticipantIsKilled: who dies without a word is soon not shown any more, and nobody else is hurt.
func TestAParticipantIsKilled(t *testing.T) {
	_, calls := trio(t)
	dead, rest := calls[2], calls[:2]
	marks := []int{rest[0].mark(), rest[1].mark()}
	killed := time.Now()
	dead.kill()
	for i, p := range rest {
		p.wait("gave up "+dead.name, func(all []line) bool { return slices.ContainsFunc(all[marks[i]:], ends(dead.name)) })
		gone := p.since(marks[i], ends(dead.name))[0]
		t.Logf("%s: %s is %s after %.1f s", p.name, dead.name, gone.State, gone.Time.Sub(killed).Seconds())
		if gone.Time.Sub(killed) > goneWithin {
			t.Errorf("%s gave %s up after %v, want %v", p.name, dead.name, gone.Time.Sub(killed), goneWithin)
		}
		p.waitFor("forgot "+dead.name, func() bool {
			_, at, known := p.figures(dead.name)
			return !known && at.After(gone.Time)
		})
	}
	goOn(rest...)
	for i, p := range rest {
		other := others(p, rest)[0]
		checkUnchanged(t, p, marks[i], other)
		if lost := p.since(marks[i], func(l line) bool { return l.Event == "error" && l.Fatal }); len(lost) > 0 {
			t.Errorf("%s: %s", p.name, lost[0].Message)
		}
	}
	for _, p := range rest {
		p.leaves()
	}
}

// ends tells whether a line says that the view of somebody is gone.
func ends(name string) func(line) bool {
	return func(l line) bool {
		return about(name)(l) && slices.Contains([]string{"failing", "failed", "closing", "closed"}, l.State)
	}
}

// TestASignalEndsACallWell: who is told to end by the system says good-bye first.
func TestASignalEndsACallWell(t *testing.T) {
	server := serve(t, "127.0.0.1:0")
	ana := join(t, program(t), server.url, "signal", "Ana", small...)
	ben := join(t, program(t), server.url, "signal", "Ben", small...)
	ana.meets("Ben")
	ben.meets("Ana")
	mark := ana.mark()
	interrupt(t, ben)
	ben.endsWell()
	ana.wait("told that Ben left", func(all []line) bool { return slices.ContainsFunc(all[mark:], ends("Ben")) })
	interrupt(t, server.process)
	if code := server.exit(); code != 0 {
		t.Errorf("the server ends with code %d, want 0", code)
	}
	interrupt(t, ana) // without a server
	ana.endsWell()
}

func interrupt(t *testing.T, p *process) {
	t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatalf("interrupt %s: %v", p.name, err)
	}
}

// TestMutedIsNotHeardAndCameraOffIsNotSeen: what is switched off does not flow, and flows again when it
// is switched on, without a new connection and without being counted as a freeze.
func TestMutedIsNotHeardAndCameraOffIsNotSeen(t *testing.T) {
	server := serve(t, "127.0.0.1:0")
	ana := join(t, program(t), server.url, "mute", "Ana", small...)
	ben := join(t, program(t), server.url, "mute", "Ben", small...)
	ana.meets("Ben")
	ben.meets("Ana")
	mark := ben.mark()
	for _, m := range []struct {
		kind          string
		off, stays    counter
		offIs, stayIs string
	}{
		{"audio", sound, pictures, "sound", "pictures"},
		{"video", pictures, sound, "pictures", "sound"},
	} {
		ana.tell(`{"do":"mute","kind":"` + m.kind + `","on":true}`)
		ben.getsNone(m.offIs, "Ana", m.off, 3)
		ben.gets(m.stayIs, "Ana", m.stays, 15)
		ben.getsNone(m.offIs, "Ana", m.off, 3)
		ana.tell(`{"do":"mute","kind":"` + m.kind + `","on":false}`)
		ben.gets(m.offIs, "Ana", m.off, 15)
	}
	checkUnchanged(t, ben, mark, "")
	ana.leaves()
	ben.wait("told that Ana left", func(all []line) bool { return slices.ContainsFunc(all[mark:], ends("Ana")) })
	ben.leaves()
}
