package peerix_test

import (
	"bytes"
	"testing"

	"confab/conference/signaling/nats/peerix"
)

// FuzzPacket reads packets; what is read is the same when it is written and read again.
func FuzzPacket(f *testing.F) {
	p := peerix.Packet{Type: peerix.Offer, Flags: 1}
	p.Sender[0] = 2
	p.Seal(nil, true, bytes.Repeat([]byte("[1]"), 50))
	f.Add(p.Append(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := peerix.ParsePacket(data)
		if err != nil {
			return
		}
		again, err := peerix.ParsePacket(p.Append(nil))
		if err != nil || again.Type != p.Type || again.Flags != p.Flags || again.Sender != p.Sender || !bytes.Equal(again.Payload, p.Payload) {
			t.Errorf("%+v became %+v, %v", p, again, err)
		}
		if plain, err := p.Open(nil); err == nil && len(plain) > peerix.MaxPayload {
			t.Errorf("%d bytes came out", len(plain))
		}
		if key, ok := peerix.ParseID(p.Sender.ID()); p.Sender != (peerix.Key{}) && (!ok || key != p.Sender) {
			t.Errorf("key %x has ID %s, which is %x", p.Sender, p.Sender.ID(), key)
		}
	})
}

// FuzzTransfer takes packets of an application channel.
func FuzzTransfer(f *testing.F) {
	for _, data := range peerix.NewTexts(100).Frame("hello") {
		f.Add(data)
	}
	f.Add(peerix.NewTexts(1 << 20).Frame(string(make([]byte, 20000)))[0])
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := peerix.ParseTransfer(data); err == nil {
			if _, err := peerix.ParseTransfer(p.Append(nil)); err != nil {
				t.Errorf("%+v: %v", p, err)
			}
		}
		texts := peerix.NewTexts(100)
		for range 3 {
			if text, done, _, _ := texts.Unframe(data); len(text) > 100 || !done && text != "" {
				t.Errorf("text of %d bytes, done %t", len(text), done)
			}
		}
	})
}

// FuzzFirst reads packets and control messages of the first generation.
func FuzzFirst(f *testing.F) {
	p := peerix.First{Type: peerix.FirstJoin, Sender: peerix.NewFirstID()}
	data, err := p.Encode(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`["offer",{"type":"offer","sdp":"v=0"},{"a":"b"}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := peerix.ParseFirst(nil, data); err == nil {
			again, err := p.Encode(nil)
			if err != nil {
				t.Fatal(err)
			}
			if q, err := peerix.ParseFirst(nil, again); err != nil || q.Type != p.Type || q.Sender != p.Sender {
				t.Errorf("%+v became %+v, %v", p, q, err)
			}
		}
		_, _, _ = peerix.ParseFirstControl(data)
		_, _ = peerix.ParseControl(data)
	})
}
