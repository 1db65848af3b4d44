package nats_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	natsserver "github.com/nats-io/nats-server/v2/server"

	"confab/conference/signaling"
	"confab/conference/signaling/nats/peerix"
)

func decode[T any](t *testing.T, data json.RawMessage) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return v
}

type metadata struct {
	Name string `json:"name"`
}

func TestANewcomerOffersToAPageThatIsThere(t *testing.T) {
	url := "nats://127.0.0.1:" + port(serve(t, natsserver.Options{}))
	p := visit(t, url, "demo")
	s := join(t, url, "demo", "Alice")
	from, values := p.hears(peerix.Announce)
	if from != s.Self() || len(values) != 0 {
		t.Errorf("the page hears an announcement of %s with %d values", from, len(values))
	}
	p.say(s.Self(), peerix.Invoke, metadata{"Page"})
	joined := next[signaling.PeerJoined](t, s)
	if joined.Offers || !joined.Peer.Foreign || !joined.Peer.Tunnel || joined.Peer.ID != p.id() || joined.Peer.Name != "Page" {
		t.Fatalf("Alice hears %+v", joined)
	}
	offer := description("offer", "11")
	send(t, s, p.id(), signaling.Signal{Kind: signaling.Offer, Conn: "c_1", N: 1, SDP: offer.SDP})
	_, values = p.hears(peerix.Offer)
	if got := decode[peerix.Description](t, values[0]); got != offer {
		t.Errorf("the page hears %+v, want %+v", got, offer)
	}
	if got := decode[metadata](t, values[1]); got.Name != "Alice" {
		t.Errorf("the page hears of %+v", got)
	}
	fragment := "abcd"
	address := signaling.Candidate{Candidate: "candidate:1 1 udp 1 127.0.0.1 9 typ host", UsernameFragment: &fragment}
	send(t, s, p.id(), signaling.Signal{Kind: signaling.Candidates, Conn: "c_1", N: 2, Candidates: []signaling.Candidate{address, address}})
	_, values = p.hears(peerix.Candidate)
	if got := decode[signaling.Candidate](t, values[1]); len(values) != 2 || cmp.Diff(got, address) != "" {
		t.Errorf("the page hears candidates %s", values)
	}
	p.say(s.Self(), peerix.Answer, description("answer", "22"))
	p.say(s.Self(), peerix.Candidate, address)
	if got := next[signaling.Received](t, s); got.Signal.Kind != signaling.Answer || got.Signal.Conn != "c_1" || got.Signal.N != 1 {
		t.Errorf("Alice hears %+v", got)
	}
	if got := next[signaling.Received](t, s); got.Signal.Kind != signaling.Candidates || got.Signal.N != 2 {
		t.Errorf("Alice hears %+v", got)
	}
	p.say(s.Self(), peerix.Answer, description("answer", "22"))
	p.say(s.Self(), peerix.Invoke, metadata{"Page"})
	p.say(s.Self(), peerix.Candidate, address)
	if got := next[signaling.Received](t, s); got.Signal.Kind != signaling.Candidates {
		t.Errorf("Alice hears %+v, want neither a second answer nor a second newcomer", got)
	}
}

func TestAPageThatComesIsInvitedAndOffers(t *testing.T) {
	url := "nats://127.0.0.1:" + port(serve(t, natsserver.Options{}))
	s := join(t, url, "demo", "Alice")
	p := visit(t, url, "demo")
	p.announce()
	from, values := p.hears(peerix.Invoke)
	if got := decode[metadata](t, values[0]); from != s.Self() || got.Name != "Alice" {
		t.Errorf("the page is invited by %s, %+v", from, got)
	}
	conn := offered(t, s, p, "11")
	send(t, s, p.id(), signaling.Signal{Kind: signaling.Answer, Conn: conn, N: 1, SDP: description("answer", "5").SDP})
	if _, values = p.hears(peerix.Answer); decode[peerix.Description](t, values[0]).Type != "answer" {
		t.Errorf("the page hears %s", values[0])
	}
	// Its life ends without our doing: it is invited, and offers anew.
	send(t, s, p.id(), signaling.Signal{Kind: signaling.Bye, Conn: conn, N: 2})
	if got := next[signaling.PeerLeft](t, s); got.ID != p.id() {
		t.Errorf("Alice hears %+v", got)
	}
	p.hears(peerix.Invoke)
	if again := offered(t, s, p, "12"); again == conn {
		t.Errorf("the second life is called %s, too", again)
	}
}

