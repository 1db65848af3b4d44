package mesh_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"confab/conference/mesh"
	"confab/conference/signaling"
)

// world is a room in virtual time: machines, a signaling server that may die, members that may crash,
// and paths that may break. Messages between two members keep their order on each way.
type world struct {
	now     time.Time
	random  *rand.Rand
	nodes   map[signaling.PeerID]*node
	names   []signaling.PeerID
	events  []event
	serial  int
	server  bool                         // it is there
	room    []signaling.PeerID           // as the server knows it
	broken  map[[2]signaling.PeerID]bool // pairs whose packets are lost
	trace   []string
	faults  []string
	minimum time.Duration // of a message's way
}

type event struct {
	at    time.Time
	order int
	do    func()
}

// node is one member with its connections, as far as a machine can tell.
type node struct {
	id      signaling.PeerID
	machine *mesh.Machine
	alive   bool
	online  bool
	conns   map[signaling.PeerID]*conn
}

// conn models what a WebRTC connection does.
type conn struct {
	id          signaling.ConnID
	role        mesh.Role
	state       mesh.State
	generation  int // of our ICE credentials
	remote      int // of theirs, 0 before a description
	outstanding string
	up          bool
	control     bool
}

func newWorld(seed uint64) *world {
	return &world{
		now: time.Unix(1000, 0), random: rand.New(rand.NewPCG(seed, 7)), nodes: map[signaling.PeerID]*node{},
		server: true, broken: map[[2]signaling.PeerID]bool{}, minimum: time.Millisecond,
	}
}

func (w *world) after(d time.Duration, f func()) {
	w.serial++
	w.events = append(w.events, event{w.now.Add(d), w.serial, f})
}

// run lets d pass.
func (w *world) run(d time.Duration) {
	end := w.now.Add(d)
	for {
		next, at := -1, end
		for i, e := range w.events {
			if e.at.Before(at) || e.at.Equal(at) && (next < 0 || e.order < w.events[next].order) {
				next, at = i, e.at
			}
		}
		var ticking *node
		for _, id := range w.names {
			if n := w.nodes[id]; n.alive {
				if t := n.machine.Deadline(); !t.IsZero() && t.Before(at) {
					next, at, ticking = -1, t, n
				}
			}
		}
		if at.After(w.now) {
			w.now = at
		}
		switch {
		case ticking != nil:
			w.step(ticking, mesh.Tick{})
		case next >= 0:
			e := w.events[next]
			w.events = slices.Delete(w.events, next, next+1)
			e.do()
		default:
			return
		}
	}
}

func (w *world) note(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf("%6.2f ", w.now.Sub(time.Unix(1000, 0)).Seconds())+fmt.Sprintf(format, args...))
}

func (w *world) fault(format string, args ...any) {
	w.note("FAULT "+format, args...)
	w.faults = append(w.faults, fmt.Sprintf(format, args...))
}

// way is how long a message takes.
func (w *world) way() time.Duration {
	return w.minimum + time.Duration(w.random.IntN(30))*time.Millisecond
}

func (w *world) join(id signaling.PeerID) {
	n := &node{id: id, alive: true, online: true, conns: map[signaling.PeerID]*conn{}}
	serial := 0
	n.machine = mesh.New(mesh.Options{Self: id, NewConn: func() signaling.ConnID {
		serial++
		return signaling.ConnID(fmt.Sprintf("%s%d@%d", id, serial, w.now.UnixMilli()%100000))
	}})
	if !slices.Contains(w.names, id) {
		w.names = append(w.names, id)
	}
	w.nodes[id] = n
	w.note("%s joins", id)
	w.enter(n, func(others []signaling.PeerID) mesh.Input { return mesh.Present{Peers: others} })
}

// enter puts n into the server's room and tells everybody.
func (w *world) enter(n *node, input func(others []signaling.PeerID) mesh.Input) {
	if !w.server {
		n.online = false
		w.step(n, mesh.Interrupted{})
		return
	}
	w.room = slices.DeleteFunc(w.room, func(id signaling.PeerID) bool { return id == n.id })
	others := slices.Clone(w.room)
	w.room = append(w.room, n.id)
	w.deliver(n.id, input(others))
	for _, o := range others {
		w.deliver(o, mesh.Joined{Peer: n.id})
	}
}

