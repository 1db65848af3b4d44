package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Menu is several options of which one is selected.
type Menu struct {
	Options  []string
	Selected int             // -1: none
	Chosen   func(index int) // told what the user chose
}

// show opens the menu under an object, at least width wide, or above it where there is no room. It gives nil if
// there is nothing to choose from, or o is not on any canvas. Of a widget, o is the ground: another widget may have
// it embedded, and then Fyne knows only that one.
func (m Menu) show(o fyne.CanvasObject, width float32) *widget.PopUpMenu {
	driver := fyne.CurrentApp().Driver()
	c := driver.CanvasForObject(o)
	if c == nil || len(m.Options) == 0 {
		return nil
	}
	menu := fyne.NewMenu("")
	for i, option := range m.Options {
		item := fyne.NewMenuItem(option, func() { m.Chosen(i) })
		item.Checked = i == m.Selected
		menu.Items = append(menu.Items, item)
	}
	const gap = 4
	p := widget.NewPopUpMenu(menu, c)
	size := p.MinSize()
	p.Resize(fyne.NewSize(max(size.Width, width), size.Height))
	at := driver.AbsolutePositionForObject(o)
	y := at.Y + o.Size().Height + gap
	if y+size.Height > c.Size().Height && at.Y-gap-size.Height >= 0 {
		y = at.Y - gap - size.Height
	}
	p.ShowAtPosition(fyne.NewPos(at.X, y))
	return p
}
