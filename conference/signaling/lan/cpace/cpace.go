// Package cpace proves to two parties that they know the same password, and tells neither more than that.
//
// It is CPACE-X25519-SHA512 of draft-irtf-cfrg-cpace with explicit key confirmation: each side sends a share
// and a proof. Who listens learns nothing to try passwords on; who takes part may try one password an
// exchange. An exchange is bound to a channel and to a context, so that somebody in the middle of two
// channels cannot pass one's messages to the other.
//
//	a := cpace.Start(password, context, channel)      b := cpace.Start(password, context, channel)
//	a.Share() ────────────────────────────────────►   pb, err := b.Finish(Responder, …)
//	pa, err := a.Finish(Initiator, …)    ◄─────────   b.Share(), pb.Ours
//	pa.Right(theirs)?  pa.Ours ───────────────────►   pb.Right(theirs)?
package cpace

import (
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
)

// Sizes in bytes.
const (
	ShareSize = 32
	ProofSize = 64
)

const (
	domain    = "CPace255" // of the generator and of what follows from it
	blockSize = 128        // of SHA-512's input
)

// ErrShare is a share that nobody sends who keeps the protocol.
var ErrShare = errors.New("share of a password exchange is not valid")

// Role is a party's part in an exchange.
type Role uint8

// The roles.
const (
	Initiator Role = iota + 1 // its share is sent first
	Responder
)

// String is the role in lower case.
func (r Role) String() string {
	switch r {
	case Initiator:
		return "initiator"
	case Responder:
		return "responder"
	}
	return "unknown"
}

// Exchange is one party's half of a proof. It is used once, by one goroutine at a time.
type Exchange struct {
	scalar  *ecdh.PrivateKey
	channel []byte
	share   [ShareSize]byte
}

// Start makes a share. Both parties need the same context, which says what the password is for, and the
// same channel, a value that both know of their connection and that no other connection has.
func Start(password, context, channel []byte) *Exchange {
	var secret [32]byte
	rand.Read(secret[:]) // never fails: it ends the program instead
	x, err := start(secret[:], password, context, channel)
	for err != nil { // a generator of low order: as likely as guessing the scalar
		rand.Read(secret[:])
		x, err = start(secret[:], password, context, channel)
	}
	return x
}

func start(secret, password, context, channel []byte) (*Exchange, error) {
	g, err := ecdh.X25519().NewPublicKey(generator(password, context, channel))
	if err != nil {
		return nil, err
	}
	x := &Exchange{channel: channel}
	if x.scalar, err = ecdh.X25519().NewPrivateKey(secret); err != nil {
		return nil, err
	}
	y, err := x.scalar.ECDH(g)
	if err != nil {
		return nil, err
	}
	copy(x.share[:], y)
	return x, nil
}

// Share is what the other party needs.
func (x *Exchange) Share() []byte { return x.share[:] }

// Proofs are what shows that a password was the same.
type Proofs struct {
	Ours   []byte // to be sent
	theirs []byte
}

// Right tells whether the other party's proof is what it must be.
func (p *Proofs) Right(proof []byte) bool { return subtle.ConstantTimeCompare(p.theirs, proof) == 1 }

// Finish takes the other party's share. Ours and theirs are the parties' own data (such as their public
// keys) as each side sees them; they too must be the same. The error wraps ErrShare.
func (x *Exchange) Finish(role Role, share, ours, theirs []byte) (*Proofs, error) {
	key, err := x.key(role, share, ours, theirs)
	if err != nil {
		return nil, err
	}
	mac := sha512.Sum512(append([]byte("CPaceMac"), key...))
	proof := func(share, party []byte) []byte {
		h := hmac.New(sha512.New, mac[:])
		h.Write(concat(share, party))
		return h.Sum(nil)
	}
	return &Proofs{Ours: proof(x.share[:], ours), theirs: proof(share, theirs)}, nil
}

// key is the draft's intermediate session key.
func (x *Exchange) key(role Role, share, ours, theirs []byte) ([]byte, error) {
	y, err := ecdh.X25519().NewPublicKey(share)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrShare, err)
	}
	k, err := x.scalar.ECDH(y) // an error for points of low order
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrShare, err)
	}
	first, second := concat(x.share[:], ours), concat(share, theirs)
	if role == Responder {
		first, second = second, first
	}
	h := sha512.New()
	h.Write(concat([]byte(domain+"_ISK"), x.channel, k))
	h.Write(first)
	h.Write(second)
	return h.Sum(nil), nil
}

// generator is the point that a password, a context and a channel stand for, as 32 bytes.
func generator(password, context, channel []byte) []byte {
	padding := max(0, blockSize-1-len(concat(password))-len(concat([]byte(domain))))
	hash := sha512.Sum512(concat([]byte(domain), password, make([]byte, padding), context, channel))
	return elligator(hash[:32])
}

// concat joins fields so that no two lists of fields give the same bytes: each with its length before it.
func concat(fields ...[]byte) []byte {
	var b []byte
	for _, f := range fields {
		b = binary.AppendUvarint(b, uint64(len(f)))
		b = append(b, f...)
	}
	return b
}
