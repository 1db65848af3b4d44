package mesh_test

import (
	"testing"

	"confab/conference/mesh"
	"confab/conference/signaling"
)

// foreign is a machine connected to b, another program, that has offered c1 itself.
func foreign() *mesh.Machine {
	m := machine("a")
	m.Step(t0, mesh.Joined{Peer: "b", Foreign: true})
	m.Step(t0, mesh.Described{Peer: "b", Conn: "c1", SDP: "o"})
	m.Step(t0, received(signaling.Answer, "c1", 1, "a"))
	m.Step(t0, mesh.PathUp{Peer: "b", Conn: "c1"})
	return m
}

// called is a machine connected to b, another program, that has offered c1 to us.
func called() *mesh.Machine {
	m := machine("a")
	m.Step(t0, mesh.Joined{Peer: "b", Foreign: true, Offers: true})
	m.Step(t0, received(signaling.Offer, "c1", 1, "o"))
	m.Step(t0, mesh.Described{Peer: "b", Conn: "c1", SDP: "a", Answer: true})
	m.Step(t0, mesh.PathUp{Peer: "b", Conn: "c1"})
	return m
}

func sent(k signaling.Kind, n uint32, sdp string) mesh.Send {
	return mesh.Send{Peer: "b", Signal: signaling.Signal{Kind: k, Conn: "c1", N: n, SDP: sdp}}
}

func TestWhoeverSaysThatItOffersIsWaitedFor(t *testing.T) {
	m := machine("a")
	want(t, "one who offers", m.Step(t0, mesh.Joined{Peer: "b", Foreign: true, Offers: true}))
	want(t, "its offer", m.Step(t0, received(signaling.Offer, "x", 1, "o")),
		mesh.Create{Peer: "b", Conn: "x", Role: mesh.Answerer},
		mesh.Change{Peer: "b", Conn: "x", State: mesh.StateInitializing},
		mesh.MakeAnswer{Peer: "b", Conn: "x", SDP: "o"})
}

func TestForeignMembersMayOfferWhoeverOfferedFirst(t *testing.T) {
	m := foreign()
	want(t, "their offer", m.Step(t0, received(signaling.Offer, "c1", 2, "o2")), mesh.MakeAnswer{Peer: "b", Conn: "c1", SDP: "o2"})
	want(t, "our answer", m.Step(t0, mesh.Described{Peer: "b", Conn: "c1", SDP: "a2", Answer: true}),
		mesh.Send{Peer: "b", Signal: signaling.Signal{Kind: signaling.Answer, Conn: "c1", N: 2, SDP: "a2", Re: 2}})

	m = called()
	want(t, "a path to repair", m.Step(t0, mesh.Repair{Peer: "b", Conn: "c1"}), mesh.MakeOffer{Peer: "b", Conn: "c1", ICERestart: true})
	want(t, "our offer", m.Step(t0, mesh.Described{Peer: "b", Conn: "c1", SDP: "o2"}), sent(signaling.Offer, 2, "o2"))
	want(t, "their answer", m.Step(t0, received(signaling.Answer, "c1", 2, "a2")), mesh.ApplyAnswer{Peer: "b", Conn: "c1", SDP: "a2"})
}

func TestAForeignSystemMayAskForAnOfferOfWhoeverOfferedFirst(t *testing.T) {
	for _, m := range []*mesh.Machine{foreign(), called()} {
		ask := received(signaling.Negotiate, "c1", 2, "")
		ask.Signal.ICERestart = true
		want(t, "its wish", m.Step(t0, ask), mesh.MakeOffer{Peer: "b", Conn: "c1", ICERestart: true})
	}
}

func TestOfTwoForeignOffersThatCrossTheFirstOfferersCounts(t *testing.T) {
	m := foreign()
	m.Step(t0, mesh.Repair{Peer: "b", Conn: "c1"})
	m.Step(t0, mesh.Described{Peer: "b", Conn: "c1", SDP: "o2"})
	want(t, "their offer", m.Step(t0, received(signaling.Offer, "c1", 2, "theirs")))
	want(t, "their answer", m.Step(t0, received(signaling.Answer, "c1", 3, "a")), mesh.ApplyAnswer{Peer: "b", Conn: "c1", SDP: "a"})

	m = called()
	m.Step(t0, mesh.Repair{Peer: "b", Conn: "c1"})
	want(t, "while ours is made", m.Step(t0, received(signaling.Offer, "c1", 2, "theirs")), mesh.MakeAnswer{Peer: "b", Conn: "c1", SDP: "theirs"})
	want(t, "ours is made", m.Step(t0, mesh.Described{Peer: "b", Conn: "c1", SDP: "o2"}))
	want(t, "the answer is made", m.Step(t0, mesh.Described{Peer: "b", Conn: "c1", SDP: "a", Answer: true}),
		mesh.Send{Peer: "b", Signal: signaling.Signal{Kind: signaling.Answer, Conn: "c1", N: 2, SDP: "a", Re: 2}})

	m = called()
	m.Step(t0, mesh.Repair{Peer: "b", Conn: "c1"})
	m.Step(t0, mesh.Described{Peer: "b", Conn: "c1", SDP: "o2"})
	want(t, "when ours is under way", m.Step(t0, received(signaling.Offer, "c1", 2, "theirs")), mesh.MakeAnswer{Peer: "b", Conn: "c1", SDP: "theirs"})
	want(t, "an answer to ours", m.Step(t0, received(signaling.Answer, "c1", 3, "late")))
}

