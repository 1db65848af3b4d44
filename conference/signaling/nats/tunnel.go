package nats

import (
	"encoding/json"
	"fmt"

	"confab/conference/signaling"
	"confab/conference/signaling/nats/peerix"
)

// controlDialect is one generation's way over data channel 0.
type controlDialect interface {
	// text tells whether its messages are text.
	text() bool
	// write gives the messages for a word; labels are of an offer's streams.
	write(w *word, labels peerix.Labels) ([][]byte, error)
	// wish asks for a data channel.
	wish(label string) ([]byte, error)
	// read reads a message: a word with the labels of an offer's streams, or the label of a channel that the
	// other side wishes. All empty: unknown.
	read(data []byte) (w word, labels peerix.Labels, wish string, err error)
}

// tunnelOpened: from now on everything goes over the connection itself. The lines for our media come with
// the next offer, which is ours to make; and the channel for text is made by the one with the smaller ID.
func (l *loop) tunnelOpened(id signaling.PeerID, conn signaling.ConnID, t signaling.Tunnel) {
	m := l.tunneled(id, conn)
	if m == nil {
		return
	}
	m.life.tunnel = t
	l.pass(m, signaling.Signal{Kind: signaling.Negotiate})
	l.wishText(m)
}

// wishText sees to it that there is a channel for text.
func (l *loop) wishText(m *member) {
	if m.life.wished {
		return
	}
	m.life.wished = true
	if m.peer.Crossing == signaling.CrossingOurs {
		if err := m.life.tunnel.OpenText(l.settings.chat); err != nil {
			l.log.Debug("open channel for text", "err", err)
		}
		return
	}
	data, err := l.dialect.control().wish(l.settings.chat)
	if err == nil {
		err = m.life.tunnel.Send(data, l.dialect.control().text())
	}
	if err != nil {
		l.log.Debug("ask for a channel for text", "err", err)
	}
}

// tunnelHeard takes a message of a tunnel.
func (l *loop) tunnelHeard(id signaling.PeerID, conn signaling.ConnID, data []byte) {
	m := l.tunneled(id, conn)
	if m == nil || m.life.tunnel == nil {
		return
	}
	w, labels, wish, err := l.dialect.control().read(data)
	switch {
	case err != nil:
		l.misunderstood(id, err)
	case w.kind != 0:
		l.take(m, &w, labels)
	case wish != "" && m.peer.Crossing == signaling.CrossingOurs:
		if err := m.life.tunnel.OpenText(wish); err != nil {
			l.log.Debug("open channel for text", "err", err)
		}
	}
}

// tunnelClosed: the other side has closed the connection, or is about to.
func (l *loop) tunnelClosed(id signaling.PeerID, conn signaling.ConnID) {
	if m := l.tunneled(id, conn); m != nil && m.life.tunnel != nil {
		l.pass(m, signaling.Signal{Kind: signaling.Bye})
	}
}

// tunneled gives the foreign member of a living connection, or nil.
func (l *loop) tunneled(id signaling.PeerID, conn signaling.ConnID) *member {
	m := l.find(id)
	if m == nil || m.life == nil || m.life.conn != conn || l.farewell != nil {
		return nil
	}
	return m
}

// sayThrough sends a word through a tunnel.
func (l *loop) sayThrough(f *life, w *word) error {
	var labels peerix.Labels
	if w.kind == offered {
		labels = labelsOf(w.sdp)
	}
	messages, err := l.dialect.control().write(w, labels)
	if err != nil {
		return err
	}
	for _, data := range messages {
		if err := f.tunnel.Send(data, l.dialect.control().text()); err != nil {
			return err
		}
	}
	return nil
}

// modernControl is Peerix 0.5 to 0.7: binary messages.
type modernControl struct{}

func (modernControl) text() bool { return false }

