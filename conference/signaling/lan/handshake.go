package lan

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"confab/conference/signaling"
	"confab/conference/signaling/lan/cpace"
)

// handshakeWait bounds all that happens before two members know that they are in one room.
const handshakeWait = 5 * time.Second

var (
	errSelf     = errors.New("connected to ourselves")
	errStranger = errors.New("somebody else answers")
)

// gate is what a member shows and wants to see before it lets somebody in.
type gate struct {
	self           *identity
	room, password string
}

// guest is a connection whose other end is who it says it is, and knows the password.
type guest struct {
	conn   net.Conn
	peer   signaling.PeerID
	dialed bool // by us
}

// dialed opens a connection that we made; want is who must be there (empty: anybody). It takes conn over.
func (g *gate) dialed(ctx context.Context, conn net.Conn, want signaling.PeerID) (*guest, error) {
	return g.secure(ctx, conn, tls.Client(conn, g.self.client), func(c *tls.Conn, public, channel []byte) error {
		if want != "" && idOf(public) != want {
			return errStranger
		}
		return g.enter(c, public, channel)
	}, true)
}

// accepted lets somebody in who connected to us. It takes conn over. mayGuess is asked before the
// password is.
func (g *gate) accepted(ctx context.Context, conn net.Conn, mayGuess func() bool) (*guest, error) {
	return g.secure(ctx, conn, tls.Server(conn, g.self.server), func(c *tls.Conn, public, channel []byte) error {
		return g.admit(c, public, channel, mayGuess)
	}, false)
}

// secure does what both sides do: TLS, then meet, all within handshakeWait and ctx.
func (g *gate) secure(ctx context.Context, raw net.Conn, c *tls.Conn, meet func(c *tls.Conn, public, channel []byte) error, dialed bool) (*guest, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeWait)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	public, err := g.shake(ctx, c)
	if err == nil {
		var channel []byte
		state := c.ConnectionState()
		if channel, err = state.ExportKeyingMaterial("EXPORTER-confab-lan", nil, 32); err == nil {
			err = meet(c, public, channel)
		}
	}
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		raw.Close()
		return nil, err
	}
	return &guest{conn: c, peer: idOf(public), dialed: dialed}, nil
}

// shake does TLS and says who is at the other end.
func (g *gate) shake(ctx context.Context, c *tls.Conn) ([]byte, error) {
	if err := c.HandshakeContext(ctx); err != nil {
		var network net.Error
		if ctx.Err() != nil || errors.As(err, &network) && network.Timeout() {
			return nil, fmt.Errorf("%w: %w", signaling.ErrUnreachable, err)
		}
		return nil, fmt.Errorf("%w: %w", signaling.ErrNotSignaling, err)
	}
	public, err := publicKey(c.ConnectionState())
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", signaling.ErrNotSignaling, err)
	case slices.Equal(public, g.self.public):
		return nil, errSelf
	}
	return public, nil
}

// exchange starts the proof of the password for one connection.
func (g *gate) exchange(channel []byte) *cpace.Exchange {
	return cpace.Start([]byte(g.password), []byte("confab lan room\x00"+g.room), channel)
}

// enter proves the password to whom we have dialed.
func (g *gate) enter(c *tls.Conn, public, channel []byte) error {
	x := g.exchange(channel)
	if _, err := c.Write(encode(hello{Type: "hello", Protocol: []int{version}, Room: g.room, Share: x.Share()})); err != nil {
		return fmt.Errorf("%w: %w", signaling.ErrUnreachable, err)
	}
	var w welcome
	if err := await(c, "welcome", &w); err != nil {
		return err
	}
	if w.Protocol != version {
		return fmt.Errorf("%w: %d was chosen", signaling.ErrVersion, w.Protocol)
	}
	proofs, err := x.Finish(cpace.Initiator, w.Share, g.self.public, public)
	if err != nil {
		return fmt.Errorf("%w: %w", signaling.ErrNotSignaling, err)
	}
	if !proofs.Right(w.Proof) {
		return signaling.ErrUnauthorized
	}
	if _, err := c.Write(encode(proof{Type: "proof", Proof: proofs.Ours})); err != nil {
		return fmt.Errorf("%w: %w", signaling.ErrUnreachable, err)
	}
	return nil
}

// admit has somebody prove the password. Who does not, after having seen our proof, has made a guess: the
// error wraps [signaling.ErrUnauthorized].
func (g *gate) admit(c *tls.Conn, public, channel []byte, mayGuess func() bool) error {
	var h hello
	if err := await(c, "hello", &h); err != nil {
		return refuse(c, codeBadMessage, err)
	}
	switch {
	case !slices.Contains(h.Protocol, version):
		return refuse(c, codeVersion, signaling.ErrVersion)
	case h.Room != g.room:
		return refuse(c, codeOtherRoom, ErrOtherRoom)
	case !mayGuess():
		return refuse(c, codeRateLimited, signaling.ErrRateLimited)
	}
	x := g.exchange(channel)
	proofs, err := x.Finish(cpace.Responder, h.Share, g.self.public, public)
	if err != nil {
		return refuse(c, codeBadMessage, err)
	}
	if _, err := c.Write(encode(welcome{Type: "welcome", Protocol: version, Share: x.Share(), Proof: proofs.Ours})); err != nil {
		return err
	}
	var p proof
	if err := await(c, "proof", &p); err != nil {
		return fmt.Errorf("%w: %w", signaling.ErrUnauthorized, err)
	}
	if !proofs.Right(p.Proof) {
		return refuse(c, codeUnauthorized, signaling.ErrUnauthorized)
	}
	return nil
}

// refuse tells the other side why it is not let in, if it still listens, and gives err back.
func refuse(c *tls.Conn, code string, err error) error {
	_, _ = c.Write(encode(refusal{Type: "error", Code: code}))
	_ = c.CloseWrite() // so that it is read before the connection is gone
	return err
}

// await reads the message of a type that must come next; a refusal in its place is an error.
func await(c *tls.Conn, kind string, into any) error {
	data, err := readFrame(c, maxGreeting)
	switch {
	case errors.Is(err, errWire):
		return fmt.Errorf("%w: %w", signaling.ErrNotSignaling, err)
	case err != nil:
		return fmt.Errorf("%w: %w", signaling.ErrUnreachable, err)
	}
	var h header
	if err := decode(data, &h); err != nil {
		return fmt.Errorf("%w: %w", signaling.ErrNotSignaling, err)
	}
	switch h.Type {
	case kind:
		if err := decode(data, into); err != nil {
			return fmt.Errorf("%w: %w", signaling.ErrNotSignaling, err)
		}
		return nil
	case "error":
		var r refusal
		if err := decode(data, &r); err != nil {
			return fmt.Errorf("%w: %w", signaling.ErrNotSignaling, err)
		}
		return r.err()
	}
	return fmt.Errorf("%w: it answers %.32q", signaling.ErrNotSignaling, h.Type)
}
