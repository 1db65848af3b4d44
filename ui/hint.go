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

// hint is a bar over the top of the pictures that says what somebody would want to know of their microphone
// at this moment, as long as it is so.
type hint struct {
	card *look.Card
	icon *canvas.Image
	text *look.TextLine
}

func newHint() *hint {
	h := &hint{icon: &canvas.Image{FillMode: canvas.ImageFillContain}, text: look.NewText("", look.Body)}
	h.icon.SetMinSize(fyne.NewSquareSize(20))
	h.card = look.NewCard(container.NewHBox(container.NewCenter(h.icon), h.text))
	h.card.SetPadding(14, 6)
	h.card.Hide()
	return h
}

// hintOf is what is to be said of a microphone; empty: nothing.
func hintOf(m conference.MicrophoneState) string {
	switch {
	case m.MutedSpeaking:
		return sentence.MutedSpeaking
	case m.NoSound:
		return sentence.NoSound
	}
	return ""
}

// render shows the bar, or takes it away.
func (h *hint) render(m conference.MicrophoneState) {
	if text := hintOf(m); text != "" && text != h.text.Text() {
		h.text.SetText(text)
		h.icon.Resource = pickIcon(m.MutedSpeaking, look.Icon(assets.MicOff, look.Danger), look.Icon(assets.Mic, look.Warning))
		h.icon.Refresh()
	}
	setVisible(h.card, hintOf(m) != "")
}
