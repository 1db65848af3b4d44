package ui_test

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"confab/conference/signaling/lan"
	"confab/ui"
)

// lanOf is a network whose calls a test tells.
type lanOf struct {
	rooms   chan []lan.Room
	looking chan context.Context
}

func newLAN() *lanOf {
	return &lanOf{rooms: make(chan []lan.Room), looking: make(chan context.Context, 8)}
}

func (n *lanOf) browse(ctx context.Context) <-chan []lan.Room {
	n.looking <- ctx
	found := make(chan []lan.Room)
	go func() { // ends with ctx
		defer close(found)
		for {
			select {
			case <-ctx.Done():
				return
			case rooms := <-n.rooms:
				select {
				case found <- rooms:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return found
}

// tapBeside taps the text that stands at the height of another one.
func (p *person) tapBeside(text, label string) {
	p.Helper()
	beside := p.where(text)
	for _, f := range p.visible() {
		t, ok := f.object.(*canvas.Text)
		if ok && t.Text == label && math.Abs(float64(f.at.Y-beside.Y)) < 25 {
			test.TapCanvas(p.canvas, f.at.AddXY(t.MinSize().Width/2, t.MinSize().Height/2))
			return
		}
	}
	p.Fatalf("no %q beside %q", label, text)
}

func retro() lan.Room {
	return lan.Room{Name: "retro", Members: []string{"Ana", "Ben"}, Count: 2}
}

func TestCallsOnThisNetworkAreOneClickAway(t *testing.T) {
	n := newLAN()
	p := sit(t, func(o *ui.Options) { o.Name, o.Nearby = "Eve", n.browse })
	p.sees("This network (no server)")
	p.sawGo("On this network")
	n.rooms <- []lan.Room{retro(), {Name: "workshop", Count: 3}}
	p.sees("On this network")
	p.sees("Ana, Ben")
	p.sees("3 people")
	n.rooms <- []lan.Room{retro()}
	p.sawGo("workshop")
	p.tapBeside("retro", "Join")
	p.sees("Leave")
	p.sees("LAN, no server")
	if got := p.requests()[0]; got.Signaling != "lan:" || got.Room != "retro" {
		t.Errorf("joined %q through %q", got.Room, got.Signaling)
	}
	first := <-n.looking
	if <-first.Done(); len(n.looking) > 0 {
		t.Error("calls are looked for during one")
	}
	p.tap("Leave")
	<-n.looking // again
}

func TestACallWithAPasswordAsksForIt(t *testing.T) {
	n := newLAN()
	p := sit(t, func(o *ui.Options) { o.Name, o.Nearby = "Eve", n.browse })
	locked := retro()
	locked.Locked = true
	n.rooms <- []lan.Room{locked}
	p.sees("Ana, Ben")
	p.tapBeside("retro", "Join")
	p.sees("This room has a password.")
}

func TestTheListFitsTheSmallestWindow(t *testing.T) {
	n := newLAN()
	p := sit(t, func(o *ui.Options) { o.Name, o.Room, o.Nearby = "Eve", "design-review", n.browse })
	p.window.FyneWindow().Resize(fyne.NewSize(800, 600))
	n.rooms <- []lan.Room{retro(), {Name: "workshop", Members: []string{"Dina"}, Count: 2, Locked: true}}
	p.sees("Dina and 1 more")
	p.canvas.Unfocus()
	compare(t, filepath.Join("testdata", "nearby.png"), p.canvas.Capture())
}
