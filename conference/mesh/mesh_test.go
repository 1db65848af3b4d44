package mesh_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"confab/conference/mesh"
	"confab/conference/signaling"
)

var t0 = time.Unix(1000, 0)

func machine(self signaling.PeerID) *mesh.Machine {
	n := 0
	return mesh.New(mesh.Options{Self: self, NewConn: func() signaling.ConnID {
		n++
		return signaling.ConnID(fmt.Sprintf("c%d", n))
	}})
}

// offering is a machine that has offered c1 to b, and waits for the answer.
func offering() *mesh.Machine {
	m := machine("a")
	m.Step(t0, mesh.Joined{Peer: "b"})
	m.Step(t0, mesh.Described{Peer: "b", Conn: "c1", SDP: "o"})
	return m
}

// connected is a machine connected to b as offerer of c1, with the control channel open.
func connected() *mesh.Machine {
	m := offering()
	m.Step(t0, received(signaling.Answer, "c1", 1, "a"))
	m.Step(t0, mesh.PathUp{Peer: "b", Conn: "c1"})
	m.Step(t0, mesh.Control{Peer: "b", Conn: "c1", Open: true})
	return m
}

func received(k signaling.Kind, conn signaling.ConnID, n uint32, sdp string) mesh.Received {
	return mesh.Received{From: "b", Signal: signaling.Signal{Kind: k, Conn: conn, N: n, SDP: sdp}}
}

func change(s mesh.State) mesh.Change { return mesh.Change{Peer: "b", Conn: "c1", State: s} }

func want(t *testing.T, what string, got []mesh.Output, want ...mesh.Output) {
	t.Helper()
	if len(got) == 0 && len(want) == 0 {
		return
	}
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b error) bool { return errors.Is(a, b) })); d != "" {
		t.Errorf("%s: (-want +got)\n%s", what, d)
	}
}

func TestWhoeverIsInTheRoomOffersToTheNewcomer(t *testing.T) {
	m := machine("z")
	want(t, "a newcomer", m.Step(t0, mesh.Joined{Peer: "b"}),
		mesh.Create{Peer: "b", Conn: "c1", Role: mesh.Offerer}, change(mesh.StateInitializing), mesh.MakeOffer{Peer: "b", Conn: "c1"})
	want(t, "one who was there", machine("a").Step(t0, mesh.Present{Peers: []signaling.PeerID{"b"}}))
}

func TestCandidatesNeverGoOutBeforeTheirDescription(t *testing.T) {
	m := machine("a")
	m.Step(t0, mesh.Joined{Peer: "b"})
	c := []signaling.Candidate{{Candidate: "candidate:1"}}
	want(t, "gathered early", m.Step(t0, mesh.Gathered{Peer: "b", Conn: "c1", Candidates: c}))
	want(t, "described", m.Step(t0, mesh.Described{Peer: "b", Conn: "c1", SDP: "o"}),
		mesh.Send{Peer: "b", Signal: signaling.Signal{Kind: signaling.Offer, Conn: "c1", N: 1, SDP: "o"}},
		mesh.Send{Peer: "b", Signal: signaling.Signal{Kind: signaling.Candidates, Conn: "c1", N: 2, Candidates: c}})
}

func TestStaleAndForeignSignalsAreDropped(t *testing.T) {
	m := offering()
	want(t, "answer of another life", m.Step(t0, received(signaling.Answer, "c0", 1, "x")))
	want(t, "answer of a stranger", m.Step(t0, mesh.Received{From: "q", Signal: signaling.Signal{Kind: signaling.Answer, Conn: "c1", N: 1, SDP: "x"}}))
	late := received(signaling.Answer, "c1", 1, "x")
	late.Signal.Re = 7
	want(t, "answer to another offer", m.Step(t0, late))
	want(t, "offer by the answerer", m.Step(t0, received(signaling.Offer, "c1", 2, "x")))
	want(t, "the answer", m.Step(t0, received(signaling.Answer, "c1", 3, "a")),
		mesh.ApplyAnswer{Peer: "b", Conn: "c1", SDP: "a"}, change(mesh.StateConnecting))
	want(t, "the answer again on the other path", m.Step(t0, received(signaling.Answer, "c1", 3, "a")))
	want(t, "a second answer", m.Step(t0, received(signaling.Answer, "c1", 4, "a")))
}

