package conferencetest_test

import (
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

	viewers int  // who look at Ana too, each over the same way from her and one back of their own
	rival   bool // another call goes the same way there, in a room of its own
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

// more are paths of which nothing is promised, and calls that share one.
var more = []scenario{
	{
		name: "two viewers, 4 Mbit/s, 20 ms", length: 30 * time.Second, viewers: 1,
		path:  conferencetest.Conditions{BitsPerSecond: 4000 * kilobit, Queue: 300 * ms, Delay: 20 * ms},
		goals: map[string]goal{"frames/s": {median: 29}, "share %": {median: 40}, "others": {median: 29}, "held ms": soundHeld},
	},
	{
		name: "two viewers, 1 Mbit/s, 20 ms", length: 30 * time.Second, viewers: 1,
		path:  conferencetest.Conditions{BitsPerSecond: 1000 * kilobit, Queue: 300 * ms, Delay: 20 * ms},
		goals: map[string]goal{"frames/s": {median: 25}, "share %": {median: 35}, "others": {median: 25}, "held ms": soundHeld},
	},
	{
		name: "a rival, 3 Mbit/s, 20 ms", length: 30 * time.Second, rival: true,
		path:  conferencetest.Conditions{BitsPerSecond: 3000 * kilobit, Queue: 300 * ms, Delay: 20 * ms},
		goals: map[string]goal{"frames/s": {median: 25}, "share %": {median: 30}, "others": {median: 25}, "held ms": soundHeld},
	},
	{
		name: "3000, 150, 3000 kbit/s, 30 ms", length: 60 * time.Second,
		path:  conferencetest.Conditions{BitsPerSecond: 3000 * kilobit, Queue: 300 * ms, Delay: 30 * ms},
		steps: []step{{20 * time.Second, rate(150 * kilobit)}, {40 * time.Second, rate(3000 * kilobit)}},
		goals: map[string]goal{"gap ms": {700, 1000}, "inside s": {median: 2}, "up s": {median: 15}},
	},
	{
		name: "3000, 500, 3000 kbit/s, queue 1500 ms", length: 60 * time.Second,
		path:  conferencetest.Conditions{BitsPerSecond: 3000 * kilobit, Queue: 1500 * ms, Delay: 30 * ms},
		steps: []step{{20 * time.Second, rate(500 * kilobit)}, {40 * time.Second, rate(3000 * kilobit)}},
		goals: map[string]goal{"gap ms": {1000, 2000}},
	},
	{
		name: "1 Mbit/s, 20 ms + 30 ms jitter", length: 30 * time.Second,
		path:  conferencetest.Conditions{BitsPerSecond: 1000 * kilobit, Queue: 300 * ms, Delay: 20 * ms, Jitter: 30 * ms},
		goals: map[string]goal{"kbit/s": {median: 800}, "frames/s": {median: 29}},
	},
	{
		name: "1 Mbit/s, 20 ms, queue 40 ms", length: 30 * time.Second,
		path:  conferencetest.Conditions{BitsPerSecond: 1000 * kilobit, Queue: 40 * ms, Delay: 20 * ms},
		goals: map[string]goal{"frames/s": {median: 28}, "frozen s": {median: 0.5}},
	},
	{
		name: "3000, nothing for 3 s, then 700 kbit/s", length: 38 * time.Second,
		path:  conferencetest.Conditions{BitsPerSecond: 3000 * kilobit, Queue: 300 * ms, Delay: 30 * ms},
		steps: []step{{15 * time.Second, cut(true)}, {18 * time.Second, func(c *conferencetest.Conditions) { c.Cut, c.BitsPerSecond = false, 700*kilobit }}},
		goals: map[string]goal{"back ms": {median: 800}},
	},
}
