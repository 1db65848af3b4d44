// Package voice makes the sound of a microphone fit to be sent, and tells who speaks.
//
// It is the way behind the echo canceller, a stage a type, in this order:
//
//	Suppressor ─ Detector ─ Gate ─ Gain ─ Limiter ─ Level
//	   │             └ Verdict: to Gate, Gain, Hints and the voice bit
//	   └ its gains go onto the canceller's own spectrum, or onto a frame of its own
//
// The suppressor takes steady noise away, the detector says how likely a block is speech, the gate which
// blocks are worth sending, the gain brings speech to one loudness, the limiter holds the peaks, and the
// level goes out with the packet (RFC 6464). [Ring], [MainSpeaker] and [Hints] make of levels and verdicts
// what people see: who speaks, who speaks mostly, that one is muted while speaking, that a microphone gives
// nothing.
//
// Every stage is plain arithmetic: a block in, a result out. There is no goroutine, no clock, no lock and,
// after the constructor, no allocation; each value is used by one goroutine at a time. Samples are float32
// from -1 to 1, mono at 48 kHz, in blocks of 10 ms. Levels are in decibels below full scale, 0 being the
// RMS of a square wave at full scale (dBov of RFC 6464). The suppressor is 10 ms late, which is nothing
// more when it works on the canceller's frame, and the limiter 5 ms.
package voice

// The block that every stage works on, and the frame around it.
const (
	SampleRate  = 48000 // a second
	BlockLength = 480   // samples: 10 ms, the step from frame to frame

	// FrameLength and TransformLength are the frame that the suppressor shares with the echo canceller:
	// two blocks under a root-Hann window, with zeros up to the length of the transform.
	FrameLength     = 2 * BlockLength
	TransformLength = 1024
	Bins            = TransformLength/2 + 1 // 46.875 Hz apart
)

// blockSeconds is what one block adds to a time.
const blockSeconds = float32(BlockLength) / SampleRate
