package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"confab/conference/signaling"
	"confab/conference/signaling/duo"
	"confab/conference/signaling/socket/sockettest"
	"confab/conference/signaling/socketio"
)

const (
	opening = `0{"sid":"OVM8Vmnx_cNrG3LuAAAA","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`
	joins   = `42["join",{"room":"1234","name":"Me"}]`
	alone   = `42["room_users",[]]`
	alice   = `42["room_users",[{"id":"A","name":"alice"}]]`
	bob     = `42["room_users",[{"id":"B","name":"bob"}]]`
)

// sdp is a description of the connection with that origin, with those ICE credentials.
func sdp(origin, fragment string) string {
	return "v=0\r\no=- " + origin + " 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=ice-ufrag:" + fragment + "\r\n"
}

func says(event, kind, text string) string {
	return `42["` + event + `",{"sdp":"` + strings.ReplaceAll(text, "\r\n", `\r\n`) + `","type":"` + kind + `"}]`
}

func address(fragment string) string {
	return `42["getCandidate",{"candidate":"candidate:1 1 udp 1 192.0.2.2 5 typ host","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"` + fragment + `"}]`
}

// admit lets the client connect and join.
func admit(s *sockettest.Script, users string) {
	s.T.Helper()
	s.Say(opening)
	s.Expect("40")
	s.Say(fmt.Sprintf(`40{"sid":"me%d"}`, s.N))
	s.Expect(joins)
	s.Say(users)
}

func newServer(t *testing.T, serve func(s *sockettest.Script)) *sockettest.Server {
	return &sockettest.Server{T: t, Serve: serve}
}

func open(t *testing.T, raw string, server *sockettest.Server, o signaling.Options) (signaling.Driver, error) {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	d := &socketio.Dialer{}
	if server != nil {
		d.Socket.NetDial = server.Dial
	}
	return d.Open(t.Context(), u, o)
}

func join(t *testing.T, server *sockettest.Server) signaling.Session {
	t.Helper()
	d, err := open(t, "socketio+http://host:3000", server, signaling.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Join(t.Context(), "1234", signaling.Peer{Name: "Me"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sockettest.Leave(t, s) })
	return s
}

func other(n int, name string) signaling.Peer {
	return signaling.Peer{
		ID: signaling.PeerID(fmt.Sprintf("socketio-%d", n)), Name: name,
		Metadata: signaling.Metadata{Microphone: true, Camera: true}, Foreign: true, Text: "chat",
	}
}

func received(from signaling.Peer, k signaling.Kind, conn signaling.ConnID, n uint32, text string) signaling.Received {
	return signaling.Received{From: from.ID, Signal: signaling.Signal{Kind: k, Conn: conn, N: n, SDP: text}}
}

func candidate(from signaling.Peer, conn signaling.ConnID, n uint32, fragment string) signaling.Received {
	mid, line := "0", uint16(0)
	r := received(from, signaling.Candidates, conn, n, "")
	r.Signal.Candidates = []signaling.Candidate{{
		Candidate: "candidate:1 1 udp 1 192.0.2.2 5 typ host", SDPMid: &mid, SDPMLineIndex: &line, UsernameFragment: &fragment,
	}}
	return r
}

func expect(t *testing.T, s signaling.Session, want ...signaling.Message) {
	t.Helper()
	if d := cmp.Diff(want, sockettest.Waiting(s), cmpopts.EquateErrors(), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("session hears (-want +got)\n%s", d)
	}
}

func send(t *testing.T, s signaling.Session, to signaling.Peer, k signaling.Kind, conn signaling.ConnID, text string) {
	t.Helper()
	if err := s.Send(t.Context(), to.ID, signaling.Signal{Kind: k, Conn: conn, N: 1, SDP: text}); err != nil {
		t.Fatal(err)
	}
}

func TestURLsAreCheckedBeforeTheyAreDialed(t *testing.T) {
	for raw, want := range map[string]error{
		"socketio+http://host:3000": nil,
		"socketio+https://host/x/":  nil,
		"socketio+http://":          signaling.ErrURL,
		"socketio+http://me@host":   signaling.ErrURL,
		"socketio+ws://host":        signaling.ErrUnknownScheme,
		"http://host":               signaling.ErrUnknownScheme,
	} {
		if _, err := open(t, raw, nil, signaling.Options{}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", raw, err, want)
		}
	}
	if _, err := open(t, "socketio+http://h", nil, signaling.Options{Password: "p"}); !errors.Is(err, duo.ErrPassword) {
		t.Errorf("with a password: %v, want ErrPassword", err)
	}
}

func TestTheNewcomerOffers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, func(s *sockettest.Script) {
			admit(s, alice)
			s.Expect(says("offer", "offer", sdp("1", "ours")),
				`42["candidate",{"candidate":"candidate:9 1 udp 1 192.0.2.1 5 typ host","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"ours"}]`)
			s.Say(address("2feC"), says("getAnswer", "answer", sdp("2", "2feC")), // the candidate came first
				says("getAnswer", "answer", sdp("7", "else")), // a stranger's
				address("else"), `42["getCandidate",null]`, `42["user_exit",{"id":"B"}]`, `42["user_exit",{"id":"A"}]`)
			s.Stay()
		})
		s := join(t, server)
		a := other(1, "alice")
		expect(t, s, signaling.PeerJoined{Peer: a})
		send(t, s, a, signaling.Offer, "c", sdp("1", "ours"))
		ours := candidate(a, "c", 2, "ours").Signal
		ours.Candidates[0].Candidate = "candidate:9 1 udp 1 192.0.2.1 5 typ host"
		if err := s.Send(t.Context(), a.ID, ours); err != nil {
			t.Fatal(err)
		}
		expect(t, s, received(a, signaling.Answer, "c", 1, sdp("2", "2feC")), candidate(a, "c", 2, "2feC"),
			signaling.PeerLeft{ID: a.ID, Reason: "leave"})
		if s.Self() != "me1" {
			t.Errorf("we are %s", s.Self())
		}
	})
}

