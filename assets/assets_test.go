package assets_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"testing"

	"fyne.io/fyne/v2"

	"confab/assets"
)

func TestIconsAreLinesOfOneColour(t *testing.T) {
	for _, icon := range []fyne.Resource{
		assets.Mic, assets.MicOff, assets.Camera, assets.CameraOff, assets.Share, assets.StopShare, assets.Hand,
		assets.React, assets.Chat, assets.People, assets.Layout, assets.More, assets.Leave, assets.Settings,
		assets.Lock, assets.Chevron, assets.Check, assets.Close, assets.Speaker, assets.Send, assets.File,
		assets.FullScreen,
	} {
		d := xml.NewDecoder(bytes.NewReader(icon.Content()))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: %v", icon.Name(), err)
				break
			}
		}
		if !bytes.Contains(icon.Content(), []byte(`stroke="currentColor"`)) || !bytes.Contains(icon.Content(), []byte(`viewBox="0 0 24 24"`)) {
			t.Errorf("%s has no colour to replace, or another size than 24", icon.Name())
		}
	}
}

func TestAppIconIsASquareOf512(t *testing.T) {
	c, err := png.DecodeConfig(bytes.NewReader(assets.AppIcon.Content()))
	if err != nil || c.Width != 512 || c.Height != 512 {
		t.Errorf("%dx%d, %v", c.Width, c.Height, err)
	}
}
