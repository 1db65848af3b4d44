// Package signaling reaches others before a connection exists, through drivers named by URL scheme.
//
// A [Driver] joins a room and gives a [Session]: who was there before us, what others send, and a way
// to send. Whoever is in the room offers to the newcomer, so a session's list of those present is the
// list of those whose offers to expect. What two members tell each other is a [Signal]; it has one JSON
// form, the same over a server and over the data channel that takes over once a connection is open.
//
// A session outlives its path: when the server is lost the driver says [Interrupted], tries again with
// growing pauses by itself, and says [Resumed] with the room's members of now.
package signaling

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"
)

// PeerID names one member of a room. It is stable over reconnections.
type PeerID string

// ConnID names one life of one pair's connection.
type ConnID string

// Metadata is what a member tells the room about itself besides its name.
type Metadata struct {
	Microphone bool `json:"mic"`    // sound is sent
	Camera     bool `json:"camera"` // camera pictures are sent
	Screen     bool `json:"screen"` // a screen is shared
}

// Peer is a member of a room, as the driver knows it.
type Peer struct {
	ID       PeerID
	Name     string
	Metadata Metadata
	Away     bool // its signaling path is lost and may come back

	// Foreign: it is another program, which knows nothing of slots, of ConnIDs, nor of the control channel.
	// It gets a microphone and a camera, and offers by itself whenever it likes.
	Foreign bool
	Text    string // of a foreign one: label of the data channel for text, which the offerer opens; empty: none
	// Tunnel: a foreign one that negotiates over data channel 0 of the connection, and whose lines each carry
	// media in one direction. Its session is a Tunneler.
	Tunnel   bool
	Crossing Crossing // with a foreign one
}

// ICEServer is a STUN or TURN server (RFC 7064, RFC 7065).
type ICEServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}

// Driver is one way to reach others before a connection exists.
type Driver interface {
	// Join enters a room and returns when the room has accepted us. Self's ID is left empty; the
	// driver gives it. ctx bounds the joining only.
	Join(ctx context.Context, room string, self Peer) (Session, error)
}

// Session is a joined room. All methods are safe from any goroutine.
type Session interface {
	Self() PeerID
	// Present is who was there before us when we joined: they offer to us.
	Present() []Peer
	// ICEServers are what the signaling server hands out; may be empty.
	ICEServers() []ICEServer
	// Messages are in the order in which they happened. It is closed by the driver, once, when the
	// session is over for good; Err then says why (nil after Leave).
	Messages() <-chan Message
	// Send passes s on to one member; a foreign one's driver hears bye at the end of every connection's
	// life, though nothing may go out. While the path is interrupted it returns ErrInterrupted at once;
	// the caller sends again after Resumed if it still matters. Nil means that s is on its way: what
	// was sent shortly before Interrupted may be lost, too.
	Send(ctx context.Context, to PeerID, s Signal) error
	// Update tells the room our name and metadata of now; while the path is interrupted it is
	// remembered and told afterwards.
	Update(ctx context.Context, name string, m Metadata) error
	// Leave says good-bye and ends the session. Any number of times; Send afterwards: ErrLeft.
	Leave(ctx context.Context) error
	Err() error
}

// Message is PeerJoined, PeerLeft, PeerUpdated, PeerAway, Received, Interrupted, Resumed or Refused.
type Message interface{ message() }

// PeerJoined says that somebody came after us; we offer to them.
type PeerJoined struct {
	Peer   Peer
	Offers bool // it offers to us: it was there before, or its system wants it so
}

// PeerLeft says that a member is gone for good.
type PeerLeft struct {
	ID     PeerID
	Reason string // leave, lost, kicked or replaced
}

// PeerUpdated says that a member changed its name or metadata.
type PeerUpdated struct{ Peer Peer }

// PeerAway says that a member's signaling path was lost (its connections may live), or is back.
type PeerAway struct {
	ID   PeerID
	Away bool
}

// Received is a signal of another member; From was stamped by the driver, not by the sender.
type Received struct {
	From   PeerID
	Signal Signal
}

// Interrupted says that our path is lost; the driver tries again by itself. It comes again, without
// Resumed between, when the server is back and refuses us (a full room, another password).
type Interrupted struct{ Err error }

