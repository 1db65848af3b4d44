package cluster

import (
	"bytes"
	"testing"
)

func FuzzParseEnvelope(f *testing.F) {
	f.Add(envelope{Kind: kindTell, From: "abcdefghijklmnop", Stream: "abcdefgh", Number: 1, Body: []byte("x")}.encode())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := parseEnvelope(b)
		if err == nil && !bytes.Equal(e.encode(), b) {
			t.Errorf("%q is read as %+v", b, e)
		}
	})
}