func (modernControl) write(w *word, labels peerix.Labels) ([][]byte, error) {
	var payloads [][]any
	switch w.kind {
	case offered:
		payloads = [][]any{{peerix.Description{Type: "offer", SDP: w.sdp}, labels}}
	case answered:
		payloads = [][]any{{peerix.Description{Type: "answer", SDP: w.sdp}}}
	case candidates:
		for _, c := range w.candidates {
			payloads = append(payloads, []any{c})
		}
	}
	var messages [][]byte
	for _, p := range payloads {
		data, err := peerix.Array(p...)
		if err != nil {
			return nil, err
		}
		c := peerix.Control{Event: peerix.Signal, Payload: data}
		messages = append(messages, c.Append(nil))
	}
	return messages, nil
}

func (modernControl) wish(label string) ([]byte, error) {
	data, err := peerix.Object(peerix.Wish{Label: label})
	if err != nil {
		return nil, err
	}
	c := peerix.Control{Event: peerix.Channel, Payload: data}
	return c.Append(nil), nil
}

func (modernControl) read(data []byte) (word, peerix.Labels, string, error) {
	c, err := peerix.ParseControl(data)
	if err != nil {
		return word{}, nil, "", err
	}
	switch c.Event {
	case peerix.Channel:
		wish, err := parseWish(c.Payload)
		return word{}, nil, wish, err
	case peerix.Signal:
		values, err := peerix.Elements(c.Payload)
		if err != nil {
			return word{}, nil, "", err
		}
		return readControl(values)
	}
	return word{}, nil, "", nil
}

func parseWish(data json.RawMessage) (string, error) {
	var wish peerix.Wish
	if err := json.Unmarshal(data, &wish); err != nil {
		return "", fmt.Errorf("%w: wish: %v", errWord, err)
	}
	if len(wish.Label) > maxLabel {
		return "", fmt.Errorf("%w: label of %d bytes, at most %d", errWord, len(wish.Label), maxLabel)
	}
	return wish.Label, nil
}

// readControl reads a description with labels, or a candidate.
func readControl(values []json.RawMessage) (word, peerix.Labels, string, error) {
	if len(values) == 0 {
		return word{}, nil, "", fmt.Errorf("%w: control message without content", errWord)
	}
	d, err := peerix.ParseDescription(values[0])
	if err != nil {
		w, err := readCandidates(values[:1])
		return w, nil, "", err
	}
	w := word{kind: answered, sdp: d.SDP}
	var labels peerix.Labels
	if d.Type == "offer" {
		w.kind = offered
		if len(values) > 1 {
			if labels, err = peerix.ParseLabels(values[1]); err != nil {
				return word{}, nil, "", err
			}
		}
	}
	return w, labels, "", nil
}

// firstControl is Peerix 0.1: JSON text.
type firstControl struct{}

func (firstControl) text() bool { return true }

func (firstControl) write(w *word, labels peerix.Labels) ([][]byte, error) {
	var messages [][]byte
	add := func(event string, values ...any) error {
		data, err := peerix.FirstControl(event, values...)
		messages = append(messages, data)
		return err
	}
	var err error
	switch w.kind {
	case offered:
		err = add("offer", peerix.Description{Type: "offer", SDP: w.sdp}, labels)
	case answered:
		err = add("answer", peerix.Description{Type: "answer", SDP: w.sdp})
	case candidates:
		for _, c := range w.candidates {
			if err = add("candidate", c); err != nil {
				break
			}
		}
	}
	return messages, err
}

func (firstControl) wish(label string) ([]byte, error) {
	return peerix.FirstControl("channel", peerix.Wish{Label: label})
}

func (firstControl) read(data []byte) (word, peerix.Labels, string, error) {
	event, values, err := peerix.ParseFirstControl(data)
	if err != nil || len(values) == 0 {
		return word{}, nil, "", err
	}
	switch event {
	case "offer", "answer", "candidate":
		return readControl(values)
	case "channel":
		wish, err := parseWish(values[0])
		return word{}, nil, wish, err
	}
	return word{}, nil, "", nil
}
