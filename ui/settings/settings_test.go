package settings_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"confab/ui/settings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var exported = cmpopts.IgnoreUnexported(settings.Settings{})

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "settings.json")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFirstStartHasDefaultsAndNothingSwitchedOn(t *testing.T) {
	s, err := settings.Load(filepath.Join(t.TempDir(), "confab", "settings.json"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(settings.Default(), s, exported); diff != "" {
		t.Error(diff)
	}
	if s.CameraOn || s.MicrophoneOn {
		t.Error("a device is switched on at the first start")
	}
}

func TestWhatIsSavedIsLoadedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "folder", "settings.json")
	want := settings.Settings{
		Name: "Eve", Room: "stand-up", Signaling: "wss://example.org/signal", Microphone: "usb-1",
		Camera: "usb-2", Speaker: "hdmi", MicrophoneOn: true, CameraOn: true,
		Width: 640, Height: 360, FramesPerSecond: 15,
		ICEServers: []string{"stun:example.org"}, RelayOnly: true, HideAddresses: true,
		Appearance: settings.Light, Arrangement: settings.Speaker,
		EchoCancellation: false, NoiseSuppression: true, AutomaticVolume: false, SpaceTalks: true,
	}
	if err := want.Save(path); err != nil {
		t.Fatal(err)
	}
	got, err := settings.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, exported); diff != "" {
		t.Error(diff)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		t.Errorf("mode %o: others can read passwords of relays", mode)
	}
}

func TestBrokenFileIsKeptAside(t *testing.T) {
	for name, content := range map[string]string{
		"cut":        `{"name": "Ev`,
		"empty":      "",
		"no object":  `["name"]`,
		"wrong type": `{"name": 7}`,
		"too long":   strings.Repeat(" ", 2<<20) + "{}",
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, content)
			s, err := settings.Load(path)
			if !errors.Is(err, settings.ErrBroken) {
				t.Fatalf("Load = %v, want ErrBroken", err)
			}
			if diff := cmp.Diff(settings.Default(), s, exported); diff != "" {
				t.Error(diff)
			}
			kept, err := os.ReadFile(path + ".broken")
			if err != nil || string(kept) != content {
				t.Errorf("the broken file was not kept: %v", err)
			}
			if err := s.Save(path); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestUnreadableFileStaysWhereItIs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.json")
	if err := os.Mkdir(path, 0o700); err != nil { // a folder cannot be read as a file, not even by root
		t.Fatal(err)
	}
	if _, err := settings.Load(path); err == nil || errors.Is(err, settings.ErrBroken) {
		t.Errorf("Load = %v, want the reason", err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestKeysOfAnotherVersionSurvive(t *testing.T) {
	path := write(t, `{"name": "Eve", "fromTheFuture": {"a": [1, 2]}}`)
	s, err := settings.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	s.Name = "Eva"
	if err := s.Save(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"fromTheFuture", `"Eva"`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%s is missing in %s", want, data)
		}
	}
}

func TestValuesOutOfRangeBecomeDefaults(t *testing.T) {
	s, err := settings.Load(write(t, `{"width": -3, "height": 99999, "framesPerSecond": 0, "appearance": "pink"}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(settings.Default(), s, exported); diff != "" {
		t.Error(diff)
	}
}

func TestConcurrentWritersLeaveOneWholeFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.json")
	var writers sync.WaitGroup
	for i := range 8 {
		writers.Go(func() {
			s := settings.Default()
			s.Name = strings.Repeat(string(rune('a'+i)), 1000*(i+1))
			if err := s.Save(path); err != nil {
				t.Error(err)
			}
			if _, err := settings.Load(path); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 {
		t.Errorf("%d files left, want 1", len(left))
	}
}

func TestSaveIntoAPlaceThatCannotBeWrittenSaysSo(t *testing.T) {
	file := write(t, "{}")
	if err := settings.Default().Save(filepath.Join(file, "settings.json")); err == nil {
		t.Error("Save = nil, want an error")
	}
}

func FuzzLoadNeverFailsOtherThanBroken(f *testing.F) {
	f.Add([]byte(`{"name":"Eve","iceServers":null}`))
	f.Add([]byte(`{"framesPerSecond":1e999}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := write(t, string(data))
		s, err := settings.Load(path)
		if err != nil && !errors.Is(err, settings.ErrBroken) {
			t.Fatal(err)
		}
		if err := s.Save(path); err != nil {
			t.Fatal(err)
		}
		again, err := settings.Load(path)
		if err != nil {
			t.Fatalf("what was saved is not understood: %v", err)
		}
		if diff := cmp.Diff(s, again, exported, cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
	})
}
