package mesh_test

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"confab/conference/mesh"
	"confab/conference/signaling"
)

var (
	schedules = flag.Int("schedules", 10000, "how many seeded schedules to run")
	seed      = flag.Uint64("seed", 0, "run this schedule alone and print its trace")
)

// action is one thing that happens to a room.
type action struct {
	after time.Duration
	what  string
	a, b  signaling.PeerID
}

func (a action) String() string { return fmt.Sprintf("+%v %s %s %s", a.after, a.what, a.a, a.b) }

// plan draws a schedule for up to five members: joins, deaths, a dying server, broken paths.
func plan(seed uint64) []action {
	w := newWorld(seed)
	ids := []signaling.PeerID{"a", "b", "c", "d", "e"}[:2+w.random.IntN(4)]
	var all []action
	for _, id := range ids {
		all = append(all, action{time.Duration(w.random.IntN(200)) * time.Millisecond, "join", id, ""})
	}
	for range w.random.IntN(10) {
		kinds := []string{"stop", "start", "break", "heal", "kill", "rejoin"}
		a, b := ids[w.random.IntN(len(ids))], ids[w.random.IntN(len(ids))]
		pause := time.Duration(w.random.IntN(12000)) * time.Millisecond
		if w.random.IntN(2) == 0 { // in the middle of things
			pause = time.Duration(w.random.IntN(40)) * time.Millisecond
		}
		all = append(all, action{pause, kinds[w.random.IntN(len(kinds))], a, b})
	}
	return all
}

// play runs a schedule, lets the room come to rest, and says what is wrong.
func play(seed uint64, actions []action) (*world, string) {
	w := newWorld(seed)
	for _, a := range actions {
		w.run(a.after)
		w.act(a)
	}
	for pair := range w.broken {
		w.healPath(pair[0], pair[1])
	}
	if !w.server {
		w.startServer()
	}
	w.run(150 * time.Second)
	if len(w.faults) > 0 {
		return w, w.faults[0]
	}
	return w, w.unrest()
}

func (w *world) act(a action) {
	n := w.nodes[a.a]
	switch {
	case a.what == "join" && n == nil:
		w.join(a.a)
	case a.what == "stop" && w.server:
		w.stopServer()
	case a.what == "start" && !w.server:
		w.startServer()
	case a.what == "break" && a.a != a.b && n != nil && w.nodes[a.b] != nil && !w.broken[between(a.a, a.b)]:
		w.breakPath(a.a, a.b)
	case a.what == "heal" && w.broken[between(a.a, a.b)]:
		w.healPath(a.a, a.b)
	case a.what == "kill" && n != nil && n.alive:
		w.kill(a.a)
	case a.what == "rejoin" && n != nil && !n.alive: // a new run of the application: a new id
		id := a.a + "'"
		if w.nodes[id] == nil {
			w.join(id)
		}
	}
}

// unrest tells what a room at rest must not show: pairs of living members that are not connected by
// one connection with one offerer, or connections to the dead.
func (w *world) unrest() string {
	for _, a := range w.names {
		x := w.nodes[a]
		if !x.alive {
			continue
		}
		for _, b := range w.names {
			y := w.nodes[b]
			p := x.conns[b]
			switch {
			case a == b:
			case !y.alive && p != nil:
				return fmt.Sprintf("%s still has a connection to %s, who is dead: %v", a, b, p.state)
			case !y.alive:
			case p == nil || p.state != mesh.StateConnected || !p.up:
				return fmt.Sprintf("%s is not connected to %s", a, b)
			case y.conns[a] == nil || y.conns[a].id != p.id:
				return fmt.Sprintf("%s and %s have different connections", a, b)
			case p.role == y.conns[a].role:
				return fmt.Sprintf("%s and %s are both %v", a, b, p.role)
			}
		}
	}
	return ""
}

// shrink leaves out actions as long as the schedule still goes wrong.
func shrink(seed uint64, actions []action) []action {
	for i := 0; i < len(actions); {
		fewer := append(append([]action(nil), actions[:i]...), actions[i+1:]...)
		if _, wrong := play(seed, fewer); wrong != "" {
			actions, i = fewer, 0
		} else {
			i++
		}
	}
	return actions
}

func TestEveryScheduleEndsInAFullMesh(t *testing.T) {
	from, to := uint64(1), uint64(*schedules)
	if *seed != 0 {
		from, to = *seed, *seed
	}
	for s := from; s <= to; s++ {
		w, wrong := play(s, plan(s))
		if *seed != 0 {
			t.Log(strings.Join(w.trace, "\n"))
		}
		if wrong == "" {
			continue
		}
		least := shrink(s, plan(s))
		w, wrong = play(s, least)
		t.Fatalf("seed %d: %s\nactions %v\n%s", s, wrong, least, strings.Join(w.trace, "\n"))
	}
}
