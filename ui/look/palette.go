package look

import (
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Names of the design's colours. Every text colour keeps a contrast of 4.5:1 (WCAG 2.1, 1.4.3) on
// Background, Surface and Raised; each On… colour keeps it on its ground. Danger is for marks only:
// the design's red has 4.3:1 on Surface, so words have a lighter one.
const (
	Background = theme.ColorNameBackground
	Text       = theme.ColorNameForeground

	Surface    fyne.ThemeColorName = "confab.surface"     // cards, bars
	Raised     fyne.ThemeColorName = "confab.raised"      // buttons, list rows
	Line       fyne.ThemeColorName = "confab.line"        // borders
	Dim        fyne.ThemeColorName = "confab.dim"         // text of second rank
	Accent     fyne.ThemeColorName = "confab.accent"      // what to press, what is chosen
	OnAccent   fyne.ThemeColorName = "confab.on-accent"   // text on Accent
	Active     fyne.ThemeColorName = "confab.active"      // ground of what is switched on or chosen
	Speaking   fyne.ThemeColorName = "confab.speaking"    // who speaks, what is well
	Warning    fyne.ThemeColorName = "confab.warning"     //
	Danger     fyne.ThemeColorName = "confab.danger"      // marks of trouble
	DangerText fyne.ThemeColorName = "confab.danger-text" // words of trouble
	DangerFill fyne.ThemeColorName = "confab.danger-fill" // ground of the button that leaves
	OnDanger   fyne.ThemeColorName = "confab.on-danger"   // text on DangerFill
	TileGround fyne.ThemeColorName = "confab.tile"        // a tile without a picture

	// What lies over pictures is the same in both palettes.

	Plate       fyne.ThemeColorName = "confab.plate"        // ground of names and badges
	OnPlate     fyne.ThemeColorName = "confab.on-plate"     // their text
	OnPlateDim  fyne.ThemeColorName = "confab.on-plate-dim" // their text of second rank
	Veil        fyne.ThemeColorName = "confab.veil"         // darkens a picture under a message
	PlateGood   fyne.ThemeColorName = "confab.plate-good"   // bars of a good connection
	PlateFair   fyne.ThemeColorName = "confab.plate-fair"   // of a fair one
	PlateDanger fyne.ThemeColorName = "confab.plate-danger" // of a bad one; the mute mark
)

// prefix tells this package's names from Fyne's.
const prefix = "confab."

// Color is the colour of a name in the theme that is shown now. Under another theme than Confab's,
// the package's own names have their dark colours.
func Color(name fyne.ThemeColorName) color.Color {
	if _, ours := theme.Current().(*confabTheme); !ours {
		if strings.HasPrefix(string(name), prefix) {
			return dark[name]
		}
	}
	return theme.Color(name)
}

type palette map[fyne.ThemeColorName]color.NRGBA

func paletteOf(lightOne bool) palette {
	if lightOne {
		return light
	}
	return dark
}

var (
	dark = newPalette(tokens{
		background: rgb(0x0F1216), surface: rgb(0x181D24), raised: rgb(0x212833), line: rgb(0x2C3542),
		text: rgb(0xE8ECF1), dim: rgb(0x93A0B0), accent: rgb(0x3DA5FF), onAccent: rgb(0x0F1216),
		active: rgb(0x17354E), speaking: rgb(0x35D07F), warning: rgb(0xF2B84B), danger: rgb(0xE5484D),
		dangerText: rgb(0xF2777A),
		tile:       rgb(0x181D24), shadow: rgba(0x000000, 0x80),
	})
	light = newPalette(tokens{
		background: rgb(0xF3F5F8), surface: rgb(0xFFFFFF), raised: rgb(0xE6EAF0), line: rgb(0xC9D1DB),
		text: rgb(0x141920), dim: rgb(0x556271), accent: rgb(0x0B5FB5), onAccent: rgb(0xFFFFFF),
		active: rgb(0xD3E6FA), speaking: rgb(0x0D7340), warning: rgb(0x855400), danger: rgb(0xC4282D),
		dangerText: rgb(0xB8232A),
		tile:       rgb(0xDCE2EA), shadow: rgba(0x1B2430, 0x40),
	})
)

// tokens are what the two palettes differ in.
type tokens struct {
	background, surface, raised, line, text, dim, accent, onAccent, active color.NRGBA
	speaking, warning, danger, dangerText, tile, shadow                    color.NRGBA
}

func newPalette(t tokens) palette {
	return palette{
		Surface: t.surface, Raised: t.raised, Line: t.line, Dim: t.dim, Accent: t.accent,
		OnAccent: t.onAccent, Active: t.active, Speaking: t.speaking, Warning: t.warning,
		Danger: t.danger, DangerText: t.dangerText, TileGround: t.tile,
		// White on the design's #E5484D has 3.7:1; this red, a shade darker, has 4.6:1.
		DangerFill: rgb(0xD83A3F), OnDanger: rgb(0xFFFFFF),
		Plate: rgba(0x0F1216, 0xC7), Veil: rgba(0x0F1216, 0xC7), OnPlate: rgb(0xE8ECF1),
		OnPlateDim: rgb(0xA9B4C2), PlateGood: rgb(0x35D07F), PlateFair: rgb(0xF2B84B),
		PlateDanger: rgb(0xE5484D),

		theme.ColorNameBackground: t.background, theme.ColorNameForeground: t.text,
		theme.ColorNameButton: t.raised, theme.ColorNameDisabledButton: t.surface,
		theme.ColorNameDisabled: faded(t.dim, 0x99), theme.ColorNamePlaceHolder: t.dim,
		theme.ColorNamePrimary: t.accent, theme.ColorNameForegroundOnPrimary: t.onAccent,
		theme.ColorNameHyperlink: t.accent, theme.ColorNameFocus: faded(t.accent, 0x50),
		theme.ColorNameSelection: faded(t.accent, 0x58), theme.ColorNameHover: faded(t.text, 0x12),
		theme.ColorNamePressed:         faded(t.text, 0x26),
		theme.ColorNameInputBackground: t.background, theme.ColorNameInputBorder: t.line,
		theme.ColorNameHeaderBackground: t.surface, theme.ColorNameMenuBackground: t.raised,
		theme.ColorNameOverlayBackground: t.surface, theme.ColorNameSeparator: t.line,
		theme.ColorNameScrollBar: faded(t.dim, 0xB0), theme.ColorNameScrollBarBackground: faded(t.dim, 0x20),
		theme.ColorNameShadow: t.shadow,
		theme.ColorNameError:  t.dangerText, theme.ColorNameForegroundOnError: rgb(0xFFFFFF),
		theme.ColorNameSuccess: t.speaking, theme.ColorNameForegroundOnSuccess: t.background,
		theme.ColorNameWarning: t.warning, theme.ColorNameForegroundOnWarning: t.background,
	}
}

func rgb(hex uint32) color.NRGBA { return rgba(hex, 0xFF) }

func rgba(hex uint32, alpha uint8) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: alpha}
}

func faded(c color.NRGBA, alpha uint8) color.NRGBA {
	c.A = alpha
	return c
}
