package nats_test

import (
	"testing"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"confab/conference/signaling"
)

func TestConfabsMeetTalkAndPart(t *testing.T) {
	for name, query := range map[string]string{
		"modern":    "",
		"plain":     "?encryption=0&hashing=0&compression=0&prefix=peerix.",
		"first":     "?proto=1",
		"webSocket": "ws",
	} {
		t.Run(name, func(t *testing.T) {
			o := natsserver.Options{}
			o.Websocket = natsserver.WebsocketOpts{Host: "127.0.0.1", Port: -1, NoTLS: true}
			s := serve(t, o)
			url := "nats://127.0.0.1:" + port(s) + query
			if query == "ws" {
				url = "nats+" + s.WebsocketURL()
			}
			meetTalkAndPart(t, url)
		})
	}
}

func meetTalkAndPart(t *testing.T, url string) {
	a := join(t, url, "demo room", "Alice")
	b := join(t, url, "demo room", "Bob")
	toB := next[signaling.PeerJoined](t, a)
	toA := next[signaling.PeerJoined](t, b)
	if toB.Peer.ID != b.Self() || toB.Peer.Name != "Bob" || toB.Offers || toB.Peer.Foreign {
		t.Errorf("Alice hears %+v", toB)
	}
	if toA.Peer.ID != a.Self() || toA.Peer.Name != "Alice" || !toA.Offers || toA.Peer.Foreign {
		t.Errorf("Bob hears %+v", toA)
	}
	for n := range uint32(5) {
		s := signaling.Signal{Kind: signaling.Offer, Conn: "c_1", N: n + 1, SDP: "v=0\r\n"}
		if err := a.Send(t.Context(), b.Self(), s); err != nil {
			t.Fatal(err)
		}
	}
	for n := range uint32(5) {
		if got := next[signaling.Received](t, b); got.From != a.Self() || got.Signal.N != n+1 {
			t.Errorf("Bob hears %+v, want number %d", got, n+1)
		}
	}
	if err := b.Update(t.Context(), "Bob (phone)", signaling.Metadata{Screen: true}); err != nil {
		t.Fatal(err)
	}
	if u := next[signaling.PeerUpdated](t, a); u.Peer.Name != "Bob (phone)" || !u.Peer.Metadata.Screen {
		t.Errorf("Alice hears %+v", u)
	}
	leave(t, b)
	if got := next[signaling.PeerLeft](t, a); got.ID != b.Self() || got.Reason != "leave" {
		t.Errorf("Alice hears %+v", got)
	}
	if _, open := <-b.Messages(); open || b.Err() != nil {
		t.Errorf("Bob's session is not over: %v", b.Err())
	}
}
