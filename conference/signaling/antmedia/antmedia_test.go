package antmedia_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"confab/conference/signaling"
	"confab/conference/signaling/antmedia"
	"confab/conference/signaling/duo"
	"confab/conference/signaling/socket/sockettest"
)

const (
	ping   = `{"command":"ping"}`
	config = `{"command":"getIceServerConfig"}`
	joins  = `{"command":"join","streamId":"stream1","multiPeer":false,"mode":"both"}`
	leaves = `{"command":"leave","streamId":"stream1"}`
	joined = `{"command":"notification","definition":"joined","streamId":"stream1"}`
	leaved = `{"command":"notification","definition":"leaved","streamId":"stream1"}`
	start  = `{"command":"start","streamId":"stream1"}`
	stop   = `{"command":"stop","streamId":"stream1"}`
)

// sdp is a description of the connection with that origin, with those ICE credentials.
func sdp(origin, fragment string) string {
	return "v=0\r\no=- " + origin + " 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=ice-ufrag:" + fragment + "\r\n"
}

// takes is a configuration on the wire.
func takes(kind, text string) string {
	return `{"command":"takeConfiguration","streamId":"stream1","type":"` + kind + `","sdp":"` + strings.ReplaceAll(text, "\r\n", `\r\n`) + `"}`
}

func newServer(t *testing.T, serve func(s *sockettest.Script)) *sockettest.Server {
	return &sockettest.Server{T: t, Ignores: []string{ping}, Serve: serve}
}

// admit lets the client join.
func admit(s *sockettest.Script) {
	s.T.Helper()
	s.Expect(config, joins)
	s.Say(joined)
}

func open(t *testing.T, raw string, server *sockettest.Server, o signaling.Options) (signaling.Driver, error) {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	d := &antmedia.Dialer{}
	if server != nil {
		d.Socket.NetDial = server.Dial
	}
	return d.Open(t.Context(), u, o)
}

