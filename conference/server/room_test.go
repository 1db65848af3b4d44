package server_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/server"
	"confab/conference/signaling"
)

func TestRoomsRefuseWhatTheyMust(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{MaxPeers: 2})
		owner := connect(t, n)
		owner.hello()
		owner.say(`{"type":"join","rid":1,"room":"demo","name":"Owner","password":"open sesame"}`)
		owner.take()
		for name, test := range map[string]struct {
			password string
			want     error
		}{
			"no password":      {"", signaling.ErrUnauthorized},
			"another password": {"open", signaling.ErrUnauthorized},
		} {
			if _, err := tryJoin(t, n, name, signaling.Options{Password: test.password}); !errors.Is(err, test.want) {
				t.Errorf("%s: %v, want %v", name, err, test.want)
			}
		}
		right := signaling.Options{Password: "open sesame"}
		owner.say(`{"type":"lock","on":true}`)
		owner.take()
		if _, err := tryJoin(t, n, "Late", right); !errors.Is(err, signaling.ErrRoomLocked) {
			t.Errorf("locked room: %v, want ErrRoomLocked", err)
		}
		owner.say(`{"type":"lock","on":false}`)
		owner.take()
		b, err := tryJoin(t, n, "Bob", right)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tryJoin(t, n, "Third", right); !errors.Is(err, signaling.ErrRoomFull) {
			t.Errorf("full room: %v, want ErrRoomFull", err)
		}
		n.last().Close() // Third's socket is gone; Bob stays
		owner.take()
		owner.say(`{"type":"kick","id":"%s"}`, b.Self())
		if got := owner.one("peer-left"); got["reason"] != "kicked" {
			t.Errorf("owner hears %v", got)
		}
		if waiting(b); !errors.Is(b.Err(), signaling.ErrKicked) {
			t.Errorf("removed member: Err %v, want ErrKicked", b.Err())
		}
	})
}

func TestRemovedMemberCannotComeBackWithItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		owner := connect(t, n).enter("Owner")
		o := signaling.Options{Key: signaling.NewKey()}
		b, err := tryJoin(t, n, "Bob", o)
		if err != nil {
			t.Fatal(err)
		}
		owner.say(`{"type":"kick","id":"%s"}`, b.Self())
		waiting(b)
		if _, err := tryJoin(t, n, "Bob", o); !errors.Is(err, signaling.ErrKicked) {
			t.Errorf("join: %v, want ErrKicked", err)
		}
		if _, err := tryJoin(t, n, "Carol", signaling.Options{}); err != nil {
			t.Errorf("somebody else: %v", err)
		}
	})
}

func TestOwnershipPassesToTheNextMember(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		first, second, third := connect(t, n).enter("1"), connect(t, n).enter("2"), connect(t, n).enter("3")
		second.take()
		third.say(`{"type":"kick","id":"%s"}`, second.id())
		third.refused("unauthorized")
		first.say(`{"type":"leave","rid":2}`)
		first.take()
		second.take()
		third.take()
		second.say(`{"type":"kick","id":"%s"}`, third.id())
		second.one("peer-left")
		third.refused("kicked")
		time.Sleep(50 * time.Millisecond) // the server is slow to read on after a refusal
		if got := third.ended(); got != 4000 {
			t.Errorf("closed with %d, want 4000", got)
		}
		second.say(`{"type":"kick","id":"%s"}`, second.id())
		second.refused("no-such-peer")
	})
}

func TestWrongPasswordsCannotBeTriedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		owner := connect(t, n)
		owner.hello()
		owner.say(`{"type":"join","rid":1,"room":"demo","password":"secret"}`)
		owner.take()
		m := connect(t, n)
		m.hello()
		for i := range 10 {
			m.say(`{"type":"join","rid":%d,"room":"demo","password":"%[1]d"}`, i+1)
		}
		got := m.take()
		if len(got) != 1+5+1 || got[6]["code"] != "rate-limited" || m.ended() != 4000 {
			t.Errorf("heard %v, closed with %d", got, m.ended())
		}
	})
}

func TestBadRoomNamesAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		m := connect(t, n)
		m.hello()
		m.take()
		for _, room := range []string{``, `  `, `a\u0000b`, `a\u202eb`, fmt.Sprintf("%0129d", 0)} {
			m.say(`{"type":"join","rid":1,"room":"%s","name":"M"}`, room)
			if got := m.refused("bad-room"); got["rid"] != 1.0 {
				t.Errorf("room %q: %v", room, got)
			}
		}
	})
}

func TestRoomNamesDifferByCaseAndNotBySpaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		a, b := connect(t, n), connect(t, n)
		for i, c := range []*client{a, b} {
			c.hello()
			c.say(`{"type":"join","rid":1,"room":"%s","name":"M"}`, []string{"Demo", "demo"}[i])
			if got := c.take(); len(got[1]["peers"].([]any)) != 0 {
				t.Errorf("%v", got)
			}
		}
		c := connect(t, n)
		c.hello()
		c.say(`{"type":"join","rid":1,"room":"  Demo ","name":"M"}`)
		if got := c.take(); got[1]["room"] != "Demo" || len(got[1]["peers"].([]any)) != 1 {
			t.Errorf("%v", got)
		}
	})
}

