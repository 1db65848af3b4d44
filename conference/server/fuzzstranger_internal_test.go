package server

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"confab/conference/server/cluster"
)

// ear is a guest's line that keeps what it is told.
type ear struct{ heard [][]byte }

func (e *ear) Put(message []byte) { e.heard = append(e.heard, message) }
func (e *ear) Rouse()             {}
func (e *ear) Close()             {}
func (e *ear) Cut()               {}

// FuzzAntMedia lets one socket say anything while somebody else is in its stream, who must hear whole
// messages only.
func FuzzAntMedia(f *testing.F) {
	for _, seed := range []string{
		`{"command":"join","streamId":"s"}`, `{"command":"leave","streamId":"s"}`, `{"command":"stop","streamId":"s"}`,
		`{"command":"takeConfiguration","streamId":"s","type":"offer","sdp":"v=0"}`,
		`{"command":"takeCandidate","streamId":"t","label":0}`, `{"command":"ping"}`, `{"command":"getIceServerConfig"}`,
		`{"command":"peerMessageCommand","streamId":"s","data":{"a":[1e400]}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var m antRequest
		if !utf8.Valid(data) || json.Unmarshal(data, &m) != nil {
			return // the reader drops it
		}
		s, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		other := &antGuest{line: newLine(s, nil), streams: map[string]*visit{}}
		other.join("s")
		g := &antGuest{line: newLine(s, nil), streams: map[string]*visit{}}
		g.join("s")
		g.act(m, data)
		for stream := range g.streams {
			g.leave(stream)
		}
		for _, message := range append(other.queue, g.queue...) {
			if !json.Valid(message) {
				t.Errorf("somebody hears %q", message)
			}
		}
		if n := s.parlours.count(); n != 1 {
			t.Errorf("%d rooms are left, want the other one's", n)
		}
	})
}

// FuzzCourse does likewise for packets of Socket.IO.
func FuzzCourse(f *testing.F) {
	for _, seed := range []string{
		`0`, `0/admin,`, `1`, `2["join",{"room":"r","name":"n"}]`, `2["join",{"room":1234}]`, `212["offer",{"sdp":"v=0"}]`,
		`2["candidate",null]`, `3/x,1[]`, `5-["x"]`, `2["answer",{},{}]`, `2[]`, `2`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !utf8.Valid(data) || len(data) == 0 {
			return // the session drops it
		}
		s, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		theirs, ours := &ear{}, &ear{}
		other := &courseGuest{server: s, session: theirs}
		other.act('0', nil)
		other.join([]byte(`{"room":"r","name":"other"}`))
		g := &courseGuest{server: s, session: ours}
		g.act('0', nil)
		g.join([]byte(`{"room":"r","name":"me"}`))
		g.act(data[0], data[1:])
		g.leave()
		for _, packet := range append(theirs.heard, ours.heard...) {
			body, event := bytes.CutPrefix(packet, []byte{'2'})
			if event && !json.Valid(body) {
				t.Errorf("somebody hears %q", packet)
			}
		}
		if n := s.parlours.count(); n != 1 {
			t.Errorf("%d rooms are left, want the other one's", n)
		}
	})
}

// deadEnd is a cluster of two of which the other one never hears anything.
type deadEnd struct{}

func (deadEnd) self() cluster.ID              { return "here" }
func (deadEnd) first(string) cluster.ID       { return "here" }
func (deadEnd) knows(id cluster.ID) bool      { return id == "there" }
func (deadEnd) calm() bool                    { return true }
func (deadEnd) post(cluster.ID, note, []byte) {}

// FuzzNotesOfParlours lets another instance say anything, in notes with zeros between them: guests must hear
// whole messages only, but for what is passed on.
func FuzzNotesOfParlours(f *testing.F) {
	for _, seed := range []string{
		`{"k":"visit","d":1,"r":"socketio r","u":"e30="}`, `{"k":"return","d":1,"r":"socketio r","h":{"a":"here","d":1}}`,
		`{"k":"part","r":"socketio r","h":{"a":"here","d":1}}`, `{"k":"move","d":1,"r":"socketio r"}`,
		`{"k":"alone","d":1,"r":"socketio r","h":{"a":"here","d":1}}`, `{"k":"meet","d":1,"h":{"a":"there","d":1}}`,
		`{"k":"greet","d":1,"h":{"a":"there","d":1},"u":"eyJpZCI6IngifQ=="}` + "\x00" + `{"k":"left","d":1,"h":{"a":"there","d":1}}`,
		`{"k":"greet","d":1,"h":{"a":"here","d":2}}` + "\x00" + `{"k":"apart","d":1,"h":{"a":"here","d":2}}`,
		`{"k":"say","d":1,"h":{"a":"there","d":1}}` + "\nx", `{"k":"greet","d":1}`, `{"k":"left","d":1}`, `{"k":"say","d":9}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		s.parlours.join(deadEnd{})
		first, second := &ear{}, &ear{}
		for _, e := range []*ear{first, second} {
			g := &courseGuest{server: s, session: e}
			g.act('0', nil)
			g.join([]byte(`{"room":"r","name":"n"}`))
		}
		for one := range bytes.SplitSeq(data, []byte{0}) {
			n, body, err := parseNote(one)
			if err != nil || n.Kind == noteSay && len(body) > 0 {
				continue
			}
			s.parlours.told("there", n, body)
		}
		s.parlours.lost("there", true)
		for _, packet := range append(first.heard, second.heard...) {
			body, event := bytes.CutPrefix(packet, []byte{'2'})
			if event && !json.Valid(body) {
				t.Errorf("somebody hears %q", packet)
			}
		}
	})
}
