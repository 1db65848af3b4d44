package cpace_test

import (
	"testing"

	"confab/conference/signaling/lan/cpace"
)

// half is what one party believes.
type half struct{ password, context, channel, ours, theirs string }

// agree runs an exchange and tells whether each party takes the other's proof.
func agree(t *testing.T, a, b half) (bool, bool) {
	t.Helper()
	xa := cpace.Start([]byte(a.password), []byte(a.context), []byte(a.channel))
	xb := cpace.Start([]byte(b.password), []byte(b.context), []byte(b.channel))
	pa, err := xa.Finish(cpace.Initiator, xb.Share(), []byte(a.ours), []byte(a.theirs))
	if err != nil {
		t.Fatal(err)
	}
	pb, err := xb.Finish(cpace.Responder, xa.Share(), []byte(b.ours), []byte(b.theirs))
	if err != nil {
		t.Fatal(err)
	}
	return pa.Right(pb.Ours), pb.Right(pa.Ours)
}

func TestOnlyTheSamePasswordInTheSamePlaceAgrees(t *testing.T) {
	alice := half{"open sesame", "room demo", "channel 1", "alice", "bob"}
	bob := half{"open sesame", "room demo", "channel 1", "bob", "alice"}
	if a, b := agree(t, alice, bob); !a || !b {
		t.Error("the same password is not recognised")
	}
	for what, change := range map[string]func(*half){
		"password": func(h *half) { h.password = "open sesam" },
		"none":     func(h *half) { h.password = "" },
		"context":  func(h *half) { h.context = "room other" },
		"channel":  func(h *half) { h.channel = "channel 2" },
		"ours":     func(h *half) { h.ours = "mallory" },
		"theirs":   func(h *half) { h.theirs = "mallory" },
	} {
		other := bob
		change(&other)
		if a, b := agree(t, alice, other); a || b {
			t.Errorf("another %s is taken: %v, %v", what, a, b)
		}
	}
}

func TestNoPasswordIsAPasswordLikeAnyOther(t *testing.T) {
	if a, b := agree(t, half{ours: "a", theirs: "b"}, half{ours: "b", theirs: "a"}); !a || !b {
		t.Error("two without a password do not agree")
	}
}

func TestNobodyAgreesWithTheirOwnProof(t *testing.T) {
	x := cpace.Start([]byte("x"), nil, nil)
	p, err := x.Finish(cpace.Initiator, x.Share(), []byte("a"), []byte("b"))
	if err != nil {
		t.Fatal(err)
	}
	if p.Right(p.Ours) || p.Right(nil) {
		t.Error("a proof sent back is taken")
	}
}

func BenchmarkExchange(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		x := cpace.Start([]byte("open sesame"), []byte("demo"), []byte("channel"))
		if _, err := x.Finish(cpace.Initiator, x.Share(), []byte("a"), []byte("b")); err != nil {
			b.Fatal(err)
		}
	}
}
