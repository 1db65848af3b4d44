package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"confab/conference/server/cluster"
	"confab/conference/signaling"
)

// Cluster is what several servers share that hold rooms together, behind one name. All other options but
// certificates and addresses should be the same for all of them.
type Cluster struct {
	URL  string // of NATS servers, with commas between them; empty: this server is alone
	Name string // tells apart clusters that share NATS servers; empty: confab
}

// federation is a server's part in a cluster.
//
// Each room is held by one instance: there its members' state and logs are, as if it were alone. Sockets
// may be anywhere: where a client of another instance's room is connected, a proxy passes on what it says,
// and at the holder a far carrier sends it what it is told. The holder gives a copy of the room, without the
// logs, to one other instance, that which takes over if it dies. Who holds what is known to all.
//
// Whatever goes wrong between two instances ends the sockets whose rooms are concerned: the clients come
// back at once, wherever they are let in, as they do when any other connection is lost, and find their
// places.
//
// Rooms of other programs are shared in another way: see parlours.
type federation struct {
	server *Server
	net    *cluster.Cluster
	log    *slog.Logger

	wake chan struct{} // capacity 1: there is something to send
	done chan struct{} // closed by close
	once sync.Once
	wg   sync.WaitGroup

	// mu is taken after a server's and a room's.
	mu      sync.Mutex
	ready   bool // we have been here for long enough to know the others
	outbox  []parcel
	backlog int       // bytes that were posted and not sent
	changed time.Time // when an instance came or went
	clock   uint64    // the newest stamp seen
	desks   uint64    // proxies ever made
	proxies map[uint64]*proxy
	fars    map[farDesk]*far
	holders map[string]holding // of rooms; ours among them
	copies  map[string]roomCopy
	listed  map[cluster.ID]map[string]bool // rooms that an instance has named so far, of all that it holds
}

// parcel is a message to be sent.
type parcel struct {
	to   cluster.ID // empty: all
	data []byte
}

// holding says who holds a room. Of two, the one with the higher epoch does; of two of one epoch, the one
// with the smaller ID.
type holding struct {
	by    cluster.ID
	epoch uint64
}

func (h holding) over(o holding) bool {
	return h.epoch > o.epoch || h.epoch == o.epoch && h.by < o.by
}

const (
	settling    = 1300 * time.Millisecond // until all others have given a sign of life, or all know of one's end
	enterWait   = 8 * time.Second         // for a room that changes its holder; a client waits for 15 s
	askWait     = 3 * time.Second         // for another instance's answer
	retryPause  = 50 * time.Millisecond
	askPause    = 200 * time.Millisecond // of guests of parlours, while instances come and go
	roomsInNote = 1000                   // NATS takes 1 MiB at once
	maxBacklog  = 16 << 20               // bytes that wait for NATS; then guests of parlours wait, too
	returnGrace = 5 * time.Second        // for members of a room that was taken over, and for instances when NATS is back
)

// note is what instances tell each other, as JSON; a client's own words follow it after a line feed.
type note struct {
	Kind  noteKind          `json:"k"`
	Desk  uint64            `json:"d,omitempty"` // of a proxy
	Seq   uint64            `json:"s,omitempty"`
	ID    signaling.PeerID  `json:"i,omitempty"`
	Room  string            `json:"r,omitempty"`
	Stamp uint64            `json:"t,omitempty"`
	Epoch uint64            `json:"e,omitempty"`
	Code  code              `json:"c,omitempty"`
	Close int               `json:"x,omitempty"`
	Why   string            `json:"w,omitempty"`
	Enter *application      `json:"a,omitempty"`
	Copy  *roomCopy         `json:"o,omitempty"`
	Rooms map[string]uint64 `json:"m,omitempty"` // epochs of those that the sender holds
	Last  bool              `json:"l,omitempty"` // of the notes with them
	By    cluster.ID        `json:"b,omitempty"`
	With  guestID           `json:"h,omitzero"` // of another instance, or its own
	Card  []byte            `json:"u,omitempty"`
}

type noteKind string

const (
	// between any two
	noteRooms  noteKind = "rooms"  // what the sender holds, in one note or several
	noteClaim  noteKind = "claim"  // one that it holds from now on
	noteDrop   noteKind = "drop"   // one that has ended
	noteCopy   noteKind = "copy"   // of a room that it holds
	noteHello  noteKind = "hello"  // a key has a socket there: older ones end
	noteSeated noteKind = "seated" // a member is in a room there: its older places end

	// from a proxy to the room's holder
	noteEnter  noteKind = "enter"  // a question
	noteResume noteKind = "resume" // a question to all
	noteAct    noteKind = "act"    // a message of the client follows
	noteTook   noteKind = "took"   // messages up to Seq are with the network
	noteRead   noteKind = "read"   // the client has read them
	noteDetach noteKind = "detach" // the socket has ended

	// from the holder to a proxy
	noteFrame  noteKind = "frame"  // message Seq for the client follows
	noteAnswer noteKind = "answer" // one without number; with a code if something was refused
	noteFail   noteKind = "fail"
	noteClose  noteKind = "close"
	noteCut    noteKind = "cut"
	noteEnd    noteKind = "end" // nothing more comes

	// of parlours; Desk is of a visit: from its instance to the keeper,
	noteVisit  noteKind = "visit"  // it asks to be let in
	noteReturn noteKind = "return" // it was in already, with With
	notePart   noteKind = "part"   // With, which is itself or the one it was with, has left
	noteMove   noteKind = "move"   // another instance is the keeper now
	noteAlone  noteKind = "alone"  // it is not with With any more
	// from the keeper to it,
	noteMeet noteKind = "meet" // it is with With, who came before; also the answer to visit, then With may be nobody
	// and to it from the instance of With, the one it is with
	noteGreet noteKind = "greet" // they are together
	noteSay   noteKind = "say"   // what With says follows
	noteLeft  noteKind = "left"  // With is not there any more
	noteApart noteKind = "apart" // With is with a third one; also from the keeper

	// answers to questions
	noteYes noteKind = "yes"
	noteNo  noteKind = "no" // Code says why, By who may know better
)

