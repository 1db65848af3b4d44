package look_test

import (
	"image/color"
	"strings"
	"testing"
	"unicode/utf8"

	"confab/ui/look"
)

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"Dina Li": "DL", "Chen": "C", "ana maria von trapp": "AT", "  ben ": "B", "": "?", "   ": "?",
		"(guest) 7": "G7", "日本 太郎": "日太", "…": "…", "élodie": "É",
	} {
		if got := look.Initials(name); got != want {
			t.Errorf("Initials(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestSameNameHasSameColour(t *testing.T) {
	if look.AvatarColor("Ana") != look.AvatarColor("Ana") {
		t.Error("a name has two colours")
	}
	text := colorOf(look.Dark, look.OnPlate)
	for name := range strings.FieldsSeq("Ana Ben Chen Dina Eve Finn Gus Hana Ivo Jan Kim Lea Mia Noa Ole Pia") {
		if c := contrast(text, look.AvatarColor(name).(color.NRGBA)); c < 4.5 {
			t.Errorf("initials of %s have a contrast of %.2f", name, c)
		}
	}
}

func FuzzInitials(f *testing.F) {
	f.Add("Dina Li")
	f.Add("\u202Eabc\xff \u0301")
	f.Fuzz(func(t *testing.T, name string) {
		// Upper case may be longer: one letter of German becomes two.
		if n := utf8.RuneCountInString(look.Initials(name)); n < 1 || n > 6 {
			t.Errorf("Initials(%q) has %d characters", name, n)
		}
	})
}
