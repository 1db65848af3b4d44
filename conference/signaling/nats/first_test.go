package nats_test

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"

	"confab/conference/signaling"
	"confab/conference/signaling/nats"
	"confab/conference/signaling/nats/peerix"
)

// oldPage is a peer made with Peerix 0.1.
type oldPage struct {
	t      *testing.T
	id     string
	secret *peerix.Secret
	conn   *natsgo.Conn
	in     chan *natsgo.Msg
}

func visitOld(t *testing.T, url, secret string) *oldPage {
	t.Helper()
	p := &oldPage{t: t, id: peerix.NewFirstID(), in: make(chan *natsgo.Msg, 64)}
	var err error
	if p.secret, err = peerix.FirstSecret(secret); err != nil {
		t.Fatal(err)
	}
	if p.conn, err = natsgo.Connect(url, natsgo.NoEcho()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.conn.Close)
	for _, subject := range []string{"calls.demo", "calls.demo." + p.id} {
		if _, err := p.conn.ChanSubscribe(subject, p.in); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.conn.FlushTimeout(patience); err != nil {
		t.Fatal(err)
	}
	return p
}

// say sends a packet to a peer, or to the room.
func (p *oldPage) say(to signaling.PeerID, kind peerix.Type, values ...any) {
	p.t.Helper()
	packet := peerix.First{Type: kind, Sender: p.id}
	for _, v := range values {
		data, err := json.Marshal(v)
		if err != nil {
			p.t.Fatal(err)
		}
		packet.Values = append(packet.Values, data)
	}
	data, err := packet.Encode(p.secret)
	if err != nil {
		p.t.Fatal(err)
	}
	subject := "calls.demo"
	if to != "" {
		subject += "." + string(to)
	}
	if err := p.conn.Publish(subject, data); err != nil {
		p.t.Fatal(err)
	}
}

// hears waits for a packet of a type.
func (p *oldPage) hears(kind peerix.Type) peerix.First {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case m := <-p.in:
			packet, err := peerix.ParseFirst(p.secret, m.Data)
			if err != nil {
				p.t.Fatal(err)
			}
			if packet.Type == kind {
				return packet
			}
		case <-deadline:
			p.t.Fatalf("no packet of type %d came", kind)
		}
	}
}

func TestPagesOfTheFirstGenerationAreOfferedToWhenTheyCome(t *testing.T) {
	for name, c := range map[string]struct{ password, prefix string }{"open": {"", "calls."}, "with a secret": {"sesame", "calls"}} {
		t.Run(name, func(t *testing.T) {
			address := "nats://127.0.0.1:" + port(serve(t, natsserver.Options{}))
			u, err := url.Parse(address + "?proto=1&prefix=" + c.prefix)
			if err != nil {
				t.Fatal(err)
			}
			d, err := nats.Open(t.Context(), u, signaling.Options{Password: c.password})
			if err != nil {
				t.Fatal(err)
			}
			s, err := d.Join(t.Context(), "demo", signaling.Peer{Name: "Alice"})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { leave(t, s) })
			p := visitOld(t, address, c.password)
			callOld(t, s, p)
		})
	}
}

// callOld is a call from the page's coming to its going.
func callOld(t *testing.T, s signaling.Session, p *oldPage) {
	t.Helper()
	page := signaling.PeerID(p.id)
	p.say("", peerix.FirstJoin, metadata{"Old page"})
	if got := next[signaling.PeerJoined](t, s); got.Offers || !got.Peer.Foreign || got.Peer.ID != page || got.Peer.Name != "Old page" {
		t.Fatalf("Alice hears %+v", got)
	}
	send(t, s, page, signaling.Signal{Kind: signaling.Offer, Conn: "c_1", N: 1, SDP: description("offer", "1").SDP})
	offer := p.hears(peerix.FirstOffer)
	if got := decode[peerix.Description](t, offer.Values[0]); got.Type != "offer" || offer.Sender != string(s.Self()) {
		t.Errorf("the page hears %+v of %s", got, offer.Sender)
	}
	two := []signaling.Candidate{{Candidate: "candidate:1"}, {Candidate: "candidate:2"}}
	send(t, s, page, signaling.Signal{Kind: signaling.Candidates, Conn: "c_1", N: 2, Candidates: two})
	for _, want := range two {
		if got := decode[signaling.Candidate](t, p.hears(peerix.FirstCandidate).Values[0]); got != want {
			t.Errorf("the page hears %+v, want %+v", got, want)
		}
	}
	p.say(s.Self(), peerix.FirstAnswer, description("answer", "2"))
	if got := next[signaling.Received](t, s); got.Signal.Kind != signaling.Answer {
		t.Errorf("Alice hears %+v", got)
	}
	through := newPipe()
	s.(signaling.Tunneler).TunnelOpened(page, "c_1", through)
	if got := next[signaling.Received](t, s); got.Signal.Kind != signaling.Negotiate {
		t.Errorf("when the tunnel is open, Alice hears %+v", got)
	}
	s.(signaling.Tunneler).TunnelHeard(page, "c_1", []byte(`["offer",{"type":"offer","sdp":"v=0\r\no=- 2 3 IN IP4 127.0.0.1\r\n"},{}]`))
	if got := next[signaling.Received](t, s); got.Signal.Kind != signaling.Offer || got.Signal.Conn != "c_1" {
		t.Errorf("Alice hears %+v", got)
	}
	p.say("", peerix.FirstLeave)
	if got := next[signaling.PeerLeft](t, s); got.ID != page || got.Reason != "leave" {
		t.Errorf("Alice hears %+v", got)
	}
}
