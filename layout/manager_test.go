package layout_test

import (
	"fmt"
	"sync"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"github.com/google/go-cmp/cmp"

	"confab/layout"
)

func view() fyne.CanvasObject { return canvas.NewRectangle(nil) }

func shown(m *layout.Manager) []fyne.CanvasObject { return m.Object().(*fyne.Container).Objects }

func at(o fyne.CanvasObject) string {
	p, s := o.Position(), o.Size()
	return fmt.Sprintf("%g,%g,%g,%g", p.X, p.Y, s.Width, s.Height)
}

func TestViewsComeAndGoInTheirOrder(t *testing.T) {
	m := layout.NewManager(nil)
	ana, ben, chen := view(), view(), view()
	if !m.AddRemoteView("a", ana) || !m.AddRemoteViews(layout.View{ID: "b", Object: ben}, layout.View{ID: "c", Object: chen}) {
		t.Fatal("a view was refused")
	}
	if d := cmp.Diff([]string{"a", "b", "c"}, m.RemoteViewIDs()); d != "" {
		t.Error(d)
	}
	m.RemoveRemoteView("b")
	m.RemoveRemoteView("b")
	m.RemoveRemoteView("nobody")
	if got := shown(m); len(got) != 2 || got[0] != ana || got[1] != chen {
		t.Errorf("after b left: %v", got)
	}
	if m.RemoteView("c") != chen || m.RemoteView("b") != nil {
		t.Error("RemoteView does not follow")
	}
	m.RemoveRemoteViews()
	if got := shown(m); len(got) != 0 || len(m.RemoteViewIDs()) != 0 {
		t.Errorf("after all left: %v, %v", got, m.RemoteViewIDs())
	}
}

func TestUselessViewsAreRefused(t *testing.T) {
	m := layout.NewManager(nil)
	if m.AddRemoteView("", view()) || m.AddRemoteView("a", nil) {
		t.Error("a view without a name, or a name without a view, was taken")
	}
	first := view()
	m.AddRemoteView("a", first)
	if m.AddRemoteView("a", view()) || m.RemoteView("a") != first {
		t.Error("a second view replaced the first")
	}
	if m.AddRemoteViews(layout.View{ID: "b", Object: view()}, layout.View{ID: "a", Object: view()}) {
		t.Error("AddRemoteViews reports that all were added")
	}
	if d := cmp.Diff([]string{"a", "b"}, m.RemoteViewIDs()); d != "" {
		t.Error(d)
	}
}

func TestOurOwnViewLiesOverTheLastTile(t *testing.T) {
	m := layout.NewManager(nil)
	m.Object().Resize(fyne.NewSize(1280, 674))
	local := view()
	m.SetLocalView(local)
	if got := at(local); got != "16,16,1248,642" {
		t.Errorf("alone: %s", got)
	}
	m.AddRemoteView("a", view())
	if got := at(local); got != "1066,530,186,116" {
		t.Errorf("with one other: %s", got)
	}
	if got := shown(m); got[len(got)-1] != local {
		t.Error("our own view is not drawn last")
	}
	m.UnsetLocalView()
	m.UnsetLocalView()
	if got := shown(m); len(got) != 1 {
		t.Errorf("without it: %v", got)
	}
}

func TestSwapExchangesPlaces(t *testing.T) {
	m := layout.NewManager(nil)
	m.Object().Resize(fyne.NewSize(1280, 674))
	ana, ben := view(), view()
	m.AddRemoteViews(layout.View{ID: "a", Object: ana}, layout.View{ID: "b", Object: ben})
	was, wasBen := at(ana), at(ben)
	if !m.SwapRemoteView("a", "b") || at(ana) != wasBen || at(ben) != was {
		t.Errorf("after the swap: %s, %s", at(ana), at(ben))
	}
	if m.SwapRemoteView("a", "nobody") || !m.SwapRemoteView("a", "a") {
		t.Error("SwapRemoteView reports wrongly")
	}
	if d := cmp.Diff([]string{"b", "a"}, m.RemoteViewIDs()); d != "" {
		t.Error(d)
	}
}

func TestHiddenViewTakesNoPlace(t *testing.T) {
	m := layout.NewManager(nil)
	m.Object().Resize(fyne.NewSize(1280, 674))
	ana, ben := view(), view()
	m.AddRemoteViews(layout.View{ID: "a", Object: ana}, layout.View{ID: "b", Object: ben})
	ben.Hide()
	m.Layout()
	if got := at(ana); got != "16,16,1248,642" {
		t.Errorf("the one that is left: %s", got)
	}
}

func TestModeMovesTheViews(t *testing.T) {
	m := layout.NewManager(nil)
	m.Object().Resize(fyne.NewSize(1280, 674))
	screen := view()
	m.AddRemoteViews(layout.View{ID: "screen", Object: screen}, layout.View{ID: "a", Object: view()})
	m.SetMode(layout.Share)
	if got := at(screen); m.Mode() != layout.Share || got != "16,16,1018,642" {
		t.Errorf("%v: %s", m.Mode(), got)
	}
}

func TestChangesAreSeenTogether(t *testing.T) {
	var posted []func()
	m := layout.NewManager(func(f func()) { posted = append(posted, f) })
	for i := range 5 {
		m.AddRemoteView(fmt.Sprint(i), view())
	}
	m.RemoveRemoteView("3")
	if len(posted) != 1 || len(shown(m)) != 0 {
		t.Fatalf("%d posts, %d shown before the UI goroutine ran", len(posted), len(shown(m)))
	}
	posted[0]()
	if len(shown(m)) != 4 {
		t.Errorf("%d shown, want 4", len(shown(m)))
	}
	m.RemoveRemoteView("nobody") // no change: nothing to post
	m.SetMode(layout.Grid)
	m.RemoveRemoteView("1")
	if len(posted) != 2 {
		t.Errorf("%d posts, want 2", len(posted))
	}
}

// TestManyGoroutinesMayChangeViews is for the race detector: callers everywhere, one UI goroutine.
func TestManyGoroutinesMayChangeViews(t *testing.T) {
	queue := make(chan func(), 1024) // never full: one post waits at a time
	m := layout.NewManager(func(f func()) { queue <- f })
	var window, callers sync.WaitGroup
	window.Go(func() {
		width := float32(800)
		for f := range queue {
			width++
			m.Object().Resize(fyne.NewSize(width, 600))
			f()
		}
	})
	for c := range 8 {
		callers.Go(func() {
			for i := range 200 {
				id := fmt.Sprint(c, "-", i%7)
				m.AddRemoteView(id, view())
				m.SetLocalView(view())
				m.SwapRemoteView(id, fmt.Sprint((c+1)%8, "-", i%7))
				m.SetMode(layout.Mode(1 + i%3))
				m.RemoteViewIDs()
				m.RemoveRemoteView(id)
			}
		})
	}
	callers.Wait()
	close(queue)
	window.Wait()
	if got := m.RemoteViewIDs(); len(got) != 0 {
		t.Errorf("left behind: %v", got)
	}
	if got := shown(m); len(got) != 1 {
		t.Errorf("%d shown at the end, want our own alone", len(got))
	}
}
