package native_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/gorilla/websocket"

	"confab/conference/signaling"
)

func expect(t *testing.T, s signaling.Session, want ...signaling.Message) {
	t.Helper()
	if diff := cmp.Diff(want, waiting(s), cmpopts.EquateErrors(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
}

func bye(n uint32) signaling.Signal { return signaling.Signal{Kind: signaling.Bye, Conn: "c_1", N: n} }

func TestDriverSaysWhatTheProtocolAsksFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said []map[string]any
		f := &fake{t: t, serve: func(s *script) {
			said = append(said, s.hear())
			s.say(welcome)
			said = append(said, s.hear())
			s.say(joined)
			for m := s.hear(); m != nil; m = s.hear() {
				said = append(said, m)
				if m["type"] == "leave" {
					s.say(`{"type":"left","rid":2}`)
				}
			}
		}}
		s := f.join()
		if diff := cmp.Diff([]signaling.Peer{{ID: "p_a", Name: "Alice", Metadata: signaling.Metadata{Microphone: true}, Away: true}}, s.Present()); diff != "" {
			t.Errorf("present (-want +got):\n%s", diff)
		}
		if err := s.Send(t.Context(), "p_a", signaling.Signal{Kind: signaling.Offer, Conn: "c_1", N: 1, SDP: "v=0\r\n<&>", Slots: map[string]string{"0": "mic"}}); err != nil {
			t.Fatal(err)
		}
		if err := s.Update(t.Context(), "Me\u0007 too", signaling.Metadata{Screen: true}); err != nil {
			t.Fatal(err)
		}
		if err := s.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		want := []map[string]any{
			{"type": "hello", "protocol": []any{1.0}, "client": map[string]any{"name": "Confab", "os": runtime.GOOS}, "key": key, "seq": 0.0},
			{"type": "join", "rid": 1.0, "room": "demo", "name": "Me", "password": "p", "metadata": map[string]any{"mic": false, "camera": true, "screen": false}},
			{"type": "signal", "to": "p_a", "conn": "c_1", "data": map[string]any{"kind": "offer", "conn": "c_1", "n": 1.0, "sdp": "v=0\r\n<&>", "slots": map[string]any{"0": "mic"}}},
			{"type": "update", "name": "Me too", "metadata": map[string]any{"mic": false, "camera": false, "screen": true}},
			{"type": "leave", "rid": 2.0},
		}
		if diff := cmp.Diff(want, said); diff != "" {
			t.Errorf("said (-want +got):\n%s", diff)
		}
		if n := f.dials.Load(); n != 1 {
			t.Errorf("%d sockets", n)
		}
	})
}

func TestMessagesOfTheServerBecomeTheSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{t: t, serve: func(s *script) {
			s.admit()
			s.say(
				`{"type":"handover","kind":"galene","url":"https://x"}`, `{"type":"new thing","seq":2}`, `{"type":"pong"}`,
				`{"type":"peer-joined","peer":{"id":"p_b","name":"B\u202eob","metadata":{"camera":"yes"},"state":"online"},"seq":3}`,
				`{"type":"peer-joined","peer":{"id":"p_b","name":"again"},"seq":3}`, // replayed
				`{"type":"peer-state","id":"p_a","state":"online","seq":4}`,
				`{"type":"peer-state","id":"p_stranger","state":"away","seq":5}`,
				`{"type":"peer-updated","peer":{"id":"p_b","name":"Bob","metadata":{"screen":true,"hand":1},"joined":1},"seq":6}`,
				`{"type":"peer-updated","peer":{"id":"p_stranger","name":"S"},"seq":7}`,
				`{"type":"signal","from":"p_b","conn":"c_1","data":{"kind":"bye","conn":"c_1","n":1},"seq":8}`,
				`{"type":"signal","from":"p_stranger","conn":"c_1","data":{"kind":"bye","conn":"c_1","n":1},"seq":9}`,
				`{"type":"signal","from":"p_b","conn":"c_2","data":{"kind":"bye","conn":"c_1","n":1},"seq":10}`,
				`{"type":"signal","from":"p_b","conn":"c_1","seq":11}`,
				`{"type":"signal","from":"p_b","conn":"c_1","data":{"kind":"bye","conn":"c_1","n":1},"seq":8}`,
				`{"type":"error","code":"no-such-peer","message":"who?","to":"p_c"}`,
				`{"type":"error","code":"new-code","message":"what?"}`,
				`{"type":"peer-left","id":"p_a","reason":"struck by lightning","seq":12}`,
				`{"type":"peer-left","id":"p_a","reason":"leave","seq":13}`,
				`{"type":"left","rid":9}`,
			)
			s.stay()
		}}
		s := f.join()
		got := waiting(s)
		bob := signaling.Peer{ID: "p_b", Name: "Bob"}
		updated := bob
		updated.Metadata.Screen = true
		want := []signaling.Message{
			signaling.PeerJoined{Peer: bob},
			signaling.PeerAway{ID: "p_a"},
			signaling.PeerUpdated{Peer: updated},
			signaling.Received{From: "p_b", Signal: bye(1)},
			signaling.Refused{To: "p_c", Err: signaling.ErrNoSuchPeer},
			signaling.Refused{Err: cmpopts.AnyError},
			signaling.PeerLeft{ID: "p_a", Reason: "lost"},
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateErrors()); diff != "" {
			t.Errorf("heard (-want +got):\n%s", diff)
		}
	})
}

