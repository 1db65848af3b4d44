package server

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Limits of a line.
const (
	lineUnsent = 256       // messages that may wait for the network; with one more the line is cut
	lineBytes  = 512 << 10 // likewise
	linePing   = 5 * time.Second
	lineDead   = 3 * linePing // without a sign of life
)

var errNoText = errors.New("a binary message")

// line is a WebSocket of a program that is not Confab's, which knows of no resuming: one goroutine of its
// owner reads, one writes what is put in line.
type line struct {
	server *Server
	ws     *websocket.Conn

	wake    chan struct{} // capacity 1: there is something to write
	done    chan struct{} // closed by stop
	written chan struct{} // closed when the writer has ended

	mu     sync.Mutex
	queue  [][]byte
	queued int    // bytes of queue
	slow   bool   // too far behind: to be cut
	reason []byte // a close frame's payload, once there is one
}

func newLine(s *Server, ws *websocket.Conn) *line {
	return &line{
		server: s, ws: ws,
		wake: make(chan struct{}, 1), done: make(chan struct{}), written: make(chan struct{}),
	}
}

// start begins the writer; stop ends it and the connection.
func (l *line) start() {
	l.ws.SetPongHandler(func(string) error { return l.heard() })
	go l.write() // stop waits for it
}

func (l *line) stop() {
	close(l.done)
	<-l.written
	l.cut()
}

// next waits for a message of at most limit bytes.
func (l *line) next(limit int64) ([]byte, error) {
	l.ws.SetReadLimit(limit)
	if err := l.heard(); err != nil {
		return nil, err
	}
	kind, r, err := l.ws.NextReader()
	if err != nil {
		return nil, err
	}
	l.server.metrics.messages.Add(1)
	if kind != websocket.TextMessage {
		return nil, errNoText
	}
	return io.ReadAll(r)
}

func (l *line) heard() error { return l.ws.SetReadDeadline(time.Now().Add(lineDead)) }

// tell implements visitor.
func (l *line) tell(message []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.reason != nil || l.slow {
		return
	}
	l.queue = append(l.queue, message)
	l.queued += len(message)
	l.slow = len(l.queue) > lineUnsent || l.queued > lineBytes
}

// rouse implements visitor.
func (l *line) rouse() {
	l.mu.Lock()
	slow := l.slow
	l.mu.Unlock()
	if slow {
		l.cut()
		return
	}
	select {
	case l.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// close ends the connection after what waits has been written.
func (l *line) close(status int, why string) {
	l.mu.Lock()
	if l.reason == nil {
		l.reason = websocket.FormatCloseMessage(status, why)
	}
	l.mu.Unlock()
	l.rouse()
}

// cut ends the connection at once.
func (l *line) cut() { l.ws.Close() }

func (l *line) write() {
	defer close(l.written)
	defer l.cut() // the reader sees it
	ping := time.NewTicker(linePing)
	defer ping.Stop()
	for {
		if closed, err := l.flush(); closed || err != nil {
			return
		}
		select {
		case <-l.done:
			_, _ = l.flush() // the last words; nobody may be there to hear them
			return
		case <-l.wake:
		case <-ping.C:
			if l.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWait)) != nil {
				return
			}
		}
	}
}

// flush writes what waits, and a close frame if there is one to be written.
func (l *line) flush() (closed bool, err error) {
	l.mu.Lock()
	queue, reason := l.queue, l.reason
	l.queue, l.queued = nil, 0
	l.mu.Unlock()
	for _, data := range queue {
		if err := l.ws.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
			return false, err
		}
		if err := l.ws.WriteMessage(websocket.TextMessage, data); err != nil {
			return false, err
		}
		l.server.metrics.sent.Add(1)
	}
	if reason == nil {
		return false, nil
	}
	return true, l.ws.WriteControl(websocket.CloseMessage, reason, time.Now().Add(writeWait))
}
