// Package assets holds the pictures that are compiled into Confab: its own icon, and the icons of its
// buttons. The latter are drawn in lines of currentColor on a square of 24; look.Icon gives them a
// colour of the theme.
package assets

import (
	"embed"

	"fyne.io/fyne/v2"
)

//go:embed icons/*.svg
var icons embed.FS

//go:embed icon.png
var appIcon []byte

// AppIcon is Confab's own icon, a PNG of 512x512 (the trays of desktops take no SVG).
var AppIcon fyne.Resource = fyne.NewStaticResource("confab.png", appIcon)

// The icons of buttons and marks.
var (
	Mic        = icon("mic")
	MicOff     = icon("mic-off")
	Camera     = icon("camera")
	CameraOff  = icon("camera-off")
	Share      = icon("share")
	StopShare  = icon("stop-share")
	Hand       = icon("hand")
	React      = icon("react")
	Chat       = icon("chat")
	People     = icon("people")
	Layout     = icon("layout")
	More       = icon("more")
	Leave      = icon("leave")
	Settings   = icon("settings")
	Lock       = icon("lock")
	Chevron    = icon("chevron")
	Check      = icon("check")
	Close      = icon("close")
	Speaker    = icon("speaker")
	Send       = icon("send")
	File       = icon("file")
	FullScreen = icon("full-screen")
)

// icon reads an embedded icon; a missing one is a fault of the build, which a test finds.
func icon(name string) fyne.Resource {
	content, err := icons.ReadFile("icons/" + name + ".svg")
	if err != nil {
		panic(err)
	}
	return fyne.NewStaticResource(name+".svg", content)
}