func TestResumedSessionSaysWhatItHeardLastAndTellsItsUpdate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said []map[string]any
		f := &fake{t: t}
		f.serve = func(s *script) {
			if s.n == 1 {
				s.admit()
				s.say(`{"type":"peer-joined","peer":{"id":"p_b","name":"Bob"},"seq":2}`)
				return
			}
			said = append(said, s.hear())
			s.say(resumed,
				`{"type":"peer-joined","peer":{"id":"p_b","name":"Bob"},"seq":2}`,
				`{"type":"peer-left","id":"p_a","reason":"leave","seq":3}`)
			said = append(said, s.hear())
			s.stay()
		}
		s := f.join()
		bob := signaling.Peer{ID: "p_b", Name: "Bob"}
		expect(t, s, signaling.PeerJoined{Peer: bob}, signaling.Interrupted{Err: signaling.ErrUnreachable})
		if err := s.Update(t.Context(), "Me", signaling.Metadata{Microphone: true}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		expect(t, s, signaling.Resumed{Members: append(s.Present(), bob), Replayed: true}, signaling.PeerLeft{ID: "p_a", Reason: "leave"})
		if len(said) != 2 || said[0]["seq"] != 2.0 || said[0]["key"] != key || said[1]["type"] != "update" {
			t.Errorf("said %v", said)
		}
	})
}

func TestServerThatTalksNonsenseIsTriedWithGrowingPauses(t *testing.T) {
	for name, nonsense := range map[string]string{
		"no JSON":        `hello?`,
		"wrong type":     `{"type":"peer-joined","peer":7,"seq":2}`,
		"bad id":         `{"type":"peer-joined","peer":{"id":"a b"},"seq":2}`,
		"negative seq":   `{"type":"peer-left","id":"p_a","seq":-2}`,
		"beyond a mebi":  `{"type":"pong","x":"` + strings.Repeat("x", 1<<20) + `"}`,
		"binary":         "",
		"too deep":       strings.Repeat("[", 100000),
		"signal's from":  `{"type":"signal","from":{},"conn":"c","data":{},"seq":2}`,
		"error's code":   `{"type":"error","code":7}`,
		"state's id":     `{"type":"peer-state","id":[],"seq":2}`,
		"updated's peer": `{"type":"peer-updated","peer":{"name":"nobody"},"seq":2}`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{t: t, serve: func(s *script) {
					s.admit()
					if nonsense == "" {
						s.ws.WriteMessage(websocket.BinaryMessage, []byte("{}"))
					} else {
						s.say(nonsense)
					}
					s.stay()
				}}
				s := f.join()
				time.Sleep(time.Minute)
				if n := f.dials.Load(); n < 6 || n > 15 {
					t.Errorf("%d sockets in a minute, want 6 to 15", n)
				}
				got := waiting(s)
				if i, ok := got[0].(signaling.Interrupted); !ok || !errors.Is(i.Err, signaling.ErrNotSignaling) {
					t.Errorf("heard %v first, want Interrupted with ErrNotSignaling", got[0])
				}
			})
		})
	}
}

func TestSessionEndsWhenTheServerWantsIt(t *testing.T) {
	for name, test := range map[string]struct {
		say  string
		code int
		text string
		want error
	}{
		"kicked":              {`{"type":"error","code":"kicked","message":"out","fatal":true}`, 4000, "kicked", signaling.ErrKicked},
		"kicked, frame alone": {"", 4000, "kicked", signaling.ErrKicked},
		"replaced":            {"", 4001, "", signaling.ErrReplaced},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{t: t, serve: func(s *script) {
					s.admit()
					if test.say != "" {
						s.say(test.say)
					}
					s.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(test.code, test.text), time.Now().Add(time.Second))
					s.stay()
				}}
				s := f.join()
				expect(t, s)
				if !errors.Is(s.Err(), test.want) {
					t.Errorf("Err %v, want %v", s.Err(), test.want)
				}
				if err := s.Send(t.Context(), "p_a", bye(1)); !errors.Is(err, signaling.ErrLeft) {
					t.Errorf("send: %v, want ErrLeft", err)
				}
				time.Sleep(time.Minute)
				if n := f.dials.Load(); n != 1 {
					t.Errorf("%d sockets, want no second one", n)
				}
			})
		})
	}
}

func TestSessionThatNobodyReadsEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{t: t, serve: func(s *script) {
			s.admit()
			for i := range 1100 {
				s.say(fmt.Sprintf(`{"type":"peer-state","id":"p_a","state":"away","seq":%d}`, i+2))
			}
			s.stay()
		}}
		s := f.join()
		synctest.Wait()
		if !errors.Is(s.Err(), signaling.ErrTooSlow) {
			t.Errorf("Err %v, want ErrTooSlow", s.Err())
		}
		if got := len(waiting(s)); got != 1024 {
			t.Errorf("%d messages can still be read, want 1024", got)
		}
	})
}

func TestServersLimitOfAMessageIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{t: t, serve: func(s *script) {
			s.hear()
			s.say(strings.Replace(welcome, "131072", "500", 1))
			s.hear()
			s.say(joined)
			s.stay()
		}}
		s := f.join()
		long := signaling.Signal{Kind: signaling.Offer, Conn: "c", N: 1, SDP: strings.Repeat("x", 500)}
		if err := s.Send(t.Context(), "p_a", long); !errors.Is(err, signaling.ErrSignal) {
			t.Errorf("send: %v, want ErrSignal", err)
		}
		if err := s.Send(t.Context(), "p_a", signaling.Signal{}); !errors.Is(err, signaling.ErrSignal) {
			t.Errorf("send of nothing: %v, want ErrSignal", err)
		}
		if err := s.Send(t.Context(), "p_a", bye(1)); err != nil {
			t.Error(err)
		}
	})
}

func TestAnotherServerAtTheSameAddressIsNotResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{t: t}
		f.serve = func(s *script) {
			switch s.n {
			case 1:
				s.admit()
				return // the socket is lost
			case 2:
				s.hear()
				s.say(strings.Replace(welcome, "p_JllLosc", "p_another", 1))
				s.hear()
				s.say(joined)
			default:
				s.admit()
			}
			s.stay()
		}
		s := f.join()
		time.Sleep(5 * time.Second)
		expect(t, s, signaling.Interrupted{Err: signaling.ErrUnreachable},
			signaling.Interrupted{Err: signaling.ErrNotSignaling}, signaling.Resumed{Members: s.Present()})
		if n := f.dials.Load(); n != 3 {
			t.Errorf("%d sockets, want 3", n)
		}
	})
}

func TestICEServersThatCannotBeUsedAreLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		servers := `[{"urls":["stun:a:1"]},{"urls":[]},{"urls":["http://x"]},{"urls":["turn:b:2?transport=tcp"],"username":"u","credential":"c"},` +
			`{"urls":["stun:` + strings.Repeat("x", 600) + `"]},{"urls":["stun:c"],"username":"` + strings.Repeat("x", 600) + `"}` +
			strings.Repeat(`,{"urls":["stun:d"]}`, 30) + `]`
		f := &fake{t: t, serve: func(s *script) {
			s.hear()
			s.say(strings.Replace(welcome, `"resumed"`, `"iceServers":`+servers+`,"resumed"`, 1))
			s.hear()
			s.say(joined)
			s.stay()
		}}
		got := f.join().ICEServers()
		want := []signaling.ICEServer{{URLs: []string{"stun:a:1"}}, {URLs: []string{"turn:b:2?transport=tcp"}, Username: "u", Credential: "c"}}
		if len(got) != 16 || !cmp.Equal(got[:2], want) {
			t.Errorf("%d servers, first %v", len(got), got[:min(len(got), 2)])
		}
	})
}

func TestCallsEndWithTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{t: t, serve: func(s *script) {
			s.admit()
			<-t.Context().Done() // reads nothing: the network takes nothing
		}}
		s := f.join()
		var err error
		for i := 0; err == nil && i < 400; i++ {
			err = s.Send(timeout(t, time.Second), "p_a", bye(uint32(i+1)))
		}
		if !errors.Is(err, errDeadline) {
			t.Errorf("send: %v, want that time ran out", err)
		}
		ctx := timeout(t, time.Second)
		start := time.Now()
		if err := s.Leave(ctx); err != nil || time.Since(start) > time.Second {
			t.Errorf("leave took %v: %v", time.Since(start), err)
		}
	})
}
