package duo

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"confab/conference/signaling"
	"confab/conference/signaling/socket"
)

const (
	leaveWait = 2 * time.Second
	askPause  = 2 * time.Second // between two questions who is there, at least
)

// loop owns a session's state; only its run goroutine touches it.
type loop struct {
	driver  *driver
	session *session
	log     *slog.Logger
	room    string
	name    string

	in       *Entrance // nil: interrupted
	farewell error     // the server's word before it lets go
	pair     pair
	question *time.Timer // runs while a question, or giving up its answer, is due
	asked    time.Time   // the last one
	awaited  bool        // its answer has not come

	beat     *time.Ticker
	comeback *socket.Comeback // waits while interrupted and no attempt is under way
	results  chan attempt
	wg       sync.WaitGroup // of attempts: one at a time
	deadline *time.Timer    // for the answer to leave; nil: we stay

	over bool
	err  error
}

// attempt is the result of trying to come back.
type attempt struct {
	in  Entrance
	err error
}

func newLoop(d *driver, s *session, room, name string) *loop {
	l := &loop{
		driver: d, session: s, room: room, name: name,
		log:      d.log.With("room", room),
		beat:     time.NewTicker(time.Hour),
		comeback: socket.NewComeback(nil),
		question: time.NewTimer(time.Hour),
		results:  make(chan attempt, 1), // an attempt never waits for the loop
	}
	l.beat.Stop()
	l.question.Stop()
	l.pair = pair{system: d.system, room: room, emit: l.emit, ask: l.ask, log: l.log}
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
	if l.in != nil {
		wire = l.in.Socket.In()
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
		order(l)
	case r := <-l.results:
		l.attempted(r)
	case <-l.comeback.Due():
		if l.comeback.Now() {
			l.wg.Go(func() { l.try(ctx) })
		}
	case <-l.beat.C:
		if l.in != nil {
			l.write(l.in.Heartbeat)
		}
	case <-l.question.C:
		l.inquire()
	case <-deadline:
		l.end(nil)
	}
}

// ask has the server say who is there, after a pause.
func (l *loop) ask(after time.Duration) {
	if !l.awaited {
		l.question.Reset(max(after, time.Until(l.asked.Add(askPause))))
	}
}

// inquire asks now, if it still matters. An offer that waits for an answer which does not come is taken: for the
// server's, or for that to an offer of ours.
func (l *loop) inquire() {
	switch {
	case l.in != nil && l.pair.crossed():
		l.awaited = false
		l.pair.trust()
		return
	case l.in == nil || l.pair.lives():
		l.awaited = false
		return
	case l.awaited:
		l.awaited = false
		if l.pair.doubts() {
			l.pair.trust()
		}
		return
	}
	data, err := l.driver.dialect.Write(l.room, Ask{l.name})
	if err != nil || data == nil {
		return
	}
	l.write(data)
	l.asked, l.awaited = time.Now(), true
	l.question.Reset(askPause)
}

// enter takes a room that was entered, and says who is there.
func (l *loop) enter(in Entrance) {
	l.in, l.farewell = &in, nil
	l.comeback.Entered()
	if in.Beat > 0 {
		l.beat.Reset(in.Beat)
	}
	if !l.pair.lives() {
		for _, o := range in.Others {
			l.pair.arrived(o)
		}
	}
}

// receive handles one message of the server.
func (l *loop) receive(data []byte) {
	words, err := l.driver.dialect.Read(l.room, data)
	if err != nil {
		l.log.Warn("malformed message of the signaling server", "err", err)
		l.farewell = signaling.ErrNotSignaling
		l.in.Socket.Break() // its reader reports it
		return
	}
	for _, w := range words {
		switch w := w.(type) {
		case Reply:
			l.write(w.Data)
		case Refused:
			l.emit(signaling.Refused{To: l.pair.id(), Err: w.Err})
		case Over:
			l.farewell = w.Err
			l.in.Socket.Break()
		case Left:
			if l.deadline != nil {
				l.end(nil)
			}
		case Present:
			l.awaited = false
			l.question.Stop()
			l.pair.hear(w)
		default:
			l.pair.hear(w)
		}
	}
}

// send is an order: s in the system's words.
func (l *loop) send(to signaling.PeerID, s signaling.Signal) error {
	if to != l.pair.id() {
		return signaling.ErrNoSuchPeer
	}
	words := l.pair.say(s)
	if l.in == nil && len(words) > 0 {
		return signaling.ErrInterrupted
	}
	for _, w := range words {
		data, err := l.driver.dialect.Write(l.room, w)
		if err != nil {
			return err
		}
		if data == nil {
			continue
		}
		if err := l.in.Socket.TrySend(data); err != nil {
			return err
		}
	}
	return nil
}

// write sends what is of no use later.
func (l *loop) write(data []byte) {
	if err := l.in.Socket.TrySend(data); err != nil {
		l.log.Debug("signaling socket is gone", "err", err) // its reader reports it
	}
}

// lost handles the end of the socket.
func (l *loop) lost() {
	err := l.in.Socket.Err()
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

// drop gives up the socket.
func (l *loop) drop() {
	l.beat.Stop()
	l.question.Stop()
	l.awaited = false
	l.in.Socket.Close()
	l.in = nil
}

// try makes one attempt, on a goroutine of its own.
func (l *loop) try(ctx context.Context) {
	in, err := l.driver.enter(ctx, l.room, l.name)
	l.results <- attempt{in, err}
}

// attempted handles the result of an attempt.
func (l *loop) attempted(r attempt) {
	switch {
	case r.err == nil:
		l.log.Info("signaling resumed")
		l.emit(signaling.Resumed{Members: l.pair.rejoined(), Replayed: true})
		l.enter(r.in)
	case socket.Final(r.err):
		l.end(r.err)
	default:
		l.log.Debug("signaling attempt came to nothing", "err", r.err)
		if l.comeback.Failed(r.err) {
			l.emit(signaling.Interrupted{Err: r.err})
		}
	}
}

// leave is an order: say good-bye, and end with the answer, or at once if there will be none.
func (l *loop) leave() {
	if l.deadline != nil {
		return // said already
	}
	var goodbye []byte
	if l.in != nil {
		goodbye, _ = l.driver.dialect.Write(l.room, Leave{})
	}
	if goodbye == nil || l.in.Socket.TrySend(goodbye) != nil {
		l.end(nil)
		return
	}
	l.deadline = time.NewTimer(leaveWait)
}

// emit tells the reader; one that does not read is cut off.
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
	l.beat.Stop()
	l.question.Stop()
	if l.deadline != nil {
		l.deadline.Stop()
	}
	if l.in != nil {
		l.drop()
	}
	l.wg.Wait()
	select {
	case r := <-l.results:
		if r.err == nil {
			r.in.Socket.Close()
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
