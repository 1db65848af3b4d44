package conferencetest_test

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// result is what the runs of one scenario measured.
type result struct {
	scenario scenario
	runs     []figures
}

// Marks of a goal that is met, and of one that is missed.
const (
	good = "✓"
	bad  = "✗"
)

// writeTable writes all columns.
func writeTable(w io.Writer, results []result) (goals int, missed []string) {
	return writeColumns(w, columns, results)
}

// writeColumns writes a row a scenario: each figure as median/worst of its runs, its goal, and whether that
// is met. It returns how many goals there are, and which are missed.
func writeColumns(w io.Writer, columns []column, results []result) (goals int, missed []string) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(tw, "link (each direction)")
	for _, c := range columns {
		fmt.Fprint(tw, "\t", c.name)
	}
	fmt.Fprintln(tw)
	for _, r := range results {
		fmt.Fprint(tw, r.scenario.name)
		for _, c := range columns {
			cell, met, asked := r.cell(c)
			if asked {
				goals++
			}
			if asked && !met {
				missed = append(missed, fmt.Sprintf("%s: %s %s", r.scenario.name, c.name, cell))
			}
			fmt.Fprint(tw, "\t", cell)
		}
		fmt.Fprintln(tw)
	}
	tw.Flush() // w is a buffer or the test's output: nothing to mend if it fails
	for _, c := range columns {
		fmt.Fprintf(w, "  %s: %s\n", c.name, c.describe)
	}
	return goals, missed
}

// cell is one figure in words: median/worst, goal, mark.
func (r result) cell(c column) (text string, met, asked bool) {
	var values []float64
	for _, f := range r.runs {
		if v, ok := f[c.name]; ok {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return "-", true, false
	}
	slices.Sort(values)
	if c.highest {
		slices.Reverse(values)
	}
	median, worst := values[len(values)/2], values[len(values)-1]
	text = c.format(median)
	if len(values) > 1 {
		text += "/" + c.format(worst)
	}
	g, asked := r.scenario.goals[c.name]
	if !asked {
		return text, true, false
	}
	met = c.met(g, median, worst)
	sign, mark := "≤", bad
	if c.highest {
		sign = "≥"
	}
	if met {
		mark = good
	}
	bound := strconv.FormatFloat(g.median, 'f', -1, 64)
	if g.worst != 0 {
		bound += "/" + strconv.FormatFloat(g.worst, 'f', -1, 64)
	}
	return strings.Join([]string{text, sign + bound, mark}, " "), met, true
}

func (c column) format(v float64) string { return strconv.FormatFloat(v, 'f', c.digits, 64) }
