package voice_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"
	"text/tabwriter"
)

var (
	wantTable = flag.Bool("voice.table", false, "take all talkers through all noises and print what comes of it")
	strict    = flag.Bool("voice.strict", false, "fail if a goal is missed")
)

// TestVoiceTable prints the figures of all stages beside their goals: for the synthetic talkers, and for
// espeak-ng's where it is installed. It judges nothing unless it is told to be strict.
func TestVoiceTable(t *testing.T) {
	if !*wantTable {
		t.Skip("takes minutes; ask for it with -voice.table")
	}
	casts := []cast{syntheticCast()}
	if _, err := exec.LookPath("espeak-ng"); err == nil {
		casts = append(casts, espeakCast(t))
	}
	b := &board{w: os.Stdout}
	for _, c := range casts {
		b.cast = c.name
		c.tabulateMixtures(b)
		c.tabulateGain(b)
		c.tabulateAlone(b)
		c.tabulatePeople(b)
	}
	b.tabulateCost()
	fmt.Printf("%d of %d goals met\n", b.goals-len(b.missed), b.goals)
	for _, m := range b.missed {
		fmt.Println(" ", bad, m)
	}
	if *strict && len(b.missed) > 0 {
		t.Errorf("%d goals missed", len(b.missed))
	}
}

// Marks of a goal that is met, and of one that is missed.
const (
	good = "✓"
	bad  = "✗"
)

// board is where tables are written and goals counted.
type board struct {
	w      io.Writer
	cast   string
	title  string
	goals  int
	missed []string

	rows  *tabwriter.Writer
	names []string
}

// cell is a figure, perhaps with a goal.
type cell struct {
	value  float64
	digits int
	asked  bool
	least  bool // or at most
	goal   float64
}

// none is a cell without a figure.
var none = cell{value: math.NaN()}

func plain(v float64) cell { return cell{value: v, digits: 1} }

func atLeast(v, goal float64) cell {
	return cell{value: v, digits: 1, asked: true, least: true, goal: goal}
}

func atMost(v, goal float64) cell { return cell{value: v, digits: 1, asked: true, goal: goal} }

// fine shows more digits.
func (c cell) fine(digits int) cell {
	c.digits = digits
	return c
}

func (c cell) met() bool {
	if c.least {
		return c.value >= c.goal
	}
	return c.value <= c.goal
}

func (c cell) String() string {
	if math.IsNaN(c.value) {
		return "-"
	}
	text := fmt.Sprintf("%.*f", c.digits, c.value)
	if !c.asked {
		return text
	}
	sign, mark := "≤", bad
	if c.least {
		sign = "≥"
	}
	if c.met() {
		mark = good
	}
	return fmt.Sprintf("%s %s%g %s", text, sign, c.goal, mark)
}

// begin starts a table with the names of its columns.
func (b *board) begin(title string, names ...string) {
	b.title, b.names = title, names
	b.rows = tabwriter.NewWriter(b.w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(b.rows, title+" ("+b.cast+")\t"+strings.Join(names, "\t"))
}

func (b *board) row(name string, cells ...cell) {
	fmt.Fprint(b.rows, name)
	for i, c := range cells {
		fmt.Fprint(b.rows, "\t", c)
		if !c.asked {
			continue
		}
		b.goals++
		if !c.met() {
			b.missed = append(b.missed, fmt.Sprintf("%s (%s), %s: %s %s", b.title, b.cast, name, b.names[i], c))
		}
	}
	fmt.Fprintln(b.rows)
}

// end writes the table.
func (b *board) end() {
	b.rows.Flush() // to the test's output: nothing to mend if it fails
	fmt.Fprintln(b.w)
}

func TestTheTableCountsItsGoals(t *testing.T) {
	var out bytes.Buffer
	b := &board{w: &out, cast: "nobody"}
	b.begin("speech", "heard", "lost")
	b.row("all", atLeast(3, 2), atMost(0.5, 1).fine(2))
	b.row("some", atLeast(1, 2), plain(7))
	b.end()
	if b.goals != 3 || len(b.missed) != 1 || !strings.Contains(b.missed[0], "heard 1.0 ≥2") {
		t.Errorf("%d goals, missed %q; want 3, one of them by what was heard", b.goals, b.missed)
	}
	if !strings.Contains(out.String(), "0.50 ≤1 ✓") {
		t.Errorf("table:\n%s", out.String())
	}
}
