package seal

import (
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"slices"
)

// counterSize is the number of bytes of a word's counter, the most significant one first; behind four zero bytes
// it is the nonce.
const counterSize = 8

// replayWindow is how many words may overtake one another (as in RFC 4303 section 3.4.3).
const replayWindow = 64

// Channel seals what two members tell each other after a hello and its answer. One caller at a time.
type Channel struct {
	way        Way // of ours
	out, in    cipher.AEAD
	sent       uint64
	heard      uint64 // the highest counter
	seen       uint64 // bit i: heard-i was heard
	asked, own Challenge
}

// Channel makes the channel of a hello and its answer, at the end whose words go that way. asked is the hello's
// challenge and answered the answer's; asker says that the hello was ours.
func (s *Secret) Channel(w Way, asked, answered Challenge, asker bool) *Channel {
	salt := slices.Concat(asked[:], answered[:])
	c := &Channel{way: w, out: s.derive(salt, infoAnswerer), in: s.derive(salt, infoAsker), asked: asked, own: answered}
	if asker {
		c.out, c.in = c.in, c.out
	}
	return c
}

// Seal seals a text: 3, counter, sealed text.
func (c *Channel) Seal(text []byte) ([]byte, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", errText, len(text), maxText)
	}
	c.sent++
	sealed := binary.BigEndian.AppendUint64([]byte{kindWord}, c.sent)
	return c.out.Seal(sealed, wordNonce(c.sent), text, c.way.data(kindWord)), nil
}

// Open gives the text of the other end, and its number. What was opened before, and what is older than the window,
// is an error; ErrTampered means that it is not of this channel.
func (c *Channel) Open(sealed []byte) (text []byte, number uint64, err error) {
	if len(sealed) < 1+counterSize+tagSize || sealed[0] != kindWord {
		return nil, 0, fmt.Errorf("%w: %d bytes", errText, len(sealed))
	}
	number = binary.BigEndian.Uint64(sealed[1:])
	text, err = c.in.Open(nil, wordNonce(number), sealed[1+counterSize:], c.way.Back().data(kindWord))
	if err != nil {
		return nil, 0, ErrTampered
	}
	if !c.fresh(number) {
		return nil, 0, errReplay
	}
	return text, number, nil
}

// fresh notes a number, and tells whether it is new.
func (c *Channel) fresh(number uint64) bool {
	switch {
	case number > c.heard:
		c.seen = c.seen<<min(number-c.heard, replayWindow) | 1
		c.heard = number
		return true
	case c.heard-number >= replayWindow || c.seen&(1<<(c.heard-number)) != 0:
		return false
	}
	c.seen |= 1 << (c.heard - number)
	return true
}

func wordNonce(number uint64) []byte {
	nonce := make([]byte, nonceSize)
	binary.BigEndian.PutUint64(nonce[nonceSize-counterSize:], number)
	return nonce
}