// offered lets a page offer, which is heard as a newcomer's.
func offered(t *testing.T, s signaling.Session, p *page, origin string) signaling.ConnID {
	t.Helper()
	p.say(s.Self(), peerix.Offer, description("offer", origin), nil)
	if joined := next[signaling.PeerJoined](t, s); !joined.Offers || !joined.Peer.Foreign || joined.Peer.Name != "Guest" {
		t.Errorf("heard %+v", joined)
	}
	got := next[signaling.Received](t, s)
	if got.Signal.Kind != signaling.Offer || got.Signal.Conn == "" || got.Signal.N != 1 || got.Signal.Slots == nil {
		t.Fatalf("heard %+v", got)
	}
	return got.Signal.Conn
}

func TestOnceConnectedEverythingGoesThroughTheTunnel(t *testing.T) {
	url := "nats://127.0.0.1:" + port(serve(t, natsserver.Options{}))
	s := join(t, url, "demo", "Alice")
	p := visit(t, url, "demo")
	conn := offered(t, s, p, "11")
	send(t, s, p.id(), signaling.Signal{Kind: signaling.Answer, Conn: conn, N: 1, SDP: description("answer", "5").SDP})
	tunnels, through := s.(signaling.Tunneler), newPipe()
	tunnels.TunnelOpened(p.id(), conn, through)
	if got := next[signaling.Received](t, s); got.Signal.Kind != signaling.Negotiate || got.Signal.Conn != conn {
		t.Errorf("when the tunnel is open, Alice hears %+v", got)
	}
	if s.Self() > p.id() {
		if c := through.control(t); c.Event != peerix.Channel || string(c.Payload) != `{"label":"chat"}` {
			t.Errorf("through the tunnel goes %d %s", c.Event, c.Payload)
		}
	} else if label := <-through.text; label != "chat" {
		t.Errorf("a channel %q is made", label)
	}
	lines := description("offer", "11").SDP +
		"m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=sendonly\r\na=msid:s1 t1\r\n" +
		"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:2\r\na=sendonly\r\na=msid:s2 t2\r\n" +
		"m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:3\r\na=sendonly\r\na=msid:s2 t3\r\n" +
		"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:g1\r\na=recvonly\r\n"
	labels := peerix.Labels{"s1": "my screen", "s2": "cam"}
	tell(t, s, p, conn, peerix.Description{Type: "offer", SDP: lines}, labels)
	got := next[signaling.Received](t, s)
	if diff := cmp.Diff(map[string]string{"1": "screen", "2": "mic", "3": "camera"}, got.Signal.Slots); diff != "" || got.Signal.Conn != conn {
		t.Errorf("slots of the page's offer in %s (-want +got):\n%s", got.Signal.Conn, diff)
	}
	if got := next[signaling.PeerUpdated](t, s); got.Peer.Metadata != (signaling.Metadata{Microphone: true, Camera: true, Screen: true}) {
		t.Errorf("the page sends %+v", got.Peer.Metadata)
	}
	// Who stops the screen and keeps the camera has the camera in its place.
	tell(t, s, p, conn, peerix.Description{Type: "offer", SDP: strings.Replace(lines, "mid:1\r\na=sendonly", "mid:1\r\na=inactive", 1)}, labels)
	if got := next[signaling.Received](t, s); got.Signal.Slots["3"] != "camera" || len(got.Signal.Slots) != 2 {
		t.Errorf("slots without the screen: %v", got.Signal.Slots)
	}
	send(t, s, p.id(), signaling.Signal{Kind: signaling.Offer, Conn: conn, N: 2, SDP: lines + "a=msid:person camera\r\n"})
	c := through.control(t)
	values, err := peerix.Elements(c.Payload)
	if err != nil || c.Event != peerix.Signal || decode[peerix.Labels](t, values[1])["person"] != "camera" {
		t.Errorf("through the tunnel goes %d %s, %v", c.Event, c.Payload, err)
	}
	tunnels.TunnelClosed(p.id(), conn)
	if got := next[signaling.Received](t, s); got.Signal.Kind != signaling.Bye {
		t.Errorf("when the tunnel is closed, Alice hears %+v", got)
	}
}

// tell brings a description through a page's tunnel.
func tell(t *testing.T, s signaling.Session, p *page, conn signaling.ConnID, values ...any) {
	t.Helper()
	payload, err := peerix.Array(values...)
	if err != nil {
		t.Fatal(err)
	}
	c := peerix.Control{Event: peerix.Signal, Payload: payload}
	s.(signaling.Tunneler).TunnelHeard(p.id(), conn, c.Append(nil))
}

func send(t *testing.T, s signaling.Session, to signaling.PeerID, signal signaling.Signal) {
	t.Helper()
	if err := s.Send(t.Context(), to, signal); err != nil {
		t.Fatal(err)
	}
}
