package native

import (
	"bytes"
	"net/url"
	"testing"

	"confab/conference/signaling"
)

// FuzzReceive lets a server say anything, one message a line, to a session with one other member. What
// comes of it must keep the limits.
func FuzzReceive(f *testing.F) {
	for _, seed := range []string{
		`{"type":"peer-joined","peer":{"id":"p_b","name":"B\u202eob","metadata":{"camera":"yes"}},"seq":3}` + "\n" +
			`{"type":"peer-updated","peer":{"id":"p_b","name":"Bob","metadata":{"screen":true}},"seq":4}`,
		`{"type":"peer-state","id":"p_a","state":"away","seq":4}`,
		`{"type":"peer-left","id":"p_a","reason":"kicked","seq":12}`,
		`{"type":"signal","from":"p_a","conn":"c_1","data":{"kind":"bye","conn":"c_1","n":1},"seq":8}`,
		`{"type":"error","code":"no-such-peer","message":"who?","to":"p_c","fatal":true}`,
		`{"type":"left","rid":2}`,
		`{"type":"handover","kind":"galene"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l := detachedLoop(t)
		last := l.entry.seq
		for line := range bytes.Lines(data) {
			l.receive(line)
			if l.entry.seq < last {
				t.Fatalf("the number falls from %d to %d", last, l.entry.seq)
			}
			last = l.entry.seq
		}
		seen := map[signaling.PeerID]bool{l.session.self: true}
		for _, m := range l.members {
			if seen[m.ID] || !validID(m.ID) || signaling.CleanName(m.Name) != m.Name {
				t.Fatalf("member %+v", m)
			}
			seen[m.ID] = true
		}
		close(l.session.messages)
		for m := range l.session.messages {
			checkMessage(t, m)
		}
	})
}

// detachedLoop is a loop without a network whose only other member is p_a.
func detachedLoop(t *testing.T) *loop {
	t.Helper()
	d, err := (&Dialer{}).Open(t.Context(), &url.URL{Scheme: "ws", Host: "nowhere"}, signaling.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := &session{self: "p_self", messages: make(chan signaling.Message, maxUnread)}
	l := newLoop(d.(*driver), s, entry{room: "demo"})
	l.ping.Stop()
	l.enter(&link{broken: func() {}}, entered{seq: 1, members: []signaling.Peer{{ID: "p_a"}}})
	return l
}

func checkMessage(t *testing.T, m signaling.Message) {
	t.Helper()
	switch m := m.(type) {
	case signaling.Received:
		if err := m.Signal.Check(); err != nil {
			t.Fatalf("signal %+v: %v", m.Signal, err)
		}
	case signaling.Refused:
		if len(m.To) > maxID || len(m.Err.Error()) > 400 {
			t.Fatalf("refused: %+v", m)
		}
	case signaling.PeerLeft:
		if len(m.Reason) > 8 {
			t.Fatalf("reason %q", m.Reason)
		}
	}
}
