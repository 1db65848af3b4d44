package peerix_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"confab/conference/signaling/nats/peerix"
)

// load gives vectors that were checked against Peerix 0.7.0's own code.
func load(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	v := make(map[string]string)
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func restore(t *testing.T, private string) *peerix.Identity {
	t.Helper()
	i, err := peerix.RestoreIdentity(unhex(t, private))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestIdentitiesAndSubjectsAreThoseOfPeerix(t *testing.T) {
	v := load(t)
	a, b := restore(t, v["privA"]), restore(t, v["privB"])
	for _, c := range []struct{ what, got, want string }{
		{"key of A", hex.EncodeToString(a.Key[:]), v["pubA33"]},
		{"key of B", hex.EncodeToString(b.Key[:]), v["pubB33"]},
		{"ID of A", a.ID, v["idA"]},
		{"ID of B", b.ID, v["idB"]},
		{"subject of the room", peerix.Subject("my-room", true), v["subject(my-room)"]},
		{"subject of B", peerix.Subject(v["idB"], true), v["subject(idB)"]},
		{"subject without hashing", peerix.Subject("my room.*>", false), "my_room___"},
	} {
		if c.got != c.want {
			t.Errorf("%s is %s, want %s", c.what, c.got, c.want)
		}
	}
}

func TestPacketsOfPeerixAreUnderstood(t *testing.T) {
	v := load(t)
	a, b := restore(t, v["privA"]), restore(t, v["privB"])
	secret, err := b.Secret(a.Key)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		packet, plain string
		kind          peerix.Type
	}{
		"announce":   {v["announce A"], "", peerix.Announce},
		"invoke":     {v["invoke A->B (encrypted, not compressed)"], `[{"name":"Alice"}]`, peerix.Invoke},
		"compressed": {v["candidate-type packet A->B (compressed+encrypted)"], v["compressed plaintext"], peerix.Candidate},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := peerix.ParsePacket(unhex(t, c.packet))
			if err != nil {
				t.Fatal(err)
			}
			if p.Type != c.kind || p.Sender.ID() != v["idA"] {
				t.Errorf("it is of type %d and by %s", p.Type, p.Sender.ID())
			}
			plain, err := p.Open(secret)
			if err != nil || string(plain) != c.plain {
				t.Errorf("it says %s, %v; want %s", plain, err, c.plain)
			}
			if again := p.Append(nil); hex.EncodeToString(again) != c.packet {
				t.Errorf("encoded again it is\n%x, want\n%s", again, c.packet)
			}
		})
	}
}

func TestBothSidesShareOneSecret(t *testing.T) {
	v := load(t)
	a, b := restore(t, v["privA"]), restore(t, v["privB"])
	to, err := a.Secret(b.Key)
	if err != nil {
		t.Fatal(err)
	}
	from, err := b.Secret(a.Key)
	if err != nil {
		t.Fatal(err)
	}
	plain := bytes.Repeat([]byte(`["round and round"]`), 100)
	p := peerix.Packet{Type: peerix.Offer, Sender: a.Key}
	p.Seal(to, true, plain)
	if len(p.Payload) >= len(plain) || p.Flags != 3 {
		t.Errorf("%d bytes became %d, with flags %d", len(plain), len(p.Payload), p.Flags)
	}
	got, err := p.Open(from)
	if err != nil || !bytes.Equal(got, plain) {
		t.Errorf("Open = %.40q, %v", got, err)
	}
}

func TestControlMessagesAndTransfersAreThoseOfPeerix(t *testing.T) {
	v := load(t)
	c := peerix.Control{Event: peerix.Channel, Payload: []byte(`{"label":"chat"}`)}
	if got := hex.EncodeToString(c.Append(nil)); got != v["control: channel request {label:chat}"] {
		t.Errorf("control message is %s, want %s", got, v["control: channel request {label:chat}"])
	}
	texts := peerix.NewTexts(100)
	packets := texts.Frame("hello")
	if len(packets) != 1 || hex.EncodeToString(packets[0]) != v["data: text 'hello' transfer 1"] {
		t.Errorf("text is %x, want %s", packets, v["data: text 'hello' transfer 1"])
	}
	text, done, reply, err := texts.Unframe(unhex(t, v["data: text 'hello' transfer 1"]))
	if text != "hello" || !done || err != nil || hex.EncodeToString(reply) != v["data: ack of transfer 1"] {
		t.Errorf("Unframe = %q, %t, %x, %v; want hello and %s", text, done, reply, err, v["data: ack of transfer 1"])
	}
	if _, done, reply, err := texts.Unframe(unhex(t, v["data: ack of transfer 1"])); done || reply != nil || err != nil {
		t.Errorf("a receipt is answered: %t, %x, %v", done, reply, err)
	}
}
