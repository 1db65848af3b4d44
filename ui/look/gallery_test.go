package look_test

import (
	"image"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"confab/assets"
	"confab/conference/media"
	"confab/ui/look"
)

// scene is a surface with one picture: a gradient of two colours, as a camera would give.
func scene(width, height int, r, g, b uint8) *media.Surface {
	s := &media.Surface{}
	draw(s.Back(width, height), r, g, b)
	s.Publish()
	return s
}

func draw(img *image.RGBA, r, g, b uint8) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	for y := range h {
		for x := range w {
			part := uint32(64 + 191*(x+y)/(w+h))
			i := img.PixOffset(x, y)
			img.Pix[i], img.Pix[i+1], img.Pix[i+2] = uint8(uint32(r)*part/255), uint8(uint32(g)*part/255), uint8(uint32(b)*part/255)
			img.Pix[i+3] = 255
		}
	}
}

func at(o fyne.CanvasObject, x, y, w, h float32) fyne.CanvasObject {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(w, h))
	return o
}

func own(o fyne.CanvasObject, x, y float32) fyne.CanvasObject {
	size := o.MinSize()
	return at(o, x, y, size.Width, size.Height)
}

// call is the grid of a call, as the design has it at 1280x800.
func call() fyne.CanvasObject {
	ana, ben, chen, dina, you := look.NewTile("Ana"), look.NewTile("Ben"), look.NewTile("Chen"), look.NewTile("Dina Li"), look.NewTile("You")
	ana.SetSurface(scene(618, 315, 200, 155, 115))
	ana.SetSpeaking(true)
	ana.SetQuality(4)
	ben.SetSurface(scene(618, 315, 130, 175, 150))
	ben.SetQuality(2)
	chen.SetSurface(scene(640, 360, 155, 130, 180))
	chen.SetQuality(4)
	chen.SetMuted(true)
	chen.SetBadge("Hand up")
	dina.SetMuted(true)
	dina.SetQuality(4)
	dina.SetCameraOn(false)
	you.SetSurface(scene(186, 116, 110, 145, 175))
	you.SetInset(true)
	room := look.NewText("stand-up", look.Strong)
	clock, safe, path := look.NewChip("12:41"), look.NewChip("Encrypted, verified"), look.NewChip("LAN, no server")
	safe.SetColor(look.Speaking)
	leave := look.NewToolButton(assets.Leave, "Leave", nil)
	leave.SetDanger(true)
	chat := look.NewToolButton(assets.Chat, "Chat", nil)
	chat.SetActive(true)
	bar := look.NewToolbar(
		look.NewToolButton(assets.Mic, "Mute", nil), look.NewToolButton(assets.Camera, "Camera", nil),
		look.NewToolButton(assets.Share, "Share", nil), look.NewToolButton(assets.Hand, "Hand", nil),
		look.NewToolButton(assets.React, "React", nil), chat,
		look.NewToolButton(assets.People, "People", nil), look.NewToolButton(assets.Layout, "Layout", nil),
		look.NewToolButton(assets.More, "More", nil), leave,
	)
	for _, tile := range []*look.Tile{ana, ben, chen, dina, you} {
		tile.Tick()
	}
	return container.NewWithoutLayout(
		own(room, 16, 18), own(clock, 98, 14), own(safe, 167, 14), own(path, 1153, 14),
		at(ana, 16, 58, 618, 315), at(ben, 646, 58, 618, 315), at(chen, 16, 385, 618, 315),
		at(dina, 646, 385, 618, 315), at(you, 1066, 572, 186, 116), at(bar, 0, 712, 1280, 70),
	)
}

