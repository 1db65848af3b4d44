package conferencetest_test

import "math"

// figures are what one run measured, by column; what does not apply is not there.
type figures map[string]float64

// column is one figure of the table.
type column struct {
	name     string
	digits   int
	highest  bool // the more the better
	describe string
}

var columns = []column{
	{"kbit/s", 0, true, "received, RTP bytes"},
	{"frames/s", 1, true, "decoded"},
	{"full %", 0, true, "of the time at 1280x720"},
	{"gap ms", 0, false, "the longest between two decoded pictures"},
	{"frozen s", 1, false, "totalFreezesDuration of webrtc-stats, and a freeze that is not over"},
	{"freezes", 0, false, "freezeCount"},
	{"queue ms", 0, false, "what 90 % of packets waited in the link at most"},
	{"inside s", 1, false, "after the rate fell until the queue overflows no more and no more than 102 % of the link is sent"},
	{"up s", 1, false, "after the rate rose, or the path was back, until 2.5 Mbit/s are received over a second"},
	{"back ms", 0, false, "after the path was back until a picture taken since is decoded"},
	{"latency ms", 0, false, "from capture to decoding, median"},
	{"concealed %", 2, false, "of the sound"},
	{"sound ms", 0, false, "in the jitter buffer of sound"},
	{"held ms", 0, false, "that sound waited before it left, at most"},
	{"share %", 0, true, "of what all who look on get, with several of them"},
	{"others", 1, true, "decoded frames/s of the worst of the others"},
}

// met tells whether a goal is met by the runs' median and worst.
func (c column) met(g goal, median, worst float64) bool {
	if g.worst == 0 {
		g.worst, worst = g.median, median
	}
	if c.highest {
		return c.round(median) >= g.median && c.round(worst) >= g.worst
	}
	return c.round(median) <= g.median && c.round(worst) <= g.worst
}

// round is a value as it is printed: what is printed and what is judged agree.
func (c column) round(v float64) float64 {
	unit := math.Pow(10, float64(c.digits))
	return math.Round(v*unit) / unit
}
