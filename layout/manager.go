package layout

import (
	"slices"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// Manager holds the views of a call and keeps a container filled with them. Its methods are safe from
// any goroutine and return at once; what they change is seen when the UI goroutine gets to it, and
// several changes before that are seen together.
type Manager struct {
	dispatch  func(func())
	container *fyne.Container // its content belongs to the UI goroutine

	mu      sync.Mutex
	mode    Mode
	local   fyne.CanvasObject
	order   []string
	views   map[string]fyne.CanvasObject
	waiting bool // a sync is on its way to the UI goroutine
}

// NewManager makes a manager without views in Grid mode. dispatch is how to get to the UI goroutine: it
// runs what it is given there, at once or later, in order, or, when the window is gone, never. With nil
// it is run at once, so then all methods are for the UI goroutine alone.
func NewManager(dispatch func(func())) *Manager {
	if dispatch == nil {
		dispatch = func(f func()) { f() }
	}
	m := &Manager{dispatch: dispatch, mode: Grid, views: make(map[string]fyne.CanvasObject)}
	m.container = &fyne.Container{Layout: arrangement{mode: Grid}}
	return m
}

// Object is what shows the views: a container without a size of its own, always the same.
func (m *Manager) Object() fyne.CanvasObject { return m.container }

// SetLocalView shows our own view, in place of the former one; nil: none.
func (m *Manager) SetLocalView(view fyne.CanvasObject) {
	m.change(func() bool {
		changed := m.local != view
		m.local = view
		return changed
	})
}

// UnsetLocalView takes our own view away; there need not be one.
func (m *Manager) UnsetLocalView() { m.SetLocalView(nil) }

// AddRemoteView adds the view of a person, behind those that are there. It reports false, and does
// nothing, when id is empty or there already, or view is nil.
func (m *Manager) AddRemoteView(id string, view fyne.CanvasObject) bool {
	return m.change(func() bool { return m.addLocked(id, view) })
}

// View is a person's view for AddRemoteViews.
type View struct {
	ID     string
	Object fyne.CanvasObject
}

// AddRemoteViews adds several views in their order, laid out once. It reports whether all of them were
// added.
func (m *Manager) AddRemoteViews(views ...View) bool {
	added := 0
	m.change(func() bool {
		for _, v := range views {
			if m.addLocked(v.ID, v.Object) {
				added++
			}
		}
		return added > 0
	})
	return added == len(views)
}

// RemoveRemoteView takes a person's view away. An unknown id does no harm.
func (m *Manager) RemoveRemoteView(id string) {
	m.change(func() bool {
		if _, ok := m.views[id]; !ok {
			return false
		}
		delete(m.views, id)
		m.order = slices.DeleteFunc(m.order, func(other string) bool { return other == id })
		return true
	})
}

// RemoveRemoteViews takes all remote views away.
func (m *Manager) RemoveRemoteViews() {
	m.change(func() bool {
		changed := len(m.order) > 0
		clear(m.views)
		m.order = nil
		return changed
	})
}

// SwapRemoteView exchanges the places of two people. It reports false, and does nothing, when one of
// them has no view.
func (m *Manager) SwapRemoteView(a, b string) bool {
	known := false
	m.change(func() bool {
		i, j := slices.Index(m.order, a), slices.Index(m.order, b)
		if known = i >= 0 && j >= 0; !known || i == j {
			return false
		}
		m.order[i], m.order[j] = m.order[j], m.order[i]
		return true
	})
	return known
}

// RemoteView is the view of a person, nil if there is none.
func (m *Manager) RemoteView(id string) fyne.CanvasObject {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.views[id]
}

// RemoteViewIDs are the people who have a view, in the order of their places; the caller's to keep.
func (m *Manager) RemoteViewIDs() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.order)
}

// SetMode changes how the views share the space.
func (m *Manager) SetMode(mode Mode) {
	m.change(func() bool {
		changed := m.mode != mode
		m.mode = mode
		return changed
	})
}

// Mode is how the views share the space.
func (m *Manager) Mode() Mode {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mode
}

// Layout places all views anew, as after a view was hidden or shown: a hidden one takes no place.
func (m *Manager) Layout() { m.change(func() bool { return true }) }

// change makes a change under the lock, and sees to it that the container follows if there was one.
func (m *Manager) change(f func() bool) bool {
	m.mu.Lock()
	changed := f()
	post := changed && !m.waiting
	m.waiting = m.waiting || changed
	m.mu.Unlock()
	if post {
		m.dispatch(m.sync)
	}
	return changed
}

func (m *Manager) addLocked(id string, view fyne.CanvasObject) bool {
	if _, there := m.views[id]; there || id == "" || view == nil {
		return false
	}
	m.views[id] = view
	m.order = append(m.order, id)
	return true
}

// sync brings the container to the state of now, on the UI goroutine. It lays out and asks for a
// repaint, but does not refresh the views: that would upload every picture again.
func (m *Manager) sync() {
	m.mu.Lock()
	m.waiting = false
	a := arrangement{mode: m.mode, local: m.local}
	objects := make([]fyne.CanvasObject, 0, len(m.order)+1)
	for _, id := range m.order {
		objects = append(objects, m.views[id])
	}
	m.mu.Unlock()
	if a.local != nil {
		objects = append(objects, a.local) // the last is drawn over the others
	}
	m.container.Objects, m.container.Layout = objects, a
	a.Layout(objects, m.container.Size())
	canvas.Refresh(m.container)
}

// arrangement is the fyne.Layout of the container; a new one is made for every change.
type arrangement struct {
	mode  Mode
	local fyne.CanvasObject // among the objects, or nil
}

// Layout is for Fyne.
func (a arrangement) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	var remote []fyne.CanvasObject
	for _, o := range objects {
		if o != a.local && o.Visible() {
			remote = append(remote, o)
		}
	}
	rects := Arrange(a.mode, size, len(remote))
	for i, o := range remote {
		o.Move(rects.Remote[i].Position)
		o.Resize(rects.Remote[i].Size)
	}
	if a.local != nil {
		a.local.Move(rects.Local.Position)
		a.local.Resize(rects.Local.Size)
	}
}

// MinSize is for Fyne: the container takes what it is given.
func (a arrangement) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(160, 90) }