func TestForeignOffersThatCrossAtFirstAreOfTwoLives(t *testing.T) {
	m := machine("a") // the smaller name, which would have its way between Confabs
	m.Step(t0, mesh.Joined{Peer: "b", Foreign: true})
	m.Step(t0, mesh.Described{Peer: "b", Conn: "c1", SDP: "o"})
	closing, closed := change(mesh.StateClosing), change(mesh.StateClosed)
	closing.RemoteClosed = true
	want(t, "their offer", m.Step(t0, received(signaling.Offer, "x", 1, "theirs")),
		closing, closed, sent(signaling.Bye, 2, ""), mesh.Destroy{Peer: "b", Conn: "c1"},
		mesh.Create{Peer: "b", Conn: "x", Role: mesh.Answerer},
		mesh.Change{Peer: "b", Conn: "x", State: mesh.StateInitializing},
		mesh.MakeAnswer{Peer: "b", Conn: "x", SDP: "theirs"})
}

func TestDriversOfForeignMembersHearOfEachEnd(t *testing.T) {
	m := foreign()
	want(t, "hung up", m.Step(t0, mesh.HungUp{Peer: "b", Conn: "c1"}),
		mesh.Change{Peer: "b", Conn: "c1", State: mesh.StateClosing, RemoteClosed: true}, change(mesh.StateClosed),
		sent(signaling.Bye, 2, ""), mesh.Destroy{Peer: "b", Conn: "c1"}, mesh.Forget{Peer: "b"})
	m = foreign()
	want(t, "leaving", m.Step(t0, mesh.Leave{}),
		change(mesh.StateClosing), change(mesh.StateClosed),
		sent(signaling.Bye, 2, ""), mesh.Destroy{Peer: "b", Conn: "c1"}, mesh.Forget{Peer: "b"})
}

func TestWhereTheForeignOfferAlwaysCountsOursIsMadeAgain(t *testing.T) {
	m := foreign()
	m.Step(t0, mesh.Joined{Peer: "b", Foreign: true, Crossing: signaling.CrossingTheirs})
	m.Step(t0, received(signaling.Negotiate, "c1", 2, ""))
	want(t, "our offer", m.Step(t0, mesh.Described{Peer: "b", Conn: "c1", SDP: "o2"}), sent(signaling.Offer, 2, "o2"))
	want(t, "theirs", m.Step(t0, received(signaling.Offer, "c1", 3, "o3")), mesh.MakeAnswer{Peer: "b", Conn: "c1", SDP: "o3"})
	answer := sent(signaling.Answer, 3, "a3")
	answer.Signal.Re = 3
	want(t, "our answer", m.Step(t0, mesh.Described{Peer: "b", Conn: "c1", SDP: "a3", Answer: true}),
		answer, mesh.MakeOffer{Peer: "b", Conn: "c1"})
}

func TestWhereOurOfferAlwaysCountsTheForeignOneIsPassedOver(t *testing.T) {
	m := called()
	m.Step(t0, mesh.Joined{Peer: "b", Foreign: true, Crossing: signaling.CrossingOurs})
	m.Step(t0, received(signaling.Negotiate, "c1", 2, ""))
	want(t, "our offer", m.Step(t0, mesh.Described{Peer: "b", Conn: "c1", SDP: "o2"}), sent(signaling.Offer, 2, "o2"))
	want(t, "theirs", m.Step(t0, received(signaling.Offer, "c1", 3, "o3")))
	want(t, "their answer", m.Step(t0, received(signaling.Answer, "c1", 4, "a2")), mesh.ApplyAnswer{Peer: "b", Conn: "c1", SDP: "a2"})
}
