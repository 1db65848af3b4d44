package look_test

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"confab/ui/look"
)

var devices = []string{"Built-in microphone", "Headset", "Headset"}

func TestPickerTellsWhatTheUserChose(t *testing.T) {
	var chosen []int
	p, w := shown(t, func() *look.Picker {
		return look.NewPicker(devices, func(i int) { chosen = append(chosen, i) })
	})
	p.SetHint("No microphone")
	p.Resize(fyne.NewSize(300, 40))
	if got := texts(p); !slices.Equal(got, []string{"No microphone"}) || p.Selected() != -1 || p.Text() != "" {
		t.Errorf("nothing selected: %q", got)
	}
	p.SetSelected(0)
	if p.Text() != devices[0] || len(chosen) != 0 {
		t.Errorf("selected by the program: %q, told %v", p.Text(), chosen)
	}
	w.Canvas().Focus(p)
	for range 5 {
		press(w, fyne.KeyDown)
	}
	press(w, fyne.KeyUp)
	if !slices.Equal(chosen, []int{1, 2, 1}) {
		t.Errorf("chosen by the arrows: %v", chosen)
	}
}

func TestPickerOpensAMenuByKey(t *testing.T) {
	var chosen []int
	p, w := shown(t, func() *look.Picker {
		return look.NewPicker(devices, func(i int) { chosen = append(chosen, i) })
	})
	p.Resize(fyne.NewSize(300, 40))
	w.Canvas().Focus(p)
	press(w, fyne.KeySpace)
	if w.Canvas().Overlays().Top() == nil {
		t.Fatal("no menu")
	}
	keep(t, w, "picker-open")
	press(w, fyne.KeyDown)
	press(w, fyne.KeyDown)
	press(w, fyne.KeyReturn)
	if !slices.Equal(chosen, []int{1}) || w.Canvas().Overlays().Top() != nil {
		t.Errorf("chosen %v, menu still open: %v", chosen, w.Canvas().Overlays().Top() != nil)
	}
	test.Tap(p)
	press(w, fyne.KeyEscape)
	if len(chosen) != 1 || w.Canvas().Overlays().Top() != nil {
		t.Error("Escape chose something, or left the menu open")
	}
}

func TestPickerKeepsItsChoiceAmongNewOptions(t *testing.T) {
	p, _ := shown(t, func() *look.Picker { return look.NewPicker(devices, nil) })
	p.SetSelected(1)
	p.SetOptions([]string{"Headset", "Other"})
	if p.Selected() != 0 {
		t.Errorf("selected %d", p.Selected())
	}
	p.SetOptions([]string{"Other"})
	if p.Selected() != -1 {
		t.Errorf("selected %d of options without it", p.Selected())
	}
	p.SetSelected(12)
	p.SetOptions(nil)
	test.Tap(p) // no options: no menu
	if p.Text() != "" {
		t.Errorf("text %q", p.Text())
	}
}

func TestCompactPickerIsALineOfText(t *testing.T) {
	p, w := shown(t, func() *look.Picker { return look.NewCompactPicker("Speakers: ", []string{"Built-in audio"}, nil) })
	p.SetSelected(0)
	p.Resize(p.MinSize())
	if got := texts(p); !slices.Equal(got, []string{"Speakers: Built-in audio"}) && len(got) != 1 {
		t.Errorf("shown: %q", got)
	}
	if got := w.Canvas().Capture().At(21, 21); !near(got, look.Color(look.Background)) {
		t.Errorf("ground: %v", got)
	}
	if h := p.MinSize().Height; h >= 40 {
		t.Errorf("height %g", h)
	}
}

func TestDisabledPickerDoesNothing(t *testing.T) {
	p, w := shown(t, func() *look.Picker {
		return look.NewPicker(devices, func(int) { t.Error("chosen") })
	})
	p.Disable()
	test.Tap(p)
	p.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if w.Canvas().Overlays().Top() != nil {
		t.Error("a menu opened")
	}
}
