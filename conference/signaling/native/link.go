package native

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"confab/conference/signaling"
	"confab/conference/signaling/socket"
)

const (
	subprotocol  = "confab.v1"
	maxPrelude   = 64   // messages before the answer to join
	closeRefused = 4000 // by the server; the reason is a code
	closeTaken   = 4001 // a newer socket has the same key
)

// link is one socket's life in the protocol.
type link struct {
	socket *socket.Socket
	limit  int    // bytes the server takes in one message
	broken func() // ends the socket; its reader reports it
}

func newLink(s *socket.Socket) *link {
	return &link{socket: s, limit: maxOutbound, broken: s.Break}
}

// dial opens the WebSocket. Errors wrap ErrUnreachable, ErrUntrusted, ErrVersion or ErrNotSignaling.
func (d *driver) dial(ctx context.Context) (*socket.Socket, error) {
	s, err := socket.Dial(ctx, d.url, socket.Options{
		NetDial: d.dialer.NetDial, TLS: d.dialer.TLS, Subprotocol: subprotocol, MaxMessage: maxInbound,
	})
	if err != nil {
		return nil, err
	}
	if err := checkChosen(s.Subprotocol()); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func checkChosen(chosen string) error {
	switch {
	case chosen == subprotocol:
		return nil
	case strings.HasPrefix(chosen, "confab."):
		return fmt.Errorf("%w: server speaks %.32q", signaling.ErrVersion, chosen)
	default:
		return fmt.Errorf("%w: its subprotocol is %.32q", signaling.ErrNotSignaling, chosen)
	}
}

// handshake says hello and joins, on the caller's goroutine, before start.
func (k *link) handshake(o signaling.Options, e entry) (entered, error) {
	if err := k.socket.Write(signaling.JSON(hello{
		Type: "hello", Protocol: []int{1}, Client: clientInfo{Name: "Confab", OS: runtime.GOOS}, Key: o.Key, Seq: e.seq,
	})); err != nil {
		return entered{}, fmt.Errorf("say hello: %w", err)
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
	if err := k.socket.Write(signaling.JSON(join{
		Type: "join", RID: 1, Room: e.room, Name: e.name, Password: o.Password, Metadata: e.metadata, Rejoin: e.rejoin,
	})); err != nil {
		return entered{}, fmt.Errorf("ask to join: %w", err)
	}
	var j joined
	h, err := k.await("joined", &j, maxPrelude)
	if err != nil {
		return entered{}, err
	}
	in.seq = h.Seq
	w.ICEServers = append(w.ICEServers, j.ICEServers...)
	if in.members, err = j.members(w.You); err != nil {
		return entered{}, fmt.Errorf("%w: %w", signaling.ErrNotSignaling, err)
	}
	return in, nil
}

// await reads until a message of that type comes; an error message, or too many others, is an error.
func (k *link) await(kind string, into any, patience int) (header, error) {
	for range patience {
		data, err := k.socket.Read()
		if err != nil {
			return header{}, explain(err)
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

// explain says what the end of a socket means.
func explain(err error) error {
	var closed *socket.ClosedError
	switch {
	case errors.As(err, &closed) && closed.Code == closeTaken:
		return fmt.Errorf("%w: %w", signaling.ErrReplaced, err)
	case errors.As(err, &closed) && closed.Code == closeRefused && sentinels[closed.Text] != nil:
		return fmt.Errorf("%w: %w", sentinels[closed.Text], err)
	}
	return err
}

// send queues a message; it waits while the queue is full.
func (k *link) send(ctx context.Context, message any) error {
	data := signaling.JSON(message)
	if len(data) > k.limit {
		return fmt.Errorf("%w: %d bytes, the server takes %d", signaling.ErrSignal, len(data), k.limit)
	}
	return k.socket.Send(ctx, data)
}