func TestOneWhoIsAloneOffersNothingAndAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, func(s *sockettest.Script) {
			admit(s, alone)
			s.Say(says("getOffer", "offer", sdp("2", "2feC")), address("2feC"), "2")
			s.Expect(joins, "3")
			s.Say(bob)
			s.Expect(says("answer", "answer", sdp("1", "ours")))
			s.Say(`421["getOffer",{"sdp":"v=0\r\n"}]`) // wants an acknowledgement
			s.Expect(`431[]`)
			s.Stay()
		})
		s := join(t, server)
		guest := other(1, "bob")
		expect(t, s, signaling.PeerJoined{Peer: guest, Offers: true},
			received(guest, signaling.Offer, "theirs-1", 1, sdp("2", "2feC")), candidate(guest, "theirs-1", 2, "2feC"))
		send(t, s, guest, signaling.Answer, "theirs-1", sdp("1", "ours"))
		expect(t, s)
	})
}

func TestOneWhoIsAloneDoesNotAnswerOtherRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, func(s *sockettest.Script) {
			admit(s, alone)
			start := time.Now()
			s.Say(says("getOffer", "offer", sdp("7", "else")), says("getOffer", "offer", sdp("8", "more")))
			s.Expect(joins)
			s.Say(alone)
			s.Say(says("getOffer", "offer", sdp("9", "next")))
			s.Expect(joins)
			if took := time.Since(start); took != 2*time.Second {
				t.Errorf("two questions within %v", took)
			}
			s.Say(says("getOffer", "offer", sdp("2", "2feC"))) // the right one, before the answer
			s.Say(bob)
			s.Stay()
		})
		s := join(t, server)
		time.Sleep(time.Second)
		expect(t, s)
		time.Sleep(time.Second)
		expect(t, s, signaling.PeerJoined{Peer: other(1, "bob"), Offers: true},
			received(other(1, "bob"), signaling.Offer, "theirs-1", 1, sdp("2", "2feC")))
	})
}

func TestAnOfferIsTakenIfTheServerDoesNotSayWhoIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, func(s *sockettest.Script) {
			admit(s, alone)
			s.Say(says("getOffer", "offer", sdp("2", "2feC")))
			s.Expect(joins)
			s.Stay()
		})
		s := join(t, server)
		time.Sleep(3 * time.Second)
		expect(t, s, signaling.PeerJoined{Peer: other(1, "Guest"), Offers: true},
			received(other(1, "Guest"), signaling.Offer, "theirs-1", 1, sdp("2", "2feC")))
	})
}

