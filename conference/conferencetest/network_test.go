package conferencetest_test

import (
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"confab/conference/conferencetest"
)

var (
	wantTable = flag.Bool("network.table", false, "hold calls over bad networks and print what comes of them")
	realTime  = flag.Bool("network.real", false, "over real sockets of the loopback, in real time")
	runs      = flag.Int("network.runs", 1, "calls over each link, each with its own seed")
	further   = flag.Bool("network.more", false, "further paths, and calls that share one")
	only      = flag.String("network.links", "", "regular expression of the links' names; empty: all")
	seed      = flag.Uint64("network.seed", 1, "of the first call")
	traced    = flag.Bool("network.trace", false, "print how each call fares, and the sender's log")
	strict    = flag.Bool("network.strict", false, "fail if a goal is missed")
)

// TestNetworkTable is the bench of bad networks. It judges nothing unless it is told to be strict: how
// much time the machine has for the encoders is part of what it measures with -network.real.
func TestNetworkTable(t *testing.T) {
	if !*wantTable {
		t.Skip("takes minutes; ask for it with -network.table")
	}
	names, err := regexp.Compile(*only)
	if err != nil {
		t.Fatal(err)
	}
	clip := conferencetest.NewClip(1280, 720, "Ana")
	var results []result
	all := scenarios
	if *further {
		all = slices.Concat(scenarios, more)
	}
	for _, s := range all {
		if !names.MatchString(s.name) {
			continue
		}
		res := result{scenario: s}
		for n := range *runs {
			r := run{
				scenario: s, clip: clip, width: 1280, height: 720, warmUp: warmUp,
				seed: *seed + uint64(n), real: *realTime,
			}
			if *traced {
				r.trace = os.Stderr
				r.logger = slog.New(slog.NewTextHandler(os.Stderr, nil))
			}
			began := time.Now()
			f := r.measure(t)
			res.runs = append(res.runs, f)
			fmt.Fprintf(os.Stderr, "%s, seed %d: %.0f s\n", s.name, r.seed, time.Since(began).Seconds())
		}
		results = append(results, res)
	}
	goals, missed := writeTable(os.Stdout, results)
	fmt.Printf("%d of %d goals met\n", goals-len(missed), goals)
	for _, m := range missed {
		fmt.Println(" ", bad, m)
	}
	if *strict && len(missed) > 0 {
		t.Errorf("%d goals missed", len(missed))
	}
}

// What a call must be able to do at the very least, whatever the machine is busy with.
func TestACallHoldsOnABadPath(t *testing.T) {
	clip := conferencetest.NewClip(640, 360, "Ana")
	for _, s := range []scenario{
		{
			name: "1 Mbit/s, 60 ms, 2 % loss", length: 6 * time.Second,
			path:  conferencetest.Conditions{BitsPerSecond: 1000 * kilobit, Queue: 300 * ms, Delay: 60 * ms, Loss: 0.02},
			goals: map[string]goal{"kbit/s": {median: 200}, "frames/s": {median: 20}, "concealed %": {median: 5}},
		},
		{
			name: "5 Mbit/s, 20 ms, nothing for 1 s", length: 6 * time.Second,
			path:  conferencetest.Conditions{BitsPerSecond: 5000 * kilobit, Queue: 300 * ms, Delay: 20 * ms},
			steps: []step{{2 * time.Second, cut(true)}, {3 * time.Second, cut(false)}},
			goals: map[string]goal{"frames/s": {median: 20}, "back ms": {median: 1500}},
		},
	} {
		r := run{scenario: s, clip: clip, width: 640, height: 360, warmUp: 4 * time.Second, seed: 1}
		res := result{scenario: s, runs: []figures{r.measure(t)}}
		if _, missed := writeTable(io.Discard, []result{res}); len(missed) > 0 {
			t.Errorf("%s\n%v", strings.Join(missed, "\n"), res.runs)
		}
	}
}

// Sound waits for no picture in our own queue, however little a path carries and whatever becomes of it.
func TestSoundIsNeverHeldUpByPictures(t *testing.T) {
	clip := conferencetest.NewClip(640, 360, "Ana")
	slow := func(bitsPerSecond int) conferencetest.Conditions {
		return conferencetest.Conditions{BitsPerSecond: bitsPerSecond, Queue: 300 * ms, Delay: 20 * ms}
	}
	for _, s := range []scenario{
		{name: "150 kbit/s", path: slow(150 * kilobit)},
		{name: "500 kbit/s", path: slow(500 * kilobit)},
		{name: "2 Mbit/s, then 200 kbit/s", path: slow(2000 * kilobit), steps: []step{{time.Second, rate(200 * kilobit)}}},
		{
			name: "nothing for 1 s", path: slow(2000 * kilobit),
			steps: []step{{time.Second, cut(true)}, {2 * time.Second, cut(false)}},
		},
		{name: "20 ms, 10 % loss in bursts of 5", path: conferencetest.Conditions{Delay: 20 * ms, Loss: 0.1, Burst: 5}},
	} {
		s.length, s.goals = 5*time.Second, map[string]goal{"held ms": soundHeld}
		r := run{scenario: s, clip: clip, width: 640, height: 360, warmUp: 3 * time.Second, seed: 1}
		res := result{scenario: s, runs: []figures{r.measure(t)}}
		if _, missed := writeTable(io.Discard, []result{res}); len(missed) > 0 {
			t.Error(missed)
		}
	}
}