func lobby() fyne.CanvasObject {
	preview := look.NewTile("Eve")
	preview.SetNote("(you)")
	preview.SetSurface(scene(676, 380, 110, 145, 175))
	preview.Tick()
	name, room := widget.NewEntry(), widget.NewEntry()
	name.SetText("Eve")
	room.SetPlaceHolder("design-review")
	through := look.NewPicker([]string{"This network (no server)", "Server"}, nil)
	through.SetSelected(0)
	join := look.NewPrimaryButton("Join", nil)
	meter := look.NewMeter()
	meter.SetLevel(0.46)
	mic := look.NewCompactPicker("", []string{"Built-in microphone"}, nil)
	mic.SetSelected(0)
	speakers := look.NewCompactPicker("Speakers: ", []string{"Built-in audio"}, nil)
	speakers.SetSelected(0)
	settings := look.NewSmallButton("Settings", nil)
	settings.SetIcon(assets.Settings)
	small := look.NewSmallButton("Join", nil)
	small.SetColor(look.Accent)
	disabled := look.NewPrimaryButton("Joining", nil)
	disabled.SetBusy(true)
	plain := look.NewButton("Cancel", nil)
	off := look.NewButton("Off", nil)
	off.Disable()
	toolOff := look.NewToolButton(assets.CameraOff, "Camera on", nil)
	toolOff.Disable()
	return container.NewWithoutLayout(
		own(look.NewText("Confab", look.Heading), 16, 16), own(settings, 1178, 14),
		at(preview, 56, 96, 676, 380),
		own(look.NewToolButton(assets.Mic, "Mic on", nil), 56, 492), own(toolOff, 118, 492),
		at(look.NewCard(nil), 199, 492, 303, 52), own(mic, 214, 498), at(meter, 214, 522, 273, 8),
		at(look.NewCard(nil), 56, 566, 676, 45), own(speakers, 73, 578), own(look.NewSmallButton("Play a test sound", nil), 250, 575),
		at(look.NewCard(nil), 772, 96, 452, 600), own(look.NewText("Join a call", look.Title), 795, 118),
		at(look.NewField("Your name", name), 795, 155, 406, 62),
		at(look.NewField("Room, or paste an invitation", room), 795, 229, 406, 62),
		at(look.NewField("Through", through), 795, 303, 406, 62),
		at(join, 795, 383, 406, 44),
		own(look.NewText("On this network", look.Caption), 795, 447),
		at(look.NewRow(look.NewText("stand-up", look.Body)), 795, 469, 406, 50), own(small, 1145, 480),
		at(disabled, 795, 540, 200, 44), own(plain, 1010, 544), own(off, 1120, 544),
	)
}

func icons() fyne.CanvasObject {
	all := []fyne.Resource{
		assets.Mic, assets.MicOff, assets.Camera, assets.CameraOff, assets.Share, assets.StopShare, assets.Hand,
		assets.React, assets.Chat, assets.People, assets.Layout, assets.More, assets.Leave, assets.Settings,
		assets.Lock, assets.Chevron, assets.Check, assets.Close, assets.Speaker, assets.Send, assets.File, assets.FullScreen,
	}
	c := container.NewWithoutLayout()
	for i, res := range all {
		img := canvas.NewImageFromResource(look.Icon(res, look.Text))
		img.FillMode = canvas.ImageFillContain
		c.Add(at(img, float32(20+i%8*100), float32(20+i/8*100), 80, 80))
	}
	app := canvas.NewImageFromResource(assets.AppIcon)
	c.Add(at(app, 620, 220, 180, 180))
	return c
}

// TestGallery draws everything in both variants; it fails only if drawing does. The pictures are for
// people: CONFAB_PICTURES=/tmp/pictures go test -run Gallery.
func TestGallery(t *testing.T) {
	for _, v := range []look.Variant{look.Dark, look.Light} {
		for name, content := range map[string]func() fyne.CanvasObject{"call": call, "lobby": lobby, "icons": icons} {
			t.Run(name+"-"+v.String(), func(t *testing.T) {
				keep(t, window(t, v, content, 1280, 800), name+"-"+v.String())
			})
		}
	}
}
