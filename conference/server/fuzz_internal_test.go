package server

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"confab/conference/signaling"
)

// FuzzServerFrame lets one socket say anything while it shares a room with a member that says nothing.
// What the others hear must be whole, stamped and numbered, whatever was said.
func FuzzServerFrame(f *testing.F) {
	for _, seed := range []string{
		`{"type":"ping","rid":1}`,
		`{"type":"leave","rid":2}`,
		`{"type":"join","rid":3,"room":"other","name":"M","password":"x","metadata":{"mic":true},"rejoin":true}`,
		`{"type":"signal","to":"p_quiet","conn":"c_1","data":{"kind":"offer","conn":"c_1","n":1,"sdp":"v=0"}}`,
		`{"type":"signal","to":"p_quiet","from":"p_quiet","seq":9,"conn":"<\u2028>","data":{"seq":7,"a":[{}]}}`,
		`{"type":"update","name":"\u202eX","metadata":{"mic":null,"x":{"y":[1e400]}}}`,
		`{"type":"lock","on":true}`,
		`{"type":"kick","id":"p_quiet"}`,
		`{"type":"hello","protocol":[1],"key":"0123456789012345678901"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > maxMessage {
			return
		}
		s, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		quiet, loud := enterRoom(t, s, "p_quiet"), enterRoom(t, s, "p_loud")
		loud.act(data)
		answers := len(loud.direct)
		if answers > 2 {
			t.Fatalf("%d answers to one message", answers)
		}
		for _, k := range []*socket{quiet, loud} {
			seq := uint64(0)
			for written := k.next(); written != nil; written = k.next() {
				seq = checkWritten(t, written, seq, k == quiet)
			}
		}
		for name, r := range s.rooms {
			if clean, err := signaling.CleanRoom(name); err != nil || clean != name || len(r.members) == 0 {
				t.Fatalf("room %q with %d members: %v", name, len(r.members), err)
			}
		}
	})
}

// enterRoom makes a socket without a network that has joined the room "demo".
func enterRoom(t testing.TB, s *Server, id signaling.PeerID) *socket {
	t.Helper()
	k := newSocket(s, nil, nil)
	k.id = id
	k.act([]byte(`{"type":"join","rid":1,"room":"demo","name":"` + string(id) + `"}`))
	if k.current() == nil {
		t.Fatalf("%s has not joined: %s", id, k.direct)
	}
	return k
}

// checkWritten checks a message of the server and returns its number.
func checkWritten(t *testing.T, written []byte, last uint64, quiet bool) uint64 {
	t.Helper()
	var m struct {
		Type, From    string
		Key, Password json.RawMessage
		Seq           uint64
	}
	if err := json.Unmarshal(written, &m); err != nil {
		t.Fatalf("written: %q: %v", written, err)
	}
	switch {
	case !utf8.Valid(written):
		t.Fatalf("written: %q is not UTF-8", written)
	case m.Seq != 0 && m.Seq != last+1:
		t.Fatalf("number %d after %d: %s", m.Seq, last, written)
	case quiet && m.Type == "signal" && m.From != "p_loud":
		t.Fatalf("a signal from %s", m.From)
	case m.Key != nil || m.Password != nil:
		t.Fatalf("a secret is passed on: %s", written)
	}
	return max(last, m.Seq)
}
