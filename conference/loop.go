package conference

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"confab/conference/media/audio/voice"
	"confab/conference/mesh"
	"confab/conference/signaling"
	"confab/conference/transport"
)

// watchInterval is how often the connections' qualities are looked at.
const watchInterval = 200 * time.Millisecond

// loop owns all of a channel's state that moves. Only its run goroutine touches the fields below; all
// others put work into its queue.
type loop struct {
	channel *Channel
	room    string
	session signaling.Session
	engine  *transport.Engine
	work    *queue
	sender  *lane // sends by signaling, in order
	done    chan struct{}
	cancel  context.CancelFunc
	ctx     context.Context // ends when the channel is left: for calls into the session
	local   *LocalMedia
	unwatch func()
	tasks   sync.WaitGroup // readers of tracks

	// Owned by run.
	machine      *mesh.Machine
	timer        *time.Timer
	self         RemoteClient
	joined       time.Time
	remembered   time.Time // when the paths were last noted
	participants map[signaling.PeerID]*participant
	order        []signaling.PeerID
	prepared     map[signaling.PeerID]*PeerConnection // made by the caller, not opened yet
	recorders    map[signaling.PeerID]*recorder
	reasons      map[signaling.PeerID]string // why somebody is gone, while that is handled
	signalingErr error
	left         bool
	leftErr      error
	changed      bool // a new snapshot is due
	steps        []mesh.Input
	stepping     bool

	microphone  MicrophoneState
	speakers    voice.MainSpeaker
	mainSpeaker signaling.PeerID
	looks       uint // at who speaks

	connections atomic.Pointer[[]*PeerConnection] // those that live, for Stats
}

// participant is what the loop knows of one remote client.
type participant struct {
	RemoteClient
	away         bool
	foreign      bool           // another program
	sealed       bool           // it was said that only who has the invitation's key understands it
	peer         signaling.Peer // as its driver told of it
	state        ConnectionState
	reconnecting bool
	since        time.Time
	err          error
	connection   *PeerConnection
	ear          ear
	volume       *atomic.Uint64 // float64 bits
	quality      quality
}

func newLoop(ch *Channel, room string, s signaling.Session, e *transport.Engine) *loop {
	c := ch.client
	ctx, cancel := context.WithCancel(context.Background())
	l := &loop{
		channel: ch, room: room, session: s, engine: e, work: newQueue(), sender: newLane(),
		done: make(chan struct{}), ctx: ctx, cancel: cancel, local: c.options.Local,
		machine:      mesh.New(mesh.Options{Self: s.Self(), NewConn: newConnID, Manual: c.options.Manual}),
		timer:        time.NewTimer(time.Hour),
		self:         RemoteClient{ID: s.Self(), Name: c.options.Name, Metadata: c.options.Local.Metadata()},
		joined:       time.Now(),
		participants: make(map[signaling.PeerID]*participant),
		prepared:     make(map[signaling.PeerID]*PeerConnection),
		recorders:    make(map[signaling.PeerID]*recorder),
		reasons:      make(map[signaling.PeerID]string),
	}
	l.connections.Store(new([]*PeerConnection))
	for _, p := range s.Present() {
		l.add(p)
	}
	l.unwatch = l.local.watch(func() { l.work.put(l.localChanged) })
	return l
}

func newConnID() signaling.ConnID {
	b := make([]byte, 12)
	_, _ = rand.Read(b) // never fails (Go 1.24)
	return signaling.ConnID("c_" + base64.RawURLEncoding.EncodeToString(b))
}

func (l *loop) run() {
	defer l.finish()
	watch := time.NewTicker(watchInterval)
	defer watch.Stop()
	listen := time.NewTicker(listenInterval)
	defer listen.Stop()
	l.present()
	l.localChanged()
	for !l.left {
		l.settle()
		select {
		case <-l.work.ready:
			for _, f := range l.work.take() {
				f()
			}
		case m, ok := <-l.session.Messages():
			if ok {
				l.message(m)
			} else {
				l.leave(leftBecause(l.session))
			}
		case <-l.timer.C:
			l.step(mesh.Tick{})
		case <-listen.C:
			l.listen()
		case <-watch.C:
			l.watch(time.Now())
		}
	}
}

// settle publishes what has changed and sets the timer to the machine's deadline.
func (l *loop) settle() {
	if l.changed {
		l.changed = false
		l.publish()
		l.channel.events.publish(Changed{})
	}
	if d := l.machine.Deadline(); d.IsZero() {
		l.timer.Stop()
	} else {
		l.timer.Reset(time.Until(d))
	}
}

