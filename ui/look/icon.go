package look

import (
	"bytes"
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
)

// Icon is an SVG whose lines have a colour of the theme. Fyne's own themed resources colour areas
// only, and Confab's icons are drawn in lines: every currentColor becomes the colour named.
func Icon(svg fyne.Resource, name fyne.ThemeColorName) fyne.Resource {
	if svg == nil {
		return nil
	}
	return icon{svg: svg, color: name}
}

type icon struct {
	svg   fyne.Resource
	color fyne.ThemeColorName
}

// Name holds the colour, since Fyne keeps rendered pictures by name.
func (i icon) Name() string { return hex(Color(i.color)) + "_" + i.svg.Name() }

// Content is the coloured SVG.
func (i icon) Content() []byte {
	return bytes.ReplaceAll(i.svg.Content(), []byte("currentColor"), []byte("#"+hex(Color(i.color))))
}

func hex(c color.Color) string {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	return fmt.Sprintf("%02x%02x%02x", n.R, n.G, n.B)
}
