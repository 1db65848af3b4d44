package ui

import (
	"confab/conference/media/capture"
	"confab/ui/look"
)

// devicePicker offers the devices of one kind.
type devicePicker struct {
	*look.Picker

	kind  capture.Kind
	shown choices
}

// newDevicePicker makes a picker, a line of text with a prefix if compact. use is told the spec of what
// the user chose.
func newDevicePicker(kind capture.Kind, compact bool, prefix string, use func(spec string)) *devicePicker {
	p := &devicePicker{kind: kind}
	chosen := func(i int) {
		if i >= 0 && i < len(p.shown.specs) && i != p.shown.selected {
			p.shown.selected = i
			use(p.shown.specs[i])
		}
	}
	if compact {
		p.Picker = look.NewCompactPicker(prefix, nil, chosen)
	} else {
		p.Picker = look.NewPicker(nil, chosen)
	}
	return p
}

// show offers the devices of now, with the one of spec selected.
func (p *devicePicker) show(devices []capture.Device, spec string) {
	p.shown = deviceChoices(devices, p.kind, spec)
	p.SetOptions(p.shown.names)
	p.SetSelected(p.shown.selected)
}

// deviceMenu offers the devices of one kind as a menu does.
func (w *Window) deviceMenu(kind capture.Kind, spec string, use func(spec string)) look.Menu {
	c := deviceChoices(w.devices, kind, spec)
	return look.Menu{Options: c.names, Selected: c.selected, Chosen: func(i int) {
		if i != c.selected {
			use(c.specs[i])
		}
	}}
}
