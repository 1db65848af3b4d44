package conference

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/media/audio/voice"
	"confab/conference/signaling"
	"confab/conference/transport"
)

const (
	// listenInterval is how often it is looked at who speaks: a packet's length.
	listenInterval = 20 * time.Millisecond
	// lateLooks is for how many looks a level holds on if no packet comes: jitter is no pause.
	lateLooks = 3
	// boast is how much louder than what we hear of them, in dB, others may say that they are: their level
	// is that of one packet, ours that of 10 ms in it, and what they claim comes before it is heard.
	boast = 12
)

// claims are the levels that a peer's packets of sound tell (RFC 6464). The zero value has heard none.
type claims struct {
	told   atomic.Bool   // the peer tells levels at all
	newest atomic.Uint32 // since the last look, with someClaim; 0: none
}

const someClaim = 0x100

// note takes the claim of a packet. The goroutine that reads the track calls it.
func (c *claims) note(in *transport.Inbound, p *rtp.Packet) {
	if level, ok := in.SoundLevel(p); ok {
		c.told.Store(true)
		c.newest.Store(someClaim | uint32(level))
	}
}

// take gives what was claimed since the last look.
func (c *claims) take() (level media.SoundLevel, any bool) {
	v := c.newest.Swap(0)
	return media.SoundLevel(v), v&someClaim != 0
}

// ear follows one participant's voice. Owned by the loop.
type ear struct {
	ring     voice.Ring
	speaking bool
	held     media.SoundLevel
	age      int // looks since held was told
}

// look gives the level of the last 20 ms and whether it is a voice. A peer that tells none is as loud as
// what we decode, and whatever can be heard of it is a voice; what others tell counts as far as it can be
// heard.
func (e *ear) look(c *claims, heard uint8) (below uint8, speaks bool) {
	if !c.told.Load() {
		return heard, true
	}
	if level, any := c.take(); any {
		e.held, e.age = level, 0
	} else if e.age++; e.age > lateLooks {
		e.held = media.Silence
	}
	return max(e.held.Below(), heard-min(heard, boast)), e.held.Voice()
}

// decibelsBelow is a level from 0 to 1 in dB below full scale, at most 127.
func decibelsBelow(level float64) uint8 {
	return uint8(math.Round(min(max(-20*math.Log10(level), 0), 127)))
}

// listen looks at who speaks. It is called each listenInterval.
func (l *loop) listen() {
	for _, id := range l.order {
		p := l.participants[id]
		if p.connection == nil {
			l.unhear(p)
			continue
		}
		m := p.connection.media
		below, speaks := p.ear.look(&m.claims, decibelsBelow(m.Level()))
		speaking := p.ear.ring.Step(below, speaks)
		l.changed = l.changed || speaking != p.ear.speaking
		p.ear.speaking = speaking
		l.speakers.Step(string(id), below, speaks)
	}
	if l.looks++; l.looks%voice.DecideSteps != 0 {
		return
	}
	if main := signaling.PeerID(l.speakers.Decide()); main != l.mainSpeaker {
		l.mainSpeaker, l.changed = main, true
	}
}

// unhear forgets what was heard of a participant whose connection has ended.
func (l *loop) unhear(p *participant) {
	l.changed = l.changed || p.ear.speaking
	p.ear = ear{}
	l.speakers.Remove(string(p.ID))
	if l.mainSpeaker == p.ID {
		l.mainSpeaker, l.changed = "", true
	}
}

// hearOurselves takes over what the microphone tells of us.
func (l *loop) hearOurselves() {
	was, now := l.microphone, l.local.Microphone()
	if now == was {
		return
	}
	l.microphone, l.changed = now, true
	if now.MutedSpeaking && !was.MutedSpeaking {
		l.emit(MutedSpeaking{})
	}
	if now.NoSound && !was.NoSound {
		l.emit(NoSound{})
	}
}
