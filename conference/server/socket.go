package server

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"confab/conference/signaling"
)

var errFlood = errors.New("messages without end after the good-bye")

// socket is one WebSocket connection: one goroutine that reads and acts, one that writes.
type socket struct {
	server *Server
	ws     *websocket.Conn
	from   *address // nil: not counted

	wake    chan struct{} // capacity 1: there is something to write
	done    chan struct{} // closed when the reader has ended
	written chan struct{} // closed when the writer has ended
	slow    atomic.Bool   // too far behind: to be cut
	closing atomic.Bool   // what arrives now is thrown away
	refused atomic.Bool   // a message was: the next one waits

	// owned by the reader
	id       signaling.PeerID // empty before hello
	stamp    uint64           // of the hello, in a federation
	rate     bucket
	pace     bucket
	nuisance bucket
	guesses  int
	ignored  int // messages and pings, since we said good-bye

	mu      sync.Mutex
	asked   question
	direct  [][]byte // answers, which have no number
	greeted bool     // the first of them, welcome, was written
	at      seat     // nil: in no room
	reason  []byte   // a close frame's payload, once there is one
}

func newSocket(s *Server, ws *websocket.Conn, from *address) *socket {
	return &socket{
		server: s, ws: ws, from: from,
		wake: make(chan struct{}, 1), done: make(chan struct{}), written: make(chan struct{}),
	}
}

// run serves the connection until it ends, and has closed it then.
func (k *socket) run() {
	go k.write() // ends with done; waited for below
	err := k.read()
	if at := k.current(); at != nil {
		at.detach(k) // the others need not wait for our writer
	}
	if !k.closing.Load() {
		k.ws.Close() // else the writer does, after its last words
	}
	close(k.done)
	<-k.written
	k.server.log.Debug("signaling socket ended", "from", k.ws.RemoteAddr(), "peer", k.id, "err", err)
}

// read acts on what arrives until the connection fails; after a refusal it waits a little for the other
// end to close: closing with unread data would destroy what we have said last (RFC 9112 section 9.6).
func (k *socket) read() error {
	k.ws.SetReadLimit(hardLimit)
	if err := k.ws.SetReadDeadline(time.Now().Add(helloWait)); err != nil {
		return err
	}
	k.ws.SetPongHandler(func(text string) error {
		k.answered(text)
		return k.heard()
	})
	k.ws.SetPingHandler(k.pinged)
	for {
		if k.refused.Swap(false) {
			k.rate.charge(time.Now(), refusalCost) // the next message is one too many, if it is
			k.tire()
		}
		kind, r, err := k.ws.NextReader()
		if err != nil {
			if k.id == "" && timedOut(err) {
				k.fail(badMessage, "no hello came in time")
			}
			if errors.Is(err, websocket.ErrReadLimit) {
				k.from.fault(time.Now())
			}
			return err
		}
		if k.closing.Load() {
			if err := k.ignore(); err != nil {
				return err
			}
			continue
		}
		if err := k.heard(); err != nil {
			return err
		}
		now := time.Now()
		k.server.metrics.messages.Add(1)
		switch {
		case !k.rate.take(now):
			k.fail(rateLimited, "too many messages")
			continue
		case k.from.overdrawn(now):
			k.fail(rateLimited, "too many bytes from this address")
			continue
		}
		if !k.pace.spend(now, 1, paceRate, paceBurst) {
			time.Sleep(refusalPause)
		}
		if kind != websocket.TextMessage {
			k.fail(badMessage, "binary messages have no meaning here")
			continue
		}
		if err := k.take(r, now); err != nil {
			return err
		}
	}
}

// buffers are for messages that are read: a socket needs one only while it acts on a message.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// take reads a message and acts on it.
func (k *socket) take(r io.Reader, now time.Time) error {
	b := buffers.Get().(*bytes.Buffer)
	defer func() {
		if b.Cap() <= keptBuffer {
			buffers.Put(b)
		}
	}()
	whole, err := fill(b, r)
	switch {
	case err != nil:
		return err
	case !whole:
		k.from.fault(now)
		if k.from.shut(now) {
			k.fail(rateLimited, "too many faults from this address")
			return nil
		}
		k.refuse(problem{Code: tooLarge, Message: "a message has at most 131072 bytes"})
	default:
		k.act(b.Bytes())
	}
	return nil
}

// ignore throws away what came after we have said good-bye: as much as was on its way, but no flood, and nothing
// of an address that is shut out.
func (k *socket) ignore() error {
	if k.ignored++; k.ignored > maxIgnored || k.from.shut(time.Now()) {
		return errFlood
	}
	time.Sleep(refusalPause)
	return nil
}

// pinged answers a ping; they count as messages do.
func (k *socket) pinged(text string) error {
	if k.closing.Load() {
		return k.ignore()
	}
	if !k.rate.charge(time.Now(), refusalCost) {
		k.fail(rateLimited, "too many pings")
		return nil
	}
	if k.rate.used > fewPings*refusalCost {
		k.tire()
	}
	if err := k.heard(); err != nil {
		return err
	}
	err := k.ws.WriteControl(websocket.PongMessage, []byte(text), time.Now().Add(writeWait))
	if errors.Is(err, websocket.ErrCloseSent) {
		return nil
	}
	return err
}

