package server

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"confab/conference/server/cluster"
)

// world is a cluster without a network: notes wait between instances until the test has one delivered.
type world struct {
	t         *testing.T
	random    *rand.Rand
	instances map[cluster.ID]*island
	guests    []*caller // all that ever were
	lossless  bool      // instances end, but lose nothing else
	started   int
	sent      int
	log       []string
}

// island is one instance. It implements neighbours.
type island struct {
	*world
	id    cluster.ID
	rooms *parlours
	known map[cluster.ID]bool
	inbox map[cluster.ID][]delivery // from each other one, in order
}

// delivery is a note on its way, or something that the two instances notice.
type delivery struct {
	number int    // in the order in which they were sent
	kind   string // note, beat, bye, broken, again
	data   []byte
}

// caller is a guest, who checks that what it hears makes sense.
type caller struct {
	*visit
	world   *world
	name    string
	home    *island
	pending <-chan code
	in      bool
	over    bool
	with    string // as it was told; empty: alone
	said    int
	heard   int // the number of the last word of that one
	starts  int // how often it was told that somebody came
	stops   int
}

func newWorld(t *testing.T, seed uint64) *world {
	return &world{t: t, random: rand.New(rand.NewPCG(seed, 0)), instances: map[cluster.ID]*island{}}
}

func (w *world) note(format string, args ...any) { w.log = append(w.log, fmt.Sprintf(format, args...)) }

func (w *world) fail(format string, args ...any) {
	w.t.Helper()
	for _, line := range w.log {
		w.t.Log(line)
	}
	w.t.Fatalf(format, args...)
}

// start begins an instance, of which the others hear sooner or later.
func (w *world) start() *island {
	w.started++
	i := &island{
		world: w, id: cluster.ID(fmt.Sprint("i", w.started)), rooms: newParlours(),
		known: map[cluster.ID]bool{}, inbox: map[cluster.ID][]delivery{},
	}
	i.rooms.join(i)
	for _, id := range w.ids() {
		o := w.instances[id]
		w.send(i.id, o, "beat", nil)
		w.send(o.id, i, "beat", nil)
	}
	w.instances[i.id] = i
	w.note("%s starts", i.id)
	return i
}

// ids are those of the instances, in order.
func (w *world) ids() []cluster.ID { return slices.Sorted(maps.Keys(w.instances)) }

// end is that of an instance and its guests; some of its last notes are lost if it is killed.
func (w *world) end(i *island, killed bool) {
	w.note("%s ends, killed: %v", i.id, killed)
	delete(w.instances, i.id)
	for _, id := range w.ids() {
		o := w.instances[id]
		if box := o.inbox[i.id]; killed && len(box) > 0 {
			o.inbox[i.id] = box[:w.random.IntN(len(box)+1)]
		}
		w.send(i.id, o, "bye", nil)
	}
	for _, g := range w.guests {
		g.over = g.over || g.home == i
	}
}

// loses has one take the other for gone, or doubt it, until there is a sign of life.
func (w *world) loses(one, other *island) {
	if one.known[other.id] && other.known[one.id] {
		w.note("%s takes %s for gone", one.id, other.id)
		delete(one.known, other.id)
		one.inbox[other.id] = nil
		w.send(other.id, one, "again", nil)
		one.rooms.lost(other.id, w.random.IntN(2) == 0)
	}
}

// breaks loses what is on its way from one to the other.
func (w *world) breaks(from, to *island) {
	if to.known[from.id] && from.known[to.id] {
		w.note("%s loses what %s told it", to.id, from.id)
		to.inbox[from.id] = nil
		to.meetAnew(from.id)
	}
}

// meetAnew is what an instance does that has missed something.
func (i *island) meetAnew(id cluster.ID) {
	if o := i.instances[id]; o != nil {
		i.send(i.id, o, "broken", nil)
	}
	i.rooms.lost(id, false)
	i.rooms.met(id)
}

func (i *island) self() cluster.ID { return i.id }

func (i *island) first(room string) cluster.ID {
	best := i.id
	for id := range i.known {
		if weightOf(id, room) > weightOf(best, room) {
			best = id
		}
	}
	return best
}

func weightOf(id cluster.ID, room string) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range []byte(string(id) + room + string(id)) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h ^ h>>29
}

func (i *island) knows(id cluster.ID) bool { return i.known[id] }

// calm is true too early if anything may be lost.
func (i *island) calm() bool { return !i.lossless || i.world.calm() }

func (i *island) post(to cluster.ID, n note, body []byte) {
	if o := i.instances[to]; o != nil && i.known[to] {
		i.send(i.id, o, "note", n.encode(body))
	}
}

// send puts something on its way.
func (w *world) send(from cluster.ID, to *island, kind string, data []byte) {
	w.sent++
	to.inbox[from] = append(to.inbox[from], delivery{w.sent, kind, data})
}

// next is the number of what comes next on a way.
func (w *world) next(way [2]cluster.ID) int { return w.instances[way[1]].inbox[way[0]][0].number }

