// Package socket is the WebSocket (RFC 6455) through which drivers of package signaling reach a server.
//
// [Dial] opens it, with a limit for whatever arrives before, and with the errors of package signaling.
// A driver first does its [Socket.Handshake] with Read and Write, on its own goroutine; after Start one goroutine
// reads into In and one writes what Send queues, until Close, or until the socket breaks: then In is
// closed and Err says why. Messages are text; a binary one, one that is too large, and silence break it. So
// does a machine that has slept for as long, or has lost the address that the socket speaks from. A
// [Comeback] says when to dial again.
package socket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"confab/conference/signaling"
	"confab/conference/signaling/vigil"
)

const (
	writeWait = 10 * time.Second // for one message to be taken by the network
	maxUnsent = 256              // messages that wait for the network: a burst of candidates, which may be one each
)

var errBinary = errors.New("a binary message")

// Socket is one WebSocket. Its methods are safe from any goroutine unless they say otherwise.
type Socket struct {
	ws      *websocket.Conn
	silence time.Duration

	in   chan []byte   // closed by the reader, its last act, after err was set
	out  chan []byte   // capacity maxUnsent
	stop chan struct{} // closed by Close: nobody takes from in any more
	done chan struct{} // closed when the socket is broken
	err  error         // the reader's; valid once in is closed

	shut  func() // closes stop, once
	snap  func() // closes done and ws, once
	vigil vigil.Options
	cause atomic.Pointer[error] // why we broke it; nil: we did not, or have no reason
	wg    sync.WaitGroup
}

func newSocket(ws *websocket.Conn, o Options) *Socket {
	ws.SetReadLimit(o.MaxMessage)
	s := &Socket{
		ws: ws, silence: o.Silence,
		in: make(chan []byte), out: make(chan []byte, maxUnsent), stop: make(chan struct{}), done: make(chan struct{}),
		vigil: vigil.Options{Local: ws.LocalAddr(), Machine: o.Machine},
	}
	s.shut = sync.OnceFunc(func() { close(s.stop) })
	s.snap = sync.OnceFunc(func() {
		close(s.done)
		ws.Close()
	})
	return s
}

// Subprotocol is the one that the server chose, or empty.
func (s *Socket) Subprotocol() string { return s.ws.Subprotocol() }

// Read waits for one message. Only before Start, by one goroutine at a time. Errors wrap
// signaling.ErrUnreachable or ErrNotSignaling, or are a [ClosedError].
func (s *Socket) Read() ([]byte, error) {
	data, err := s.read()
	if err != nil {
		return nil, explain(err)
	}
	return data, nil
}

// Write sends one message. Only before Start, by one goroutine at a time.
func (s *Socket) Write(data []byte) error {
	if err := s.write(data); err != nil {
		return fmt.Errorf("%w: %w", signaling.ErrUnreachable, err)
	}
	return nil
}

// SetSilence changes how long the server may say nothing. Only before Start.
func (s *Socket) SetSilence(d time.Duration) { s.silence = d }

// Handshake runs what a driver reads and writes before Start, as long as ctx lasts. The socket is closed if it
// comes to nothing.
func (s *Socket) Handshake(ctx context.Context, do func() error) error {
	stop := context.AfterFunc(ctx, s.Break)
	err := do()
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		s.Close()
	}
	return err
}

// Start begins the socket's goroutines; Close ends them.
func (s *Socket) Start() {
	s.wg.Go(s.runReader)
	s.wg.Go(s.runWriter)
	s.wg.Go(s.runVigil)
}

// In is what arrives after Start. It is closed when the socket is broken.
func (s *Socket) In() <-chan []byte { return s.in }

// Err is why the socket broke; as of Read. It is valid once In is closed.
func (s *Socket) Err() error { return s.err }

// Send queues a message; it waits while 256 wait already. ErrInterrupted: the socket is broken.
func (s *Socket) Send(ctx context.Context, data []byte) error {
	select {
	case <-s.done:
		return signaling.ErrInterrupted
	default:
	}
	select {
	case s.out <- data:
		return nil
	case <-s.done:
		return signaling.ErrInterrupted
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TrySend queues a message; a socket in which 256 wait already is broken by it.
func (s *Socket) TrySend(data []byte) error {
	select {
	case <-s.done:
		return signaling.ErrInterrupted
	default:
	}
	select {
	case s.out <- data:
		return nil
	default:
		s.snap()
		return signaling.ErrInterrupted
	}
}

// Break ends the connection; In is closed soon after.
func (s *Socket) Break() { s.snap() }

// Close ends the connection and waits for the socket's goroutines. Any number of times.
func (s *Socket) Close() {
	s.shut()
	s.snap()
	s.wg.Wait()
}

func (s *Socket) read() ([]byte, error) {
	kind, r, err := s.ws.NextReader()
	if err != nil {
		return nil, err
	}
	if kind != websocket.TextMessage {
		return nil, errBinary
	}
	return io.ReadAll(r)
}

func (s *Socket) write(data []byte) error {
	if err := s.ws.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
		return err
	}
	return s.ws.WriteMessage(websocket.TextMessage, data)
}

func (s *Socket) runReader() {
	defer close(s.in)
	defer s.snap()
	pong := s.ws.PingHandler()
	s.ws.SetPingHandler(func(data string) error {
		if err := s.ws.SetReadDeadline(time.Now().Add(s.silence)); err != nil {
			return err
		}
		return pong(data)
	})
	for {
		err := s.ws.SetReadDeadline(time.Now().Add(s.silence))
		var data []byte
		if err == nil {
			data, err = s.read()
		}
		if err != nil {
			s.err = explain(err)
			if cause := s.cause.Load(); cause != nil {
				s.err = *cause
			}
			return
		}
		select {
		case s.in <- data:
		case <-s.stop:
			return
		}
	}
}

func (s *Socket) runWriter() {
	defer s.snap() // the reader sees it
	for {
		select {
		case <-s.done:
			return
		case data := <-s.out:
			if s.write(data) != nil {
				return
			}
		}
	}
}

// runVigil breaks a socket of which nothing can come any more.
func (s *Socket) runVigil() {
	o := s.vigil
	o.Patience = s.silence
	if err := vigil.Watch(s.done, o); err != nil {
		err = fmt.Errorf("%w: %w", signaling.ErrUnreachable, err)
		s.cause.Store(&err)
		s.snap() // the reader sees it
	}
}

// ClosedError is a server that closed the WebSocket. It wraps signaling.ErrUnreachable.
type ClosedError struct {
	Code int // RFC 6455 section 7.4
	Text string
}

func (e *ClosedError) Error() string { return fmt.Sprintf("server closed: %d %q", e.Code, e.Text) }

// Unwrap is what callers decide on.
func (e *ClosedError) Unwrap() error { return signaling.ErrUnreachable }

// explain turns the error of a read into what it means.
func explain(err error) error {
	var closed *websocket.CloseError
	switch {
	case errors.As(err, &closed):
		return &ClosedError{closed.Code, closed.Text}
	case errors.Is(err, errBinary), errors.Is(err, websocket.ErrReadLimit):
		return fmt.Errorf("%w: %w", signaling.ErrNotSignaling, err)
	}
	return fmt.Errorf("%w: %w", signaling.ErrUnreachable, err)
}