func join(t *testing.T, server *sockettest.Server) signaling.Session {
	t.Helper()
	d, err := open(t, "antmedia+ws://host:5080/LiveApp/websocket", server, signaling.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Join(t.Context(), "stream1", signaling.Peer{Name: "Me"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sockettest.Leave(t, s) })
	return s
}

func other(n int) signaling.Peer {
	return signaling.Peer{
		ID: signaling.PeerID(fmt.Sprintf("antmedia-%d", n)), Name: "Guest",
		Metadata: signaling.Metadata{Microphone: true, Camera: true}, Foreign: true, Text: "stream1",
	}
}

func expect(t *testing.T, s signaling.Session, want ...signaling.Message) {
	t.Helper()
	if d := cmp.Diff(want, sockettest.Waiting(s), cmpopts.EquateErrors(), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("session hears (-want +got)\n%s", d)
	}
}

func TestURLsAreCheckedBeforeTheyAreDialed(t *testing.T) {
	for raw, want := range map[string]error{
		"antmedia+ws://host:5080/WebRTCAppEE/websocket": nil,
		"antmedia+wss://[::1]:5443/LiveApp/websocket":   nil,
		"antmedia+ws://host:5080/":                      signaling.ErrURL,
		"antmedia+ws:///LiveApp/websocket":              signaling.ErrURL,
		"antmedia+ws://me@host/LiveApp/websocket":       signaling.ErrURL,
		"antmedia+http://host/LiveApp/websocket":        signaling.ErrUnknownScheme,
		"ws://host/LiveApp/websocket":                   signaling.ErrUnknownScheme,
	} {
		if _, err := open(t, raw, nil, signaling.Options{}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", raw, err, want)
		}
	}
	if _, err := open(t, "antmedia+ws://h/a/websocket", nil, signaling.Options{Password: "p"}); !errors.Is(err, duo.ErrPassword) {
		t.Errorf("with a password: %v, want ErrPassword", err)
	}
}

func TestWhoeverIsThereFirstOffersAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mid, line := "0", uint16(0)
		server := newServer(t, func(s *sockettest.Script) {
			admit(s)
			s.Say(start)
			s.Expect(takes("offer", sdp("1", "ours")),
				`{"command":"takeCandidate","streamId":"stream1","label":0,"id":"0","candidate":"candidate:1 1 udp 1 192.0.2.1 5 typ host"}`)
			s.Say(takes("answer", sdp("2", "VD1F")),
				`{"command":"takeCandidate","label":0,"id":"0","candidate":"candidate:2 1 udp 1 192.0.2.2 5 typ host generation 0 ufrag VD1F network-id 3","streamId":"stream1"}`,
				`{"command":"takeCandidate","label":"0","candidate":"candidate:3 1 udp 1 192.0.2.2 6 typ host"}`,
				`{"command":"streamInformation","streamId":"stream1","x":[1]}`, // noise
				`{"command":"stop","streamId":"stream2"}`,                      // somebody else's
				stop)
			s.Expect(leaves)
			s.Say(leaved)
			s.Stay()
		})
		s := join(t, server)
		expect(t, s, signaling.PeerJoined{Peer: other(1)})
		for n, signal := range []signaling.Signal{
			{Kind: signaling.Offer, Conn: "c", SDP: sdp("1", "ours")},
			{Kind: signaling.Candidates, Conn: "c", Candidates: []signaling.Candidate{{Candidate: "candidate:1 1 udp 1 192.0.2.1 5 typ host", SDPMid: &mid, SDPMLineIndex: &line}}},
			{Kind: signaling.Negotiate, Conn: "c"}, // has no word
		} {
			signal.N = uint32(n + 1)
			if err := s.Send(t.Context(), "antmedia-1", signal); err != nil {
				t.Fatal(err)
			}
		}
		received := func(n uint32, c signaling.Candidate) signaling.Received {
			return signaling.Received{From: "antmedia-1", Signal: signaling.Signal{Kind: signaling.Candidates, Conn: "c", N: n, Candidates: []signaling.Candidate{c}}}
		}
		expect(t, s,
			signaling.Received{From: "antmedia-1", Signal: signaling.Signal{Kind: signaling.Answer, Conn: "c", N: 1, SDP: sdp("2", "VD1F")}},
			received(2, signaling.Candidate{Candidate: "candidate:2 1 udp 1 192.0.2.2 5 typ host generation 0 ufrag VD1F network-id 3", SDPMid: &mid, SDPMLineIndex: &line}),
			received(3, signaling.Candidate{Candidate: "candidate:3 1 udp 1 192.0.2.2 6 typ host", SDPMLineIndex: &line}),
			signaling.PeerLeft{ID: "antmedia-1", Reason: "leave"})
		if err := s.Send(t.Context(), "antmedia-1", signaling.Signal{Kind: signaling.Bye, Conn: "c", N: 4}); !errors.Is(err, signaling.ErrNoSuchPeer) {
			t.Errorf("to one who has left: %v", err)
		}
		if err := s.Leave(t.Context()); err != nil || s.Err() != nil {
			t.Errorf("leave: %v, %v", err, s.Err())
		}
	})
}

func TestWhoeverComesSecondAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, func(s *sockettest.Script) {
			s.Expect(config, joins)
			s.Say(`{"command":"iceServerConfig","stunServerUri":"turn:192.0.2.9","turnServerUsername":"u","turnServerCredential":"p"}`)
			s.Say(joined, takes("offer", sdp("2", "VD1F")))
			s.Expect(takes("answer", sdp("1", "ours")))
			s.Say(takes("offer", sdp("2", "next")), // an ICE restart
				takes("offer", sdp("3", "more"))) // somebody else, or a page loaded anew
			s.Stay()
		})
		s := join(t, server)
		if d := cmp.Diff([]signaling.ICEServer{{URLs: []string{"turn:192.0.2.9"}, Username: "u", Credential: "p"}}, s.ICEServers()); d != "" {
			t.Errorf("ICE servers (-want +got)\n%s", d)
		}
		offer := func(from int, conn signaling.ConnID, n uint32, text string) signaling.Received {
			return signaling.Received{From: other(from).ID, Signal: signaling.Signal{Kind: signaling.Offer, Conn: conn, N: n, SDP: text}}
		}
		expect(t, s, signaling.PeerJoined{Peer: other(1), Offers: true}, offer(1, "theirs-1", 1, sdp("2", "VD1F")))
		if err := s.Send(t.Context(), "antmedia-1", signaling.Signal{Kind: signaling.Answer, Conn: "theirs-1", N: 1, SDP: sdp("1", "ours")}); err != nil {
			t.Fatal(err)
		}
		expect(t, s, offer(1, "theirs-1", 2, sdp("2", "next")),
			signaling.PeerLeft{ID: "antmedia-1", Reason: "replaced"},
			signaling.PeerJoined{Peer: other(2), Offers: true}, offer(2, "theirs-2", 1, sdp("3", "more")))
	})
}

