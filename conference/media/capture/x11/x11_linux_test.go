package x11_test

import (
	"errors"
	"io/fs"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"confab/conference/media/capture/x11"
	"confab/conference/media/capture/x11/xvfbtest"
)

// open opens a grabber for the length of the test, which keeps its OS thread.
func open(t testing.TB, name string) *x11.Grabber {
	t.Helper()
	runtime.LockOSThread()
	g, err := x11.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		g.Close()
		runtime.UnlockOSThread()
	})
	return g
}

func grab(t testing.TB, g *x11.Grabber) x11.Picture {
	t.Helper()
	p, err := g.Grab()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// at is the colour of a pixel, 0xRRGGBB.
func at(p x11.Picture, x, y int) uint32 {
	b := p.Pix[y*p.Stride+4*x:]
	return uint32(b[2])<<16 | uint32(b[1])<<8 | uint32(b[0])
}

func TestScreenIsGrabbedAsDrawn(t *testing.T) {
	s := xvfbtest.Start(t, 641, 481)
	s.MovePointer(600, 440)
	s.Fill(0, 0, 641, 481, 0x102030)
	g := open(t, "")
	for _, c := range []uint32{0xFF0000, 0x00FF00, 0x0000FF, 0xFFFFFF} {
		s.Fill(10, 20, 30, 40, c)
		p := grab(t, g)
		if p.Width != 641 || p.Height != 481 {
			t.Fatalf("picture of %dx%d, want 641x481", p.Width, p.Height)
		}
		for _, test := range []struct {
			x, y int
			want uint32
		}{{9, 20, 0x102030}, {10, 19, 0x102030}, {10, 20, c}, {39, 59, c}, {40, 59, 0x102030}, {39, 60, 0x102030}, {640, 0, 0x102030}} {
			if got := at(p, test.x, test.y); got != test.want {
				t.Errorf("pixel %d,%d = %06x, want %06x", test.x, test.y, got, test.want)
			}
		}
	}
}

func TestPointerIsInThePicture(t *testing.T) {
	s := xvfbtest.Start(t, 320, 240)
	s.Fill(0, 0, 320, 240, 0x406080)
	g := open(t, "")
	drawn := func(p x11.Picture, x, y int) (n int) {
		for dy := -8; dy <= 8; dy++ {
			for dx := -8; dx <= 8; dx++ {
				if at(p, x+dx, y+dy) != 0x406080 {
					n++
				}
			}
		}
		return n
	}
	s.MovePointer(100, 100)
	if p := grab(t, g); drawn(p, 100, 100) < 10 || drawn(p, 200, 50) != 0 {
		t.Errorf("pointer at 100,100: %d pixels there, %d at 200,50", drawn(p, 100, 100), drawn(p, 200, 50))
	}
	s.MovePointer(200, 50)
	if p := grab(t, g); drawn(p, 200, 50) < 10 || drawn(p, 100, 100) != 0 {
		t.Errorf("pointer at 200,50: %d pixels there, %d at 100,100", drawn(p, 200, 50), drawn(p, 100, 100))
	}
	for _, corner := range [][2]int{{0, 0}, {319, 0}, {0, 239}, {319, 239}} {
		s.MovePointer(corner[0], corner[1])
		grab(t, g) // half of it is outside
	}
}

func TestMonitorsAreListedAndGrabbedByName(t *testing.T) {
	s := xvfbtest.Start(t, 800, 600)
	s.MovePointer(799, 599)
	s.Fill(0, 0, 400, 600, 0xAA0000)
	s.Fill(400, 0, 400, 600, 0x00AA00)
	s.SetMonitor("left", 0, 0, 400, 600)
	s.SetMonitor("right", 400, 100, 300, 200)
	monitors, err := x11.Monitors()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]x11.Monitor{}
	for _, m := range monitors {
		found[m.Name] = m
	}
	want := x11.Monitor{Name: "right", X: 400, Y: 100, Width: 300, Height: 200}
	if diff := cmp.Diff(want, found["right"]); diff != "" {
		t.Error(diff)
	}
	for name, colour := range map[string]uint32{"left": 0xAA0000, "right": 0x00AA00} {
		g := open(t, name)
		if p := grab(t, g); p.Width != found[name].Width || at(p, 0, 0) != colour || at(p, p.Width-1, p.Height-1) != colour {
			t.Errorf("%s: picture of %dx%d in %06x", name, p.Width, p.Height, at(p, 0, 0))
		}
	}
	if g, err := x11.Open("middle"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open of no monitor: %v, %v, want ErrNotExist", g, err)
	}
}

func TestMonitorIsFollowedWhenItChanges(t *testing.T) {
	s := xvfbtest.Start(t, 800, 600)
	s.MovePointer(799, 599)
	s.Fill(0, 0, 800, 600, 0x000055)
	s.Fill(300, 300, 200, 100, 0x550000)
	s.SetMonitor("mine", 0, 0, 200, 100)
	g := open(t, "mine")
	if p := grab(t, g); p.Width != 200 || at(p, 0, 0) != 0x000055 {
		t.Fatalf("picture of %dx%d in %06x", p.Width, p.Height, at(p, 0, 0))
	}
	s.DeleteMonitor("mine")
	s.SetMonitor("mine", 300, 300, 150, 75)
	if p := grab(t, g); p.Width != 150 || p.Height != 75 || at(p, 0, 0) != 0x550000 {
		t.Errorf("after the change: picture of %dx%d in %06x, want 150x75 in 550000", p.Width, p.Height, at(p, 0, 0))
	}
	s.DeleteMonitor("mine")
	if _, err := g.Grab(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("monitor unplugged: %v, want ErrNotExist", err)
	}
}

func TestMonitorOutsideTheScreenIsAnErrorNotTheEnd(t *testing.T) {
	s := xvfbtest.Start(t, 320, 240)
	s.SetMonitor("far", 200, 200, 300, 300)
	if _, err := open(t, "far").Grab(); err == nil {
		t.Error("a picture of what is not there")
	}
}

func TestServerThatDiesIsAnErrorNotTheEnd(t *testing.T) {
	s := xvfbtest.Start(t, 320, 240)
	g := open(t, "")
	grab(t, g)
	s.Stop()
	for range 2 {
		if _, err := g.Grab(); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Grab of a dead server: %v, want ErrNotExist", err)
		}
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	if _, err := g.Grab(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Grab after Close: %v", err)
	}
}

func TestWithoutAServerItIsUnsupported(t *testing.T) {
	for _, display := range []string{"", ":4711", "nonsense"} {
		t.Setenv("DISPLAY", display)
		if _, err := x11.Open(""); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Open with DISPLAY=%q: %v, want ErrUnsupported", display, err)
		}
		if _, err := x11.Monitors(); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Monitors with DISPLAY=%q: %v, want ErrUnsupported", display, err)
		}
	}
}

func TestNoSharedMemoryIsLeftBehind(t *testing.T) {
	s := xvfbtest.Start(t, 640, 480)
	before := segments(t)
	g := open(t, "")
	grab(t, g)
	s.SetMonitor("a", 0, 0, 100, 100)
	grab(t, g)
	g.Close()
	if after := segments(t); after > before {
		t.Errorf("%d shared segments before, %d after", before, after)
	}
}