// deliver has one thing happen that is on its way; false: there is none.
func (w *world) deliver() bool {
	var ways [][2]cluster.ID
	for _, to := range w.ids() {
		for _, from := range slices.Sorted(maps.Keys(w.instances[to].inbox)) {
			if len(w.instances[to].inbox[from]) > 0 {
				ways = append(ways, [2]cluster.ID{from, to})
			}
		}
	}
	if len(ways) == 0 {
		return false
	}
	way := ways[w.random.IntN(len(ways))]
	if w.lossless { // as one NATS server has it: what was sent first comes first
		for _, other := range ways {
			if other[1] == way[1] && w.next(other) < w.next(way) {
				way = other
			}
		}
	}
	from, i := way[0], w.instances[way[1]]
	d := i.inbox[from][0]
	i.inbox[from] = i.inbox[from][1:]
	w.note("%s to %s: %s %.200s", from, i.id, d.kind, d.data)
	if d.kind == "bye" {
		delete(i.known, from)
		i.rooms.lost(from, true)
		return true
	}
	if o := w.instances[from]; d.kind == "again" && o != nil {
		w.send(i.id, o, "broken", nil) // the first note will begin a new stream
	}
	if !i.known[from] {
		i.known[from] = true
		i.rooms.met(from)
	}
	switch d.kind {
	case "broken":
		if o := w.instances[from]; o != nil { // what is on its way there is of the old stream
			o.inbox[i.id] = slices.DeleteFunc(o.inbox[i.id], func(d delivery) bool { return d.kind == "note" })
		}
		i.rooms.lost(from, false)
		i.rooms.met(from)
	case "note":
		if i.refuses(from) {
			return true
		}
		n, body, err := parseNote(d.data)
		if err != nil {
			w.fail("%v", err)
		}
		i.rooms.told(from, n, body)
	}
	return true
}

// refuses tells whether what comes from another instance is of a stream in which something was missing.
func (i *island) refuses(from cluster.ID) bool {
	o := i.instances[from]
	return o != nil && slices.ContainsFunc(o.inbox[i.id], func(d delivery) bool { return d.kind == "broken" })
}

// calm tells whether all instances know each other's coming and going.
func (w *world) calm() bool {
	for _, i := range w.instances {
		if len(i.known) != len(w.instances)-1 {
			return false
		}
		for _, box := range i.inbox {
			if slices.ContainsFunc(box, func(d delivery) bool { return d.kind != "note" || isReturn(d.data) }) {
				return false
			}
		}
	}
	return true
}

func isReturn(data []byte) bool {
	n, _, err := parseNote(data)
	return err == nil && n.Kind == noteReturn
}

// call has somebody ask to be let in.
func (w *world) call(i *island, room string) *caller {
	g := &caller{world: w, name: fmt.Sprint("g", len(w.guests)+1), home: i}
	w.guests = append(w.guests, g)
	s := &Server{parlours: i.rooms}
	g.visit = s.visit(room, g)
	w.note("%s asks for %s at %s", g.name, room, i.id)
	g.pending = g.ask([]byte(g.name))
	g.look()
	return g
}

// look takes the keeper's answer, if it is there.
func (g *caller) look() {
	select {
	case answer := <-g.pending:
		g.pending = nil
		switch {
		case answer == roomFull:
			g.over = true
		case answer == "" && !g.in:
			g.world.fail("%s was let in, but not told so", g.name)
		}
	default:
	}
}

func (g *caller) entered(other []byte) {
	g.world.note("%s is in with %q", g.name, other)
	if g.in {
		g.world.fail("%s is told twice that it is in", g.name)
	}
	g.in, g.with = true, string(other)
}

func (g *caller) met(other []byte, _ bool) {
	g.world.note("%s meets %q", g.name, other)
	if !g.in || g.with != "" {
		g.world.fail("%s meets %q, in: %v, with %q", g.name, other, g.in, g.with)
	}
	g.starts++
	g.with, g.heard = string(other), 0
}

func (g *caller) left(other []byte) {
	g.world.note("%s hears that %q is gone", g.name, other)
	if g.with == "" || g.with != string(other) {
		g.world.fail("%s hears that %q is gone, but is with %q", g.name, other, g.with)
	}
	if o := g.world.find(g.with); g.world.lossless && !o.over && o.in {
		g.world.fail("%s hears that %s is gone, who is there", g.name, o.name)
	}
	g.stops++
	g.with = ""
}

func (g *caller) tell(message []byte) {
	var from string
	var n int
	if _, err := fmt.Sscan(string(message), &from, &n); err != nil || from != g.with || n <= g.heard {
		g.world.fail("%s is with %q and has heard %d, and hears %q", g.name, g.with, g.heard, message)
	}
	if g.world.lossless && n != g.heard+1 && g.heard > 0 {
		g.world.fail("%s has missed words between %d and %d of %s", g.name, g.heard, n, from)
	}
	g.heard = n
}

func (g *caller) rouse() {}

func (w *world) find(name string) *caller {
	for _, g := range w.guests {
		if g.name == name {
			return g
		}
	}
	return nil
}

