// Package media holds what flows: frames, pools, surfaces.
//
// A picture travels as a [VideoFrame] borrowed from a [Pool] and counted by references: whoever
// keeps it past the call that lent it calls Retain, and every reference is released once. An encoded
// picture is an immutable [EncodedFrame] that all peers share. Ten milliseconds of sound are an
// [AudioFrame], a value. What a tile shows passes from the decoder to the window through a [Surface],
// where the newest picture wins and nobody waits.
package media

import "time"

// SampleRate is the rate of all sound inside Confab, in samples per second.
const SampleRate = 48000

// VideoClockRate is the rate of the RTP clock of pictures, in ticks per second (RFC 7741 section 4.1).
const VideoClockRate = 90000

// FrameDuration is how much sound one [AudioFrame] holds.
const FrameDuration = 10 * time.Millisecond

// FrameSamples is how many samples one [AudioFrame] holds.
const FrameSamples = 480

// AudioFrame is 10 ms of mono sound at 48 kHz. It is a value: copied, never shared.
type AudioFrame struct {
	Samples  [FrameSamples]int16
	Captured time.Time // when its first sample reached the microphone
}

// EncodedFrame is one encoded picture. It is immutable once returned: every peer shares Data, and the
// collector frees it.
type EncodedFrame struct {
	Data          []byte // one VP8 frame (RFC 6386)
	Width, Height int    // pixels
	RTPTime       uint32 // 90 kHz ticks of this tier, before a peer's own offset
	Captured      time.Time
	KeyFrame      bool
	TemporalID    uint8 // 0 is the base layer; 1 and 2 may be left out for a peer
	LayerSync     bool  // the frame refers to the base layer alone (Y bit of RFC 7741 section 4.2)
}

// EncodedSound is one packet of sound. Whoever is lent one copies what is to be kept.
type EncodedSound struct {
	Data     []byte    // one Opus packet (RFC 6716 section 3)
	RTPTime  uint32    // 48 kHz ticks of its source, before a peer's own offset
	Captured time.Time // when what RTPTime counts reached the microphone, by a clock that does not jump
	Start    bool      // the first after silence: the marker of RFC 3551 section 4.1
	Again    bool      // the packet before is to be sent once more: this one carries no copy of it
	Level    SoundLevel
}

// epoch is what RTP clocks count from; any instant will do, since each peer adds its own offset.
var epoch = time.Now()

// Ticks is the reading at instant t of an RTP clock of the given rate in ticks per second, modulo
// 2^32. All streams of this process share its origin, so tiers of one source can take over from each
// other and sender reports relate sound to pictures (RFC 3550 section 5.1).
func Ticks(t time.Time, rate int) uint32 {
	d := t.Sub(epoch)
	seconds, rest := d/time.Second, d%time.Second
	return uint32(int64(seconds)*int64(rate) + int64(rest)*int64(rate)/int64(time.Second))
}
