// Package settings keeps what the user chose between two runs, in a file of its own.
//
// The file is JSON, written whole: to a temporary file beside it, synchronised to the disk and renamed
// over the old one, so that a reader sees the old or the new settings and never half of them. Two
// instances may share it; the last writer wins. A file that cannot be understood is kept aside under
// another name, never overwritten. Keys that this version does not know are carried over when the file
// is written again, so an older version does not lose what a newer one has stored.
package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrBroken is what Load returns, besides the defaults, for a file that is not understood. The file was
// kept aside; the error's text names where.
var ErrBroken = errors.New("settings file is not understood")

// maxFile is the greatest file that is read, in bytes; ours has some 1,000.
const maxFile = 1 << 20

// Appearance is how the window looks.
type Appearance string

// The appearances.
const (
	Dark   Appearance = "dark"
	Light  Appearance = "light"
	System Appearance = "system" // as the desktop says
)

// Arrangement is how the pictures of a call share the window.
type Arrangement string

// The arrangements.
const (
	Grid    Arrangement = "grid"    // all of one size
	Speaker Arrangement = "speaker" // the main speaker large
)

// Settings are what the user chose. The zero value is not what a first start uses: see [Default].
type Settings struct {
	Name       string   `json:"name"`       // of the user
	Room       string   `json:"room"`       // joined last
	Signaling  string   `json:"signaling"`  // URL of the server
	Servers    []string `json:"servers"`    // URLs that calls were joined through, the newest first
	Microphone string   `json:"microphone"` // device IDs; empty: the system's default
	Camera     string   `json:"camera"`
	Speaker    string   `json:"speaker"`
	// MicrophoneOn and CameraOn are the user's consent: on at the end of the last run, so opened again at
	// the start of the next.
	MicrophoneOn bool `json:"microphoneOn"`
	CameraOn     bool `json:"cameraOn"`

	// What is done to the microphone's sound.
	EchoCancellation bool `json:"echoCancellation"`
	NoiseSuppression bool `json:"noiseSuppression"`
	AutomaticVolume  bool `json:"automaticVolume"`

	SpaceTalks bool `json:"spaceTalks"` // whoever is muted is heard while they hold Space

	Width           int     `json:"width"` // of the camera's pictures, in pixels
	Height          int     `json:"height"`
	FramesPerSecond float64 `json:"framesPerSecond"`

	ICEServers    []string `json:"iceServers"` // stun: and turn: URLs; turn:user:password@host:port?transport=tcp
	RelayOnly     bool     `json:"relayOnly"`
	HideAddresses bool     `json:"hideAddresses"`

	Appearance  Appearance  `json:"appearance"`
	Arrangement Arrangement `json:"arrangement"` // of a call's pictures

	unknown map[string]json.RawMessage // keys of another version
}

// Default is what a first start uses: nothing is switched on.
func Default() Settings {
	return Settings{
		Width: 1280, Height: 720, FramesPerSecond: 30, Appearance: Dark, Arrangement: Grid,
		EchoCancellation: true, NoiseSuppression: true, AutomaticVolume: true, SpaceTalks: true,
	}
}

// Path is where the settings of this user lie: confab/settings.json in the user's configuration folder.
func Path() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find the configuration folder: %w", err)
	}
	return filepath.Join(dir, "confab", "settings.json"), nil
}

// Load reads the settings at path. A file that does not exist gives the defaults and no error. One that is
// not understood is renamed to path + ".broken" and gives the defaults with [ErrBroken]; one that
// cannot be read stays where it is and gives the defaults with the reason.
func Load(path string) (Settings, error) {
	data, err := read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Default(), nil
	case err != nil && !errors.Is(err, ErrBroken):
		return Default(), fmt.Errorf("read settings: %w", err)
	}
	if err == nil {
		var s Settings
		if s, err = parse(data); err == nil {
			return s, nil
		}
	}
	aside := path + ".broken"
	if moved := os.Rename(path, aside); moved != nil {
		return Default(), errors.Join(err, fmt.Errorf("keep it aside: %w", moved))
	}
	return Default(), fmt.Errorf("%w; kept as %s", err, aside)
}

// read gives the file's content; one that is too long to be ours is ErrBroken.
func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrBroken, info.Size(), maxFile)
	}
	return os.ReadFile(path)
}

// parse reads the JSON form. What is out of range becomes the default; what is no JSON is ErrBroken.
func parse(data []byte) (Settings, error) {
	s := Default()
	if err := json.Unmarshal(data, &s); err != nil {
		return Settings{}, fmt.Errorf("%w: %v", ErrBroken, err)
	}
	if err := json.Unmarshal(data, &s.unknown); err != nil {
		return Settings{}, fmt.Errorf("%w: %v", ErrBroken, err)
	}
	known, err := keys(Settings{})
	if err != nil {
		return Settings{}, err
	}
	for key := range known {
		delete(s.unknown, key)
	}
	s.repair()
	return s, nil
}

// repair puts defaults in the place of values that no picker offers.
func (s *Settings) repair() {
	d := Default()
	if s.Width < 16 || s.Height < 16 || s.Width > 8192 || s.Height > 8192 {
		s.Width, s.Height = d.Width, d.Height
	}
	if s.FramesPerSecond < 1 || s.FramesPerSecond > 120 {
		s.FramesPerSecond = d.FramesPerSecond
	}
	if s.Appearance != Dark && s.Appearance != Light && s.Appearance != System {
		s.Appearance = d.Appearance
	}
	if s.Arrangement != Grid && s.Arrangement != Speaker {
		s.Arrangement = d.Arrangement
	}
}

// keys are the fields of s as they stand in the file.
func keys(s Settings) (map[string]json.RawMessage, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	var m map[string]json.RawMessage
	return m, json.Unmarshal(data, &m)
}
