package ui

import (
	"context"
	"log/slog"
	"os"

	"confab/conference"
	"confab/conference/signaling"
	"confab/conference/signaling/lan"
)

// AppID is what the desktop knows the application by.
const AppID = "app.confab.Confab"

// Options say what a window shows and works with. Dial, Media and Devices must be set; they stay their
// owner's, who closes them after the window has ended.
type Options struct {
	Dial    Dialer
	Media   Media
	Devices Devices

	// Nearby gives the calls on this network whenever they change, until ctx ends; nil: none are looked for.
	Nearby func(ctx context.Context) <-chan []lan.Room

	SettingsPath string // of the settings file; empty: nothing is kept

	// What is filled in at the start, in place of what the settings hold; empty: what they hold.
	Name, Room, Signaling, Password string
	Join                            bool // join at once

	// Specs of the command line. They take the place of the settings' devices for this run and are not
	// kept; whoever names a device there wants it on, and "none" leaves it out. Empty: the settings' device.
	Microphone, Camera, Screen, Speaker string

	Width, Height   int     // pixels of the camera's pictures; 0: the settings'
	FramesPerSecond float64 // 0: the settings'

	Processing conference.Processing // stages of the microphone's sound that are off, beside the settings

	ICEServers               []signaling.ICEServer // beside those of the settings
	RelayOnly, HideAddresses bool                  // beside the settings

	Version string // of the application, for people
	Logger  *slog.Logger

	Shown func() // told on the UI goroutine once the window is shown; nil: nobody

	Post func(func()) // as in NewGate; nil: fyne.Do
	Exit func(int)    // ends the process when Fyne does not end; nil: os.Exit
}

func (o *Options) fill() {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Exit == nil {
		o.Exit = os.Exit
	}
	if o.Version == "" {
		o.Version = "development"
	}
}

// none is the spec of a device that is left out.
const none = "none"

// named tells whether a spec of the command line names a device to be switched on.
func named(spec string) bool { return spec != "" && spec != none }