// deliver brings what the server says to a member, in order, if it is online when it arrives.
func (w *world) deliver(to signaling.PeerID, in mesh.Input) {
	w.after(w.minimum, func() {
		if n := w.nodes[to]; n.alive && n.online {
			w.step(n, in)
		}
	})
}

// kill ends a process; the server notices, and forgets it after its window.
func (w *world) kill(id signaling.PeerID) {
	w.note("%s dies", id)
	n := w.nodes[id]
	n.alive = false
	for _, o := range w.names {
		w.dropPath(id, o)
	}
	if !w.server {
		return
	}
	for _, o := range w.room {
		w.deliver(o, mesh.Away{Peer: id, Away: true})
	}
	w.after(30*time.Second, func() {
		if w.server && !n.alive && slices.Contains(w.room, id) && w.nodes[id] == n {
			w.leaveRoom(id, true)
		}
	})
}

func (w *world) leaveRoom(id signaling.PeerID, lost bool) {
	w.room = slices.DeleteFunc(w.room, func(o signaling.PeerID) bool { return o == id })
	for _, o := range w.room {
		w.deliver(o, mesh.Gone{Peer: id, Lost: lost})
	}
}

func (w *world) stopServer() {
	w.note("server dies")
	w.server, w.room = false, nil
	for _, id := range w.names {
		if n := w.nodes[id]; n.alive && n.online {
			n.online = false
			w.step(n, mesh.Interrupted{})
		}
	}
}

// startServer starts an empty server; everybody comes back after a pause of their own.
func (w *world) startServer() {
	w.note("server starts")
	w.server = true
	for _, id := range w.names {
		n := w.nodes[id]
		w.after(time.Duration(w.random.IntN(4000))*time.Millisecond, func() {
			if n.alive && !n.online && w.server {
				n.online = true
				w.enter(n, rejoined)
			}
		})
	}
}

func rejoined(others []signaling.PeerID) mesh.Input {
	in := mesh.Resumed{Rejoined: true}
	for _, id := range others {
		in.Members = append(in.Members, mesh.Member{ID: id})
	}
	return in
}

func between(a, b signaling.PeerID) [2]signaling.PeerID {
	if a > b {
		a, b = b, a
	}
	return [2]signaling.PeerID{a, b}
}

func (w *world) breakPath(a, b signaling.PeerID) {
	w.note("path %s-%s breaks", a, b)
	w.broken[between(a, b)] = true
	w.dropPath(a, b)
}

// dropPath lets both ends notice, as ICE does: disconnected after 2.5 s, failed 7 s later.
func (w *world) dropPath(a, b signaling.PeerID) {
	for _, side := range [][2]signaling.PeerID{{a, b}, {b, a}} {
		n := w.nodes[side[0]]
		c := n.conns[side[1]]
		if c == nil || !c.up {
			continue
		}
		c.up = false
		generation := c.generation
		for i, d := range []time.Duration{2500 * time.Millisecond, 9500 * time.Millisecond} {
			w.after(d, func() {
				if n.alive && n.conns[side[1]] == c && !c.up && c.generation == generation {
					w.step(n, mesh.PathDown{Peer: side[1], Conn: c.id, Failed: i == 1})
				}
			})
		}
	}
}

func (w *world) healPath(a, b signaling.PeerID) {
	w.note("path %s-%s heals", a, b)
	delete(w.broken, between(a, b))
	w.after(100*time.Millisecond, func() { w.tryPath(a, b) })
}

// tryPath brings a path up if both ends know each other's credentials of now and packets pass.
func (w *world) tryPath(a, b signaling.PeerID) {
	x, y := w.nodes[a], w.nodes[b]
	if x == nil || y == nil || !x.alive || !y.alive || w.broken[between(a, b)] {
		return
	}
	p, q := x.conns[b], y.conns[a]
	if p == nil || q == nil || p.id != q.id || p.remote != q.generation || q.remote != p.generation || p.up && q.up {
		return
	}
	p.up, q.up = true, true
	w.step(x, mesh.PathUp{Peer: b, Conn: p.id})
	w.step(y, mesh.PathUp{Peer: a, Conn: q.id})
	for _, e := range []struct {
		n    *node
		peer signaling.PeerID
		c    *conn
	}{{x, b, p}, {y, a, q}} {
		if !e.c.control && e.n.conns[e.peer] == e.c {
			e.c.control = true
			w.step(e.n, mesh.Control{Peer: e.peer, Conn: e.c.id, Open: true})
		}
	}
}
