// Package ui shows a call and takes orders for it; it renders snapshots and keeps no call state.
//
// A [Window] is the lobby, then a call, and the settings over either. What it shows of a call comes from
// the engine's snapshots: an event says that there is a newer one, and the screen is brought up to it.
// What the user orders (join, mute, share, another device) may take long; it is queued and done on a
// goroutine of its own, orders that came to nothing meanwhile are left out, and the UI never waits.
//
// Pictures have one clock: [Window.Tick], up to 30 times a second, takes the newest picture of each tile
// and refreshes the tiles that have one. What another goroutine wants of the UI goes through the [Gate],
// the only caller of fyne.Do; at the end the gate is closed first.
//
// The engine is seen through small interfaces ([Call], [Media], [Devices]), so that the whole window is
// tested without any. Below are look (theme and widgets that know nothing of calls), settings (the file),
// sentence (errors in words) and console (Confab without a window).
package ui
