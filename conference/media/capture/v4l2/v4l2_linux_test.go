package v4l2_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"confab/conference/media/capture/v4l2"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWhatIsNoCameraIsNotOpened(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{
		plain:             unix.ENOTTY,
		plain + "missing": unix.ENOENT,
		"/dev/null":       unix.ENOTTY,
	} {
		if d, err := v4l2.Open(path); !errors.Is(err, want) {
			t.Errorf("Open(%s) = %v, %v, want %v", path, d, err, want)
		}
	}
}

func TestListOfCamerasHasOnlyCameras(t *testing.T) {
	infos, err := v4l2.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range infos { // none on most test machines
		if info.Path == "" || info.Name == "" {
			t.Errorf("camera without path or name: %+v", info)
		}
	}
}
