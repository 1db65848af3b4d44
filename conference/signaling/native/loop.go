package native

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"confab/conference/signaling"
	"confab/conference/signaling/socket"
)

const (
	pingInterval = 15 * time.Second
	leaveWait    = 2 * time.Second
)

// loop owns a session's state; only its run goroutine touches it.
type loop struct {
	driver  *driver
	session *session
	log     *slog.Logger
	entry   entry            // what to say to come back
	members []signaling.Peer // the others, in the order in which they joined

	link     *link // nil: interrupted
	farewell error // the server's word before it closes the link
	untold   bool  // an update that the server has not heard

	comeback *socket.Comeback // waits while interrupted and no attempt is under way
	results  chan attempt
	wg       sync.WaitGroup // of attempts: one at a time
	ping     *time.Ticker
	deadline *time.Timer // for the answer to leave; nil: we stay

	over bool
	err  error
}

// attempt is the result of trying to come back.
type attempt struct {
	said entry
	link *link
	in   entered
	err  error
}

func newLoop(d *driver, s *session, e entry) *loop {
	l := &loop{
		driver: d, session: s, entry: e,
		log:      d.log.With("peer", s.self, "room", e.room),
		comeback: socket.NewComeback(nil),
		results:  make(chan attempt, 1), // an attempt never waits for the loop
		ping:     time.NewTicker(pingInterval),
	}
	l.entry.rejoin = true
	return l
}

// run works until the session is over.
func (l *loop) run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	for !l.over {
		l.step(ctx)
	}
	cancel()
	l.finish()
}

// step waits for one of: the wire, an order, a result, the clock.
func (l *loop) step(ctx context.Context) {
	var wire <-chan []byte
	if l.link != nil {
		wire = l.link.socket.In()
	}
	var deadline <-chan time.Time
	if l.deadline != nil {
		deadline = l.deadline.C
	}
	select {
	case <-ctx.Done():
		l.end(nil)
	case data, ok := <-wire:
		if ok {
			l.receive(data)
		} else {
			l.lost()
		}
	case order := <-l.session.orders:
		order(ctx, l)
	case r := <-l.results:
		l.attempted(ctx, r)
	case <-l.comeback.Due():
		if l.comeback.Now() {
			l.wg.Go(func() { l.try(ctx, l.entry) })
		}
	case <-l.ping.C:
		if l.link != nil {
			_ = l.link.send(ctx, plain{Type: "ping"}) // a broken link tells by itself
		}
	case <-deadline:
		l.end(nil)
	}
}

// enter takes a link that is in the room.
func (l *loop) enter(k *link, in entered) {
	l.link, l.farewell = k, nil
	l.comeback.Entered()
	if !in.welcome.Resumed {
		l.entry.seq, l.members = in.seq, slices.Clone(in.members)
		servers := in.welcome.iceServers() // those of joined among them, so a resumption tells less
		l.session.iceServers.Store(&servers)
	}
	l.session.link.Store(k)
}

// lost handles the end of the link: the session is over if the server does not want us, else we try to
// come back.
func (l *loop) lost() {
	err := explain(l.link.socket.Err())
	if l.farewell != nil {
		err = l.farewell
	}
	l.drop()
	switch {
	case l.deadline != nil:
		l.end(nil)
	case socket.Final(err):
		l.end(err)
	default:
		l.log.Warn("signaling interrupted", "err", err)
		l.emit(signaling.Interrupted{Err: err})
		l.comeback.Lost()
	}
}

// drop gives up the link.
func (l *loop) drop() {
	l.session.link.Store(nil)
	l.link.socket.Close()
	l.link = nil
}

// try makes one attempt, on a goroutine of its own: e is a copy.
func (l *loop) try(ctx context.Context, e entry) {
	k, in, err := l.driver.enter(ctx, e)
	l.results <- attempt{e, k, in, err}
}

// attempted handles the result of an attempt.
func (l *loop) attempted(ctx context.Context, r attempt) {
	if r.err == nil && r.in.welcome.You != l.session.self {
		r.link.socket.Close()
		r.err = signaling.ErrNotSignaling // another server: its members know us by another name
	}
	switch {
	case r.err == nil:
		l.resumed(ctx, r)
	case socket.Final(r.err):
		l.end(r.err)
	default:
		l.log.Debug("signaling attempt came to nothing", "err", r.err)
		if l.comeback.Failed(r.err) {
			l.emit(signaling.Interrupted{Err: r.err})
		}
	}
}

// resumed takes up the session on a new link.
func (l *loop) resumed(ctx context.Context, r attempt) {
	l.enter(r.link, r.in)
	l.log.Info("signaling resumed", "replayed", r.in.welcome.Resumed)
	l.emit(signaling.Resumed{Members: slices.Clone(l.members), Replayed: r.in.welcome.Resumed})
	if !r.in.welcome.Resumed { // joining told it, unless it changed meanwhile
		l.untold = l.entry.name != r.said.name || l.entry.metadata != r.said.metadata
	}
	if l.untold {
		l.tell(ctx)
	}
}

// update is an order: the name and metadata of now.
func (l *loop) update(ctx context.Context, name string, m signaling.Metadata) {
	l.entry.name, l.entry.metadata, l.untold = name, m, true
	if l.link != nil {
		l.tell(ctx)
	}
}

// tell sends the update that waits; it goes on waiting if the link breaks first.
func (l *loop) tell(ctx context.Context) {
	err := l.link.send(ctx, update{Type: "update", Name: l.entry.name, Metadata: l.entry.metadata})
	l.untold = err != nil
}

// leave is an order: say good-bye, and end with the answer.
func (l *loop) leave(ctx context.Context) {
	switch {
	case l.deadline != nil: // said already
	case l.link == nil:
		l.end(nil)
	case l.link.send(ctx, plain{Type: "leave", RID: leaveRID}) != nil:
		l.end(nil)
	default:
		l.deadline = time.NewTimer(leaveWait)
	}
}

// emit gives a message to the session's reader. One that does not read ends the session.
func (l *loop) emit(m signaling.Message) {
	if l.over || l.deadline != nil {
		return
	}
	select {
	case l.session.messages <- m:
	default:
		l.end(signaling.ErrTooSlow)
	}
}

// end makes the session be over after this step; err is nil if we wanted it.
func (l *loop) end(err error) {
	if !l.over {
		l.over, l.err = true, err
	}
}

// finish gives everything back; then the session is over for its holders too.
func (l *loop) finish() {
	l.comeback.Stop()
	l.ping.Stop()
	if l.deadline != nil {
		l.deadline.Stop()
	}
	if l.link != nil {
		l.drop()
	}
	l.wg.Wait()
	select {
	case r := <-l.results:
		if r.link != nil {
			r.link.socket.Close()
		}
	default:
	}
	if l.err != nil {
		l.session.err.Store(&l.err)
	}
	l.session.cancel()
	close(l.session.messages)
	close(l.session.done)
}
