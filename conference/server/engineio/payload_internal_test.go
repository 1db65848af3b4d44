package engineio

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzPayload splits what a client may post; joined, the packets must be the same again.
func FuzzPayload(f *testing.F) {
	for _, seed := range []string{"40", "3", "1", "40\x1e42[\"join\",{}]\x1e3", "", "\x1e", "2probe", "4\xff", "5"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		packets, err := parse(body)
		if err != nil {
			if !errors.Is(err, errPacket) || packets != nil {
				t.Errorf("%v, %q", err, packets)
			}
			return
		}
		if again := bytes.Join(packets, []byte{separator}); !bytes.Equal(again, body) {
			t.Errorf("%q, again %q", body, again)
		}
		for _, p := range packets {
			if len(p) == 0 || p[0] != packetClose && p[0] != packetPong && p[0] != packetMessage {
				t.Errorf("packet %q", p)
			}
		}
	})
}

func TestPacketsAreTakenAPayloadAtATime(t *testing.T) {
	k := &Session{wake: make(chan struct{}, 1), done: make(chan struct{})}
	half := bytes.Repeat([]byte("x"), MaxPayload/2)
	for range 3 {
		k.Put(half)
	}
	for _, want := range []int{1, 1, 1, 0} {
		if got := k.take(); len(got) != want {
			t.Errorf("%d packets, want %d", len(got), want)
		}
	}
	if k.queued != 0 {
		t.Errorf("%d bytes are still counted", k.queued)
	}
	for range maxQueued + 1 {
		k.Put(nil)
	}
	select {
	case <-k.done:
	default:
		t.Error("a client that fetches nothing keeps its session")
	}
}