func (n note) encode(body []byte) []byte {
	return append(append(encode(n), '\n'), body...)
}

func parseNote(data []byte) (n note, body []byte, err error) {
	head, body, _ := bytes.Cut(data, []byte("\n"))
	if err := json.Unmarshal(head, &n); err != nil {
		return note{}, nil, fmt.Errorf("note of an instance: %w", err)
	}
	return n, body, nil
}

// openFederation connects to the others; start begins to listen to them, close ends it.
func openFederation(s *Server) (*federation, error) {
	o := s.options.Cluster
	net, err := cluster.Open(cluster.Options{URL: o.URL, Name: o.Name, Logger: s.log})
	if err != nil {
		return nil, fmt.Errorf("signaling server: %w", err)
	}
	return &federation{
		server: s, net: net, log: s.log,
		wake: make(chan struct{}, 1), done: make(chan struct{}),
		proxies: map[uint64]*proxy{}, fars: map[farDesk]*far{}, holders: map[string]holding{}, copies: map[string]roomCopy{},
		listed: map[cluster.ID]map[string]bool{},
	}, nil
}

// start waits until the others are known, or ctx ends.
func (f *federation) start(ctx context.Context) {
	f.wg.Go(f.send)
	f.net.Start(f)
	select {
	case <-ctx.Done():
	case <-time.After(settling):
	}
	f.mu.Lock()
	f.ready = true
	f.mu.Unlock()
}

// close leaves the cluster. A nil federation is none.
func (f *federation) close() {
	if f == nil {
		return
	}
	f.once.Do(func() { close(f.done) })
	f.wg.Wait()
	f.net.Close()
}

// post queues a note; it does not wait.
func (f *federation) post(to cluster.ID, n note, body []byte) {
	data := n.encode(body)
	f.mu.Lock()
	f.putLocked(to, data)
	f.mu.Unlock()
	f.rouse()
}

func (f *federation) putLocked(to cluster.ID, data []byte) {
	f.outbox = append(f.outbox, parcel{to, data})
	f.backlog += len(data)
}

// rouse has the outbox sent.
func (f *federation) rouse() {
	select {
	case f.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// send sends what was posted, in that order, until close, and then the rest.
func (f *federation) send() {
	for {
		select {
		case <-f.wake:
			f.flush()
		case <-f.done:
			f.flush()
			return
		}
	}
}

// flush sends what was posted by now.
func (f *federation) flush() {
	f.mu.Lock()
	box := f.outbox
	f.outbox = nil
	f.mu.Unlock()
	for _, p := range box {
		if p.to == "" {
			f.net.TellAll(p.data)
		} else {
			f.net.Tell(p.to, p.data)
		}
		f.mu.Lock()
		f.backlog -= len(p.data)
		f.mu.Unlock()
	}
}

// behind tells whether so much waits for NATS that who adds to it should wait.
func (f *federation) behind() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.backlog > maxBacklog
}

// catchUp waits until that is not so any more, or we leave the cluster. NATS' client gives a connection up
// that takes nothing for some seconds.
func (f *federation) catchUp() {
	for f.behind() {
		select {
		case <-time.After(refusalPause):
		case <-f.done:
			return
		}
	}
}

// knows implements neighbours.
func (f *federation) knows(id cluster.ID) bool { return slices.Contains(f.net.Live(), id) }

// calm implements neighbours.
func (f *federation) calm() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return time.Since(f.changed) >= settling
}

// stir notes that an instance came or went.
func (f *federation) stir() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changed = time.Now()
}

// self implements neighbours.
func (f *federation) self() cluster.ID { return f.net.Self() }

// first implements neighbours: who cares for a room that nobody holds.
func (f *federation) first(room string) cluster.ID { return f.net.Ranked(room)[0] }

// stamp is a number higher than all that were seen: the time, or more. 0 of no federation.
func (f *federation) stamp() uint64 {
	if f == nil {
		return 0
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clock = max(f.clock+1, uint64(time.Now().UnixMilli()))
	return f.clock
}

func (f *federation) saw(stamp uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clock = max(f.clock, stamp)
}

// instances is how many we know, ourselves included; 1 of no federation.
func (f *federation) instances() int {
	if f == nil {
		return 1
	}
	return len(f.net.Live())
}