// settle delivers everything, and has those ask again who must.
func (w *world) settle() {
	for again := true; again; {
		again = false
		for n := 0; w.deliver(); n++ {
			if n > 100_000 {
				w.fail("the notes never end")
			}
		}
		for _, g := range w.guests {
			if g.look(); !g.over && !g.in && g.pending == nil {
				g.pending, again = g.ask([]byte(g.name)), true
			}
		}
	}
}

// check fails if instances disagree when nothing is on its way.
func (w *world) check() {
	w.t.Helper()
	members := map[string]int{}
	lone := map[string]int{}
	for _, g := range w.guests {
		if g.over {
			continue
		}
		if !g.in {
			w.fail("%s waits for ever", g.name)
		}
		members[g.room]++
		keeper := w.instances[g.home.first(g.room)]
		kept := find(keeper.rooms.rooms[g.room], g.guestID)
		other := w.find(g.with)
		switch {
		case kept == nil || kept.with != g.visit.with || g.at != keeper.id:
			w.fail("%s is at %s; %s keeps %+v, with %+v", g.name, g.at, keeper.id, kept, g.visit.with)
		case other == nil:
			lone[g.room]++
		case other.over || other.with != g.name || other.guestID != g.visit.with || other.room != g.room:
			w.fail("%s is with %s, who is with %q", g.name, other.name, other.with)
		}
	}
	for room, n := range members {
		if lone[room] > 1 || w.lossless && n > 2 {
			w.fail("%d are in %s, %d alone", n, room, lone[room])
		}
	}
	for _, i := range w.instances {
		for room, there := range i.rooms.rooms {
			if i.first(room) != i.id || len(there) != members[room] {
				w.fail("%s keeps %d in %s, where %d are", i.id, len(there), room, members[room])
			}
		}
		for _, v := range i.rooms.visits {
			if g := v.guest.(*caller); g.over {
				w.fail("%s knows %s, who is gone", i.id, g.name)
			}
		}
	}
}

// step does something at random.
func (w *world) step() {
	all := w.ids()
	some := w.instances[all[w.random.IntN(len(all))]]
	switch n := w.random.IntN(100); {
	case n < 4 && len(all) < 5:
		w.start()
	case n < 7 && len(all) > 1:
		w.end(some, w.random.IntN(2) == 0)
	case n < 10 && !w.lossless:
		w.breaks(w.instances[all[w.random.IntN(len(all))]], some)
	case n < 13 && !w.lossless:
		w.loses(w.instances[all[w.random.IntN(len(all))]], some)
	case n < 20:
		w.call(some, fmt.Sprint("room ", w.random.IntN(2)))
	case n < 45 && len(w.guests) > 0:
		g := w.guests[w.random.IntN(len(w.guests))]
		if g.look(); g.over {
			return
		}
		switch {
		case !g.in && g.pending == nil:
			g.pending = g.ask([]byte(g.name))
		case n < 25 || !g.in:
			g.over = true
			w.note("%s leaves", g.name)
			g.leave()
		case g.visit.with != nobody:
			g.said++
			g.say(fmt.Append(nil, g.name, " ", g.said))
		}
	default:
		w.deliver()
	}
}

var schedules = flag.Int("schedules", 500, "let parlours of a cluster live through `n` schedules")

// TestParloursOfAClusterAgree: whatever instances come, end and lose, guests hear what makes sense, and
// when all is quiet everybody knows the same.
func TestParloursOfAClusterAgree(t *testing.T) {
	for _, lossless := range []bool{true, false} {
		t.Run(fmt.Sprint("lossless ", lossless), func(t *testing.T) {
			for seed := range uint64(*schedules) {
				w := newWorld(t, seed)
				w.lossless = lossless
				w.note("seed %d", seed)
				for range 1 + w.random.IntN(3) {
					w.start()
				}
				w.settle()
				for range 150 {
					w.step()
				}
				w.settle()
				w.check()
			}
		})
	}
}

// TestAPairHearsNothingOfKeepers: instances without guests come and go, and what the pair says arrives.
func TestAPairHearsNothingOfKeepers(t *testing.T) {
	for seed := range uint64(200) {
		w := newWorld(t, seed)
		w.lossless = true
		one, two := w.start(), w.start()
		w.settle()
		a := w.call(one, "room")
		w.settle()
		b := w.call(two, "room")
		w.settle()
		for range 300 {
			switch n := w.random.IntN(20); {
			case n == 0 && len(w.instances) < 6:
				w.start()
			case n == 1:
				for _, id := range w.ids() {
					if i := w.instances[id]; i != one && i != two && w.random.IntN(2) == 0 {
						w.end(i, w.random.IntN(2) == 0)
					}
				}
			case n < 6:
				g := []*caller{a, b}[n%2]
				g.said++
				if !g.say(fmt.Append(nil, g.name, " ", g.said)) {
					w.fail("%s has nobody to talk to", g.name)
				}
			default:
				w.deliver()
			}
		}
		w.settle()
		w.check()
		if a.heard != b.said || b.heard != a.said || a.starts != 1 || b.starts+a.stops+b.stops != 0 {
			w.fail("A heard %d of %d, B %d of %d; %d starts, %d stops", a.heard, b.said, b.heard, a.said, a.starts+b.starts, a.stops+b.stops)
		}
	}
}
