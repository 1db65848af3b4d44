package conferencetest_test

import (
	"math"
	"time"

	"confab/conference/conferencetest"
)

// warmUp is how long a call runs before it is measured.
const warmUp = 12 * time.Second

// scenario is a path, both directions of which are alike, and what is asked of a call over it.
type scenario struct {
	name   string
	path   conferencetest.Conditions
	steps  []step
	length time.Duration // measured
	goals  map[string]goal
}

// step is a change of the path, counted from when measuring begins.
type step struct {
	after  time.Duration
	change func(*conferencetest.Conditions)
}

// goal bounds a figure: its median over all runs, and that of the worst run if worst is not 0.
type goal struct{ median, worst float64 }

const (
	ms      = time.Millisecond
	kilobit = 1000
)

func rate(bitsPerSecond int) func(*conferencetest.Conditions) {
	return func(c *conferencetest.Conditions) { c.BitsPerSecond = bitsPerSecond }
}

func cut(on bool) func(*conferencetest.Conditions) {
	return func(c *conferencetest.Conditions) { c.Cut = on }
}

// soundHeld is the goal of every path: sound waits for pictures at most 10 ms before it leaves.
var soundHeld = goal{median: 10}

// scenarios are the paths of the table. A figure's name is that of its column.
var scenarios = []scenario{
	{
		name: "LAN", path: conferencetest.Conditions{Delay: ms / 2}, length: 30 * time.Second,
		goals: map[string]goal{"frames/s": {median: 29.7}, "held ms": soundHeld},
	},
	{
		name: "1 Mbit/s, 15 ms", length: 30 * time.Second,
		path: conferencetest.Conditions{BitsPerSecond: 1000 * kilobit, Queue: 300 * ms, Delay: 15 * ms},
		goals: map[string]goal{
			"kbit/s": {median: 900}, "frames/s": {median: 29.5}, "queue ms": {median: 60}, "held ms": soundHeld,
		},
	},
	{
		name: "1 Mbit/s, 60 ms, 2 % loss", length: 30 * time.Second,
		path:  conferencetest.Conditions{BitsPerSecond: 1000 * kilobit, Queue: 300 * ms, Delay: 60 * ms, Loss: 0.02},
		goals: map[string]goal{"kbit/s": {median: 860}, "frames/s": {median: 29}, "gap ms": {median: 500}, "held ms": soundHeld},
	},
	{
		name: "10 Mbit/s, 20 ms, 5 % loss", length: 30 * time.Second,
		path: conferencetest.Conditions{BitsPerSecond: 10_000 * kilobit, Queue: 300 * ms, Delay: 20 * ms, Loss: 0.05},
		goals: map[string]goal{
			"kbit/s": {median: 2400}, "frames/s": {median: 29.5}, "full %": {median: 99}, "held ms": soundHeld,
		},
	},
	{
		name: "20 ms + 30 ms jitter, 5 % loss", length: 30 * time.Second,
		path:  conferencetest.Conditions{Delay: 20 * ms, Jitter: 30 * ms, Loss: 0.05},
		goals: map[string]goal{"frames/s": {median: 29}, "frozen s": {median: 0.3}, "held ms": soundHeld},
	},
	{
		name: "20 ms, 10 % loss in bursts of 5", length: 30 * time.Second,
		path:  conferencetest.Conditions{Delay: 20 * ms, Loss: 0.1, Burst: 5},
		goals: map[string]goal{"frames/s": {median: 28}, "full %": {median: 99}, "gap ms": {median: 400}, "held ms": soundHeld},
	},
	{
		name: "3000, 500, 3000 kbit/s, 30 ms", length: 60 * time.Second,
		path:  conferencetest.Conditions{BitsPerSecond: 3000 * kilobit, Queue: 300 * ms, Delay: 30 * ms},
		steps: []step{{20 * time.Second, rate(500 * kilobit)}, {40 * time.Second, rate(3000 * kilobit)}},
		goals: map[string]goal{
			"gap ms": {350, 600}, "inside s": {median: 1}, "up s": {median: 8}, "held ms": soundHeld,
		},
	},
	{
		name: "5 Mbit/s, 20 ms, nothing for 3 s", length: 30 * time.Second,
		path:  conferencetest.Conditions{BitsPerSecond: 5000 * kilobit, Queue: 300 * ms, Delay: 20 * ms},
		steps: []step{{10 * time.Second, cut(true)}, {13 * time.Second, cut(false)}},
		goals: map[string]goal{"back ms": {median: 250}, "up s": {median: 3}, "held ms": soundHeld},
	},
}

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
	{"concealed %", 1, false, "of the sound"},
	{"sound ms", 0, false, "in the jitter buffer of sound"},
	{"held ms", 0, false, "that sound waited before it left, at most"},
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
