package ui

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"confab/conference/media/capture"
	"confab/ui/look"
	"confab/ui/sentence"
	"confab/ui/settings"
)

// Window is Confab's window: the lobby, the call, and the settings over either. Unless they say otherwise
// its methods, and all fields below the blank line, are for the UI goroutine.
type Window struct {
	o      Options
	log    *slog.Logger
	app    fyne.App
	win    fyne.Window
	gate   *Gate
	clock  *clock
	studio *studio
	calls  *worker // leaves rooms, keeps settings, asks senders
	sound  *worker // moves the sound of calls, which may hang with a driver

	ended    sync.WaitGroup // joins, readers of events and the quit under way
	over     chan struct{}  // closed by Quit
	watchdog atomic.Pointer[time.Timer]
	due      atomic.Bool // a refresh is posted

	settings settings.Settings
	devices  []capture.Device
	root     *fyne.Container
	lobby    *lobby
	call     *callScreen // nil in the lobby
	panel    *panel      // nil: not shown
	talk     talk
	cancel   context.CancelFunc
	joins    int // counts joins, so that a late answer is recognised
	quitting bool
}

// NewWindow makes the window in the lobby, without showing it, and opens the devices that the user has
// consented to.
func NewWindow(app fyne.App, o Options) *Window {
	o.fill()
	w := &Window{o: o, log: o.Logger, app: app, gate: NewGate(o.Post), calls: newWorker(), sound: newWorker(), over: make(chan struct{})}
	trouble := w.loadSettings()
	w.win = app.NewWindow("Confab")
	w.win.SetPadded(false)
	w.win.SetMaster()
	w.applyAppearance()
	o.Media.SetProcessing(w.processing())
	w.studio = newStudio(o.Media, o.Devices, o.Logger, w.refreshSoon, func(k capture.Kind, err error) {
		if k != 0 {
			err = sentence.OfDevice(k, err)
		}
		w.gate.Post(func() { w.notify(sentence.For(err)) })
	}, func() { w.gate.Post(w.listDevices) })
	w.lobby = newLobby(w)
	w.root = container.NewStack(w.lobby.view)
	w.win.SetContent(w.root)
	w.win.Resize(fyne.NewSize(windowWidth, windowHeight))
	w.win.SetCloseIntercept(w.Quit)
	w.talk.w = w
	w.bindKeys()
	w.clock = newClock(w.Tick)
	app.Lifecycle().SetOnStarted(w.clock.start)
	app.Lifecycle().SetOnEnteredForeground(w.listDevices) // something may have been plugged in meanwhile
	app.Lifecycle().SetOnExitedForeground(w.talk.release)
	w.listDevices()
	w.openConsented()
	w.lobby.refresh()
	w.lobby.form.nearby.start()
	w.lobby.notify(trouble)
	if o.Join {
		w.Join()
	}
	return w
}

// Show shows the window.
func (w *Window) Show() {
	w.win.Show()
	w.lobby.focus()
}

// FyneWindow is the window as Fyne knows it.
func (w *Window) FyneWindow() fyne.Window { return w.win }

// Tick shows what has moved: pictures, levels, the time. The window's own clock calls it up to 30 times a
// second; tests call it themselves.
func (w *Window) Tick(now time.Time) {
	if w.quitting {
		return
	}
	w.talk.tick()
	if w.call != nil {
		w.call.tick(now)
	} else {
		w.lobby.tick()
	}
	if w.panel != nil {
		w.panel.tick()
	}
}

// refreshSoon shows anew what is switched on, once for any number of calls. For any goroutine.
func (w *Window) refreshSoon() {
	if w.due.Swap(true) {
		return
	}
	w.gate.Post(func() {
		w.due.Store(false)
		w.refresh()
	})
}

func (w *Window) refresh() {
	if w.call != nil {
		w.call.refresh()
	} else {
		w.lobby.refresh()
	}
	if w.panel != nil {
		w.panel.refresh()
	}
}

// notify tells the user a sentence, wherever they are.
func (w *Window) notify(text string) {
	if w.call != nil {
		w.call.notices.add(text)
	} else {
		w.lobby.notify(text)
	}
}

// show makes o the screen.
func (w *Window) show(o fyne.CanvasObject) {
	w.win.Canvas().Unfocus()
	w.root.Objects = []fyne.CanvasObject{o}
	w.root.Refresh()
}

// listDevices asks for the devices of now.
func (w *Window) listDevices() {
	w.studio.list(func(found []capture.Device) {
		w.gate.Post(func() {
			w.devices = found
			w.lobby.showDevices()
			if w.panel != nil {
				w.panel.showDevices()
			}
		})
	})
}

// applyAppearance takes the theme of the settings.
func (w *Window) applyAppearance() {
	v, _ := look.ParseVariant(string(w.settings.Appearance))
	w.app.Settings().SetTheme(look.NewTheme(v))
}