func TestTheControlChannelTakesSignalingOver(t *testing.T) {
	m := connected()
	out := m.Step(t0, received(signaling.Negotiate, "c1", 2, ""))
	want(t, "negotiate", out, mesh.MakeOffer{Peer: "b", Conn: "c1"})
	want(t, "the new offer", m.Step(t0, mesh.Described{Peer: "b", Conn: "c1", SDP: "o2"}),
		mesh.Send{Peer: "b", Signal: signaling.Signal{Kind: signaling.Offer, Conn: "c1", N: 2, SDP: "o2"}, Control: true})
	want(t, "leaving", m.Step(t0, mesh.Leave{}),
		mesh.Send{Peer: "b", Signal: signaling.Signal{Kind: signaling.Bye, Conn: "c1", N: 3}, Control: true},
		change(mesh.StateClosing), change(mesh.StateClosed), mesh.Destroy{Peer: "b", Conn: "c1"}, mesh.Forget{Peer: "b"})
}

func TestNoAnswerFailsAfterThirtySecondsAndIsTriedAgain(t *testing.T) {
	m := offering()
	if d := m.Deadline(); !d.Equal(t0.Add(mesh.ConnectTimeout)) {
		t.Fatalf("Deadline = %v", d)
	}
	now := t0.Add(mesh.ConnectTimeout)
	failing, failed := change(mesh.StateFailing), change(mesh.StateFailed)
	failing.Err, failed.Err = mesh.ErrNotEstablished, mesh.ErrNotEstablished
	want(t, "30 s later", m.Step(now, mesh.Tick{}), failing, failed, mesh.Destroy{Peer: "b", Conn: "c1"})
	want(t, "a late answer", m.Step(now, received(signaling.Answer, "c1", 1, "a")))
	out := m.Step(m.Deadline(), mesh.Tick{})
	if len(out) == 0 || out[0] != (mesh.Create{Peer: "b", Conn: "c2", Role: mesh.Offerer}) {
		t.Errorf("after the pause: %v, want a new life", out)
	}
}

func TestALostPathIsRepairedWhileTheStateStaysConnected(t *testing.T) {
	m := connected()
	repairing := change(mesh.StateConnected)
	repairing.Repairing = true
	want(t, "disconnected", m.Step(t0, mesh.PathDown{Peer: "b", Conn: "c1"}), repairing)
	now := t0.Add(mesh.RestartDelay)
	want(t, "3 s later", m.Step(now, mesh.Tick{}), mesh.MakeOffer{Peer: "b", Conn: "c1", ICERestart: true})
	want(t, "by signaling", m.Step(now, mesh.Described{Peer: "b", Conn: "c1", SDP: "r"}),
		mesh.Send{Peer: "b", Signal: signaling.Signal{Kind: signaling.Offer, Conn: "c1", N: 2, SDP: "r"}})
	m.Step(now, received(signaling.Answer, "c1", 2, "a"))
	want(t, "back", m.Step(now, mesh.PathUp{Peer: "b", Conn: "c1"}), change(mesh.StateConnected))
	if d := m.Deadline(); !d.IsZero() {
		t.Errorf("a healthy mesh waits for %v", d)
	}
}

