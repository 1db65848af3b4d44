package record_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"confab/conference/media/record"
)

func TestNamesOfPeersBecomeNamesOfFiles(t *testing.T) {
	for name, want := range map[string]string{
		"Ana":               "Ana",
		"Ana María":         "Ana María",
		"李雷":                "李雷",
		"":                  "peer",
		"...":               "peer",
		"  ":                "peer",
		"../../etc/passwd":  "_.._etc_passwd",
		"/etc/passwd":       "_etc_passwd",
		`C:\boot.ini`:       "C__boot.ini",
		".hidden":           "hidden",
		"-rf":               "rf",
		"a\x00b\nc":         "a_b c",
		"con":               "_con",
		"COM1.txt":          "_COM1.txt",
		"community":         "community",
		"trailing. ":        "trailing",
		"bad \xff\xfe utf8": "bad __ utf8",
	} {
		if got := record.FileName(name); got != want {
			t.Errorf("FileName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestPeersOfOneNameGetFilesOfTheirOwn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	d, err := record.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bob.wav"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, camera string }{
		{"ana", "ana.ivf"},
		{"ana", "ana-2.ivf"},
		{"ANA", "ANA-3.ivf"},               // the same name to some file systems
		{"ana-screen", "ana-screen-2.ivf"}, // ana-screen.ivf is the screen of ana
		{"bob", "bob-2.ivf"},               // from an earlier call
		{"../x", "_x.ivf"},
		{"", "peer.ivf"},
	} {
		files, err := d.Reserve(c.name)
		if err != nil {
			t.Fatal(err)
		}
		if want := filepath.Join(dir, c.camera); files.Camera != want {
			t.Errorf("Reserve(%q) = %q, want %q", c.name, files.Camera, want)
		}
	}
}

func FuzzFileName(f *testing.F) {
	f.Add("../../x")
	f.Add(strings.Repeat("ä", 200))
	f.Fuzz(func(t *testing.T, name string) {
		got := record.FileName(name)
		if got == "" || len(got) > 101 || !utf8.ValidString(got) || strings.ContainsAny(got, "/\\:\x00") || strings.Trim(got, ".") == "" || !filepath.IsLocal(got) {
			t.Errorf("FileName(%q) = %q", name, got)
		}
		if again := record.FileName(got); again != got {
			t.Errorf("FileName(%q) = %q, and of that %q", name, got, again)
		}
	})
}
