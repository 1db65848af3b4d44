package media

import "math"

// SoundLevel is how loud a packet of sound is, as RFC 6464 section 3 sends it: the seven low bits are its
// level below full scale in dB (-dBov), 0 for the loudest and 127 for silence; the high bit tells that it
// is somebody's voice.
type SoundLevel uint8

// Silence is the level of what holds no sound.
const Silence SoundLevel = 127

const voiceBit = 0x80

// NewSoundLevel is a level of so many dB below full scale, at most 127, with the voice bit.
func NewSoundLevel(below uint8, voice bool) SoundLevel {
	l := SoundLevel(min(below, uint8(Silence)))
	if voice {
		l |= voiceBit
	}
	return l
}

// Below is the level in dB below full scale, 0 to 127.
func (l SoundLevel) Below() uint8 { return uint8(l &^ voiceBit) }

// Voice tells whether the packet holds somebody's voice, as the sender sees it.
func (l SoundLevel) Voice() bool { return l&voiceBit != 0 }

// SoundLevelOf is the level of some samples: the mean of their power.
func SoundLevelOf(samples []int16, voice bool) SoundLevel {
	power := 0.0
	for _, s := range samples {
		power += float64(s) * float64(s)
	}
	below := 127.0
	if power > 0 {
		below = math.Round(-10 * math.Log10(power/float64(len(samples))/(1<<30)))
	}
	return NewSoundLevel(uint8(min(max(below, 0), 127)), voice)
}
