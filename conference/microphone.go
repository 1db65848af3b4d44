package conference

import (
	"math"
	"sync/atomic"

	"confab/conference/media"
	"confab/conference/media/audio"
	"confab/conference/media/audio/apm"
	"confab/conference/media/audio/voice"
	"confab/conference/media/capture"
	"confab/conference/media/send"
)

// Processing says which stages of the microphone's sound are switched off; the zero value: none.
type Processing = apm.Stages

// MicrophoneState is what our own microphone tells of its user.
type MicrophoneState struct {
	Speaking      bool // and is heard
	MutedSpeaking bool // but is muted: told for some seconds, and once a minute at most
	NoSound       bool // and not muted, but the microphone has given nothing for seconds
}

// microphone makes blocks for the sender of what a microphone hears, and watches it.
type microphone struct {
	processor *apm.Processor
	level     atomic.Uint64 // before all processing, float64 bits
	state     atomic.Pointer[MicrophoneState]
	reference atomic.Pointer[Client] // whose loudspeaker the echo comes from

	// Owned by the goroutine that reads the source.
	meter  float64
	ring   voice.Ring
	half   uint8 // level of the first block of 20 ms, if odd
	spoken bool  // in it
	odd    bool
}

func newMicrophone(p Processing) *microphone {
	m := &microphone{processor: apm.New(apm.Options{Stages: p})}
	m.state.Store(&MicrophoneState{})
	return m
}

// audible is the level, in dB below full scale, from which on sound that is not processed counts as voice.
const audible = 50

// hear processes a block, unless it is to be measured, and tells whether the state has changed.
func (m *microphone) hear(f media.AudioFrame, measured, muted bool) (b send.Block, changed bool) {
	// A meter follows at once and falls by half in 70 ms.
	m.meter = max(audio.Level(f.Samples[:]), m.meter*0.9)
	m.level.Store(math.Float64bits(m.meter))
	var r apm.Result
	if measured {
		r.Open, r.Level = true, media.SoundLevelOf(f.Samples[:], false).Below()
		r.Voice = r.Level < audible
	} else {
		r = m.processor.Capture(&f, muted)
	}
	state := *m.state.Load()
	state.MutedSpeaking, state.NoSound = r.MutedSpeaking, r.NoSound && !muted
	switch m.odd = !m.odd; {
	case muted:
		m.ring, m.odd, state.Speaking = voice.Ring{}, false, false
	case m.odd:
		m.half, m.spoken = r.Level, r.Voice
	default:
		state.Speaking = m.ring.Step(min(r.Level, m.half), r.Voice || m.spoken)
	}
	return send.Block{AudioFrame: f, Voice: r.Voice, Pause: !r.Open}, m.change(state)
}

// rest forgets what was heard, when nothing is any more, and tells whether the state has changed.
func (m *microphone) rest() bool {
	m.meter, m.ring, m.odd = 0, voice.Ring{}, false
	m.level.Store(0)
	return m.change(MicrophoneState{})
}

func (m *microphone) change(s MicrophoneState) bool {
	if s == *m.state.Load() {
		return false
	}
	m.state.Store(&s)
	return true
}

// played takes what a client's loudspeaker has played. Of several clients the first one's counts.
func (m *microphone) played(by *Client, samples []int16) {
	if m.reference.CompareAndSwap(nil, by) || m.reference.Load() == by {
		m.processor.Render(samples)
	}
}

// forget lets another client's loudspeaker take the place of one that is closed.
func (m *microphone) forget(by *Client) { m.reference.CompareAndSwap(by, nil) }

// isMeasured tells whether a source is to be sent as it is.
func isMeasured(src capture.AudioSource) bool {
	_, is := src.(capture.Measured)
	return is
}

// Level is how loud the microphone is, 0 to 1 (root mean square, linear), before all processing and also
// while muted.
func (m *LocalMedia) Level() float64 { return math.Float64frombits(m.microphone.level.Load()) }

// Microphone is what the microphone tells of its user; nothing while there is none.
func (m *LocalMedia) Microphone() MicrophoneState { return *m.microphone.state.Load() }

// SetProcessing switches stages of the microphone's sound off and on, at once.
func (m *LocalMedia) SetProcessing(p Processing) { m.microphone.processor.Set(p) }

// Processing is what SetProcessing said last.
func (m *LocalMedia) Processing() Processing { return m.microphone.processor.Stages() }