func TestARestartIsNotNegotiatedOverThePathThatItCuts(t *testing.T) {
	m := connected()
	want(t, "a repair", m.Step(t0, mesh.Repair{Peer: "b", Conn: "c1"}), mesh.MakeOffer{Peer: "b", Conn: "c1", ICERestart: true})
	want(t, "by signaling, though the path is up", m.Step(t0, mesh.Described{Peer: "b", Conn: "c1", SDP: "r"}),
		mesh.Send{Peer: "b", Signal: signaling.Signal{Kind: signaling.Offer, Conn: "c1", N: 2, SDP: "r"}})
	m.Step(t0, received(signaling.Answer, "c1", 2, "a"))
	want(t, "up again", m.Step(t0, mesh.PathUp{Peer: "b", Conn: "c1"}))
	out := m.Step(t0, mesh.Leave{})
	if bye, ok := out[0].(mesh.Send); !ok || !bye.Control {
		t.Errorf("over the new path: %v", out)
	}
}

func TestWhoIsAwayAndSilentHasVanished(t *testing.T) {
	m := connected()
	m.Step(t0, mesh.Away{Peer: "b", Away: true})
	now := t0.Add(2500 * time.Millisecond)
	m.Step(now, mesh.PathDown{Peer: "b", Conn: "c1"})
	m.Step(now.Add(mesh.RestartDelay), mesh.Tick{})
	out := m.Step(now.Add(mesh.VanishedTimeout), mesh.Tick{})
	failing := change(mesh.StateFailing)
	failing.Err = mesh.ErrPathLost
	if len(out) == 0 || !cmp.Equal(out[0], mesh.Output(failing), cmp.Comparer(func(a, b error) bool { return errors.Is(a, b) })) {
		t.Errorf("7.5 s after the last packet: %v, want failing", out)
	}
}

func TestALostSignalingPathAloneEndsNothing(t *testing.T) {
	m := connected()
	want(t, "away", m.Step(t0, mesh.Away{Peer: "b", Away: true}))
	want(t, "lost", m.Step(t0, mesh.Gone{Peer: "b", Lost: true}))
	want(t, "our own", m.Step(t0, mesh.Interrupted{}))
	want(t, "back without b", m.Step(t0, mesh.Resumed{}))
	want(t, "b is back", m.Step(t0, mesh.Joined{Peer: "b"}))
	if got := m.Step(t0, mesh.Gone{Peer: "b"}); len(got) != 4 {
		t.Errorf("b leaves: %v", got)
	}
}

func TestARestartedPeerReplacesItsOldConnection(t *testing.T) {
	m := connected()
	out := m.Step(t0, received(signaling.Offer, "x9", 1, "o"))
	closing := change(mesh.StateClosing)
	closing.RemoteClosed = true
	want(t, "an offer of a new life", out, closing, change(mesh.StateClosed), mesh.Destroy{Peer: "b", Conn: "c1"},
		mesh.Create{Peer: "b", Conn: "x9", Role: mesh.Answerer}, mesh.Change{Peer: "b", Conn: "x9", State: mesh.StateInitializing},
		mesh.MakeAnswer{Peer: "b", Conn: "x9", SDP: "o"})
}

func TestWhenBothOfferTheSmallerNameWins(t *testing.T) {
	small := offering() // a, to b
	want(t, "a keeps its own", small.Step(t0, received(signaling.Offer, "x9", 1, "o")))
	large := machine("c")
	large.Step(t0, mesh.Joined{Peer: "b"})
	out := large.Step(t0, received(signaling.Offer, "x9", 1, "o"))
	if last := out[len(out)-1]; !cmp.Equal(last, mesh.Output(mesh.MakeAnswer{Peer: "b", Conn: "x9", SDP: "o"})) {
		t.Errorf("c answers last: %v", out)
	}
}

