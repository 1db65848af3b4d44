package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// maxName is how many bytes the name of a file has at most, without its extension and number: with them
// it fits every file system, most of which take 255.
const maxName = 100

// Folder gives out the names of files for peers, in one directory. All methods are safe from any
// goroutine.
type Folder struct {
	path string

	mu    sync.Mutex
	taken map[string]bool // names given out, in lower case: some file systems know no other
}

// OpenFolder makes the directory if it is not there.
func OpenFolder(path string) (*Folder, error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("open folder for recordings: %w", err)
	}
	return &Folder{path: path, taken: make(map[string]bool)}, nil
}

// Files are the paths of one peer's recordings. The files are not there yet.
type Files struct {
	Camera, Screen, Sound string // <name>.ivf, <name>-screen.ivf, <name>.wav
}

func (f Files) all() []string { return []string{f.Camera, f.Screen, f.Sound} }

// Reserve gives the files of a peer that calls itself name. A name that was given out before, or whose
// files exist already, gets a number: ana, ana-2, ana-3. The error is that of a directory that cannot be
// read.
func (d *Folder) Reserve(name string) (Files, error) {
	base := FileName(name)
	d.mu.Lock()
	defer d.mu.Unlock()
	for n := 1; ; n++ {
		candidate := base
		if n > 1 {
			candidate = base + "-" + strconv.Itoa(n)
		}
		files := Files{
			Camera: filepath.Join(d.path, candidate+".ivf"),
			Screen: filepath.Join(d.path, candidate+"-screen.ivf"),
			Sound:  filepath.Join(d.path, candidate+".wav"),
		}
		free, err := d.freeLocked(files)
		if err != nil {
			return Files{}, fmt.Errorf("reserve files for recordings: %w", err)
		}
		if free {
			for _, path := range files.all() {
				d.taken[strings.ToLower(path)] = true
			}
			return files, nil
		}
	}
}

// freeLocked tells whether nobody has these files. d.mu is held.
func (d *Folder) freeLocked(files Files) (bool, error) {
	for _, path := range files.all() {
		if d.taken[strings.ToLower(path)] {
			return false, nil
		}
		switch _, err := os.Lstat(path); {
		case err == nil:
			return false, nil
		case !errors.Is(err, fs.ErrNotExist):
			return false, err
		}
	}
	return true, nil
}

// reserved are names that Windows keeps for devices, whatever their extension.
var reserved = []string{"con", "prn", "aux", "nul"}

// FileName makes the name of a file, without extension, of what a peer calls itself, which may be
// anything. It has 1 to 100 bytes: letters, digits, spaces, dashes, underscores, and dots inside;
// anything else becomes an underscore. It is no path, is not hidden, and no device of Windows.
func FileName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError:
			return '_'
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), strings.ContainsRune(" -_.", r):
			return r
		case unicode.IsSpace(r):
			return ' '
		}
		return '_'
	}, name)
	for len(name) > maxName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	name = strings.Trim(name, " .-")
	if strings.Trim(name, "_. -") == "" {
		return "peer"
	}
	if device(name) {
		return "_" + name
	}
	return name
}

// device tells whether Windows takes the name for a device: con, com1, lpt1.txt and so on.
func device(name string) bool {
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	stem = strings.TrimSpace(stem)
	if slices.Contains(reserved, stem) {
		return true
	}
	rest, ok := strings.CutPrefix(stem, "com")
	if !ok {
		rest, ok = strings.CutPrefix(stem, "lpt")
	}
	return ok && utf8.RuneCountInString(rest) == 1 && strings.ContainsAny(rest, "0123456789¹²³")
}
