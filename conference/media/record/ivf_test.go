package record_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"confab/conference/media/record"
)

func readIVF(t *testing.T, b []byte) (*record.IVFReader, []record.IVFFrame) {
	t.Helper()
	r, err := record.NewIVFReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	var frames []record.IVFFrame
	for {
		f, err := r.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatal(err)
			}
			return r, frames
		}
		frames = append(frames, f)
	}
}

func TestPicturesAreReadAsTheyWereWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ana.ivf")
	w, err := record.CreateIVF(path)
	if err != nil {
		t.Fatal(err)
	}
	const start = 1<<32 - 3000 // the RTP clock wraps after the first frame
	write := func(data string, stamp uint32, key bool) {
		t.Helper()
		if err := w.Write([]byte(data), 640, 360, stamp, key); err != nil {
			t.Fatal(err)
		}
	}
	write("before", start-3000&(1<<32-1), false)
	write("key", start, true)
	write("second", 0, false)
	write("same time", 0, false)
	write("third", 3000, false)
	unclosed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	closed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []record.IVFFrame{{[]byte("key"), 0}, {[]byte("second"), 3000}, {[]byte("same time"), 3001}, {[]byte("third"), 6001}}
	for name, c := range map[string]struct {
		file  []byte
		count uint32
	}{"killed": {unclosed, 0}, "closed": {closed, 4}} {
		r, frames := readIVF(t, c.file)
		if diff := cmp.Diff(want, frames); diff != "" {
			t.Errorf("%s: frames (-want +got):\n%s", name, diff)
		}
		if r.Width != 640 || r.Height != 360 || r.Frames != c.count || r.Rate != 90000 || r.Scale != 1 {
			t.Errorf("%s: head = %+v", name, r)
		}
	}
	if _, frames := readIVF(t, closed[:len(closed)-1]); len(frames) != 3 {
		t.Errorf("%d frames of a file whose last one is cut off, want 3", len(frames))
	}
	if err := w.Write(nil, 1, 1, 0, true); !errors.Is(err, record.ErrClosed) {
		t.Errorf("Write after Close = %v, want ErrClosed", err)
	}
	if _, err := record.CreateIVF(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("CreateIVF over a recording = %v, want ErrExist", err)
	}
}

func TestOtherFilesAreNoRecordingsOfPictures(t *testing.T) {
	for _, file := range []string{"", "DKIF", "RIFF" + string(make([]byte, 40)), "DKIF\x00\x00\x20\x00AV01" + string(make([]byte, 20))} {
		if _, err := record.NewIVFReader(bytes.NewReader([]byte(file))); !errors.Is(err, record.ErrFormat) {
			t.Errorf("NewIVFReader(%q) = %v, want ErrFormat", file, err)
		}
	}
}

func FuzzReadIVF(f *testing.F) {
	f.Add([]byte("DKIF\x00\x00\x20\x00VP80\x10\x00\x10\x00\x90\x5f\x01\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := record.NewIVFReader(bytes.NewReader(b))
		for err == nil {
			_, err = r.Next()
		}
	})
}
