package beacon_test

import (
	"bytes"
	"crypto/ed25519"
	"testing"

	"confab/conference/signaling/lan/beacon"
)

// FuzzParse checks that what is read is written as it was, but for the signature and flags of later versions.
func FuzzParse(f *testing.F) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	a := beacon.Announcement{Room: "demo", Name: "Ana", Port: 26632, Rank: 3, Members: 2, Locked: true}
	for _, kind := range []beacon.Kind{beacon.Hi, beacon.Am, beacon.Bye} {
		p := beacon.Packet{Kind: kind, Counter: 7, Announcement: a}
		f.Add(p.Encode(key))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := beacon.Parse(data)
		if err != nil {
			return
		}
		again := p.Encode(key)
		if p.Kind == beacon.Hi {
			if !bytes.Equal(again, data) {
				t.Errorf("%x is written as %x", data, again)
			}
			return
		}
		copy(again[5:], p.Key[:])
		again[60] = data[60]
		if n := len(data) - ed25519.SignatureSize; len(again) != len(data) || !bytes.Equal(again[:n], data[:n]) {
			t.Errorf("%x is written as %x", data, again)
		}
		_ = p.Verify(data)
	})
}
