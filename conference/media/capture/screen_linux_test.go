package capture_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"confab/conference/media/capture"
	"confab/conference/media/capture/x11/xvfbtest"
)

func TestScreenOfAnXServerIsListedAndRead(t *testing.T) {
	server := xvfbtest.Start(t, 801, 601)
	server.MovePointer(790, 590)
	server.Fill(0, 0, 801, 601, 0xFFFFFF)
	server.Fill(400, 0, 401, 601, 0xFF0000)
	screens, err := capture.Screens()
	if err != nil || len(screens) != 1 || screens[0].Kind != capture.Screen || !screens[0].Default {
		t.Fatalf("Screens = %+v, %v, want one", screens, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, spec := range []string{screens[0].ID, "default", ""} {
		src, err := capture.OpenScreen(ctx, spec, capture.VideoOptions{FramesPerSecond: 60})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			f, err := src.Read(ctx)
			if err != nil {
				t.Fatal(err)
			}
			// White and red in BT.601, limited range.
			white, y, u, v := int(f.Y[10]), int(f.Y[600]), int(f.U[300]), int(f.V[300])
			if f.Width != 800 || f.Height != 600 || white < 234 || y < 80 || y > 83 || u < 89 || u > 91 || v < 238 {
				t.Errorf("%q: picture of %dx%d, white %d, red %d %d %d, want 235 and 81 90 240", spec, f.Width, f.Height, white, y, u, v)
			}
			f.Release()
		}
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := capture.OpenScreen(ctx, "x11:nobody's", capture.VideoOptions{}); !errors.Is(err, capture.ErrNotFound) {
		t.Errorf("OpenScreen of no monitor: %v, want ErrNotFound", err)
	}
	src, err := capture.OpenScreen(ctx, "default", capture.VideoOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	server.Stop()
	if _, err := src.Read(ctx); !errors.Is(err, capture.ErrGone) {
		t.Errorf("Read when the server is gone: %v, want ErrGone", err)
	}
}

func TestWithoutAnXServerScreensAreUnsupported(t *testing.T) {
	t.Setenv("DISPLAY", "")
	if _, err := capture.Screens(); !errors.Is(err, capture.ErrUnsupported) {
		t.Errorf("Screens: %v, want ErrUnsupported", err)
	}
	if src, err := capture.OpenScreen(t.Context(), "default", capture.VideoOptions{}); src != nil || !errors.Is(err, capture.ErrUnsupported) {
		t.Errorf("OpenScreen = %v, %v, want ErrUnsupported", src, err)
	}
}
