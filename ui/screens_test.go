package ui_test

import (
	"flag"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"

	"confab/conference"
	"confab/conference/media"
	"confab/ui"
)

var update = flag.Bool("update", false, "record the screens anew in testdata")

// TestScreensLookAsRecorded compares each screen with its picture in testdata. Edges may differ a little
// between processors; a part that has moved or changed its colour may not.
func TestScreensLookAsRecorded(t *testing.T) {
	filled := func(o *ui.Options) { o.Name, o.Room, o.Signaling = "Eve", "stand-up", "wss://example.org" }
	for name, show := range map[string]func(p *person){
		"lobby": func(p *person) { p.sees("Speakers: Built-in audio (default)") },
		"alone": func(p *person) { p.tap("Join"); p.sees("Nobody else is here yet.") },
		"call":  showCall,
		"share": func(p *person) {
			showCall(p)
			p.call().set("ben", func(b *conference.Participant) { b.Metadata.Screen = true })
			p.sees("Ben is sharing their screen")
		},
		"chat": func(p *person) {
			showCall(p)
			p.call().write("Ana", "Slides are in the shared folder.", morning)
			p.sees("Ana: Slides are in the shared folder.")
			p.tap("Chat")
			p.call().write("Dina Li", "The second one has no title yet. I will send it again when we are through, around noon.", morning)
			p.sees("around noon.")
			p.window.Tick(morning)
			p.say("Thanks, looking now")
			p.sees("Thanks, looking now")
		},
		"speaker": func(p *person) {
			showCall(p)
			p.call().update(func(s *conference.Snapshot) {
				s.MainSpeaker, s.Microphone.MutedSpeaking = "dina", true
			})
			p.typeKeys("g")
			p.sees("You are muted, but speaking. Press M to be heard.")
		},
		"audio": func(p *person) { p.tap("Settings"); p.sees("Built-in microphone (default)") },
		"dead": func(p *person) {
			showCall(p)
			p.call().update(func(s *conference.Snapshot) { s.Microphone = conference.MicrophoneState{NoSound: true} })
			p.sees("No sound comes from your microphone.")
		},
		"people": func(p *person) {
			showCall(p)
			p.tap("Settings")
			p.tap("People")
			p.sees("100 %")
		},
		"settings": func(p *person) { p.tap("Settings"); p.tap("Network"); p.sees("Hide addresses") },
	} {
		t.Run(name, func(t *testing.T) {
			p := sit(t, filled)
			p.window.FyneWindow().Resize(fyne.NewSize(800, 600))
			show(p)
			p.canvas.Unfocus() // no blinking cursor
			compare(t, filepath.Join("testdata", name+".png"), p.canvas.Capture())
		})
	}
}

// showCall shows three others: one speaks, one's path is under repair, one has the camera off.
func showCall(p *person) {
	p.tap("Join")
	p.sees("Leave")
	call := p.call()
	ana := call.enter("ana", "Ana", conference.StateConnected)
	call.enter("ben", "Ben", conference.StateConnecting)
	call.enter("dina", "Dina Li", conference.StateConnected)
	call.set("ana", func(a *conference.Participant) { a.Speaking, a.Quality = true, 4 })
	call.set("dina", func(d *conference.Participant) {
		d.Quality, d.Metadata.Camera, d.Metadata.Microphone = 2, false, false
	})
	paint(ana.Surface(conference.Camera))
	p.sees("Connecting to Ben")
	p.sees("Dina Li")
	call.set("ben", func(b *conference.Participant) { b.State = conference.StateConnected })
	p.sawGo("Connecting to Ben")
}

// paint shows a gradient.
func paint(s *media.Surface) {
	img := s.Back(320, 180)
	for y := range 180 {
		for x := range 320 {
			img.SetRGBA(x, y, color.RGBA{R: uint8(x / 2), G: uint8(80 + y/3), B: 120, A: 255})
		}
	}
	s.Publish()
}

// compare checks a picture against a recorded one, in blocks of 8 by 8 pixels.
func compare(t *testing.T, path string, got image.Image) {
	t.Helper()
	if *update {
		record(t, path, got)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if got.Bounds() != want.Bounds() {
		t.Fatalf("%s has %v, now %v", path, want.Bounds(), got.Bounds())
	}
	const block, limit = 8, 24.0 // limit of the mean difference of a block, of 255
	bounds, worst, at := got.Bounds(), 0.0, image.Point{}
	for y := bounds.Min.Y; y+block <= bounds.Max.Y; y += block {
		for x := bounds.Min.X; x+block <= bounds.Max.X; x += block {
			if d := difference(got, want, image.Rect(x, y, x+block, y+block)); d > worst {
				worst, at = d, image.Pt(x, y)
			}
		}
	}
	if worst > limit {
		now := filepath.Join(t.ArtifactDir(), filepath.Base(path))
		record(t, now, got)
		t.Errorf("%s differs by %.0f at %v; if that is meant, run with -update. It looks so now: %s", path, worst, at, now)
	}
}

// difference is the mean difference of two pictures within an area, 0 to 255.
func difference(a, b image.Image, area image.Rectangle) float64 {
	sum := 0.0
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			c, d := color.RGBAModel.Convert(a.At(x, y)).(color.RGBA), color.RGBAModel.Convert(b.At(x, y)).(color.RGBA)
			sum += math.Abs(float64(c.R)-float64(d.R)) + math.Abs(float64(c.G)-float64(d.G)) + math.Abs(float64(c.B)-float64(d.B))
		}
	}
	return sum / float64(3*area.Dx()*area.Dy())
}

func record(t *testing.T, path string, img image.Image) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
