package voice

// loudness measures how loud somebody speaks, and how loud the pauses are.
type loudness struct {
	level    float32 // dB of the speech
	pauses   float32 // dB, their floor
	rested   int     // blocks of pauses, until the floor was found
	heard    float32 // seconds of speech that level comes from
	evidence float32 // seconds of speech of late

	power float32 // of the last 0.4 s of speech
	low   int     // blocks in a row that are far below power
}

const (
	firstLevel = -26 // dB, before speech was heard

	// The pauses' floor, from blocks that are hardly speech and no digital silence; decibels a second.
	zeroLevel        = -95
	pauseProbability = 0.3
	firstPauses      = 30   // blocks by which the floor is found
	firstShare       = 0.15 // of each of them
	pausesFall       = 20
	pausesRise       = 1.5

	// Speech is measured so many decibels over the pauses, and above speechLeast.
	speechOver  = 9
	speechLeast = -65

	mostEvidence = 3    // seconds
	evidenceLeak = 0.12 // of a block: what noise now and then gives is forgotten
	leastHeard   = 0.4  // seconds before level counts
	settling     = 1    // seconds in which it follows at once
	doubted      = 0.3  // seconds after which there must be this evidence,
	doubtedLeast = 0.2  // or it was noise

	powerShare  = 0.025 // of a block, so that vowels and consonants weigh as in an RMS
	lowRatio    = 0.03  // 15 dB quieter
	lowBlocks   = 25    // for so long: somebody else, or further away; the loud is forgotten
	levelRise   = 0.3   // seconds
	levelFall   = 3
	levelPlunge = 1 // seconds, when more than plunge decibels too loud
	plunge      = 8
	levelSlack  = 4 // dB: a rise of less is followed more slowly
)

func newLoudness() loudness { return loudness{level: firstLevel, pauses: zeroLevel} }

// measure takes the next block in, before the gain.
func (l *loudness) measure(block []float32, v Verdict) {
	power := powerOf(block)
	level := decibels(power)
	if v.Probability < pauseProbability && level > zeroLevel {
		l.rest(level)
	}
	if !v.Sure || level <= l.pauses+speechOver || level <= speechLeast {
		l.evidence = max(l.evidence-evidenceLeak*blockSeconds, 0)
		return
	}
	l.evidence = min(l.evidence+blockSeconds, mostEvidence)
	l.average(power)
	l.follow(decibels(l.power))
	l.heard += blockSeconds
}

// rest takes the level of a pause in.
func (l *loudness) rest(level float32) {
	switch {
	case l.rested < firstPauses:
		l.rested++
		l.pauses += firstShare * (level - l.pauses)
	case level < l.pauses:
		l.pauses = max(level, l.pauses-pausesFall*blockSeconds)
	default:
		l.pauses = min(level, l.pauses+pausesRise*blockSeconds)
	}
}

// average keeps the power of the last 0.4 s of speech.
func (l *loudness) average(power float32) {
	if l.power == 0 {
		l.power = power
	}
	if power >= lowRatio*l.power {
		l.low = 0
	} else if l.low++; l.low > lowBlocks {
		l.power, l.low = power, 0
	}
	l.power += powerShare * (power - l.power)
}

// follow moves the level towards that of the last 0.4 s.
func (l *loudness) follow(now float32) {
	switch over := now - l.level; {
	case l.heard < settling:
		l.level = now
		if l.heard > doubted && l.evidence < doubtedLeast {
			l.heard = 0
		}
	case over > 0:
		l.level += blockSeconds / levelRise * over * ramp(over, 0, levelSlack)
	case over < -plunge:
		l.level += blockSeconds / levelPlunge * over
	default:
		l.level += blockSeconds / levelFall * over
	}
}
