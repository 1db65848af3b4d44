package server

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"confab/conference/signaling"
)

// socket is one WebSocket connection: one goroutine that reads and acts, one that writes.
type socket struct {
	server *Server
	ws     *websocket.Conn
	from   *address // nil: not counted
	log    *slog.Logger

	wake    chan struct{} // capacity 1: there is something to write
	done    chan struct{} // closed when the reader has ended
	written chan struct{} // closed when the writer has ended
	slow    atomic.Bool   // too far behind: to be cut
	closing atomic.Bool   // what arrives now is thrown away

	// owned by the reader
	id      signaling.PeerID // empty before hello
	buffer  bytes.Buffer
	rate    bucket
	guesses int

	mu      sync.Mutex
	asked   question
	direct  [][]byte // answers, which have no number
	greeted bool     // the first of them, welcome, was written
	member  *member  // nil: in no room
	reason  []byte   // a close frame's payload, once there is one
}

func newSocket(s *Server, ws *websocket.Conn, from *address, log *slog.Logger) *socket {
	return &socket{
		server: s, ws: ws, from: from, log: log,
		wake: make(chan struct{}, 1), done: make(chan struct{}), written: make(chan struct{}),
	}
}

// run serves the connection until it ends, and has closed it then.
func (k *socket) run() {
	go k.write() // ends with done; waited for below
	err := k.read()
	k.server.detach(k) // the others need not wait for our writer
	if !k.closing.Load() {
		k.ws.Close() // else the writer does, after its last words
	}
	close(k.done)
	<-k.written
	k.log.Debug("signaling socket ended", "err", err)
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
	for {
		kind, r, err := k.ws.NextReader()
		if err != nil {
			if k.id == "" && timedOut(err) {
				k.fail(badMessage, "no hello came in time")
			}
			return err
		}
		if k.closing.Load() {
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
		if kind != websocket.TextMessage {
			k.fail(badMessage, "binary messages have no meaning here")
			continue
		}
		whole, err := k.fill(r)
		switch {
		case err != nil:
			return err
		case !whole:
			k.from.fault(now)
			k.refuse(problem{Code: tooLarge, Message: "a message has at most 131072 bytes"})
		default:
			k.act(k.buffer.Bytes())
		}
		if k.buffer.Cap() > keptBuffer {
			k.buffer = bytes.Buffer{}
		}
	}
}

// fill reads a message into the buffer, and reads over the rest of one that is too large.
func (k *socket) fill(r io.Reader) (whole bool, err error) {
	k.buffer.Reset()
	if _, err := k.buffer.ReadFrom(io.LimitReader(r, maxMessage+1)); err != nil {
		return false, err
	}
	if k.buffer.Len() <= maxMessage {
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
	m := k.member
	if !k.greeted || m == nil || k.reason != nil {
		defer k.mu.Unlock()
		return k.nextAnswerLocked()
	}
	k.mu.Unlock()
	if data := m.next(k); data != nil {
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

// join has the writer send what the room tells m from now on.
func (k *socket) join(m *member) {
	k.mu.Lock()
	k.member = m
	k.mu.Unlock()
	k.rouse()
}

// current is the member that this socket speaks for, nil outside of rooms.
func (k *socket) current() *member {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.member
}

// answer sends something that has no number.
func (k *socket) answer(message any) {
	data := encode(message)
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