func TestWhoeverDoesNotSuitUsIsNotCalledWithoutAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, func(s *sockettest.Script) {
			admit(s, alice)
			for said := s.Hear(); said != ""; said = s.Hear() {
				if said == joins {
					s.Say(alice)
				}
			}
		})
		s := join(t, server)
		calls := 0
		for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			for _, m := range sockettest.Waiting(s) {
				if m, ok := m.(signaling.PeerJoined); ok {
					calls++
					send(t, s, m.Peer, signaling.Offer, "c", sdp("1", "ours"))
					send(t, s, m.Peer, signaling.Bye, "c", "") // its answer is not understood
				}
			}
		}
		if calls > 31 {
			t.Errorf("%d calls in a minute", calls)
		}
	})
}

func TestAnOfferThatCrossesOursIsForgottenWhenOursIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, func(s *sockettest.Script) {
			admit(s, alice)
			s.Expect(says("offer", "offer", sdp("1", "ours")))
			s.Say(says("getOffer", "offer", sdp("2", "2feC")))
			s.Say(address("2feC"))
			time.Sleep(time.Second) // whoever takes an offer back to answer ours needs a moment
			s.Say(says("getAnswer", "answer", sdp("2", "anew")))
			s.Say(address("anew"))
			s.Stay()
		})
		s := join(t, server)
		a := other(1, "alice")
		expect(t, s, signaling.PeerJoined{Peer: a})
		send(t, s, a, signaling.Offer, "c", sdp("1", "ours"))
		time.Sleep(5 * time.Second)
		expect(t, s, received(a, signaling.Answer, "c", 1, sdp("2", "anew")), candidate(a, "c", 2, "anew"))
	})
}

func TestAnOfferThatCrossesOursReplacesItWhenOursIsNotAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, func(s *sockettest.Script) {
			admit(s, alice)
			s.Expect(says("offer", "offer", sdp("1", "ours")))
			s.Say(says("getOffer", "offer", sdp("2", "2feC")))
			s.Expect(says("answer", "answer", sdp("3", "anew")))
			s.Say(says("getAnswer", "answer", sdp("2", "late"))) // to our offer, which is void
			s.Stay()
		})
		s := join(t, server)
		a := other(1, "alice")
		expect(t, s, signaling.PeerJoined{Peer: a})
		send(t, s, a, signaling.Offer, "c", sdp("1", "ours"))
		expect(t, s)
		time.Sleep(2 * time.Second)
		expect(t, s, received(a, signaling.Offer, "theirs-1", 1, sdp("2", "2feC")))
		send(t, s, a, signaling.Bye, "c", "") // the engine closes that one
		send(t, s, a, signaling.Candidates, "c", "")
		send(t, s, a, signaling.Answer, "theirs-1", sdp("3", "anew"))
		expect(t, s)
	})
}

func TestAStrangersOfferWaitsUntilTheConnectionHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stranger := make(chan string)
		server := newServer(t, func(s *sockettest.Script) {
			admit(s, alone)
			s.Say(says("getOffer", "offer", sdp("2", "2feC")))
			s.Expect(joins)
			s.Say(bob)
			s.Hear()
			for text := range stranger {
				s.Say(text)
			}
			s.Expect(joins)
			s.Say(alice)
			s.Stay()
		})
		s := join(t, server)
		first, second := other(1, "bob"), other(2, "alice")
		sockettest.Waiting(s)
		send(t, s, first, signaling.Answer, "theirs-1", sdp("1", "ours"))
		stranger <- says("getOffer", "offer", sdp("7", "else"))
		stranger <- address("else")
		expect(t, s, signaling.PeerAway{ID: first.ID, Away: true})
		stranger <- says("getOffer", "offer", sdp("2", "next")) // an ICE restart: the first one lives
		expect(t, s, signaling.PeerAway{ID: first.ID}, received(first, signaling.Offer, "theirs-1", 2, sdp("2", "next")))
		stranger <- says("getOffer", "offer", sdp("8", "more"))
		stranger <- address("more")
		close(stranger)
		expect(t, s, signaling.PeerAway{ID: first.ID, Away: true})
		time.Sleep(2 * time.Second)
		send(t, s, first, signaling.Bye, "theirs-1", "")
		expect(t, s, signaling.PeerLeft{ID: first.ID, Reason: "replaced"},
			signaling.PeerJoined{Peer: second, Offers: true},
			received(second, signaling.Offer, "theirs-2", 1, sdp("8", "more")), candidate(second, "theirs-2", 2, "more"))
	})
}

func TestWhoeverCalledUsIsGoneWithTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, func(s *sockettest.Script) {
			admit(s, alone)
			s.Say(`42["user_joined",{"id":"B","name":"bob"}]`, says("getOffer", "offer", sdp("2", "2feC")))
			s.Expect(says("answer", "answer", sdp("1", "ours")))
			s.Stay()
		})
		s := join(t, server)
		bob := other(1, "bob")
		expect(t, s, signaling.PeerJoined{Peer: bob, Offers: true}, received(bob, signaling.Offer, "theirs-1", 1, sdp("2", "2feC")))
		send(t, s, bob, signaling.Answer, "theirs-1", sdp("1", "ours"))
		send(t, s, bob, signaling.Bye, "theirs-1", "")
		expect(t, s, signaling.PeerLeft{ID: bob.ID, Reason: "lost"})
	})
}

func TestWhomWeHadCalledIsAskedForWhenTheConnectionHasEnded(t *testing.T) {
	for name, c := range map[string]struct {
		users string
		want  []signaling.Message
	}{
		"gone": {alone, []signaling.Message{signaling.PeerLeft{ID: "socketio-1", Reason: "lost"}}},
		"there, and we are listed, too": {
			`42["room_users",[{"id":"A","name":"alice"},{"id":"me1","name":"Me"},{"id":"A","name":"alice"}]]`,
			[]signaling.Message{signaling.PeerLeft{ID: "socketio-1", Reason: "replaced"}, signaling.PeerJoined{Peer: other(2, "alice")}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newServer(t, func(s *sockettest.Script) {
					admit(s, alice)
					s.Expect(says("offer", "offer", sdp("1", "ours")), joins)
					s.Say(c.users)
					s.Stay()
				})
				s := join(t, server)
				sockettest.Waiting(s)
				send(t, s, other(1, "alice"), signaling.Offer, "c", sdp("1", "ours"))
				send(t, s, other(1, "alice"), signaling.Bye, "c", "")
				expect(t, s)
				time.Sleep(2 * time.Second)
				expect(t, s, c.want...)
			})
		})
	}
}

func TestOursOfALostSocketIsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, func(s *sockettest.Script) {
			if s.N == 1 {
				admit(s, alone)
				return
			}
			admit(s, `42["room_users",[{"id":"me1","name":"Me"},{"id":"A","name":"alice"}]]`)
			s.Stay()
		})
		s := join(t, server)
		time.Sleep(time.Second)
		got := sockettest.Waiting(s)
		if len(got) != 3 {
			t.Fatalf("session hears %v", got)
		}
		if d := cmp.Diff([]signaling.Message{signaling.Resumed{Replayed: true}, signaling.PeerJoined{Peer: other(1, "alice")}}, got[1:]); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	})
}

func TestASilentServerIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, func(s *sockettest.Script) {
			admit(s, alone)
			s.Stay()
		})
		s := join(t, server)
		time.Sleep(44 * time.Second)
		expect(t, s)
		time.Sleep(2 * time.Second)
		if got := sockettest.Waiting(s); len(got) == 0 {
			t.Error("nothing was said of a server that is silent")
		}
	})
}

