package nats

import (
	"testing"

	"confab/conference/signaling/nats/peerix"
)

// FuzzRead reads packets of both generations, and messages of both kinds of tunnels.
func FuzzRead(f *testing.F) {
	o := settings{hashing: true, compression: true, chat: "chat"}
	one, err := newModern(o, "demo")
	if err != nil {
		f.Fatal(err)
	}
	other, err := newModern(o, "demo")
	if err != nil {
		f.Fatal(err)
	}
	old, err := newFirst(o, "demo", "")
	if err != nil {
		f.Fatal(err)
	}
	for _, w := range []word{
		{kind: announced, card: &card{Name: "Alice"}},
		{kind: invited, card: &card{Name: "Alice", Confab: cardVersion, Age: 7}},
		{kind: offered, sdp: "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\nm=audio 9 x 1\r\na=mid:1\r\na=msid:a b\r\n"},
		{kind: said, said: &statement{Link: "l", Seq: 2, First: 1, Signal: []byte(`{"kind":"bye","conn":"c","n":1}`)}},
		{kind: heard, heard: &receipt{Link: "l", Seq: 2}},
	} {
		for _, d := range []dialect{other, old} {
			to := one.id()
			if w.kind == announced {
				to = ""
			}
			_, data, err := d.write(to, w)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	c := peerix.Control{Event: peerix.Signal, Payload: []byte(`[{"type":"offer","sdp":"v=0"},{"a":"b"}]`)}
	f.Add(c.Append(nil))
	f.Add([]byte(`["candidate",{"candidate":"x","sdpMid":"0"}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		one.strange = budget{rate: 1e9, burst: 1e9}
		for _, d := range []dialect{one, old} {
			if _, w, err := d.read(data); err == nil && w.kind == offered {
				slotsOf(w.sdp, nil, nil)
				originOf(w.sdp)
			}
			if w, labels, _, err := d.control().read(data); err == nil && w.kind == offered {
				for mid, slot := range slotsOf(w.sdp, labels, nil) {
					if mid == "" || slot == "" {
						t.Errorf("slot %q of line %q", slot, mid)
					}
				}
				labelsOf(w.sdp)
			}
		}
	})
}
