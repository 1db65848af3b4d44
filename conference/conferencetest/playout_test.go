package conferencetest_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"

	"confab/conference/conferencetest"
)

var (
	wantPlayout   = flag.Bool("playout.table", false, "hold calls over bad networks and print how their sound fares")
	playoutRuns   = flag.Int("playout.runs", 1, "calls over each link, each with its own seed")
	playoutStrict = flag.Bool("playout.strict", false, "fail if a goal is missed")
)

// soundGoals are those of the sound over the table's paths, by their names.
var soundGoals = map[string]map[string]goal{
	"LAN":                             {"concealed %": {median: 0.05}, "sound ms": {median: 32}},
	"1 Mbit/s, 60 ms, 2 % loss":       {"concealed %": {median: 0.5}, "sound ms": {median: 80}},
	"10 Mbit/s, 20 ms, 5 % loss":      {"concealed %": {median: 1}, "sound ms": {median: 60}},
	"20 ms + 30 ms jitter, 5 % loss":  {"concealed %": {median: 2}, "sound ms": {median: 80}},
	"20 ms, 10 % loss in bursts of 5": {"concealed %": {median: 4}, "sound ms": {median: 110}},
	"3000, 500, 3000 kbit/s, 30 ms":   {"concealed %": {median: 1.5}, "sound ms": {median: 120}},
}

// TestPlayoutTable is the bench of sound over bad networks: the calls of TestNetworkTable, in virtual
// time, judged by what was heard. It judges nothing unless it is told to be strict.
func TestPlayoutTable(t *testing.T) {
	if !*wantPlayout {
		t.Skip("takes minutes; ask for it with -playout.table")
	}
	clip := conferencetest.NewClip(1280, 720, "Ana")
	var results []result
	for _, s := range scenarios {
		if s.goals = soundGoals[s.name]; s.goals == nil {
			continue
		}
		res := result{scenario: s}
		for n := range *playoutRuns {
			r := run{scenario: s, clip: clip, width: 1280, height: 720, warmUp: warmUp, seed: 1 + uint64(n)}
			res.runs = append(res.runs, r.measure(t))
		}
		results = append(results, res)
	}
	sound := slices.DeleteFunc(slices.Clone(columns), func(c column) bool {
		return !slices.Contains([]string{"concealed %", "sound ms", "held ms", "latency ms"}, c.name)
	})
	goals, missed := writeColumns(os.Stdout, sound, results)
	fmt.Printf("%d of %d goals met\n", goals-len(missed), goals)
	if *playoutStrict && len(missed) > 0 {
		t.Errorf("%d goals missed: %q", len(missed), missed)
	}
}
