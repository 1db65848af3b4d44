package main_test

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"confab/conference/media"
	"confab/conference/media/capture"
	"confab/conference/media/capture/pattern"
	"confab/conference/media/capture/x11/xvfbtest"
	"confab/conference/media/yuv"
)

// endsWithin is how long a window may take to go once it was told to.
const endsWithin = 5 * time.Second

// TestTheWindowIsJoinedMutedAndClosedByTheKeyboard uses the window as a person does who has no mouse, and
// looks at the display and at what the others get.
func TestTheWindowIsJoinedMutedAndClosedByTheKeyboard(t *testing.T) {
	d := newDisplay(t)
	server := serve(t, "127.0.0.1:0")
	ana := join(t, program(t), server.url, "window", "Ana", small...)
	ben := join(t, program(t), server.url, "window", "Ben", small...)
	w := open(t, "--signaling", server.url)
	d.until("shows our own picture in the lobby", shows("Wim"))
	d.keys("type", "--delay", "50", "Wim") // the field of the name has the focus
	d.keys("key", "Tab")
	d.keys("type", "--delay", "50", "window")
	d.keys("key", "Return")

	d.until("shows everybody's picture", shows("Ana", "Ben", "Wim"))
	d.moves("Ana", "Ben", "Wim")
	for _, p := range []*process{ana, ben} {
		p.meets("Wim")
	}

	d.keys("key", "m")
	for _, p := range []*process{ana, ben} {
		p.getsNone("sound", "Wim", sound, 2)
		p.gets("pictures", "Wim", pictures, 15)
	}
	d.keys("key", "m")
	d.keys("key", "v")
	for _, p := range []*process{ana, ben} {
		p.gets("sound", "Wim", sound, 50)
		p.getsNone("pictures", "Wim", pictures, 2)
	}
	d.until("shows nothing of the camera that is off", func(found []pattern.Found) bool {
		return shows("Ana", "Ben")(found) && !shows("Wim")(found)
	})
	d.keys("key", "v")
	d.moves("Ana", "Ben", "Wim")

	marks := []int{ana.mark(), ben.mark()}
	closed := time.Now()
	d.keys("key", "alt+F4") // the window manager asks the window to close
	checkEnd(t, w, closed, ana)
	for i, p := range []*process{ana, ben} {
		p.wait("told that Wim left", func(all []line) bool { return slices.ContainsFunc(all[marks[i]:], ends("Wim")) })
		if took := p.since(marks[i], ends("Wim"))[0].Time.Sub(closed); took > endsWithin && !starved(p) {
			t.Errorf("%s was told after %v", p.name, took)
		}
		p.leaves()
	}
}

// TestTheWindowFollowsTheCall: a window that joins at once shows a screen that somebody shares, takes away
// whoever is gone, and leaves when the system tells it to end.
func TestTheWindowFollowsTheCall(t *testing.T) {
	d := newDisplay(t)
	server := serve(t, "127.0.0.1:0")
	ana := join(t, program(t), server.url, "window", "Ana", small...)
	ben := join(t, program(t), server.url, "window", "Ben", small...)
	w := open(t, "--signaling", server.url, "--join", "--room", "window", "--name", "Wim")
	d.until("shows everybody's picture", shows("Ana", "Ben", "Wim"))
	ana.meets("Wim")

	ana.tell(`{"do":"share","source":"test","on":true}`)
	d.until("shows Ana twice, and more of her screen", func(found []pattern.Found) bool {
		views := views(found, "Ana")
		return len(views) == 2 && max(views[0].Rect.Dx(), views[1].Rect.Dx()) > 3*min(views[0].Rect.Dx(), views[1].Rect.Dx())/2
	})
	ana.tell(`{"do":"share","on":false}`)
	d.until("shows Ana once", func(found []pattern.Found) bool { return len(views(found, "Ana")) == 1 })

	ben.kill()
	d.until("shows Ben no more", func(found []pattern.Found) bool { return shows("Ana", "Wim")(found) && !shows("Ben")(found) })
	d.moves("Ana", "Wim")

	mark := ana.mark()
	told := time.Now()
	if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	checkEnd(t, w, told, ana)
	ana.wait("told that Wim left", func(all []line) bool { return slices.ContainsFunc(all[mark:], ends("Wim")) })
	ana.leaves()
}

// TestTheWindowIsNoLargerThanTheScreen where no window manager takes care of it.
func TestTheWindowIsNoLargerThanTheScreen(t *testing.T) {
	const width, height = 1024, 640
	xvfbtest.Start(t, width, height)
	open(t)
	for over := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		out, _ := exec.Command("xdotool", "search", "--onlyvisible", "--name", "^Confab$", "getwindowgeometry", "--shell").Output() // fails while there is none
		var w, h int
		for text := range strings.Lines(string(out)) {
			_, _ = fmt.Sscanf(text, "WIDTH=%d", &w) // other lines are no sizes
			_, _ = fmt.Sscanf(text, "HEIGHT=%d", &h)
		}
		if w == width && h >= 600 && h <= height {
			return
		}
		if time.Now().After(over) {
			t.Fatalf("the window has %dx%d on a screen of %dx%d", w, h, width, height)
		}
	}
}

