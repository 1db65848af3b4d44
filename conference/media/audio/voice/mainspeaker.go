package voice

import "math"

// MainSpeaker finds who mostly speaks, after Volfin and Cohen ("Dominant speaker identification for
// multipoint videoconferencing", 2013): levels are counted over three times, up to a second, and compared
// with the present speaker's. It changes after 0.2 to 0.9 s; a cough or a short "yes" does not take over.
// The zero value knows nobody.
type MainSpeaker struct {
	members map[string]*member
	now     string
}

const (
	historySteps = 50 // of 20 ms
	longSteps    = 5  // steps of 20 ms in one of 100 ms
	spokenSteps  = 3  // of these that make it spoken
	mediumLongs  = 5  // steps of 100 ms
	// DecideSteps is how many steps of 20 ms lie between two decisions: 300 ms.
	DecideSteps = 15
	// lateSteps is how far a member's steps may be behind the others' before they count as silent.
	lateSteps = 5

	firstFloor  = 70  // loudness (127 - level) before anything was heard
	leastFloor  = 50  // at least: -77 dBov
	floorFall   = 0.1 // share of the way down to a quieter step
	floorRise   = 0.01
	overFloor   = 10 // dB over the floor are spoken
	loudStep    = 5  // dB over the floor for one point of the newest step
	mostLoud    = 63
	loudSteps   = 13
	nowRate     = 0.78 // of the exponential prior of somebody silent, for the three times
	mediumRate  = 24
	longRate    = 47
	leastScore  = 1e-3
	nowAhead    = 3 // how far a newcomer must be ahead, as logarithms of scores
	mediumAhead = 2
	longAhead   = 0
	startScore  = 1 // of medium and long, to be the first
)

// The scores of each number of points, for the three times.
var (
	nowScores    = scores(loudSteps, nowRate)
	mediumScores = scores(mediumLongs, mediumRate)
	longScores   = scores(historySteps/longSteps, longRate)
)

// scores are the log ratios of the chance of k of n points with somebody who speaks (each one half) to that
// with somebody silent (exponential), for all k.
func scores(n int, rate float64) []float64 {
	all := make([]float64, n+1)
	ways := 0.0 // log of n over k
	for k := range all {
		all[k] = max(ways-float64(n)*math.Ln2-math.Log(rate)+rate*float64(k), leastScore)
		ways += math.Log(float64(n-k)) - math.Log(float64(k+1))
	}
	return all
}

// member is somebody with their last second.
type member struct {
	over  [historySteps]uint8 // dB over the floor, 0 without voice
	next  int
	floor float32
	steps int // taken, less those that passed before the last decision

	now, medium, long float64 // scores of the three times
}

// Step takes the level and the voice bit (RFC 6464) of the next 20 ms of a member, who joins thereby. Steps
// that a member does not have because nothing arrives are silent by the next decision.
func (s *MainSpeaker) Step(id string, level uint8, voice bool) {
	m := s.members[id]
	if m == nil {
		if s.members == nil {
			s.members = make(map[string]*member)
		}
		m = &member{floor: firstFloor, steps: DecideSteps} // who is new is not late
		s.members[id] = m
	}
	m.step(level, voice)
	m.steps++
}

// Remove forgets a member.
func (s *MainSpeaker) Remove(id string) {
	delete(s.members, id)
	if s.now == id {
		s.now = ""
	}
}

// Decide gives the main speaker's id, empty until somebody has spoken. Call it every 300 ms.
func (s *MainSpeaker) Decide() string {
	for _, m := range s.members {
		m.catchUp()
		m.score()
	}
	present := s.members[s.now]
	next, top := s.now, 0.0
	for id, m := range s.members {
		rank, leads := m.against(present)
		if leads && (rank > top || rank == top && id < next) {
			next, top = id, rank
		}
	}
	s.now = next
	return s.now
}

func (m *member) step(level uint8, voice bool) {
	loudness := float32(silence - min(level, silence))
	if loudness < m.floor {
		m.floor += floorFall * (loudness - m.floor)
	} else {
		m.floor += floorRise
	}
	over := float32(0)
	if voice {
		over = min(max(loudness-max(m.floor, leastFloor), 0), mostLoud)
	}
	m.over[m.next] = uint8(over)
	m.next = (m.next + 1) % historySteps
}

// catchUp puts silence where nothing arrived, so that who vanishes in the midst of a word stops speaking.
func (m *member) catchUp() {
	m.steps = min(m.steps-DecideSteps, lateSteps)
	if m.steps >= -lateSteps {
		return // late at most: the network's jitter
	}
	for ; m.steps < 0; m.steps++ {
		m.step(silence, false)
	}
}

// score counts the points of the last step, of half a second and of a second.
func (m *member) score() {
	medium, long := 0, 0
	for part := range historySteps / longSteps {
		spoken := 0
		for i := range longSteps {
			if m.back(part*longSteps+i) >= overFloor {
				spoken++
			}
		}
		if spoken < spokenSteps {
			continue
		}
		long++
		if part < mediumLongs {
			medium++
		}
	}
	m.now = nowScores[m.back(0)/loudStep]
	m.medium, m.long = mediumScores[medium], longScores[long]
}

// back is how far over the floor the member was some steps ago.
func (m *member) back(steps int) uint8 {
	return m.over[(m.next-1-steps+2*historySteps)%historySteps]
}

// against tells whether m takes over from the present speaker, who may be nil, and how far ahead m is of
// others that do.
func (m *member) against(present *member) (rank float64, leads bool) {
	if present == nil {
		return m.long, m.medium > startScore && m.long > startScore
	}
	ahead := func(a, b, by float64) bool { return math.Log(a/b) > by }
	return m.medium, m != present && ahead(m.now, present.now, nowAhead) &&
		ahead(m.medium, present.medium, mediumAhead) && ahead(m.long, present.long, longAhead)
}
