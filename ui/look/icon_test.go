package look_test

import (
	"testing"

	"fyne.io/fyne/v2/test"

	"confab/assets"
	"confab/ui/look"
)

func TestIconsFollowTheTheme(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(look.NewTheme(look.Dark))
	icon := look.Icon(assets.Mic, look.Text)
	dark, content := icon.Name(), string(icon.Content())
	app.Settings().SetTheme(look.NewTheme(look.Light))
	if icon.Name() == dark || string(icon.Content()) == content {
		t.Errorf("%s in both themes", dark)
	}
	if look.Icon(nil, look.Text) != nil {
		t.Error("no icon became one")
	}
}
