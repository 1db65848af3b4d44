// Package opus encodes and decodes Opus (RFC 6716) with libopus: 48 kHz mono, voice, 20 ms a packet.
//
// The encoder always writes in-band FEC, a coarse copy of the frame before, which the decoder of the
// next packet can put in the place of a lost one. The decoder's state can be copied, so that concealment
// can run on a copy while the real state waits for a late packet.
package opus

import (
	"errors"
	"fmt"

	"confab/conference/media"
	"confab/conference/media/codec"
)

var (
	_ codec.AudioEncoder = (*Encoder)(nil)
	_ codec.AudioDecoder = (*Decoder)(nil)
)

// PacketSamples is how many samples one packet of the encoder holds: 20 ms.
const PacketSamples = 2 * media.FrameSamples

// MaxPacketSamples is how many samples a packet of anybody's can hold: 120 ms (RFC 6716 section 2.1.4).
const MaxPacketSamples = 12 * media.FrameSamples

// MaxPacket is the size in bytes of the largest packet that the encoder makes (RFC 6716 section 3.4).
const MaxPacket = 1275

// EncoderOptions says how to encode.
type EncoderOptions struct {
	BitsPerSecond int  // 6,000 to 510,000; 0: 32,000
	Complexity    int  // 1 to 10, 10 takes twice the time of 5; 0: 5
	DTX           bool // silence costs a packet of 1 or 2 bytes each 400 ms
}

func (o *EncoderOptions) fill() error {
	if o.BitsPerSecond == 0 {
		o.BitsPerSecond = 32_000
	}
	if o.Complexity == 0 {
		o.Complexity = 5
	}
	if o.Complexity < 1 || o.Complexity > 10 {
		return fmt.Errorf("encode Opus: complexity %d: 1 to 10 can be had", o.Complexity)
	}
	return checkRate(o.BitsPerSecond)
}

func checkRate(bitsPerSecond int) error {
	if bitsPerSecond < 6_000 || bitsPerSecond > 510_000 {
		return fmt.Errorf("encode Opus: %d bit/s: 6,000 to 510,000 can be had", bitsPerSecond)
	}
	return nil
}

// minLossPercent is the loss that the encoder is told at least: at 32 kbit/s libopus 1.3.1 writes no
// FEC at all for less than 7 %.
const minLossPercent = 10

// lossPercent is a fraction lost in the encoder's unit; what is no fraction counts as the nearest.
func lossPercent(fraction float64) int {
	if !(fraction > 0) { // nor is NaN
		return minLossPercent
	}
	return max(minLossPercent, int(min(fraction, 1)*100+0.5))
}

// Error is what libopus answers.
type Error struct {
	Code int    // OPUS_…, negative
	Text string // the library's own words
}

func (e *Error) Error() string { return "libopus: " + e.Text }

var errEmpty = errors.New("nowhere to put the sound")

// HasFEC tells whether packet carries a copy of the frame before its own: the LBRR flags of RFC 6716
// sections 4.2.3 and 4.2.4, which libopus 1.3.1 has no function for. It is false for packets of several
// frames, for CELT, and for what is no packet.
func HasFEC(packet []byte) bool {
	const celt, stereo, frameCount = 0x80, 0x04, 0x03
	if len(packet) < 3 || packet[0]&(celt|frameCount) != 0 {
		return false
	}
	// For each channel: a flag of voice activity for each SILK frame of 20 ms, then that of the copy.
	silkFrames := 1
	if configuration := packet[0] >> 3; configuration < 12 { // SILK alone: 10, 20, 40, 60 ms
		silkFrames = max(1, int(configuration&3))
	}
	flags := packet[1]
	has := flags>>(7-silkFrames)&1 == 1
	if packet[0]&stereo != 0 {
		has = has || flags>>(6-2*silkFrames)&1 == 1
	}
	return has
}
