package conference

import (
	"context"
	"errors"
	"fmt"
	"time"

	"confab/conference/data"
	"confab/conference/signaling"
	"confab/conference/transport"
)

// SendChat sends text, cleaned as data.CleanChat does, to one client, or to all if to is empty. It goes
// directly, by the connections that stand: a NotReachedError names whom it did not reach, because there is
// no connection, nobody at all, or a foreign client whose system has no chat; all others have been sent
// it. ErrNoClient: no such client. It does not wait for the network; ctx ends what waiting there is.
func (c *Channel) SendChat(ctx context.Context, to signaling.PeerID, text string) error {
	text, err := data.CleanChat(text)
	if err != nil {
		return fmt.Errorf("send chat: %w", err)
	}
	message, err := data.Append(nil, data.Chat{Text: text})
	if err != nil {
		return fmt.Errorf("send chat: %w", err)
	}
	readers, err := c.readers(ctx, to)
	if err != nil {
		return fmt.Errorf("send chat: %w", err)
	}
	var missed NotReachedError
	for _, r := range readers {
		if err := r.send(text, message); err != nil {
			missed.Names = append(missed.Names, r.name)
			missed.Cause = errors.Join(missed.Cause, err)
		}
	}
	if len(readers) == 0 || missed.Cause != nil {
		return &missed
	}
	return nil
}

// reader is whom chat is for.
type reader struct {
	name    string
	pair    *transport.Conn // nil: no connection
	foreign bool
}

func (r *reader) send(text string, message []byte) error {
	switch {
	case r.pair == nil:
		return transport.ErrNotOpen
	case r.foreign:
		return r.pair.SendText(text)
	}
	return r.pair.SendControl(message)
}

// readers are those of now.
func (c *Channel) readers(ctx context.Context, to signaling.PeerID) ([]reader, error) {
	found := make(chan []reader, 1) // the loop never waits
	if !c.loop.work.put(func() { found <- c.loop.readers(to) }) {
		return nil, ErrLeft
	}
	select {
	case all := <-found:
		if to != "" && len(all) == 0 {
			return nil, ErrNoClient
		}
		return all, nil
	case <-c.loop.done:
		return nil, ErrLeft
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *loop) readers(to signaling.PeerID) []reader {
	var all []reader
	for _, id := range l.order {
		if to != "" && to != id {
			continue
		}
		p := l.participants[id]
		r := reader{name: p.Name, foreign: p.foreign}
		if p.connection != nil {
			r.pair = p.connection.pair
		}
		all = append(all, r)
	}
	return all
}

// chat passes on what a client wrote.
func (l *loop) chat(c *PeerConnection, m data.Chat) {
	if p := l.participants[c.client.ID]; p != nil {
		l.emit(ChatMessage{Client: p.RemoteClient, Text: m.Text, At: time.Now()})
	}
}

// foreignText takes what a foreign client wrote: all its text is chat.
func (l *loop) foreignText(c *PeerConnection, text string) {
	if !l.affords(c) {
		return
	}
	text, err := data.CleanChat(text)
	if err != nil {
		l.channel.client.log.Warn("chat of a foreign client dropped", "peer", c.client.ID, "err", err)
		return
	}
	l.chat(c, data.Chat{Text: text})
}
