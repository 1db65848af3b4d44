// Package look is how Confab looks: its theme and the widgets that know nothing of calls.
//
// The theme is two palettes, dark and light, of one set of tokens; every widget asks [Color] for them
// whenever it is refreshed, so a change of theme reaches all of them. What lies over pictures (name
// plates, badges, the veil of a connection under repair) is dark in both.
//
// A widget here is told what to show and says what was done to it, both on the UI goroutine. None of
// them starts a goroutine, keeps a clock or calls fyne.Do: pictures reach a [Tile] through its
// [media.Surface], and the window's display tick calls [Tile.Tick].
package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Variant is which palette a theme shows.
type Variant uint8

// The variants.
const (
	System Variant = iota + 1 // what the desktop says
	Dark
	Light
)

// String is the variant's name in the settings: system, dark or light.
func (v Variant) String() string {
	switch v {
	case Dark:
		return "dark"
	case Light:
		return "light"
	}
	return "system"
}

// ParseVariant is the variant of a name; false, and System, for an unknown one.
func ParseVariant(name string) (Variant, bool) {
	for _, v := range []Variant{System, Dark, Light} {
		if v.String() == name {
			return v, true
		}
	}
	return System, false
}

// NewTheme makes the theme of a variant, for fyne.Settings.SetTheme.
func NewTheme(v Variant) fyne.Theme {
	return &confabTheme{Theme: theme.DefaultTheme(), variant: v}
}

// confabTheme takes fonts and icons from Fyne, colours and sizes from the design.
type confabTheme struct {
	fyne.Theme

	variant Variant
}

// Color is the colour of a name, one of Fyne's or one of this package's.
func (t *confabTheme) Color(name fyne.ThemeColorName, system fyne.ThemeVariant) color.Color {
	light := t.variant == Light || t.variant != Dark && system == theme.VariantLight
	if c, ok := paletteOf(light)[name]; ok {
		return c
	}
	if light {
		system = theme.VariantLight
	} else {
		system = theme.VariantDark
	}
	return t.Theme.Color(name, system)
}

// Size is the size of a name in device-independent pixels.
func (t *confabTheme) Size(name fyne.ThemeSizeName) float32 {
	if s, ok := sizes[name]; ok {
		return s
	}
	return t.Theme.Size(name)
}

// Corner radii in device-independent pixels.
const (
	RadiusTile  = 12 // tiles, cards
	RadiusField = 9  // entries, buttons, chips
	radiusPlate = 8
	radiusBar   = 16
)

var sizes = map[fyne.ThemeSizeName]float32{
	theme.SizeNameText:               14,
	theme.SizeNameCaptionText:        12,
	theme.SizeNameHeadingText:        20,
	theme.SizeNameSubHeadingText:     17,
	theme.SizeNamePadding:            4,
	theme.SizeNameInnerPadding:       10,
	theme.SizeNameLineSpacing:        4,
	theme.SizeNameInlineIcon:         18,
	theme.SizeNameInputBorder:        1,
	theme.SizeNameInputRadius:        RadiusField,
	theme.SizeNameButtonRadius:       RadiusField,
	theme.SizeNameSelectionRadius:    6,
	theme.SizeNameMenuRadius:         RadiusField,
	theme.SizeNamePopupRadius:        RadiusField,
	theme.SizeNameCardRadius:         RadiusTile,
	theme.SizeNameDialogRadius:       RadiusTile,
	theme.SizeNameScrollBar:          10,
	theme.SizeNameScrollBarSmall:     4,
	theme.SizeNameScrollBarRadius:    4,
	theme.SizeNameSeparatorThickness: 1,
}
