package audio

// maxPacketSamples is the longest packet of Opus, 120 ms (RFC 6716 section 3.2.5).
const maxPacketSamples = 120 * millisecond

// maxPauseLength is the longest payload, in bytes, that says "the speaker is silent" and no more: the
// encoder's discontinuous transmission ends with packets of a table of contents and at most one byte.
const maxPauseLength = 2

// duration is the length of a packet in samples by its table of contents (RFC 6716 section 3.1); 0 if
// there is none, or if it exceeds 120 ms.
func duration(payload []byte) int {
	if len(payload) == 0 {
		return 0
	}
	frames := 1
	switch payload[0] & 3 {
	case 1, 2:
		frames = 2
	case 3:
		if len(payload) < 2 {
			return 0
		}
		frames = int(payload[1] & 63)
	}
	if n := frames * frameSize(payload[0]); n <= maxPacketSamples {
		return n
	}
	return 0
}

// frameSize is the length of one frame in samples: configurations 0 to 11 are SILK with 10, 20, 40 or
// 60 ms, 12 to 15 hybrid with 10 or 20 ms, the rest CELT with 2.5 to 20 ms.
func frameSize(toc byte) int {
	configuration := int(toc >> 3)
	switch {
	case configuration < 12:
		return [4]int{10, 20, 40, 60}[configuration&3] * millisecond
	case configuration < 16:
		return [2]int{10, 20}[configuration&1] * millisecond
	}
	return millisecond * 5 / 2 << (configuration & 3)
}

// hasVoice tells whether a packet may hold a voice: SILK says so for each of its frames of 20 ms (RFC 6716
// section 4.2.3), CELT says nothing.
func hasVoice(payload []byte) bool {
	if len(payload) <= maxPauseLength {
		return false
	}
	const celt, frameCount = 0x80, 0x03
	return payload[0]&(celt|frameCount) != 0 || payload[1]&0x80 != 0
}
