package layout_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"github.com/google/go-cmp/cmp"

	"confab/layout"
)

var update = flag.Bool("update", false, "write the golden files anew")

var modes = []layout.Mode{layout.Grid, layout.Speaker, layout.Share}

// areas are what is left of typical windows between the line at the top and the toolbar, and of some
// odd ones.
var areas = []fyne.Size{
	{Width: 1280, Height: 674}, // a window of 1280x800
	{Width: 800, Height: 474},  // the smallest window
	{Width: 918, Height: 674},  // 1280x800 with the chat open
	{Width: 1920, Height: 954},
	{Width: 2560, Height: 954}, // ultra-wide
	{Width: 600, Height: 1000}, // portrait
	{Width: 333, Height: 222},
}

func TestRectanglesAreAsRecorded(t *testing.T) {
	var b strings.Builder
	for _, mode := range modes {
		for _, size := range areas {
			for n := range 17 {
				fmt.Fprintf(&b, "%v %gx%g, %d remote:%s\n", mode, size.Width, size.Height, n, line(layout.Arrange(mode, size, n)))
			}
		}
	}
	const golden = "testdata/arrange.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); d != "" {
		t.Errorf("rectangles changed; if that is meant, run with -update (-recorded +now):\n%s", d)
	}
}

func line(r layout.Rects) string {
	var b strings.Builder
	for _, rect := range append(r.Remote, r.Local) {
		fmt.Fprintf(&b, " %g,%g,%g,%g", rect.X, rect.Y, rect.Width, rect.Height)
	}
	if r.Inset {
		b.WriteString(" inset")
	}
	return b.String()
}

func TestFourTilesAreThoseOfTheDesign(t *testing.T) {
	r := layout.Arrange(layout.Grid, fyne.NewSize(1280, 674), 4)
	want := " 16,16,618,315 646,16,618,315 16,343,618,315 646,343,618,315 1066,530,186,116 inset"
	if got := line(r); got != want {
		t.Errorf("four remote views at 1280x674:\n got%s\nwant%s", got, want)
	}
}

func TestAloneOurViewHasAllOfTheSpace(t *testing.T) {
	for _, mode := range modes {
		r := layout.Arrange(mode, fyne.NewSize(1280, 674), 0)
		if got := line(r); got != " 16,16,1248,642" {
			t.Errorf("%v, nobody else: %s", mode, got)
		}
	}
}

func TestShortLastRowIsCentred(t *testing.T) {
	r := layout.Arrange(layout.Grid, fyne.NewSize(1280, 674), 3).Remote
	if left, right := r[2].X, 1280-r[2].Right(); left-right > 1 || right-left > 1 {
		t.Errorf("third of three is %g from the left and %g from the right", left, right)
	}
}

func TestViewsStayInsideAndApart(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		size := fyne.NewSize(float32(60+random.IntN(4000)), float32(60+random.IntN(2500)))
		mode, n := modes[random.IntN(len(modes))], random.IntN(30)
		checkArrangement(t, mode, size, n)
		if t.Failed() {
			return
		}
	}
}

func FuzzArrange(f *testing.F) {
	f.Add(1, 1280, 674, 4)
	f.Add(3, 0, -1, 9)
	f.Fuzz(func(t *testing.T, mode, width, height, n int) {
		checkArrangement(t, layout.Mode(mode), fyne.NewSize(float32(width%20000), float32(height%20000)), n%40)
	})
}

// checkArrangement checks what holds of every arrangement.
func checkArrangement(t *testing.T, mode layout.Mode, size fyne.Size, n int) {
	t.Helper()
	r := layout.Arrange(mode, size, n)
	if len(r.Remote) != max(0, n) {
		t.Fatalf("%v %v: %d rectangles for %d views", mode, size, len(r.Remote), n)
	}
	all := r.Remote
	if !r.Inset {
		all = append(all, r.Local)
	}
	for i, a := range all {
		if a.Width < 0 || a.Height < 0 {
			t.Errorf("%v %v, %d remote: view %d has the size %v", mode, size, n, i, a.Size)
		}
		if !within(a, layout.Rect{Size: size}) {
			t.Errorf("%v %v, %d remote: view %d at %v is outside", mode, size, n, i, a)
		}
		for j, b := range all[:i] {
			if overlap(a, b) {
				t.Errorf("%v %v, %d remote: views %d and %d overlap: %v, %v", mode, size, n, j, i, b, a)
			}
		}
	}
	if r.Inset && !within(r.Local, r.Remote[n-1]) {
		t.Errorf("%v %v, %d remote: our own view %v is not over the last, %v", mode, size, n, r.Local, r.Remote[n-1])
	}
	if mode == layout.Grid {
		checkGrid(t, size, r)
	}
}

