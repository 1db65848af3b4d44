package echo_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"sync"
	"testing"
	"text/tabwriter"

	"confab/conference/media/audio/echo"
)

var (
	wantTable  = flag.Bool("echo.table", false, "run all rooms and print how the canceller fares")
	rooms      = flag.Int("echo.rooms", 24, "random rooms of the table")
	only       = flag.String("echo.only", "", "regular expression of the scenarios' names; empty: all")
	artificial = flag.Bool("echo.synthetic", false, "talkers of arithmetic, also where espeak-ng is there")
	filterOnly = flag.Bool("echo.filter", false, "without the suppressor")
)

// scenarios are rooms of one trouble each.
var scenarios = []scenario{
	{name: "same clock", delay: 0.08, reverberation: 0.3, change: 0.06, seed: 1},
	{name: "+60 ppm", drift: 60, delay: 0.12, reverberation: 0.3, change: 0.06, seed: 2},
	{name: "+200 ppm, 40 ms", drift: 200, delay: 0.04, reverberation: 0.3, change: 0.06, seed: 3},
	{name: "-200 ppm, 200 ms", drift: -200, delay: 0.2, reverberation: 0.5, change: -0.06, seed: 4},
	{name: "echo +6 dB", drift: 100, delay: 0.16, reverberation: 0.5, echo: 6, change: -0.06, seed: 5},
	{name: "wandering clock", drift: 60, wander: 0.00025, delay: 0.1, reverberation: 0.2, change: 0.06, seed: 6},
	{name: "moved loudspeaker", drift: -20, delay: 0.06, reverberation: 0.35, moving: true, change: 0.06, seed: 7},
	{name: "echo -12 dB", drift: 30, delay: 0.09, reverberation: 0.3, echo: -12, change: 0.06, seed: 9},
	{name: "loudspeaker away", drift: 80, delay: 0.1, reverberation: 0.3, speakerAway: 0.5, seed: 11},
	{name: "loudspeaker away, +60 ms", drift: 80, delay: 0.1, reverberation: 0.3, change: 0.06, speakerAway: 0.5, seed: 11},
	{name: "microphone away", drift: -40, delay: 0.12, reverberation: 0.3, microphoneAway: 0.5, seed: 12},
	{name: "microphone away, -30 ms", drift: -40, delay: 0.12, reverberation: 0.3, change: -0.03, microphoneAway: 0.5, seed: 12},
	{name: "late by 20 ms", drift: 90, delay: 0.09, reverberation: 0.3, change: 0.06, late: 2, seed: 14},
	{name: "late by 40 ms", drift: -90, delay: 0.12, reverberation: 0.3, change: -0.06, late: 4, seed: 15},
	{name: "loud loudspeaker", drift: 60, delay: 0.09, reverberation: 0.3, echo: 6, drive: 5, change: 0.06, seed: 16},
	{name: "300 ms", drift: 60, delay: 0.3, reverberation: 0.3, change: -0.06, seed: 17},
	{name: "8 ms", drift: 60, delay: 0.008, reverberation: 0.3, change: 0.02, seed: 18},
	{name: "2 ms", drift: -30, delay: 0.002, reverberation: 0.3, change: 0.02, seed: 19},
}

// randomRooms are rooms with several troubles.
func randomRooms(n int) []scenario {
	random := rand.New(rand.NewPCG(99, 0))
	var all []scenario
	for i := range n {
		s := scenario{
			drift: 400*random.Float64() - 200, delay: 0.04 + 0.16*random.Float64(),
			reverberation: 0.2 + 0.3*random.Float64(), echo: 12*random.Float64() - 6,
			change: 0.06, moving: i%4 == 3, seed: uint64(100 + i),
		}
		if s.delay > 0.1 && i%2 == 0 {
			s.change = -0.06
		}
		if i%5 == 4 {
			s.wander = 0.00025
		}
		s.name = fmt.Sprintf("%+.0f ppm, %.0f ms, RT %.2f s, %+.0f dB", s.drift, 1000*s.delay, s.reverberation, s.echo)
		all = append(all, s)
	}
	return all
}

