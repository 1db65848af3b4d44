package look_test

import (
	"math"
	"testing"

	"fyne.io/fyne/v2"

	"confab/ui/look"
)

func TestMeterShowsItsLevel(t *testing.T) {
	m, w := shown(t, look.NewMeter)
	m.Resize(fyne.NewSize(200, 8))
	for _, level := range []float64{0.5, 1, 7, 0, -1, math.NaN(), 0.5} {
		m.SetLevel(level)
	}
	img := keep(t, w, "meter")
	if got := img.At(60, 24); !near(got, look.Color(look.Speaking)) {
		t.Errorf("within the level: %v", got)
	}
	if got := img.At(180, 24); !near(got, look.Color(look.Raised)) {
		t.Errorf("beyond the level: %v", got)
	}
	m.SetLevel(math.NaN())
	if m.Level() != 0 {
		t.Errorf("level of what is no number: %g", m.Level())
	}
	m.SetColor(look.Accent)
	m.SetLevel(math.Inf(1))
	if got := w.Canvas().Capture().At(180, 24); !near(got, look.Color(look.Accent)) || m.Level() != 1 {
		t.Errorf("full, of another colour: %v", got)
	}
}
