package ui

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"confab/ui/look"
	"confab/ui/sentence"
)

// Limits of how loud somebody is heard: twice as loud as they send at most.
const (
	mostVolume = 2
	volumeStep = 0.05
)

// people is the section of how loud each of the others is heard.
func (p *panel) people() fyne.CanvasObject {
	column := container.New(columnLayout{})
	if call := p.w.call; call != nil {
		for _, q := range call.call.Snapshot().Participants {
			if r := call.call.Remote(q); r != nil {
				column.Add(newVolume(q.Name, r))
			}
		}
	}
	if len(column.Objects) == 0 {
		column.Add(look.NewText(sentence.Alone, look.Body))
	}
	return column
}

// newVolume is a slider for how loud somebody is heard.
func newVolume(name string, r Remote) fyne.CanvasObject {
	label := look.NewText(name, look.Body)
	label.SetMinWidth(10)
	share := look.NewText("", look.Caption)
	show := func(gain float64) { share.SetText(fmt.Sprintf("%.0f %%", 100*gain)) }
	slider := widget.NewSlider(0, mostVolume)
	slider.Step = volumeStep
	slider.Value = r.Volume()
	show(slider.Value)
	slider.OnChanged = func(gain float64) {
		r.SetVolume(gain)
		show(gain)
	}
	return container.New(volumeRow{}, label, container.NewThemeOverride(slider, sliderTheme{}), share)
}

// sliderTheme is the theme of now, but for the colours of a slider, whose track cannot be seen on a card.
type sliderTheme struct{ edgeTheme }

// Color is for Fyne.
func (sliderTheme) Color(name fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	switch name {
	case theme.ColorNameInputBackground:
		name = look.Dim
	case theme.ColorNameForeground:
		name = look.Accent
	}
	return appTheme().Color(name, v)
}

// volumeRow puts a name, a slider and a number side by side.
type volumeRow struct{}

const volumeName, volumeNumber = 150, 52

// MinSize is the height of a line.
func (volumeRow) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(volumeName+volumeNumber+80, max(40, o[1].MinSize().Height))
}

// Layout places the three.
func (volumeRow) Layout(o []fyne.CanvasObject, size fyne.Size) {
	place(o[0], 0, 0, volumeName-10, size.Height)
	place(o[1], volumeName, 0, size.Width-volumeName-volumeNumber, size.Height)
	place(o[2], size.Width-volumeNumber+10, 0, volumeNumber-10, size.Height)
}
