package nats_test

import (
	"encoding/json"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"confab/conference/signaling"
	"confab/conference/signaling/nats/peerix"
)

// page is a peer made with Peerix 0.7, as far as it shows on the wire.
type page struct {
	t    *testing.T
	self *peerix.Identity
	conn *natsgo.Conn
	in   chan *natsgo.Msg
	room string
}

// visit opens a page that listens in a room.
func visit(t *testing.T, url, room string) *page {
	t.Helper()
	self, err := peerix.NewIdentity(true)
	if err != nil {
		t.Fatal(err)
	}
	p := &page{t: t, self: self, room: room, in: make(chan *natsgo.Msg, 64)}
	if p.conn, err = natsgo.Connect(url, natsgo.NoEcho()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.conn.Close)
	for _, name := range []string{room, self.ID} {
		if _, err := p.conn.ChanSubscribe(peerix.Subject(name, true), p.in); err != nil {
			t.Fatal(err)
		}
	}
	p.flush()
	return p
}

func (p *page) flush() {
	p.t.Helper()
	if err := p.conn.FlushTimeout(patience); err != nil {
		p.t.Fatal(err)
	}
}

func (p *page) publish(subject string, data []byte) {
	p.t.Helper()
	if err := p.conn.Publish(subject, data); err != nil {
		p.t.Fatal(err)
	}
}

func (p *page) announce() {
	packet := peerix.Packet{Type: peerix.Announce, Sender: p.self.Key}
	p.publish(peerix.Subject(p.room, true), packet.Append(nil))
}

func key(t *testing.T, id signaling.PeerID) peerix.Key {
	t.Helper()
	k, ok := peerix.ParseID(string(id))
	if !ok {
		t.Fatalf("%q is no ID", id)
	}
	return k
}

// say sends a packet to a peer.
func (p *page) say(to signaling.PeerID, kind peerix.Type, values ...any) {
	p.t.Helper()
	secret, err := p.self.Secret(key(p.t, to))
	if err != nil {
		p.t.Fatal(err)
	}
	plain, err := peerix.Array(values...)
	if err != nil {
		p.t.Fatal(err)
	}
	packet := peerix.Packet{Type: kind, Sender: p.self.Key}
	packet.Seal(secret, true, plain)
	p.publish(peerix.Subject(string(to), true), packet.Append(nil))
}

// hears waits for a packet of a type and gives its elements; it passes over others.
func (p *page) hears(kind peerix.Type) (from signaling.PeerID, values []json.RawMessage) {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case m := <-p.in:
			packet, err := peerix.ParsePacket(m.Data)
			if err != nil {
				p.t.Fatal(err)
			}
			if packet.Type != kind {
				continue
			}
			secret, err := p.self.Secret(packet.Sender)
			if err != nil {
				p.t.Fatal(err)
			}
			plain, err := packet.Open(secret)
			if err != nil {
				p.t.Fatal(err)
			}
			values, err := peerix.Elements(plain)
			if err != nil {
				p.t.Fatal(err)
			}
			return signaling.PeerID(packet.Sender.ID()), values
		case <-deadline:
			p.t.Fatalf("no packet of type %d came", kind)
		}
	}
}

func (p *page) id() signaling.PeerID { return signaling.PeerID(p.self.ID) }

// description is one with an origin of its own.
func description(kind, origin string) peerix.Description {
	return peerix.Description{Type: kind, SDP: "v=0\r\no=- " + origin + " 2 IN IP4 127.0.0.1\r\ns=-\r\n" +
		"m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n"}
}

// pipe is a tunnel whose messages are looked at.
type pipe struct {
	sent chan []byte
	text chan string
}

func newPipe() *pipe { return &pipe{sent: make(chan []byte, 16), text: make(chan string, 4)} }

func (p *pipe) Send(data []byte, _ bool) error {
	p.sent <- append([]byte(nil), data...)
	return nil
}

func (p *pipe) OpenText(label string) error {
	p.text <- label
	return nil
}

// control waits for a message through a tunnel.
func (p *pipe) control(t *testing.T) peerix.Control {
	t.Helper()
	select {
	case data := <-p.sent:
		c, err := peerix.ParseControl(data)
		if err != nil {
			t.Fatal(err)
		}
		return c
	case <-time.After(patience):
		t.Fatal("nothing was sent through the tunnel")
		return peerix.Control{}
	}
}
