package mesh

import "confab/conference/signaling"

// Input is something that happened.
type Input interface{ input() }

// Present says that these members were in the room before us; they offer to us.
type Present struct{ Peers []signaling.PeerID }

// Joined says that a member came after us; we offer, unless Offers says that it does.
type Joined struct {
	Peer     signaling.PeerID
	Offers   bool
	Foreign  bool               // another program
	Crossing signaling.Crossing // with a foreign one
}

// Gone says that a member left the room. Lost: it did not say so, its signaling did not come back in time.
type Gone struct {
	Peer signaling.PeerID
	Lost bool
}

// Away says that a member's signaling path was lost, or is back.
type Away struct {
	Peer signaling.PeerID
	Away bool
}

// Interrupted says that our own signaling path is lost.
type Interrupted struct{}

// Resumed says that our own signaling path is back, and these are the others in the room. Rejoined: the server had
// forgotten us, so the others have heard a join of ours, and those without a connection to us offer.
type Resumed struct {
	Members  []Member
	Rejoined bool
}

// Member is somebody in the room.
type Member struct {
	ID       signaling.PeerID
	Away     bool
	Foreign  bool               // another program
	Crossing signaling.Crossing // with a foreign one
}

// Received says that a signal came, over whichever path. From is stamped by the path, not by the sender.
type Received struct {
	From   signaling.PeerID
	Signal signaling.Signal
}

// Connect says that the caller wants a connection to a member, as offerer (Manual).
type Connect struct{ Peer signaling.PeerID }

// Accept says that the caller takes the offer of a member (Manual).
type Accept struct{ Peer signaling.PeerID }

// Disconnect says that the caller closes the connection to a member, or rejects its offer.
type Disconnect struct{ Peer signaling.PeerID }

// Leave says that we go. All connections are closed.
type Leave struct{}

// Tick says that the Deadline has come.
type Tick struct{}

// Described says that the description asked for by MakeOffer or MakeAnswer is made and set.
type Described struct {
	Peer   signaling.PeerID
	Conn   signaling.ConnID
	SDP    string
	Slots  map[string]string
	Answer bool // of MakeAnswer; only with a foreign member it does not follow from our role
}

// Gathered says that candidates of ours were found.
type Gathered struct {
	Peer       signaling.PeerID
	Conn       signaling.ConnID
	Candidates []signaling.Candidate
}

// PathUp says that packets flow, or flow again.
type PathUp struct {
	Peer signaling.PeerID
	Conn signaling.ConnID
}

// PathDown says that nothing has come for a while. Failed: ICE has given the path up.
type PathDown struct {
	Peer   signaling.PeerID
	Conn   signaling.ConnID
	Failed bool
}

// Control says that the pair's control channel opened or closed.
type Control struct {
	Peer signaling.PeerID
	Conn signaling.ConnID
	Open bool
}

// Broken says that something could not be done, such as applying a description. A connection that works goes on
// without it, unless it is Beyond repair.
type Broken struct {
	Peer   signaling.PeerID
	Conn   signaling.ConnID
	Err    error
	Beyond bool
}

// HungUp says that the other end closed the connection without a word.
type HungUp struct {
	Peer signaling.PeerID
	Conn signaling.ConnID
}

// Repair says that somebody noticed, before ICE did, that the path needs a restart.
type Repair struct {
	Peer signaling.PeerID
	Conn signaling.ConnID
}

func (Present) input()     {}
func (Joined) input()      {}
func (Gone) input()        {}
func (Away) input()        {}
func (Interrupted) input() {}
func (Resumed) input()     {}
func (Received) input()    {}
func (Connect) input()     {}
func (Accept) input()      {}
func (Disconnect) input()  {}
func (Leave) input()       {}
func (Tick) input()        {}
func (Described) input()   {}
func (Gathered) input()    {}
func (PathUp) input()      {}
func (PathDown) input()    {}
func (Control) input()     {}
func (Broken) input()      {}
func (HungUp) input()      {}
func (Repair) input()      {}

// Output is something to do.
type Output interface{ output() }

// Create a connection object. State New.
type Create struct {
	Peer signaling.PeerID
	Conn signaling.ConnID
	Role Role
}

// MakeOffer asks for an offer, made and set; Described is the result. While an earlier offer is unanswered,
// that one is wanted again.
type MakeOffer struct {
	Peer       signaling.PeerID
	Conn       signaling.ConnID
	ICERestart bool
}

// MakeAnswer asks for an offer to be applied and an answer to be made and set; Described is the result.
type MakeAnswer struct {
	Peer  signaling.PeerID
	Conn  signaling.ConnID
	SDP   string
	Slots map[string]string
}

// ApplyAnswer asks for the answer to our offer to be applied.
type ApplyAnswer struct {
	Peer signaling.PeerID
	Conn signaling.ConnID
	SDP  string
}

// AddCandidates of the other side.
type AddCandidates struct {
	Peer       signaling.PeerID
	Conn       signaling.ConnID
	Candidates []signaling.Candidate
}

// Send a signal: over the control channel, or by signaling.
type Send struct {
	Peer    signaling.PeerID
	Signal  signaling.Signal
	Control bool
}

// Change of a connection's state, or of Repairing while it is Connected.
type Change struct {
	Peer           signaling.PeerID
	Conn           signaling.ConnID
	State          State
	Repairing      bool
	RemoteClosed   bool // Closing: the other side closed, or left
	RemoteRejected bool // Closing: the other side did not want our offer
	Err            error
}

// Destroy the connection object. It is in its last state.
type Destroy struct {
	Peer signaling.PeerID
	Conn signaling.ConnID
}

// Offered says that a member offers, and waits for Accept or Disconnect (Manual).
type Offered struct {
	Peer signaling.PeerID
	Conn signaling.ConnID
}

// OfferCanceled says that the member took its offer back before we answered (Manual).
type OfferCanceled struct {
	Peer signaling.PeerID
	Conn signaling.ConnID
}

// Forget a member: it is not in the room any more, and has no connection.
type Forget struct{ Peer signaling.PeerID }

// Report an error that changed nothing.
type Report struct {
	Peer signaling.PeerID
	Err  error
}

func (Create) output()        {}
func (MakeOffer) output()     {}
func (MakeAnswer) output()    {}
func (ApplyAnswer) output()   {}
func (AddCandidates) output() {}
func (Send) output()          {}
func (Change) output()        {}
func (Destroy) output()       {}
func (Offered) output()       {}
func (OfferCanceled) output() {}
func (Forget) output()        {}
func (Report) output()        {}
