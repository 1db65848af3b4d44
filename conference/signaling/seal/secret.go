package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"

	"confab/conference/signaling"
)

// Sizes, in bytes.
const (
	ChallengeSize = 16
	keySize       = 32 // AES-256
	nonceSize     = 12 // SP 800-38D section 5.2.1.1
	tagSize       = 16
	maxText       = signaling.MaxSealed/4*3 - 1 - nonceSize - tagSize
)

// Info strings of HKDF (RFC 5869 section 3.2).
const (
	infoHello    = "confab.v1 hello"
	infoAsker    = "confab.v1 asker"    // what whoever said hello seals
	infoAnswerer = "confab.v1 answerer" // what whoever answered seals
)

// The first byte of a sealed text.
const (
	kindHello byte = iota + 1
	kindAnswer
	kindWord
)

// Challenge is what a member has made up for one other member and one meeting.
type Challenge [ChallengeSize]byte

// NewChallenge is a random one.
func NewChallenge() Challenge {
	var c Challenge
	rand.Read(c[:]) // never fails: it ends the program instead
	return c
}

// Way is what a sealed text is bound to besides its key: a text of another room, or of a member for another
// one, does not open.
type Way struct {
	Room     string
	From, To signaling.PeerID
}

// Back is the way of the answer.
func (w Way) Back() Way { return Way{Room: w.Room, From: w.To, To: w.From} }

// data is what is authenticated besides the text: the kind, then room, from and to, each after its length as two
// bytes, the most significant one first.
func (w Way) data(kind byte) []byte {
	data := []byte{kind}
	for _, part := range []string{w.Room, string(w.From), string(w.To)} {
		data = binary.BigEndian.AppendUint16(data, uint16(len(part)))
		data = append(data, part...)
	}
	return data
}

// Secret is a room's key and what follows from it. It is immutable.
type Secret struct {
	key   []byte
	hello cipher.AEAD
}

// NewSecret reads an invitation's key, for a room's name as signaling.CleanRoom gives it. Errors wrap
// [signaling.ErrInvitation].
func NewSecret(key, room string) (*Secret, error) {
	if err := signaling.CheckInvitationKey(key); err != nil {
		return nil, err
	}
	raw, err := base64.RawURLEncoding.DecodeString(key)
	if err != nil {
		return nil, fmt.Errorf("%w: its key", signaling.ErrInvitation)
	}
	s := &Secret{key: raw}
	s.hello = s.derive([]byte(room), infoHello)
	return s, nil
}

// derive makes the cipher of one purpose.
func (s *Secret) derive(salt []byte, info string) cipher.AEAD {
	key, err := hkdf.Key(sha256.New, s.key, salt, info, keySize)
	if err != nil {
		panic("seal: derive key: " + err.Error()) // lengths are ours
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("seal: cipher: " + err.Error())
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("seal: mode: " + err.Error())
	}
	return aead
}

// Hello seals a challenge: 1, nonce, sealed challenge.
func (s *Secret) Hello(w Way, asked Challenge) []byte { return s.sealHello(kindHello, w, asked[:]) }

// OpenHello gives the challenge that a hello holds. Errors are ErrOtherKey, or about the form.
func (s *Secret) OpenHello(w Way, sealed []byte) (Challenge, error) {
	var c Challenge
	text, err := s.openHello(kindHello, w, sealed)
	if err == nil && len(text) != ChallengeSize {
		err = fmt.Errorf("%w: hello has %d bytes", errText, len(text))
	}
	copy(c[:], text)
	return c, err
}

// Answer seals the challenge that is answered, one of our own and who we are: 2, nonce, sealed rest.
func (s *Secret) Answer(w Way, asked, own Challenge, who State) []byte {
	return s.sealHello(kindAnswer, w, slices.Concat(asked[:], own[:], who.encode()))
}

// OpenAnswer is the inverse of Answer.
func (s *Secret) OpenAnswer(w Way, sealed []byte) (asked, own Challenge, who State, err error) {
	text, err := s.openHello(kindAnswer, w, sealed)
	if err == nil && len(text) < 2*ChallengeSize {
		err = fmt.Errorf("%w: answer has %d bytes", errText, len(text))
	}
	if err != nil {
		return asked, own, who, err
	}
	copy(asked[:], text)
	copy(own[:], text[ChallengeSize:])
	who, err = parseState(text[2*ChallengeSize:])
	return asked, own, who, err
}

// sealHello seals with a random nonce: the key lives as long as the invitation.
func (s *Secret) sealHello(kind byte, w Way, text []byte) []byte {
	sealed := make([]byte, 1+nonceSize, 1+nonceSize+len(text)+tagSize)
	sealed[0] = kind
	rand.Read(sealed[1:]) // as above
	return s.hello.Seal(sealed, sealed[1:], text, w.data(kind))
}

func (s *Secret) openHello(kind byte, w Way, sealed []byte) ([]byte, error) {
	if len(sealed) < 1+nonceSize+tagSize || sealed[0] != kind {
		return nil, fmt.Errorf("%w: %d bytes", errText, len(sealed))
	}
	text, err := s.hello.Open(nil, sealed[1:1+nonceSize], sealed[1+nonceSize:], w.data(kind))
	if err != nil {
		return nil, ErrOtherKey
	}
	return text, nil
}
