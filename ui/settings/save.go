package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// Save writes the settings to path, with mode 0600 because the URL of a relay may hold a password, and
// makes its folder if there is none. When it returns nil the new file is on the disk; on an error the
// old one is untouched.
func (s Settings) Save(path string) error {
	all, err := keys(s)
	if err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	for key, value := range s.unknown {
		if _, ours := all[key]; !ours {
			all[key] = value
		}
	}
	data, err := json.MarshalIndent(all, "", "\t")
	if err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	if err := replace(path, append(data, '\n')); err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	return nil
}

// replace puts a file with the given content in the place of path, atomically.
func replace(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".settings-*") // mode 0600; a name of its own for each writer
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncFolder(dir)
}

// syncFolder puts the new name on the disk. Windows has no such call for folders and needs none.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
