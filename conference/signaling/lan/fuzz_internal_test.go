package lan

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"confab/conference/signaling"
)

// FuzzUnderstand gives a member's frames to a session: whatever they say, it goes on.
func FuzzUnderstand(f *testing.F) {
	for _, m := range []any{
		memberMessage{Type: "member", Name: "Bob", Session: "s", Rank: 1, Port: 5, Members: []contactMessage{{ID: "p_0123456789abcdef", Addresses: []string{"192.0.2.3:5"}}}},
		signalMessage{Type: "signal", Seq: 1, Data: []byte(`{"kind":"bye","conn":"c","n":1}`)},
		pingMessage{Type: "ping", Seen: 7},
		updateMessage{Type: "update", Name: "Robert"},
		membersMessage{Type: "members", Members: []contactMessage{{ID: "p_0123456789abcdef", Addresses: []string{"[fe80::1%x]:5"}}}},
		refusal{Type: "error", Code: codeRoomFull},
	} {
		f.Add(encode(m), true)
		f.Add(encode(m), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, known bool) {
		l := newTestLoop(signaling.Peer{ID: "p_a", Name: "Alice"})
		l.session = &session{messages: make(chan signaling.Message, maxUnread)}
		k := &link{peer: "p_b", out: make(chan []byte, maxQueued), epoch: time.Now(), broken: func() {}}
		a := &acquaintance{}
		l.links[k] = a
		if known {
			l.introduce(k, a, &memberMessage{Session: "s", Port: 5})
		}
		for r := bytes.NewReader(data); ; {
			frame, err := readFrame(r, maxFrame)
			if err != nil || l.understand(k, a, frame) != nil {
				break
			}
		}
		if len(l.members) > 1 || len(l.contacts.all) > maxContacts || len(l.session.messages) > len(data) {
			t.Errorf("%d members, %d contacts, %d messages", len(l.members), len(l.contacts.all), len(l.session.messages))
		}
		for len(k.out) > 0 {
			if out := <-k.out; int(binary.BigEndian.Uint32(out)) != len(out)-4 || len(out) > maxFrame {
				t.Errorf("a frame of %d bytes is sent", len(out))
			}
		}
	})
}