// step lets the machine decide, and does what it says. A step that is caused by doing so comes after.
func (l *loop) step(in mesh.Input) {
	l.steps = append(l.steps, in)
	if l.stepping {
		return
	}
	l.stepping = true
	for len(l.steps) > 0 {
		in, l.steps = l.steps[0], l.steps[1:]
		for _, out := range l.machine.Step(time.Now(), in) {
			l.do(out)
		}
	}
	l.stepping = false
}

// add makes a participant known.
func (l *loop) add(p signaling.Peer) *participant {
	e := l.participants[p.ID]
	if e == nil {
		e = &participant{since: time.Now(), volume: new(atomic.Uint64)}
		e.volume.Store(math.Float64bits(1))
		l.participants[p.ID] = e
		l.order = append(l.order, p.ID)
	}
	e.RemoteClient = RemoteClient{ID: p.ID, Name: p.Name, Metadata: p.Metadata}
	e.away, e.foreign, e.peer = p.Away, p.Foreign, p
	l.changed = true
	return e
}

// remove forgets a participant; its connection is closed already.
func (l *loop) remove(id signaling.PeerID, reason string) {
	e := l.participants[id]
	if e == nil {
		return
	}
	l.unhear(e)
	delete(l.participants, id)
	l.order = slices.DeleteFunc(l.order, func(o signaling.PeerID) bool { return o == id })
	l.recorders[id].close()
	delete(l.recorders, id)
	l.changed = true
	l.emit(RemoteClientLeave{Client: e.RemoteClient, Reason: reason})
}

func (l *loop) emit(e Event) { l.channel.events.publish(e) }

// publish stores the snapshot of now.
func (l *loop) publish() {
	s := &Snapshot{
		Room: l.room, Self: l.self, Joined: l.joined, SignalingErr: l.signalingErr, Left: l.left, LeftErr: l.leftErr,
		Microphone: l.microphone, MainSpeaker: l.mainSpeaker,
		Participants: make([]Participant, 0, len(l.order)),
	}
	living := make([]*PeerConnection, 0, len(l.order))
	for _, id := range l.order {
		e := l.participants[id]
		p := Participant{
			RemoteClient: e.RemoteClient, Away: e.away, State: e.state, Reconnecting: e.reconnecting,
			Since: e.since, Err: e.err, Speaking: e.ear.speaking, Quality: e.quality.level,
		}
		if e.connection != nil && !e.state.Ended() {
			p.Media = e.connection.media
			living = append(living, e.connection)
		}
		s.Participants = append(s.Participants, p)
	}
	l.channel.snapshot.Store(s)
	l.connections.Store(&living)
}

// rename and localChanged tell everybody what we are called and what flows.
func (l *loop) rename(name string) {
	l.self.Name = name
	l.tellState()
}

func (l *loop) localChanged() {
	l.hearOurselves()
	if m := l.local.Metadata(); m != l.self.Metadata {
		l.self.Metadata = m
		l.tellState()
	}
}

func (l *loop) tellState() {
	l.changed = true
	name, metadata := l.self.Name, l.self.Metadata
	l.sender.do(func() {
		if err := l.session.Update(l.ctx, name, metadata); err != nil {
			l.channel.client.log.Debug("tell the room our state", "err", err)
		}
	})
	for _, id := range l.order {
		l.sendState(l.participants[id].connection)
	}
}

// leave ends the channel; why is nil when it is our own wish.
func (l *loop) leave(why error) {
	if l.left {
		return
	}
	l.left, l.leftErr = true, why
	l.step(mesh.Leave{})
}

// finish ends everything that the loop owns, in order, within leaveTimeout.
func (l *loop) finish() {
	defer close(l.done)
	l.unwatch()
	l.timer.Stop()
	for id, c := range l.prepared {
		delete(l.prepared, id)
		l.end(c)
	}
	for _, id := range slices.Clone(l.order) {
		l.remove(id, "leave")
	}
	ctx, cancel := context.WithTimeout(context.Background(), leaveTimeout)
	defer cancel()
	left := make(chan struct{})
	l.sender.do(func() { // behind the good-byes
		defer close(left)
		if err := l.session.Leave(ctx); err != nil {
			l.channel.client.log.Debug("leave", "err", err)
		}
	})
	select {
	case <-left:
	case <-ctx.Done():
	}
	l.cancel()
	l.sender.close()
	l.tasks.Wait()
	for _, f := range l.work.close() {
		f() // closes that were asked for, and results that nobody waits for
	}
	l.publish()
	l.emit(Changed{})
	l.emit(Left{Err: l.leftErr})
	l.channel.events.close()
	l.channel.client.forget(l.channel)
}