func TestOfTwoWhoJoinAtOnceExactlyOneSeesTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		const count = 6
		clients := make([]*client, count)
		for i := range clients {
			clients[i] = connect(t, n)
			clients[i].hello()
			clients[i].take()
		}
		for _, c := range clients {
			go c.say(`{"type":"join","rid":1,"room":"demo","name":"M"}`)
		}
		sees := map[[2]string]int{} // pairs, the earlier one first
		for _, c := range clients {
			for i, m := range c.take() {
				switch {
				case m["type"] == "joined" && i == 0:
					for _, p := range m["peers"].([]any) {
						sees[[2]string{p.(map[string]any)["id"].(string), c.id()}] += 1
					}
				case m["type"] == "peer-joined" && i > 0:
					sees[[2]string{c.id(), m["peer"].(map[string]any)["id"].(string)}] += 10
				default:
					t.Errorf("message %d is %v", i, m)
				}
			}
		}
		if len(sees) != count*(count-1)/2 {
			t.Errorf("%d pairs, want %d", len(sees), count*(count-1)/2)
		}
		for pair, n := range sees {
			if n != 11 {
				t.Errorf("pair %v: %d, want that one has it in its list and the other hears of it", pair, n)
			}
		}
	})
}

func TestNewerSocketOfAKeyReplacesTheOlder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		a := join(t, n, "Alice")
		o := signaling.Options{Key: signaling.NewKey()}
		b, err := tryJoin(t, n, "Bob", o)
		if err != nil {
			t.Fatal(err)
		}
		waiting(a)
		again, err := tryJoin(t, n, "Bob on the phone", o)
		if err != nil {
			t.Fatal(err)
		}
		if waiting(b); !errors.Is(b.Err(), signaling.ErrReplaced) {
			t.Errorf("older session: Err %v, want ErrReplaced", b.Err())
		}
		bob := signaling.Peer{ID: again.Self(), Name: "Bob on the phone"}
		got := waiting(a)
		if len(got) > 0 && got[0] == (signaling.PeerAway{ID: b.Self(), Away: true}) {
			got = got[1:] // its socket may be gone before it joins again
		}
		if len(got) != 2 || got[0] != (signaling.PeerLeft{ID: b.Self(), Reason: "replaced"}) || got[1] != (signaling.PeerJoined{Peer: bob}) {
			t.Errorf("Alice heard %v", got)
		}
		if len(again.Present()) != 1 || again.Present()[0].ID != a.Self() {
			t.Errorf("present: %v", again.Present())
		}
		time.Sleep(time.Minute)
		send(t, a, again, 1)
		expect(t, "newer Bob", again, signaling.Received{From: a.Self(), Signal: bye(1)})
	})
}

func TestMetadataIsMergedByKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		a, m := connect(t, n).enter("Alice"), connect(t, n).enter("Mallory")
		a.take()
		m.say(`{"type":"update","metadata":{"camera":true,"hand":{"up":[1]}}}`)
		m.say(`{"type":"update","metadata":{"mic":null},"name":"Mal"}`)
		got := a.take()
		if len(got) != 2 || got[1].String() != fmt.Sprintf(
			`{"peer":{"id":"%s","joined":946684800000,"metadata":{"camera":true,"hand":{"up":[1]}},"name":"Mal","state":"online"},"seq":4,"type":"peer-updated"}`, m.id()) {
			t.Errorf("Alice heard %v", got)
		}
	})
}

func TestAnswersComeInTheOrderOfTheQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		m := connect(t, n)
		m.hello()
		m.say(`{"type":"join","rid":1,"room":"demo","name":"M"}`)
		m.say(`{"type":"ping","rid":2}`)
		m.say(`{"type":"sing","rid":3}`)
		if got := types(m.take()); got != "welcome joined pong error" {
			t.Errorf("heard %s", got)
		}
	})
}

func TestSocketMayLeaveAndJoinAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		a, m := connect(t, n).enter("Alice"), connect(t, n).enter("Mallory")
		a.take()
		m.say(`{"type":"leave","rid":2}`)
		m.say(`{"type":"leave","rid":3}`)
		m.say(`{"type":"signal","to":"%s","conn":"c","data":{}}`, a.id())
		m.say(`{"type":"update","metadata":{}}`)
		m.say(`{"type":"lock","on":true}`)
		m.say(`{"type":"kick","id":"x"}`)
		if got := m.take(); types(got) != "left left error error error error" || got[2]["code"] != "not-joined" {
			t.Errorf("Mallory heard %v", got)
		}
		m.say(`{"type":"join","rid":4,"room":"demo","name":"Mallory"}`)
		if got := m.one("joined"); got["rid"] != 4.0 || got["seq"] != 1.0 {
			t.Errorf("Mallory heard %v", got)
		}
		if got := a.take(); types(got) != "peer-left peer-joined" {
			t.Errorf("Alice heard %v", got)
		}
	})
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []server.Options{
		{MaxPeers: 1}, {MaxPeers: 101}, {MaxConnections: -1}, {ResumeWindow: -1}, {CertFile: "x"}, {CertFile: "none.pem", KeyFile: "none.key"},
	} {
		if _, err := server.New(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}
