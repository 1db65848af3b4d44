package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"confab/assets"
)

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
	quit := context.AfterFunc(ctx, func() { w.gate.Post(w.Quit) })
	defer quit()
	w.Show()
	if o.Shown != nil {
		o.Shown()
	}
	a.Run()
	w.Wait()
	return nil
}
