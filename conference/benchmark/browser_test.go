package benchmark_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

// scenario is a mesh of so many people who all send the clip and see everybody, and what Confab must
// reach there; 0: nothing is asked.
type scenario struct {
	width, height, people int
	cpuRatio              float64 // of Chromium's processor time, at most
	rate                  float64 // decoded pictures per second on the worst link, at least
}

var scenarios = []scenario{
	{width: 640, height: 360, people: 2, cpuRatio: 0.5},
	{width: 640, height: 360, people: 3},
	{width: 640, height: 360, people: 4, cpuRatio: 0.6, rate: 28},
	{width: 640, height: 360, people: 6, rate: 25},
	{width: 1280, height: 720, people: 2, cpuRatio: 0.65, rate: 29},
}

// maxMemory is what a participant without a window may use, in bytes.
const maxMemory = 150e6

// timesJoined is how often the last one joins, to be timed.
const timesJoined = 3

// size is that of the clip, as on the command line.
func (s scenario) size() string { return fmt.Sprintf("%dx%d", s.width, s.height) }

// link is one picture stream that somebody receives, at one moment.
type link struct {
	at            time.Duration // of the receiver's clock
	frames, bytes uint64        // decoded and received since the connection's start
	width, height int           // of the last picture
	stages        browserFigures
}

// call is one that can be measured.
type call interface {
	processes() []int // the root of each participant's processes
	links() []link    // all, always in the same order
}

// figures are what was measured of one call.
type figures struct {
	cores, memory       float64 // a participant; bytes
	minRate, meanRate   float64 // decoded pictures per second and link
	bitsPerSecond       float64 // received by a link, mean
	width, height       int     // of the smallest picture at the end
	like                likeness
	firstPicture        time.Duration // after joining, median
	latency, latencyP95 time.Duration // of a picture; the latter 0 if unknown
}

// measure watches a call for the window and fills in what can be seen from outside.
func measure(t *testing.T, c call, f *figures) (before, after []link) {
	t.Helper()
	used := func() usage {
		u, err := usageOf(c.processes())
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	people := float64(len(c.processes()))
	before = c.links()
	from, start := used(), time.Now()
	time.Sleep(*window) // nothing else runs here meanwhile
	to, elapsed := used(), time.Since(start)
	after = c.links()
	if len(after) != len(before) || len(after) == 0 {
		t.Fatalf("%d links before and %d after", len(before), len(after))
	}
	f.cores = (to.cpu - from.cpu).Seconds() / elapsed.Seconds() / people
	f.memory = float64(to.pss) / people
	f.rates(before, after)
	return before, after
}

func (f *figures) rates(before, after []link) {
	for i, b := range after {
		a := before[i]
		seconds := (b.at - a.at).Seconds()
		rate := float64(b.frames-a.frames) / seconds
		if i == 0 || rate < f.minRate {
			f.minRate = rate
		}
		if i == 0 || b.height < f.height {
			f.width, f.height = b.width, b.height
		}
		f.meanRate += rate / float64(len(after))
		f.bitsPerSecond += float64(b.bytes-a.bytes) * 8 / seconds / float64(len(after))
	}
}

func wholeSize(all []link, s scenario) bool {
	for _, l := range all {
		if l.width < s.width || l.height < s.height {
			return false
		}
	}
	return true
}

// TestAgainstABrowser holds each call first with Chromium's pages, then with Confab's participants, and
// prints what either needs and gives. A goal that is missed is marked in the table; the test fails only
// if a call could not be held or measured.
func TestAgainstABrowser(t *testing.T) {
	if *browserFolder == "" {
		t.Skip("not asked for: make bench-browser")
	}
	folder, err := filepath.Abs(*browserFolder)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%s (of a busy machine only the ratios tell something)\nwarm-up %v, then %v are measured; everybody sends the clip and sound, and receives those of all others\n",
		machine(), *warmUp, *window)
	for _, s := range scenarios {
		t.Run(fmt.Sprintf("%s_N=%d", s.size(), s.people), func(t *testing.T) {
			c := newClip(t, s.width, s.height, grain)
			start := time.Now()
			theirs, version := browserCall(t, folder, s, c)
			middle := time.Now()
			ours := confabCall(t, s, c)
			printTable(s, version, theirs, ours)
			t.Logf("took %.0f s with Chromium, %.0f s with Confab", middle.Sub(start).Seconds(), time.Since(middle).Seconds())
		})
	}
}

func browserCall(t *testing.T, folder string, s scenario, c *clip) (f figures, version string) {
	t.Helper()
	b := startBrowsers(t, folder, s, c)
	defer b.end()
	f.firstPicture = quantile(b.gather(s.people, timesJoined), 0.5)
	if s.people == 2 { // of more, the machine may never carry the full size
		t.Logf("full size after %.1f s", b.awaitFullSize(s).Seconds())
	}
	time.Sleep(*warmUp)
	f.latency = stageDelay(measure(t, b, &f))
	f.like = b.likeness(c)
	return f, b.version
}
