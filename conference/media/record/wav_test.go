package record_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"confab/conference/media/record"
)

func ramp(n int) []int16 {
	s := make([]int16, n)
	for i := range s {
		s[i] = int16(i * 7)
	}
	return s
}

func TestSoundIsReadAsItWasWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ana.wav")
	w, err := record.CreateWAV(path)
	if err != nil {
		t.Fatal(err)
	}
	want := ramp(48000 + 480)
	for i := 0; i < len(want); i += 480 {
		if err := w.Write(want[i : i+480]); err != nil {
			t.Fatal(err)
		}
	}
	check := func(name string, want []int16) {
		t.Helper()
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := record.ReadWAV(bytes.NewReader(b), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %d samples, want %d", name, len(got), len(want))
		}
	}
	check("killed after a second", want[:48000])
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	check("closed", want)
	if err := w.Write(want); !errors.Is(err, record.ErrClosed) {
		t.Errorf("Write after Close = %v, want ErrClosed", err)
	}
}

func TestOtherFilesAreNoRecordingsOfSound(t *testing.T) {
	for _, file := range []string{"", "RIFF....WAVE", "RIFF....WAVEdata\x00\x00\x00\x00", "RIFF....WAVEfmt \x01\x00\x00\x00."} {
		if _, err := record.ReadWAV(bytes.NewReader([]byte(file)), 100); !errors.Is(err, record.ErrFormat) {
			t.Errorf("ReadWAV(%q) = %v, want ErrFormat", file, err)
		}
	}
}

func FuzzReadWAV(f *testing.F) {
	f.Add([]byte("RIFF....WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\xbb\x00\x00\x00\x77\x01\x00\x02\x00\x10\x00data\x02\x00\x00\x00\x01\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := record.ReadWAV(bytes.NewReader(b), 100); err == nil && len(s) > 100 {
			t.Errorf("%d samples, more than the limit", len(s))
		}
	})
}