// Resumed says that our path is back.
type Resumed struct {
	// Members are all the others, in the order in which they joined. With Replayed, nothing was missed:
	// they are those we knew, and what happened meanwhile follows as messages. Without it, the server
	// had forgotten us, we joined again with the same ID, and they are those of now: each of them hears
	// PeerJoined of us, as with a newcomer. Whom we knew and who is not among them may come back, or not.
	Members  []Peer
	Replayed bool
}

// Refused says that the server answered something of ours with an error that does not end the session, or
// that a member cannot be talked to.
type Refused struct {
	To  PeerID // whom the refused signal was for, or who cannot be talked to, or empty
	Err error
}

func (PeerJoined) message()  {}
func (PeerLeft) message()    {}
func (PeerUpdated) message() {}
func (PeerAway) message()    {}
func (Received) message()    {}
func (Interrupted) message() {}
func (Resumed) message()     {}
func (Refused) message()     {}

// Errors that callers decide on. Drivers wrap them.
var (
	ErrUnreachable   = errors.New("signaling server cannot be reached")
	ErrNotSignaling  = errors.New("no signaling server of this kind at this address")
	ErrUntrusted     = errors.New("signaling server's certificate is not trusted")
	ErrUnauthorized  = errors.New("password refused")
	ErrBadRoom       = errors.New("room name not allowed")
	ErrRoomFull      = errors.New("room is full")
	ErrRoomLocked    = errors.New("room is locked")
	ErrVersion       = errors.New("protocol version not supported")
	ErrRateLimited   = errors.New("too many messages")
	ErrKicked        = errors.New("removed from the room")
	ErrReplaced      = errors.New("joined from another place with the same key")
	ErrNoSuchPeer    = errors.New("no such member in the room")
	ErrInterrupted   = errors.New("signaling is interrupted")
	ErrLeft          = errors.New("room was left")
	ErrTooSlow       = errors.New("signaling messages were not read in time")
	ErrURL           = errors.New("signaling URL is not valid")
	ErrUnknownScheme = errors.New("no driver for this kind of signaling URL")
	ErrInvitation    = errors.New("invitation is not valid")
	ErrSealed        = errors.New("signal is sealed with a key that we do not have")
)

// Options are what every driver may need.
type Options struct {
	Password string       // of the room; empty: none
	Key      string       // secret of this run of the application, 22 to 128 characters: keeps our ID over reconnections; empty: a new one
	Logger   *slog.Logger // nil: discard
}

// Registry opens drivers by the scheme of their URL.
type Registry map[string]func(ctx context.Context, u *url.URL, o Options) (Driver, error)

// Open parses a signaling URL and opens its driver.
func (r Registry) Open(ctx context.Context, rawURL string, o Options) (Driver, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrURL, unquoted(err))
	}
	if u.Scheme == "" {
		return nil, fmt.Errorf("%w: %q has no scheme like ws:// or wss://", ErrURL, Redact(rawURL))
	}
	open, ok := r[u.Scheme]
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrUnknownScheme, u.Scheme)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return open(ctx, u, o)
}

// Redact is a signaling URL without what must not be shown: its fragment, which may hold a key, and a
// password. What cannot be read as a URL is not shown at all.
func Redact(rawURL string) string {
	rawURL, _, _ = strings.Cut(rawURL, "#")
	u, err := url.Parse(rawURL)
	if err != nil {
		return "a malformed URL"
	}
	if at := strings.LastIndexByte(u.Opaque, '@'); at >= 0 { // nats:user:password@host: somebody forgot the slashes
		u.Opaque = "xxxxx" + u.Opaque[at:]
	}
	return u.Redacted()
}

// unquoted is an error of package url without the URL that it is about.
func unquoted(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// RetryPause is the pause before attempt n (from 0) to reach a lost server: 250 ms doubled each time,
// at most 8 s, spread by a quarter either way; random is from [0,1).
func RetryPause(n int, random float64) time.Duration {
	pause := 8 * time.Second
	if n < 5 {
		pause = 250 * time.Millisecond << n
	}
	return time.Duration(float64(pause) * (0.75 + random/2))
}