// A server that has forgotten both presents them to each other anew.
func TestAStartDuringACallAsksWhetherItIsTheSameOne(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		want   []signaling.Message
	}{
		"it is": {sdp("2", "next"), []signaling.Message{
			signaling.Received{From: "antmedia-1", Signal: signaling.Signal{Kind: signaling.Answer, Conn: "theirs-1", N: 3, SDP: sdp("2", "next")}},
		}},
		"it is not": {sdp("3", "new"), []signaling.Message{
			signaling.PeerLeft{ID: "antmedia-1", Reason: "replaced"}, signaling.PeerJoined{Peer: other(2)},
		}},
		"nobody answers": {"", []signaling.Message{
			signaling.PeerLeft{ID: "antmedia-1", Reason: "replaced"}, signaling.PeerJoined{Peer: other(2)},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newServer(t, func(s *sockettest.Script) {
					admit(s)
					s.Say(takes("offer", sdp("2", "VD1F")))
					s.Expect(takes("answer", sdp("1", "ours")))
					s.Say(start)
					s.Expect(takes("offer", sdp("1", "anew")))
					if c.answer != "" {
						s.Say(takes("answer", c.answer))
					}
					s.Stay()
				})
				s := join(t, server)
				sockettest.Waiting(s)
				send := func(k signaling.Kind, text string) {
					if err := s.Send(t.Context(), "antmedia-1", signaling.Signal{Kind: k, Conn: "theirs-1", N: 1, SDP: text}); err != nil {
						t.Error(err)
					}
				}
				send(signaling.Answer, sdp("1", "ours"))
				expect(t, s, signaling.Received{From: "antmedia-1", Signal: signaling.Signal{Kind: signaling.Negotiate, Conn: "theirs-1", N: 2, ICERestart: true}})
				send(signaling.Offer, sdp("1", "anew"))
				if c.answer == "" {
					send(signaling.Bye, "") // the engine has given the path up
				}
				expect(t, s, c.want...)
			})
		})
	}
}

func TestALostServerIsDialedAgainAndTheOtherOneIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, func(s *sockettest.Script) {
			admit(s)
			if s.N == 1 {
				s.Say(takes("offer", sdp("2", "VD1F")))
				return
			}
			s.Stay()
		})
		s := join(t, server)
		got := sockettest.Waiting(s)
		time.Sleep(time.Second)
		got = append(got, sockettest.Waiting(s)...)
		if len(got) != 4 {
			t.Fatalf("session hears %v", got)
		}
		if m, ok := got[2].(signaling.Interrupted); !ok || !errors.Is(m.Err, signaling.ErrUnreachable) {
			t.Errorf("%v, want Interrupted", got[2])
		}
		if d := cmp.Diff(signaling.Message(signaling.Resumed{Members: []signaling.Peer{other(1)}, Replayed: true}), got[3]); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	})
}

func TestASilentServerIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, func(s *sockettest.Script) {
			admit(s)
			for range 10 * (2 - s.N) { // the second socket is of no interest
				if _, data, err := s.WS.ReadMessage(); err != nil || string(data) != ping {
					t.Errorf("client says %s, %v", data, err)
					return
				}
				s.Say(`{"command":"pong"}`)
			}
			for {
				if _, _, err := s.WS.ReadMessage(); err != nil {
					return
				}
			}
		})
		s := join(t, server)
		time.Sleep(40 * time.Second) // 30 s of pongs, and some
		expect(t, s)
		time.Sleep(6 * time.Second)
		if got := sockettest.Waiting(s); len(got) == 0 {
			t.Error("nothing was said of a server that is silent")
		}
	})
}

