package send

import (
	"time"

	"confab/conference/media"
)

// restInterval is how many packets lie between two that say that a rest goes on: 400 ms.
const restInterval = 20

// restLength is the longest packet in bytes that says that there is no sound.
const restLength = 2

// rest is the time without sound between two bursts of it.
//
// In a pause Opus gets zeros, with discontinuous transmission: it encodes 200 ms of silence, from which
// the peers' decoders learn what the pause sounds like, and then packets of one byte, the TOC alone
// (RFC 6716 section 3.1). The first two of these leave, so that one that is lost is not taken for the loss
// of speech, and then one each 400 ms.
//
// After muting, an encoder that has heard nothing makes one packet of silence, and two of the TOC follow.
// Then nothing leaves. The encoder of before may not go on: it still holds the last 6.5 ms of sound, and
// a copy of the last packet for error correction.
type rest struct {
	settled bool // silence is not encoded any more
	short   int  // packets of one byte since, sent or not
	toc     byte
}

// mute takes over that the source was muted, or is not any more. Of a muted source nothing leaves that
// waits in the lines.
func (l *audioLoop) mute() {
	if !l.muted {
		return
	}
	for _, o := range l.outlets {
		o.peer.line.Clear()
	}
	switch {
	case l.rest.settled:
	case l.packet.Start: // the peers wait for nothing to go on
		l.rest = rest{settled: true, short: 2}
	default:
		l.rest = rest{}
		l.closeEncoder()
	}
}

// next sends the packet that pcm holds, or what there is to be sent in a rest.
func (l *audioLoop) next(now time.Time) {
	if !l.pause {
		l.rest = rest{}
		if l.encode(now) {
			l.send()
		}
		return
	}
	if !l.rest.settled {
		if !l.encode(now) {
			return
		}
		whole := len(l.packet.Data) > restLength
		l.rest = rest{settled: l.muted || !whole, toc: l.packet.Data[0] &^ 3} // one frame a packet
		if whole {
			l.send()
			return
		}
	}
	l.rest.short++
	if l.rest.short <= 2 || !l.muted && (l.rest.short-2)%restInterval == 0 {
		l.packet.Data = append(l.packet.Data[:0], l.rest.toc)
		l.packet.Level, l.packet.Start, l.packet.Again = media.Silence, false, false
		l.send()
	}
	l.packet.Start, l.sounded = true, false
}
