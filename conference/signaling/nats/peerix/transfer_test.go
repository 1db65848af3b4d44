package peerix_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"confab/conference/signaling/nats/peerix"
)

func TestLongTextsGoInPieces(t *testing.T) {
	sender, receiver := peerix.NewTexts(100000), peerix.NewTexts(100000)
	text := strings.Repeat("größer ", 6000)
	packets := sender.Frame(text)
	if len(packets) < 3 {
		t.Fatalf("%d bytes go in %d packets", len(text), len(packets))
	}
	for i, data := range packets {
		if len(data) > 16<<10 {
			t.Errorf("packet %d has %d bytes", i, len(data))
		}
		got, done, reply, err := receiver.Unframe(data)
		if err != nil || done != (i == len(packets)-1) || done != (reply != nil) || done && got != text {
			t.Fatalf("packet %d of %d: done %t, %d bytes, reply %x, %v", i, len(packets), done, len(got), reply, err)
		}
	}
}

func TestTransfersThatCannotBeTextAreRefused(t *testing.T) {
	one, three := uint32(0), uint32(3)
	for name, c := range map[string]struct {
		packets []peerix.Transfer
		want    error
	}{
		"another kind":    {[]peerix.Transfer{{ID: 1, Index: &one, Kind: peerix.Blob, Chunk: []byte("x")}}, peerix.ErrTransfer},
		"a piece missing": {[]peerix.Transfer{{ID: 1, Index: &one, Kind: peerix.Text, Chunk: []byte("x")}, {ID: 1, Index: &three, Chunk: []byte("x")}}, peerix.ErrTransfer},
		"too much":        {[]peerix.Transfer{{ID: 1, Index: &one, Kind: peerix.Text, Chunk: make([]byte, 200)}}, peerix.ErrSize},
	} {
		t.Run(name, func(t *testing.T) {
			texts := peerix.NewTexts(100)
			for i, p := range c.packets {
				_, done, reply, err := texts.Unframe(p.Append(nil))
				last := i == len(c.packets)-1
				if done || last != errors.Is(err, c.want) || last != (reply != nil) {
					t.Fatalf("packet %d: %t, %x, %v; want %v at the end", i, done, reply, err, c.want)
				}
				if !last {
					continue
				}
				if r, err := peerix.ParseTransfer(reply); err != nil || !r.Ask || !r.Abort || r.ID != p.ID {
					t.Errorf("the answer is %+v, %v", r, err)
				}
			}
		})
	}
}

func TestPayloadsOfOtherSettingsAreRefused(t *testing.T) {
	a, err := peerix.NewIdentity(true)
	if err != nil {
		t.Fatal(err)
	}
	b, err := peerix.NewIdentity(true)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := a.Secret(b.Key)
	if err != nil {
		t.Fatal(err)
	}
	other, err := a.Secret(a.Key)
	if err != nil {
		t.Fatal(err)
	}
	sealed, plain := peerix.Packet{}, peerix.Packet{}
	sealed.Seal(shared, true, []byte(`["x"]`))
	plain.Seal(nil, true, []byte(`["x"]`))
	bomb := peerix.Packet{}
	bomb.Seal(nil, true, bytes.Repeat([]byte(" "), 1<<20))
	for name, c := range map[string]struct {
		packet peerix.Packet
		secret *peerix.Secret
		want   error
	}{
		"not encrypted":            {plain, shared, peerix.ErrPlain},
		"encrypted, and we do not": {sealed, nil, peerix.ErrSealed},
		"for somebody else":        {sealed, other, peerix.ErrSealed},
		"a bomb":                   {bomb, nil, peerix.ErrSize},
	} {
		if _, err := c.packet.Open(c.secret); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := a.Secret(peerix.Key{2, 1, 1}); err == nil { // no point has this X
		t.Log("a key that is a point by chance")
	}
}

func TestPacketsOfTheFirstGenerationNeedTheSecret(t *testing.T) {
	secret, err := peerix.FirstSecret("sesame")
	if err != nil {
		t.Fatal(err)
	}
	p := peerix.First{Type: peerix.FirstJoin, Sender: peerix.NewFirstID()}
	data, err := p.Encode(secret)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := peerix.ParseFirst(secret, data); err != nil || got.Sender != p.Sender || got.Type != p.Type {
		t.Errorf("ParseFirst = %+v, %v", got, err)
	}
	if _, err := peerix.ParseFirst(nil, data); err == nil {
		t.Error("it is read without the secret")
	}
}
