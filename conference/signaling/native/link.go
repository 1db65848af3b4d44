package native

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"confab/conference/signaling"
)

const (
	silence      = 25 * time.Second // the server pings every 15 s
	writeWait    = 10 * time.Second // for one message to be taken by the network
	maxPrelude   = 64               // messages before the answer to join
	closeRefused = 4000             // by the server; the reason is a code
	closeTaken   = 4001             // a newer socket has the same key
)

var errProtocol = errors.New("signaling server breaks the protocol")

// link is one WebSocket life: after the handshake one goroutine reads and one writes.
type link struct {
	ws    *websocket.Conn
	limit int // bytes the server takes in one message

	in   chan []byte   // what arrived; closed by the reader, its last act, after err was set
	out  chan []byte   // capacity 64: a burst of candidates to every member of a room
	stop chan struct{} // closed by close: nobody takes from in any more
	done chan struct{} // closed when the socket is broken
	err  error         // the reader's; valid once in is closed

	broken func() // closes done and the socket, once
	wg     sync.WaitGroup
}

func newLink(ws *websocket.Conn) *link {
	ws.SetReadLimit(maxInbound)
	k := &link{
		ws: ws, limit: maxOutbound,
		in: make(chan []byte), out: make(chan []byte, 64), stop: make(chan struct{}), done: make(chan struct{}),
	}
	k.broken = sync.OnceFunc(func() {
		close(k.done)
		ws.Close()
	})
	return k
}

// handshake says hello and joins, on the caller's goroutine, before start.
func (k *link) handshake(o signaling.Options, e entry) (entered, error) {
	if err := k.write(encode(hello{
		Type: "hello", Protocol: []int{1}, Client: clientInfo{Name: "Confab", OS: runtime.GOOS}, Key: o.Key, Seq: e.seq,
	})); err != nil {
		return entered{}, fmt.Errorf("%w: say hello: %w", signaling.ErrUnreachable, err)
	}
	var in entered
	if _, err := k.await("welcome", &in.welcome, 1); err != nil {
		return entered{}, err
	}
	w := &in.welcome
	switch {
	case w.Protocol != 1:
		return entered{}, fmt.Errorf("%w: server chose %d", signaling.ErrVersion, w.Protocol)
	case !validID(w.You):
		return entered{}, fmt.Errorf("%w: it gives us the id %.64q", signaling.ErrNotSignaling, string(w.You))
	}
	k.limit = w.outbound()
	if w.Resumed && e.seq > 0 {
		return in, nil
	}
	w.Resumed = false
	if err := k.write(encode(join{
		Type: "join", RID: 1, Room: e.room, Name: e.name, Password: o.Password, Metadata: e.metadata, Rejoin: e.rejoin,
	})); err != nil {
		return entered{}, fmt.Errorf("%w: ask to join: %w", signaling.ErrUnreachable, err)
	}
	var j joined
	h, err := k.await("joined", &j, maxPrelude)
	if err != nil {
		return entered{}, err
	}
	in.seq = h.Seq
	if in.members, err = j.members(w.You); err != nil {
		return entered{}, fmt.Errorf("%w: %w", signaling.ErrNotSignaling, err)
	}
	return in, nil
}

// await reads until a message of that type comes; an error message, or too many others, is an error.
func (k *link) await(kind string, into any, patience int) (header, error) {
	for range patience {
		data, err := k.read()
		if err != nil {
			return header{}, k.explain(err)
		}
		var h header
		if err := json.Unmarshal(data, &h); err != nil {
			return header{}, fmt.Errorf("%w: it answers %.40q", signaling.ErrNotSignaling, data)
		}
		switch h.Type {
		case kind:
			if err := json.Unmarshal(data, into); err != nil {
				return header{}, fmt.Errorf("%w: %s: %w", signaling.ErrNotSignaling, kind, err)
			}
			return h, nil
		case "error":
			var p problem
			if err := json.Unmarshal(data, &p); err != nil {
				return header{}, fmt.Errorf("%w: %w", signaling.ErrNotSignaling, err)
			}
			return header{}, p.err()
		}
	}
	return header{}, fmt.Errorf("%w: no %s came", signaling.ErrNotSignaling, kind)
}

// explain turns the error of a read into what it means.
func (k *link) explain(err error) error {
	var closed *websocket.CloseError
	switch {
	case errors.As(err, &closed) && closed.Code == closeTaken:
		return fmt.Errorf("%w: %w", signaling.ErrReplaced, err)
	case errors.As(err, &closed) && closed.Code == closeRefused && sentinels[closed.Text] != nil:
		return fmt.Errorf("%w: %w", sentinels[closed.Text], err)
	case errors.Is(err, errProtocol), errors.Is(err, websocket.ErrReadLimit):
		return fmt.Errorf("%w: %w", signaling.ErrNotSignaling, err)
	}
	return fmt.Errorf("%w: %w", signaling.ErrUnreachable, err)
}

// read waits for one message.
func (k *link) read() ([]byte, error) {
	kind, r, err := k.ws.NextReader()
	if err != nil {
		return nil, err
	}
	if kind != websocket.TextMessage {
		return nil, fmt.Errorf("%w: a binary message", errProtocol)
	}
	return io.ReadAll(r)
}

func (k *link) write(data []byte) error {
	if err := k.ws.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
		return err
	}
	return k.ws.WriteMessage(websocket.TextMessage, data)
}

// start begins the link's goroutines; close ends them.
func (k *link) start() {
	k.wg.Go(k.runReader)
	k.wg.Go(k.runWriter)
}

func (k *link) runReader() {
	defer close(k.in)
	defer k.broken()
	pong := k.ws.PingHandler()
	k.ws.SetPingHandler(func(data string) error {
		if err := k.ws.SetReadDeadline(time.Now().Add(silence)); err != nil {
			return err
		}
		return pong(data)
	})
	for {
		err := k.ws.SetReadDeadline(time.Now().Add(silence))
		var data []byte
		if err == nil {
			data, err = k.read()
		}
		if err != nil {
			k.err = k.explain(err)
			return
		}
		select {
		case k.in <- data:
		case <-k.stop:
			return
		}
	}
}

func (k *link) runWriter() {
	defer k.broken() // the reader sees it
	for {
		select {
		case <-k.done:
			return
		case data := <-k.out:
			if k.write(data) != nil {
				return
			}
		}
	}
}

// send queues a message; it waits while the queue is full.
func (k *link) send(ctx context.Context, message any) error {
	data := encode(message)
	if len(data) > k.limit {
		return fmt.Errorf("%w: %d bytes, the server takes %d", signaling.ErrSignal, len(data), k.limit)
	}
	select {
	case <-k.done:
		return signaling.ErrInterrupted
	default:
	}
	select {
	case k.out <- data:
		return nil
	case <-k.done:
		return signaling.ErrInterrupted
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close ends the link and waits for its goroutines.
func (k *link) close() {
	close(k.stop)
	k.broken()
	k.wg.Wait()
}
