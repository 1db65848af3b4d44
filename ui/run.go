package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"confab/assets"
)

// fynePatience is how long Fyne has to end by itself when ctx ends: it listens to SIGINT and SIGTERM as
// main does. To quit while it ends would be to call a driver that is no more, which panics.
const fynePatience = 500 * time.Millisecond

// Run shows the window and returns when it was closed, or when ctx ended: the room is left then, and the
// devices are released. It must be called on the main goroutine. If Fyne does not end in time, it
// does not return: Options.Exit ends the process with code 0.
func Run(ctx context.Context, o Options) error {
	app.SetMetadata(fyne.AppMetadata{ // what the packager sets from FyneApp.toml, for builds without it
		ID: AppID, Name: "Confab", Version: o.Version, Icon: assets.AppIcon, Migrations: map[string]bool{"fyneDo": true},
	})
	a := app.NewWithID(AppID)
	a.SetIcon(assets.AppIcon)
	w := NewWindow(a, o)
	over := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-over:
		case <-time.After(fynePatience):
			w.gate.Post(w.Quit)
		}
	})
	w.Show()
	fit(w.FyneWindow())
	if o.Shown != nil {
		o.Shown()
	}
	a.Run()
	close(over)
	stop()
	w.Wait()
	return nil
}