// talkers are those of espeak-ng where it is installed.
func talkers() (far, near talker) {
	if both, ok := espeak(); ok && !*artificial {
		return both[0].talk, both[1].talk
	}
	return synthetic, synthetic
}

// TestEchoTable judges nothing: it prints figures beside their goals.
func TestEchoTable(t *testing.T) {
	if !*wantTable {
		t.Skip("takes minutes; ask for it with -echo.table")
	}
	names, err := regexp.Compile(*only)
	if err != nil {
		t.Fatal(err)
	}
	all := slices.DeleteFunc(slices.Concat(scenarios, randomRooms(*rooms)), func(s scenario) bool { return !names.MatchString(s.name) })
	far, near := talkers()
	results := measure(all, whole, far, near)
	tw := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "5 s\t10 s\tend\tmicrophone\tdouble\talone\trecovery\tdrift off\t room")
	for i, s := range all {
		f := results[i]
		fmt.Fprintf(tw, "%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.2f s\t%+.1f ppm\t %s\n", f.early, f.ten, f.late, f.before, f.double, f.alone, f.recovery, f.drift, s.name)
	}
	tw.Flush()
	for _, c := range columns {
		fmt.Println(c.summary(results))
	}
	cost := testing.Benchmark(BenchmarkProcess)
	fmt.Printf("a block of 10 ms  %.2f ms %s, %d allocations %s\n", cost.Extra["ms/block"], atMost(cost.Extra["ms/block"], 0.5),
		cost.AllocsPerOp(), atMost(float64(cost.AllocsPerOp()), 0))
}

// column is one figure of all rooms. Goals of 0 are none.
type column struct {
	name          string
	of            func(figures) float64
	median, least float64 // dB, at least
	most          float64 // seconds, at most
}

var columns = []column{
	{name: "5 s", of: func(f figures) float64 { return f.early }},
	{name: "10 s", of: func(f figures) float64 { return f.ten }, median: 37, least: 28},
	{name: "end", of: func(f figures) float64 { return f.late }},
	{name: "double", of: func(f figures) float64 { return f.double }, median: 17, least: 12},
	{name: "alone", of: func(f figures) float64 { return f.alone }, least: 30},
	{name: "recovery", of: func(f figures) float64 { return f.recovery }, most: 2},
}

// summary is how the figure is spread, with its goals.
func (c column) summary(results []figures) string {
	if len(results) == 0 {
		return c.name + "  no rooms"
	}
	var values []float64
	for _, f := range results {
		values = append(values, c.of(f))
	}
	slices.Sort(values)
	n := len(values) - 1
	return fmt.Sprintf("%-9s least %.1f%s, a tenth below %.1f, median %.1f%s, most %.1f%s", c.name,
		values[0], atLeast(values[0], c.least), values[n/10], values[(n+1)/2], atLeast(values[(n+1)/2], c.median),
		values[n], limit(c.most, values[n]))
}

// atLeast and atMost say whether a figure meets its goal.
func atLeast(value, goal float64) string {
	if goal == 0 {
		return ""
	}
	return fmt.Sprintf(" (≥%g %s)", goal, mark(value >= goal))
}

func atMost(value, goal float64) string { return fmt.Sprintf("(≤%g %s)", goal, mark(value <= goal)) }

// limit is atMost for a figure that may have no goal.
func limit(goal, value float64) string {
	if goal == 0 {
		return ""
	}
	return " " + atMost(value, goal)
}

func mark(met bool) string {
	if met {
		return "✓"
	}
	return "✗"
}

// measure runs scenarios, two at a time.
func measure(all []scenario, p plan, far, near talker) []figures {
	results := make([]figures, len(all))
	var group sync.WaitGroup
	turns := make(chan struct{}, 2) // machines have two processors at least
	for i, s := range all {
		group.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			results[i] = s.record(p, far, near).judge(echo.New(echo.Options{FilterOnly: *filterOnly}))
		})
	}
	group.Wait()
	return results
}
