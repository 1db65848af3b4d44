package look_test

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"confab/ui/look"
)

var tokens = []fyne.ThemeColorName{
	look.Background, look.Text, look.Surface, look.Raised, look.Line, look.Dim, look.Accent, look.OnAccent,
	look.Active, look.Speaking, look.Warning, look.Danger, look.DangerText, look.DangerFill, look.OnDanger, look.TileGround,
	look.Plate, look.OnPlate, look.OnPlateDim, look.Veil, look.PlateGood, look.PlateFair, look.PlateDanger,
}

func colorOf(v look.Variant, name fyne.ThemeColorName) color.NRGBA {
	c := look.NewTheme(v).Color(name, theme.VariantDark)
	return color.NRGBAModel.Convert(c).(color.NRGBA)
}

func TestDarkColoursAreTheDesigns(t *testing.T) {
	for name, want := range map[fyne.ThemeColorName]uint32{
		look.Background: 0x0F1216, look.Surface: 0x181D24, look.Raised: 0x212833, look.Line: 0x2C3542,
		look.Text: 0xE8ECF1, look.Dim: 0x93A0B0, look.Accent: 0x3DA5FF, look.Speaking: 0x35D07F,
		look.Warning: 0xF2B84B, look.Danger: 0xE5484D,
	} {
		if c := colorOf(look.Dark, name); uint32(c.R)<<16|uint32(c.G)<<8|uint32(c.B) != want || c.A != 255 {
			t.Errorf("%s is %v, want #%06X", name, c, want)
		}
	}
}

func TestEveryTokenHasAColourInBothVariants(t *testing.T) {
	for _, v := range []look.Variant{look.Dark, look.Light} {
		for _, name := range tokens {
			if c := colorOf(v, name); c.A == 0 {
				t.Errorf("%v: %s is transparent", v, name)
			}
		}
	}
}

// luminance and contrast are those of WCAG 2.1.
func luminance(c color.NRGBA) float64 {
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.03928 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

func contrast(a, b color.NRGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// over is a translucent colour over another.
func over(c, ground color.NRGBA) color.NRGBA {
	mix := func(a, b uint8) uint8 { return uint8((int(a)*int(c.A) + int(b)*(255-int(c.A))) / 255) }
	return color.NRGBA{R: mix(c.R, ground.R), G: mix(c.G, ground.G), B: mix(c.B, ground.B), A: 255}
}

func TestTextCanBeRead(t *testing.T) {
	grounds := []fyne.ThemeColorName{look.Background, look.Surface, look.Raised}
	pairs := map[fyne.ThemeColorName][]fyne.ThemeColorName{
		look.Text: append(grounds, look.Active), look.Dim: grounds, look.Speaking: grounds, look.Warning: grounds,
		look.Accent: append(grounds, look.Active), look.DangerText: grounds,
		look.OnAccent: {look.Accent}, look.OnDanger: {look.DangerFill},
	}
	for _, v := range []look.Variant{look.Dark, look.Light} {
		for name, on := range pairs {
			for _, ground := range on {
				if c := contrast(colorOf(v, name), colorOf(v, ground)); c < 4.5 {
					t.Errorf("%v: %s on %s has a contrast of %.2f", v, name, ground, c)
				}
			}
		}
		white := color.NRGBA{R: 255, G: 255, B: 255, A: 255}
		for _, name := range []fyne.ThemeColorName{look.OnPlate, look.OnPlateDim} {
			for _, ground := range []fyne.ThemeColorName{look.Plate, look.Veil} {
				if c := contrast(colorOf(v, name), over(colorOf(v, ground), white)); c < 4.5 {
					t.Errorf("%v: %s on %s over a white picture has a contrast of %.2f", v, name, ground, c)
				}
			}
		}
	}
}

func TestSystemFollowsTheDesktop(t *testing.T) {
	system := look.NewTheme(look.System)
	if c := system.Color(look.Surface, theme.VariantLight); c != look.NewTheme(look.Light).Color(look.Surface, theme.VariantDark) {
		t.Errorf("on a light desktop: %v", c)
	}
	if c := system.Color(look.Surface, theme.VariantDark); c != look.NewTheme(look.Dark).Color(look.Surface, theme.VariantLight) {
		t.Errorf("on a dark desktop: %v", c)
	}
}

func TestVariantsHaveNames(t *testing.T) {
	for _, v := range []look.Variant{look.System, look.Dark, look.Light} {
		if got, ok := look.ParseVariant(v.String()); !ok || got != v {
			t.Errorf("%q is %v, %v", v.String(), got, ok)
		}
	}
	if v, ok := look.ParseVariant("sepia"); ok || v != look.System {
		t.Errorf("sepia is %v, %v", v, ok)
	}
}

func TestTokensHaveColoursUnderAnyTheme(t *testing.T) {
	test.NewTempApp(t) // with Fyne's test theme
	if c := look.Color(look.Speaking); !near(c, colorOf(look.Dark, look.Speaking)) {
		t.Errorf("Speaking is %v under another theme", c)
	}
}

func TestSizesAreTheDesigns(t *testing.T) {
	th := look.NewTheme(look.Dark)
	if got := th.Size(theme.SizeNameInputRadius); got != look.RadiusField {
		t.Errorf("radius of entries: %g", got)
	}
	if got := th.Size(theme.SizeNameWindowButtonHeight); got == 0 {
		t.Error("sizes that the design does not name are lost")
	}
}
