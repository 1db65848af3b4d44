package nats_test

import (
	"testing"

	"confab/conference/signaling"
)

// TestSignalsOutliveAServer: of three members at three servers one loses its server. It goes to another one,
// nothing that was said meanwhile is lost, and a newcomer meets all.
func TestSignalsOutliveAServer(t *testing.T) {
	servers := cluster(t)
	url := func(i int) string {
		return "nats://127.0.0.1:" + port(servers[i]) + "?servers=127.0.0.1:" + port(servers[(i+1)%3]) + ",127.0.0.1:" + port(servers[(i+2)%3])
	}
	urls := []string{url(0), url(1), url(2)}
	a, b, c := join(t, urls[0], "demo", "Alice"), join(t, urls[1], "demo", "Bob"), join(t, urls[2], "demo", "Carol")
	all := []signaling.Session{a, b, c}
	for _, s := range all {
		meets(t, s, 2)
	}
	stop(servers[0])
	const n = 20
	for i := range uint32(n) {
		s := signaling.Signal{Kind: signaling.Negotiate, Conn: "c_1", N: i + 1}
		send(t, b, a.Self(), s)
		send(t, b, c.Self(), s)
	}
	d := join(t, urls[1], "demo", "Dora")
	for i := range uint32(n) {
		if got := next[signaling.Received](t, a); got.From != b.Self() || got.Signal.N != i+1 {
			t.Errorf("Alice hears %+v, want number %d", got, i+1)
		}
	}
	meets(t, d, 3)
	for i := range uint32(n) {
		if got := next[signaling.Received](t, c); got.Signal.N != i+1 {
			t.Errorf("Carol hears %+v, want number %d", got, i+1)
		}
	}
	s := signaling.Signal{Kind: signaling.Negotiate, Conn: "c_2", N: 1}
	send(t, d, a.Self(), s)
	if got := next[signaling.Received](t, a); got.From != d.Self() {
		t.Errorf("Alice hears %+v, want Dora", got)
	}
}

// meets waits until a session has heard of n members.
func meets(t *testing.T, s signaling.Session, n int) {
	t.Helper()
	known := make(map[signaling.PeerID]bool)
	for len(known) < n {
		known[next[signaling.PeerJoined](t, s).Peer.ID] = true
	}
}