func TestAManualMeshWaitsForItsCaller(t *testing.T) {
	m := mesh.New(mesh.Options{Self: "a", Manual: true, NewConn: func() signaling.ConnID { return "c1" }})
	want(t, "a newcomer", m.Step(t0, mesh.Joined{Peer: "b"}))
	want(t, "an offer", m.Step(t0, received(signaling.Offer, "x1", 1, "o")), mesh.Offered{Peer: "b", Conn: "x1"})
	m.Step(t0, mesh.Received{From: "b", Signal: signaling.Signal{Kind: signaling.Candidates, Conn: "x1", N: 2, Candidates: []signaling.Candidate{{Candidate: "c"}}}})
	out := m.Step(t0, mesh.Accept{Peer: "b"})
	if _, ok := out[len(out)-1].(mesh.AddCandidates); !ok || len(out) != 4 {
		t.Errorf("accepted: %v, want the early candidates last", out)
	}
	m.Step(t0, mesh.Disconnect{Peer: "b"})
	m.Step(t0, received(signaling.Offer, "x2", 1, "o"))
	want(t, "taken back", m.Step(t0, received(signaling.Bye, "x2", 2, "")), mesh.OfferCanceled{Peer: "b", Conn: "x2"})
	m.Step(t0, received(signaling.Offer, "x3", 1, "o"))
	want(t, "rejected", m.Step(t0, mesh.Disconnect{Peer: "b"}),
		mesh.Send{Peer: "b", Signal: signaling.Signal{Kind: signaling.Bye, Conn: "x3", N: 1}})
}

func TestASignalSeenOnOnePathIsDroppedOnTheOther(t *testing.T) {
	m := connected()
	c := received(signaling.Candidates, "c1", 5, "")
	if got := m.Step(t0, c); len(got) != 1 {
		t.Fatalf("candidates: %v", got)
	}
	want(t, "the same again", m.Step(t0, c))
	want(t, "an older one", m.Step(t0, received(signaling.Negotiate, "c1", 4, "")))
}

func TestAWishForAnOfferWaitsForTheAnswerUnderWay(t *testing.T) {
	m := connected()
	m.Step(t0, received(signaling.Negotiate, "c1", 2, ""))
	m.Step(t0, mesh.Described{Peer: "b", Conn: "c1", SDP: "o2"})
	want(t, "a second wish", m.Step(t0, received(signaling.Negotiate, "c1", 3, "")))
	want(t, "the answer", m.Step(t0, received(signaling.Answer, "c1", 4, "a2")),
		mesh.ApplyAnswer{Peer: "b", Conn: "c1", SDP: "a2"}, mesh.MakeOffer{Peer: "b", Conn: "c1"})
}

func TestARestartThatNobodyAnswersIsTriedAgain(t *testing.T) {
	m := connected()
	m.Step(t0, mesh.PathDown{Peer: "b", Conn: "c1", Failed: true})
	m.Step(t0, mesh.Described{Peer: "b", Conn: "c1", SDP: "r"})
	now := t0.Add(mesh.RestartInterval)
	want(t, "the same offer once more", m.Step(now, mesh.Tick{}), mesh.MakeOffer{Peer: "b", Conn: "c1"})
}

func TestSignalingLostAfterThePathShortensTheWait(t *testing.T) {
	m := connected()
	m.Step(t0, mesh.PathDown{Peer: "b", Conn: "c1"})
	m.Step(t0.Add(time.Second), mesh.Away{Peer: "b", Away: true})
	m.Step(t0.Add(mesh.RestartDelay), mesh.Tick{})
	if got := m.Step(t0.Add(time.Second+mesh.VanishedTimeout), mesh.Tick{}); len(got) == 0 {
		t.Error("still waiting for a member whose process is gone")
	}
}

func TestAPathThatIsNotFoundIsSoughtAgainWhileThereIsTime(t *testing.T) {
	m := offering()
	m.Step(t0, received(signaling.Answer, "c1", 1, "a"))
	now := t0.Add(9 * time.Second)
	want(t, "ICE gave up", m.Step(now, mesh.PathDown{Peer: "b", Conn: "c1", Failed: true}),
		mesh.MakeOffer{Peer: "b", Conn: "c1", ICERestart: true})
	if out := m.Step(t0.Add(mesh.ConnectTimeout), mesh.Tick{}); len(out) == 0 || out[0].(mesh.Change).State != mesh.StateFailing {
		t.Errorf("30 s after the start: %v, want failing", out)
	}
}
