package benchmark_test

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"
)

// row is one line of the table.
type row struct {
	what          string
	browser, ours float64
	format        string
	goal          string // in words; empty: none
	met           bool
}

// printTable compares two calls of the same scenario.
func printTable(s scenario, browser string, theirs, ours figures) {
	fmt.Printf("\n%s, N=%d\n", s.size(), s.people)
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "  \tChromium %s\tConfab\tratio\tgoal\t\n", browser)
	for _, r := range rowsOf(s, theirs, ours) {
		r.print(w)
	}
	fmt.Fprintf(w, "  size received\t%dx%d\t%dx%d\t\t\t\n", theirs.width, theirs.height, ours.width, ours.height)
	fmt.Fprintf(w, "  pictures compared (unreadable)\t%d (%d)\t%d (%d)\t\t\t\n",
		theirs.like.pictures, theirs.like.strange, ours.like.pictures, ours.like.strange)
	fmt.Fprintf(w, "  capture to decoded, ms\t%.0f *\t%.0f, p95 %.0f **\t\t\t\n",
		milliseconds(theirs.latency), milliseconds(ours.latency), milliseconds(ours.latencyP95))
	_ = w.Flush() // to standard output
	fmt.Println("  *  sum of the stages that getStats knows, waiting between them not included: a page cannot draw a clock into its camera")
	fmt.Println("  ** median of the worst link; from a call of its own with the test camera, whose pictures carry the time")
}

func rowsOf(s scenario, theirs, ours figures) []row {
	cpu := row{what: "processor cores a participant", browser: theirs.cores, ours: ours.cores, format: "%.3f"}
	if s.cpuRatio > 0 {
		cpu.goal, cpu.met = fmt.Sprintf("ratio at most %.2f", s.cpuRatio), ours.cores <= s.cpuRatio*theirs.cores
	}
	rate := row{what: "decoded pictures/s, worst link", browser: theirs.minRate, ours: ours.minRate, format: "%.1f"}
	if s.rate > 0 {
		rate.goal, rate.met = fmt.Sprintf("at least %.0f", s.rate), ours.minRate >= s.rate
	}
	return []row{
		cpu,
		{
			what: "memory (PSS) a participant, MB", browser: theirs.memory / 1e6, ours: ours.memory / 1e6, format: "%.0f",
			goal: fmt.Sprintf("at most %.0f", maxMemory/1e6), met: ours.memory <= maxMemory,
		},
		rate,
		{what: "decoded pictures/s, mean", browser: theirs.meanRate, ours: ours.meanRate, format: "%.1f"},
		{what: "received kbit/s a link, mean", browser: theirs.bitsPerSecond / 1000, ours: ours.bitsPerSecond / 1000, format: "%.0f"},
		{what: "PSNR of luma, dB", browser: theirs.like.decibels(), ours: ours.like.decibels(), format: "%.1f"},
		{what: "join to first decoded picture, ms", browser: milliseconds(theirs.firstPicture), ours: milliseconds(ours.firstPicture), format: "%.0f"},
	}
}

func (r row) print(w io.Writer) {
	fmt.Fprintf(w, "  %s\t"+r.format+"\t"+r.format+"\t%.2f\t%s\t%s\n", r.what, r.browser, r.ours, r.ours/max(r.browser, 1e-9), r.goal, r.mark())
}

func (r row) mark() string { return mark(r.goal, r.met) }

// mark tells whether a goal was met; nothing if there is none.
func mark(goal string, met bool) string {
	switch {
	case goal == "":
		return ""
	case met:
		return "pass"
	}
	return "FAIL"
}