func TestRefusalsSayWhy(t *testing.T) {
	refuse := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	say := func(messages ...string) func(s *sockettest.Script) {
		return func(s *sockettest.Script) {
			go s.Say(messages...) // ends with the socket: nobody may listen
			s.Stay()
		}
	}
	for name, c := range map[string]struct {
		serve  func(s *sockettest.Script)
		refuse http.HandlerFunc
		want   error
	}{
		"two others": {serve: func(s *sockettest.Script) {
			admit(s, `42["room_users",[{"id":"A","name":"a"},{"id":"B","name":"b"}]]`)
			s.Stay()
		}, want: signaling.ErrRoomFull},
		"said to be full": {serve: func(s *sockettest.Script) {
			admit(s, `42["room_full",{"room":"1234"}]`)
			s.Stay()
		}, want: signaling.ErrRoomFull},
		"too many joins":        {serve: say(opening, `40{"sid":"x"}`, `42["room_refused",{"room":"1234","reason":"rate-limited"}]`), want: signaling.ErrRateLimited},
		"a bad name":            {serve: say(opening, `40{"sid":"x"}`, `42["room_refused",{"room":"1234","reason":"bad-room"}]`), want: signaling.ErrBadRoom},
		"refused by middleware": {serve: say(opening, `44{"message":"who are you?"}`), want: signaling.ErrUnauthorized},
		"disconnected":          {serve: say(opening, `40{"sid":"x"}`, "41"), want: signaling.ErrUnreachable},
		"closed":                {serve: say("1"), want: signaling.ErrUnreachable},
		"no id":                 {serve: say(opening, `40{"sid":""}`), want: signaling.ErrNotSignaling},
		"another namespace":     {serve: say(opening, `40/admin,{"sid":"x"}`), want: signaling.ErrNotSignaling},
		"another protocol":      {serve: say(`{"type":"welcome"}`), want: signaling.ErrNotSignaling},
		"users of no id":        {serve: say(opening, `40{"sid":"x"}`, `42["room_users",[{}]]`), want: signaling.ErrNotSignaling},
		"users no list":         {serve: say(opening, `40{"sid":"x"}`, `42["room_users"]`), want: signaling.ErrNotSignaling},
		"forbidden":             {refuse: refuse(403, `{"code":4,"message":"Forbidden"}`), want: signaling.ErrUnauthorized},
		"an older version":      {refuse: refuse(400, `{"code":5,"message":"Unsupported protocol version"}`), want: signaling.ErrVersion},
		"polling only":          {refuse: refuse(400, `{"code":0,"message":"Transport unknown"}`), want: signaling.ErrNotSignaling},
		"a page":                {refuse: refuse(200, "<html>"), want: signaling.ErrNotSignaling},
		"silence":               {serve: func(s *sockettest.Script) { s.Stay() }, want: signaling.ErrUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newServer(t, c.serve)
				server.Refuse = c.refuse
				d, err := open(t, "socketio+http://host", server, signaling.Options{})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if _, err := d.Join(ctx, "1234", signaling.Peer{Name: "Me"}); !errors.Is(err, c.want) {
					t.Errorf("%v, want %v", err, c.want)
				}
			})
		})
	}
}

func TestNoOriginIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, func(s *sockettest.Script) {
			admit(s, alone)
			s.Stay()
		})
		join(t, server)
		r := server.Asked()[0]
		if r.URL.String() != "/socket.io/?EIO=4&transport=websocket" || r.Header.Get("Origin") != "" {
			t.Errorf("asked for %s, Origin %q", r.URL, r.Header.Get("Origin"))
		}
	})
}

func TestABurstOfCandidatesWaitsForASlowNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		heard := 0
		server := newServer(t, func(s *sockettest.Script) {
			admit(s, alice)
			time.Sleep(5 * time.Second)
			for heard = 0; s.Hear() != ""; heard++ {
			}
		})
		s := join(t, server)
		a := other(1, "alice")
		expect(t, s, signaling.PeerJoined{Peer: a})
		send(t, s, a, signaling.Offer, "c", sdp("1", "ours"))
		burst := candidate(a, "c", 2, "ours").Signal
		burst.Candidates = slices.Repeat(burst.Candidates, signaling.MaxCandidates)
		for range 2 {
			if err := s.Send(t.Context(), a.ID, burst); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(6 * time.Second)
		expect(t, s)
		if want := 1 + 2*signaling.MaxCandidates; heard != want {
			t.Errorf("the server hears %d messages, want %d", heard, want)
		}
	})
}
