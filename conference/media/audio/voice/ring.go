package voice

// Ring tells whether somebody speaks, for the mark around a picture: on after 100 ms of speech, off after
// 600 ms without, so that it does not flicker between words. The zero value is off.
type Ring struct {
	on    bool
	voice int // steps of speech, that pauses of up to ringSlack steps do not end
	quiet int // steps since speech
}

// Steps of 20 ms.
const (
	ringLevel = 50 // -dBov: quieter is not speech
	ringOn    = 5
	ringOff   = 30
	ringSlack = 5
)

// Step takes the level and the voice bit of the next 20 ms (RFC 6464), and tells whether the mark is on.
// Of 20 ms without a packet these are 127 and false.
func (r *Ring) Step(level uint8, voice bool) bool {
	if voice && level < ringLevel {
		r.voice, r.quiet = min(r.voice+1, ringOn), 0
	} else {
		r.quiet = min(r.quiet+1, ringOff)
		if r.quiet > ringSlack {
			r.voice = 0
		}
	}
	switch {
	case r.voice >= ringOn:
		r.on = true
	case r.quiet >= ringOff:
		r.on = false
	}
	return r.on
}
