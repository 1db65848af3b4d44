package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"confab/assets"
	"confab/conference"
	"confab/ui/look"
	"confab/ui/sentence"
)

// hint is a bar over the top of the pictures that says what somebody would want to know at this moment, as long as it
// is so.
type hint struct{ card *look.Card }

func newHint() *hint {
	icon := canvas.NewImageFromResource(look.Icon(assets.MicOff, look.Danger))
	icon.FillMode = canvas.ImageFillContain
	icon.SetMinSize(fyne.NewSquareSize(20))
	text := look.NewText(sentence.MutedSpeaking, look.Body)
	h := &hint{card: look.NewCard(container.NewHBox(container.NewCenter(icon), text))}
	h.card.SetPadding(14, 6)
	h.card.Hide()
	return h
}

// render shows the bar, or takes it away.
func (h *hint) render(m conference.MicrophoneState) { setVisible(h.card, m.MutedSpeaking) }