func checkGrid(t *testing.T, size fyne.Size, r layout.Rects) {
	t.Helper()
	for i, a := range r.Remote {
		if a.Size != r.Remote[0].Size {
			t.Errorf("%v, %d remote: view %d has the size %v, the first %v", size, len(r.Remote), i, a.Size, r.Remote[0].Size)
		}
		if a.Width == 0 || a.Height == 0 {
			continue // no room at all
		}
		if aspect := a.Width / a.Height; aspect < layout.MinAspect-0.001 || aspect > layout.MaxAspect {
			t.Errorf("%v, %d remote: aspect %.3f of %v", size, len(r.Remote), aspect, a.Size)
		}
	}
}

func within(a, outer layout.Rect) bool {
	if a.Width == 0 || a.Height == 0 {
		return true
	}
	return a.X >= outer.X && a.Y >= outer.Y && a.Right() <= outer.Right() && a.Bottom() <= outer.Bottom()
}

func overlap(a, b layout.Rect) bool {
	return a.X < b.Right() && b.X < a.Right() && a.Y < b.Bottom() && b.Y < a.Bottom()
}

func TestTilesDoNotGrowWithPeopleNorShrinkWithTheWindow(t *testing.T) {
	tile := func(size fyne.Size, n int) float32 {
		r := layout.Arrange(layout.Grid, size, n).Remote[0]
		return r.Width * r.Height
	}
	for _, size := range areas {
		for n := 2; n <= 16; n++ {
			if fewer, more := tile(size, n-1), tile(size, n); more > fewer {
				t.Errorf("%v: a tile of %d has %g, of %d %g", size, n-1, fewer, n, more)
			}
		}
		for n := 1; n <= 16; n++ {
			larger := size.AddWidthHeight(40, 0)
			if before, after := tile(size, n), tile(larger, n); after < before {
				t.Errorf("%d remote: a tile of %v has %g, of %v %g", n, size, before, larger, after)
			}
		}
	}
}

// TestSpaceIsUsed asks that tiles of the usual windows cover a good part of the area: a short last row
// or the limits of a tile's aspect cost the rest.
func TestSpaceIsUsed(t *testing.T) {
	for _, size := range areas[:5] {
		for n := 1; n <= 16; n++ {
			covered := float32(0)
			for _, r := range layout.Arrange(layout.Grid, size, n).Remote {
				covered += r.Width * r.Height
			}
			if part := covered / (size.Width * size.Height); part < 0.55 {
				t.Errorf("%d remote at %v cover %.2f of the area", n, size, part)
			}
		}
	}
}

func TestSpeakerIsLargeAndTheOthersAreBelow(t *testing.T) {
	r := layout.Arrange(layout.Speaker, fyne.NewSize(918, 674), 4)
	want := " 16,16,886,498 17,526,212,132 241,526,212,132 465,526,212,132 689,526,212,132"
	if got := line(r); got != want {
		t.Errorf("speaker at 918x674:\n got%s\nwant%s", got, want)
	}
}

func TestSharedScreenIsWholeAndTheOthersAreBesideIt(t *testing.T) {
	r := layout.Arrange(layout.Share, fyne.NewSize(1280, 674), 4)
	want := " 16,16,1018,642 1046,16,218,151 1046,179,218,151 1046,342,218,151 1046,505,218,151"
	if got := line(r); got != want {
		t.Errorf("share at 1280x674:\n got%s\nwant%s", got, want)
	}
}

func TestUnknownModeIsAGrid(t *testing.T) {
	size := fyne.NewSize(1280, 674)
	if d := cmp.Diff(line(layout.Arrange(layout.Grid, size, 5)), line(layout.Arrange(99, size, 5))); d != "" {
		t.Error(d)
	}
}