// TestTheDemonstrationShowsACallOfThree runs it where there is no display: it brings its own.
func TestTheDemonstrationShowsACallOfThree(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pictures", "demo.png")
	p := start(t, "demo", product(t), []string{"DISPLAY=", "WAYLAND_DISPLAY="}, "demo", "--duration", "12s", "--picture", path)
	if code := p.exit(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	t.Logf("\n%s", strings.Join(p.unread, "\n"))
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	img, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if found := pattern.FindCodes(img); len(found) != 3 || !shows("Ana", "Ben", "You")(found) {
		t.Errorf("the picture shows %v, want Ana, Ben and You", found)
	}
}

// open starts the window, as Wim, with settings of its own.
func open(t *testing.T, more ...string) *process {
	t.Helper()
	return start(t, "window", program(t), nil, append([]string{
		"--settings", filepath.Join(t.TempDir(), "settings.json"), "--camera", "test:Wim", "--size", "640x360", "--fps", "15",
		"--microphone", "test", "--speaker", "none",
	}, more...)...)
}

// checkEnd checks that the window ends well, and soon if the machine lets it: a witness tells.
func checkEnd(t *testing.T, w *process, told time.Time, witness *process) {
	t.Helper()
	code, took := w.exit(), time.Since(told)
	t.Logf("the window ended after %.1f s", took.Seconds())
	if code != 0 {
		t.Errorf("the window ended with code %d, want 0", code)
	}
	if took > endsWithin && !starved(witness) {
		t.Errorf("the window ended after %v, want %v at most", took, endsWithin)
	}
}

// display is a display of the test's own, with a window manager.
type display struct {
	t      *testing.T
	source capture.VideoSource
}

func newDisplay(t *testing.T) *display {
	t.Helper()
	xvfbtest.Start(t, 1280, 800)
	config, err := filepath.Abs(filepath.Join("testdata", "openbox.xml"))
	if err != nil {
		t.Fatal(err)
	}
	start(t, "window manager (Debian: apt-get install openbox)", "openbox", nil, "--sm-disable", "--config-file", config)
	source, err := capture.OpenScreen(t.Context(), "default", capture.VideoOptions{FramesPerSecond: 5, Pool: new(media.Pool)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := source.Close(); err != nil {
			t.Error(err)
		}
	})
	return &display{t, source}
}

// picture is what the display shows next.
func (d *display) picture() *image.RGBA {
	d.t.Helper()
	f, err := d.source.Read(d.t.Context())
	if err != nil {
		d.t.Fatalf("take a picture of the display: %v", err)
	}
	defer f.Release()
	img := image.NewRGBA(image.Rect(0, 0, f.Width, f.Height))
	yuv.ToRGBA(img, f)
	return img
}

// until waits until ok of the codes that the display shows.
func (d *display) until(what string, ok func([]pattern.Found) bool) {
	d.t.Helper()
	for over := time.Now().Add(patience); ; {
		img := d.picture()
		found := pattern.FindCodes(img)
		if ok(found) {
			return
		}
		if time.Now().After(over) {
			d.t.Fatalf("the display never %s; it shows %v: %s", what, found, d.keep(img))
		}
	}
}

// keep saves a picture for whoever asks why a test has failed (go test -artifacts).
func (d *display) keep(img image.Image) string {
	path := filepath.Join(d.t.ArtifactDir(), "display.png")
	file, err := os.Create(path)
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	if err := png.Encode(file, img); err != nil {
		return err.Error()
	}
	return path
}

// moves waits until the picture of each name has changed twice.
func (d *display) moves(names ...string) {
	d.t.Helper()
	changes, last := make(map[string]int), make(map[string]uint32)
	d.until("moves", func(found []pattern.Found) bool {
		for _, name := range names {
			for _, v := range views(found, name) {
				if v.Frame != last[name] {
					changes[name]++
				}
				last[name] = v.Frame
			}
		}
		return !slices.ContainsFunc(names, func(name string) bool { return changes[name] < 3 }) // the first is none
	})
}

// keys has xdotool press keys.
func (d *display) keys(args ...string) {
	d.t.Helper()
	cmd := exec.Command("xdotool", args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		d.t.Fatalf("xdotool %v (Debian: apt-get install xdotool): %v: %s", args, err, out)
	}
}

// views are the codes of what somebody called name sends.
func views(found []pattern.Found, name string) []pattern.Found {
	return slices.DeleteFunc(slices.Clone(found), func(f pattern.Found) bool { return f.Source != pattern.SourceOf(name) })
}

// shows tells whether all of these people can be seen.
func shows(names ...string) func([]pattern.Found) bool {
	return func(found []pattern.Found) bool {
		return !slices.ContainsFunc(names, func(name string) bool { return len(views(found, name)) == 0 })
	}
}
