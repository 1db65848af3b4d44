// Package duo meets one other program at a time through somebody else's signaling.
//
// Systems made for calls of two tell little: no names, no room list, no sender of a message. A [Dialect]
// speaks one of them: it enters a room and turns messages into [Word]s and back. From these the package
// makes a session of package signaling, a room of two:
//
//   - The other one is a foreign member with a made-up ID, known from the moment when something says that
//     it is there: an [Arrived], or its offer.
//   - Each life of the connection gets a ConnID. A life begins with an offer, of ours by the engine, of
//     theirs by an origin (RFC 8866 section 5.2) that we did not know; it ends with the engine's bye.
//   - Where everything that is said reaches everybody ([System.Broadcast]), what is not of the present
//     life's origin or ICE credentials is a stranger's. Its newest offer is kept until the life ends. An
//     offer that comes when nobody is known to be in the room may be a stranger's, too: who is there is
//     asked for first ([Ask]). Nor is it told there when somebody leaves: who has not offered is asked for
//     when the life has ended, who has is gone then.
//   - A lost socket is dialed again with growing pauses, and the room entered again; the connection does
//     not need it.
//
// A session has one goroutine that owns its state. What arrives is limited in size and number.
package duo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"confab/conference/signaling"
	"confab/conference/signaling/socket"
)

// joinWait bounds a join, and each attempt to come back, whatever the caller's context says.
const joinWait = 15 * time.Second

// Dialect is one system's protocol. Enter may be called while Read and Write are; these two are called by
// one goroutine at a time.
type Dialect interface {
	// Enter dials and asks to be let into the room. It returns when the room has taken us in, with a socket
	// that was not started yet. Errors wrap those of package signaling.
	Enter(ctx context.Context, room, name string) (Entrance, error)
	// Read says what a message means; nothing is no error: systems grow. An error breaks the socket.
	Read(room string, data []byte) ([]Word, error)
	// Write says Offer, Answer, Candidate, Ask or Leave in the room; nothing: the system has no word for it.
	Write(room string, w Word) ([]byte, error)
}

// Entrance is a room entered.
type Entrance struct {
	Socket     *socket.Socket
	Self       signaling.PeerID // as the system calls us; empty: it does not
	Others     []Arrived        // one at most
	ICEServers []signaling.ICEServer
	Beat       time.Duration // how often to send Heartbeat; 0: never
	Heartbeat  []byte
}

// Word is Arrived, Announced, Present, Gone, Offer, Answer, Candidate, Ask, Leave, Left, Reply, Refused or Over.
type Word interface{ word() }

// Arrived says that somebody is there to whom we offer.
type Arrived struct {
	ID   signaling.PeerID // as the system calls it; empty: it does not
	Name string           // may be empty
}

// Announced says whose offer is to be expected.
type Announced struct {
	ID   signaling.PeerID
	Name string // may be empty
}

// Ask asks who is there, of a system that tells nobody who has left.
type Ask struct{ Name string } // ours

// Present answers it.
type Present struct{ Others []Arrived }

// Gone says that the other one has left, or a certain one if ID is not empty.
type Gone struct{ ID signaling.PeerID }

// Offer is a session description.
type Offer struct{ SDP string }

// Answer is a session description.
type Answer struct{ SDP string }

// Candidate is an address of the sender's.
type Candidate struct{ Candidate signaling.Candidate }

// Leave says that we go.
type Leave struct{}

// Left is the server's answer to it.
type Left struct{}

// Reply is what must be sent back at once.
type Reply struct{ Data []byte }

// Refused is an error that does not end the session.
type Refused struct{ Err error }

// Over says that the server lets go of us: the socket is given up, and the room entered again, unless Err
// wraps signaling.ErrKicked or ErrReplaced.
type Over struct{ Err error }

func (Arrived) word()   {}
func (Announced) word() {}
func (Present) word()   {}
func (Ask) word()       {}
func (Gone) word()      {}
func (Offer) word()     {}
func (Answer) word()    {}
func (Candidate) word() {}
func (Leave) word()     {}
func (Left) word()      {}
func (Reply) word()     {}
func (Refused) word()   {}
func (Over) word()      {}

// System says what sets a system apart.
type System struct {
	Name      string                   // of the driver, for logs and made-up IDs
	Guest     string                   // what somebody without a name is called
	Broadcast bool                     // what is said reaches everybody, strangers too
	Text      func(room string) string // label of the data channel for text; nil: there is none
}

// NewDriver makes the driver of a dialect.
func NewDriver(d Dialect, s System, o signaling.Options) signaling.Driver {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &driver{dialect: d, system: s, options: o, log: o.Logger.With("driver", s.Name)}
}

// CheckURL tells whether a signaling URL names a host and nothing that has no place in it, and whether
// the options ask for a password, which these systems do not know. The error wraps signaling.ErrURL or
// ErrPassword.
func CheckURL(u *url.URL, o signaling.Options) error {
	switch {
	case u.Hostname() == "":
		return fmt.Errorf("%w: it names no host", signaling.ErrURL)
	case u.User != nil:
		return fmt.Errorf("%w: a user or password has no place in it", signaling.ErrURL)
	case o.Password != "":
		return ErrPassword
	}
	return nil
}

// ErrPassword says that a password was given to a system whose rooms are open to everybody.
var ErrPassword = errors.New("rooms of this system have no passwords")

type driver struct {
	dialect Dialect
	system  System
	options signaling.Options
	log     *slog.Logger
}

// Join enters the room. It ends with ctx, after 15 s at the latest.
func (d *driver) Join(ctx context.Context, room string, self signaling.Peer) (signaling.Session, error) {
	room, err := signaling.CleanRoom(room)
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	name := signaling.CleanName(self.Name)
	in, err := d.enter(ctx, room, name)
	if err != nil {
		return nil, fmt.Errorf("join room %q: %w", room, err)
	}
	return newSession(d, room, name, in), nil
}

// enter gives a room entered, with a started socket.
func (d *driver) enter(ctx context.Context, room, name string) (Entrance, error) {
	ctx, cancel := context.WithTimeout(ctx, joinWait)
	defer cancel()
	in, err := d.dialect.Enter(ctx, room, name)
	switch cause := ctx.Err(); {
	case err == nil && len(in.Others) > 1:
		in.Socket.Close()
		return Entrance{}, fmt.Errorf("%w: %d others are there, and calls are of two", signaling.ErrRoomFull, len(in.Others))
	case err == nil:
		in.Socket.Start()
		return in, nil
	case cause == nil:
		return Entrance{}, err
	case errors.Is(cause, context.DeadlineExceeded):
		return Entrance{}, fmt.Errorf("%w: no answer: %w", signaling.ErrUnreachable, cause)
	default:
		return Entrance{}, cause
	}
}