// tire waits before the next message is read, for longer the more often it did so lately: a client that is
// refused once need not notice, many that flood leave room for the others.
func (k *socket) tire() {
	k.nuisance.spend(time.Now(), 1, nuisanceDecay, 0)
	k.nuisance.used = min(k.nuisance.used, maxNuisance)
	time.Sleep(time.Duration(k.nuisance.used * float64(refusalPause)))
}

// fill reads a message into a buffer, and reads over the rest of one that is too large.
func fill(b *bytes.Buffer, r io.Reader) (whole bool, err error) {
	b.Reset()
	if _, err := b.ReadFrom(io.LimitReader(r, maxMessage+1)); err != nil {
		return false, err
	}
	if b.Len() <= maxMessage {
		return true, nil
	}
	_, err = io.Copy(io.Discard, r)
	return false, err
}

// heard notes that the other end lives. Before hello nothing but hello counts.
func (k *socket) heard() error {
	if k.id == "" || k.closing.Load() {
		return nil
	}
	return k.ws.SetReadDeadline(time.Now().Add(2 * pingInterval))
}

// write sends what there is to send, and pings, until the reader ends or the network does not take it.
func (k *socket) write() {
	defer close(k.written)
	defer k.ws.Close()
	ping := time.NewTicker(pingInterval)
	defer ping.Stop()
	for {
		var err error
		select {
		case <-k.done:
			if k.closing.Load() {
				_ = k.flush() // the last words; nobody may be there to hear them
			}
			return
		case <-ping.C:
			err = k.ask()
		case <-k.wake:
			err = k.flush()
		}
		if err != nil {
			return
		}
	}
}

// flush writes everything that waits; a close frame comes last, and then only the other end is waited for.
func (k *socket) flush() error {
	for data := k.next(); data != nil; data = k.next() {
		if err := k.ws.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
			return err
		}
		if err := k.ws.WriteMessage(websocket.TextMessage, data); err != nil {
			return err
		}
		k.server.metrics.sent.Add(1)
		if k.due(len(data)) {
			if err := k.ask(); err != nil {
				return err
			}
		}
	}
	k.mu.Lock()
	reason := k.reason
	k.mu.Unlock()
	if reason == nil {
		return nil
	}
	if err := k.ws.WriteControl(websocket.CloseMessage, reason, time.Now().Add(writeWait)); err != nil {
		return err
	}
	if err := k.ws.SetReadDeadline(time.Now().Add(lingerWait)); err != nil {
		return err
	}
	<-k.done
	return nil
}

// next is the message to be written now: welcome first, then what the room has told us, then answers.
func (k *socket) next() []byte {
	k.mu.Lock()
	at := k.at
	if !k.greeted || at == nil || k.reason != nil {
		defer k.mu.Unlock()
		return k.nextAnswerLocked()
	}
	k.mu.Unlock()
	if data, _ := at.next(k); data != nil {
		return data
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.nextAnswerLocked()
}

func (k *socket) nextAnswerLocked() []byte {
	if len(k.direct) == 0 {
		return nil
	}
	data := k.direct[0]
	k.direct = k.direct[1:]
	k.greeted = true
	return data
}

// rouse has the writer look for work; a socket that is too slow is cut. Never under a lock.
func (k *socket) rouse() {
	if k.slow.Load() {
		k.ws.Close()
		return
	}
	select {
	case k.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// join has the writer send what the room tells the member there from now on.
func (k *socket) join(at seat) {
	k.mu.Lock()
	k.at = at
	k.mu.Unlock()
	k.rouse()
}

// rise ends that.
func (k *socket) rise() { k.join(nil) }

// current is the seat of the member that this socket speaks for, nil outside of rooms.
func (k *socket) current() seat {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.at
}

// lag has the socket cut when it is roused.
func (k *socket) lag() { k.slow.Store(true) }

// answer sends something that has no number.
func (k *socket) answer(message any) { k.put(encode(message)) }

func (k *socket) put(data []byte) {
	k.mu.Lock()
	if k.reason == nil {
		k.direct = append(k.direct, data)
	}
	if len(k.direct) > maxDirect {
		k.slow.Store(true)
	}
	k.mu.Unlock()
	k.rouse()
}

// refuse answers with an error that does not end the connection.
func (k *socket) refuse(p problem) {
	p.Type = "error"
	k.refused.Store(true)
	k.server.metrics.refuse(p.Code)
	k.answer(p)
}

// fail answers with an error and closes the connection. Safe from any goroutine.
func (k *socket) fail(c code, why string) {
	status := closeRefused
	if c == replaced {
		status = closeReplaced
	}
	if c == badMessage || c == rateLimited {
		k.from.fault(time.Now())
	}
	k.server.metrics.refuse(c)
	k.answer(problem{Type: "error", Code: c, Message: why, Fatal: true})
	k.close(status, string(c))
}

// close ends the connection after what waits has been written.
func (k *socket) close(status int, why string) {
	k.closing.Store(true)
	k.mu.Lock()
	if k.reason == nil {
		k.reason = websocket.FormatCloseMessage(status, why)
	}
	k.mu.Unlock()
	k.rouse()
}

// cut ends the connection at once.
func (k *socket) cut() { k.ws.Close() }

func timedOut(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}