func TestRefusalsSayWhy(t *testing.T) {
	for name, c := range map[string]struct {
		room   string
		serve  func(s *sockettest.Script)
		refuse http.HandlerFunc
		want   error
	}{
		"a name with a space": {room: "our room", want: signaling.ErrBadRoom},
		"in use": {serve: func(s *sockettest.Script) {
			s.Expect(config, joins)
			s.Say(`{"command":"error","definition":"streamIdInUse","streamId":"stream1"}`)
			s.Stay()
		}, want: signaling.ErrRoomFull},
		"not allowed": {serve: func(s *sockettest.Script) {
			s.Expect(config, joins)
			s.Say(`{"command":"error","definition":"unauthorized_access"}`)
			s.Stay()
		}, want: signaling.ErrUnauthorized},
		"another protocol": {serve: func(s *sockettest.Script) {
			s.Expect(config, joins)
			s.Say(`0{"sid":"x"}`)
			s.Stay()
		}, want: signaling.ErrNotSignaling},
		"JSON of another system": {serve: func(s *sockettest.Script) {
			s.Expect(config, joins)
			s.Say(`{"type":"error","code":"protocol-version"}`)
			s.Stay()
		}, want: signaling.ErrNotSignaling},
		"binary": {serve: func(s *sockettest.Script) {
			s.Expect(config, joins)
			s.SayBinary([]byte{1})
			s.Stay()
		}, want: signaling.ErrNotSignaling},
		"talk without end": {serve: func(s *sockettest.Script) {
			s.Expect(config, joins)
			for range 1000 {
				s.Say(`{"command":"pong"}`)
			}
		}, want: signaling.ErrNotSignaling},
		"too large": {serve: func(s *sockettest.Script) {
			s.Expect(config, joins)
			s.Say(`{"command":"` + strings.Repeat("x", 200<<10) + `"}`)
			s.Stay()
		}, want: signaling.ErrNotSignaling},
		"a page":   {refuse: func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, want: signaling.ErrNotSignaling},
		"starting": {refuse: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, want: signaling.ErrUnreachable},
		"silence":  {serve: func(s *sockettest.Script) { s.Stay() }, want: signaling.ErrUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newServer(t, c.serve)
				server.Refuse = c.refuse
				d, err := open(t, "antmedia+ws://host/LiveApp/websocket", server, signaling.Options{})
				if err != nil {
					t.Fatal(err)
				}
				room := c.room
				if room == "" {
					room = "stream1"
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if _, err := d.Join(ctx, room, signaling.Peer{}); !errors.Is(err, c.want) {
					t.Errorf("%v, want %v", err, c.want)
				}
			})
		})
	}
}

func TestTheSDKsQueryIsSentAndNoOrigin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, func(s *sockettest.Script) {
			admit(s)
			s.Stay()
		})
		join(t, server)
		r := server.Asked()[0]
		if r.URL.String() != "/LiveApp/websocket?target=origin" || r.Header.Get("Origin") != "" {
			t.Errorf("asked for %s, Origin %q", r.URL, r.Header.Get("Origin"))
		}
	})
}

func TestErrorsAfterJoiningAreReportedAndLongOnesCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, func(s *sockettest.Script) {
			admit(s)
			s.Say(`{"command":"error","definition":"`+strings.Repeat("no ", 1000)+`"}`,
				`{"command":"error","definition":"no_peer_associated_before"}`)
			s.Stay()
		})
		s := join(t, server)
		got := sockettest.Waiting(s)
		if len(got) != 2 {
			t.Fatalf("session hears %v", got)
		}
		var e *antmedia.ServerError
		if m := got[0].(signaling.Refused); !errors.As(m.Err, &e) || len(e.Definition) > 64 {
			t.Errorf("%v", m.Err)
		}
		if m := got[1].(signaling.Refused); !errors.Is(m.Err, signaling.ErrNoSuchPeer) {
			t.Errorf("%v", m.Err)
		}
	})
}
