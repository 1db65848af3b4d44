package capture_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"confab/conference/media"
	"confab/conference/media/capture"
)

// vivid is the ID of the kernel's test camera (modprobe vivid), which the test is skipped without: no
// test opens a camera that films somebody.
func vivid(t *testing.T) string {
	t.Helper()
	devices, err := capture.Cameras()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range devices {
		if strings.HasPrefix(d.ID, "platform:vivid-") {
			return d.ID
		}
	}
	t.Skip("no test camera: the kernel module vivid is not loaded")
	return ""
}

func TestTestCameraOfTheKernelGivesItsColourBars(t *testing.T) {
	id := vivid(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var pool media.Pool
	src, err := capture.OpenVideo(ctx, id, capture.VideoOptions{Width: 640, Height: 360, FramesPerSecond: 15, Pool: &pool})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if other, err := capture.OpenVideo(ctx, id, capture.VideoOptions{}); !errors.Is(err, capture.ErrBusy) {
		t.Errorf("second OpenVideo = %v, %v, want ErrBusy", other, err)
	}
	for range 5 {
		f, err := src.Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		// The second bar of eight is yellow.
		x := f.Width * 3 / 16
		y, u, v := f.Y[180*f.StrideY+x], f.U[90*f.StrideUV+x/2], f.V[90*f.StrideUV+x/2]
		if f.Width != 640 || f.Height != 360 || y < 140 || u > 60 || v < 130 || v > 160 {
			t.Errorf("picture of %dx%d, second bar %d %d %d", f.Width, f.Height, y, u, v)
		}
		f.Release()
	}
	if err := src.Close(); err != nil {
		t.Error(err)
	}
	if n := pool.Outstanding(); n != 0 {
		t.Errorf("%d pictures were not given back to the pool", n)
	}
}

func TestTestCameraOfTheKernelThatIsUnpluggedIsGone(t *testing.T) {
	id := vivid(t)
	const driver = "/sys/bus/platform/drivers/vivid/"
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	src, err := capture.OpenVideo(ctx, id, capture.VideoOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	name := []byte("vivid.0")
	if err := os.WriteFile(driver+"unbind", name, 0); err != nil {
		t.Skipf("unplugging takes root: %v", err)
	}
	defer os.WriteFile(driver+"bind", name, 0)
	for err == nil {
		var f *media.VideoFrame
		if f, err = src.Read(ctx); err == nil {
			f.Release()
		}
	}
	if !errors.Is(err, capture.ErrGone) {
		t.Errorf("Read: %v, want ErrGone", err)
	}
	if src, err := capture.OpenVideo(ctx, id, capture.VideoOptions{}); src != nil || !errors.Is(err, capture.ErrNotFound) {
		t.Errorf("OpenVideo = %v, %v, want ErrNotFound", src, err)
	}
}
