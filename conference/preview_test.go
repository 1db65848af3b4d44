package conference_test

import (
	"context"
	"image"
	"image/color"
	"image/draw"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference"
	"confab/conference/media"
	"confab/conference/media/yuv"
)

// halves is a camera whose pictures are white at the left and black at the right.
type halves struct{ pool media.Pool }

func (h *halves) Read(ctx context.Context) (*media.VideoFrame, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(33 * time.Millisecond):
	}
	m := image.NewRGBA(image.Rect(0, 0, 64, 36))
	draw.Draw(m, m.Rect, image.NewUniform(color.Black), image.Point{}, draw.Src)
	draw.Draw(m, image.Rect(0, 0, 32, 36), image.NewUniform(color.White), image.Point{}, draw.Src)
	f := h.pool.Frame(64, 36)
	return f, yuv.FromRGBA(f, m)
}

func (*halves) Close() error { return nil }

func TestOwnCameraIsSeenAsInAMirrorAndTheScreenIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := conference.NewLocalMedia(conference.LocalMediaOptions{})
		defer m.Close()
		for slot, left := range map[conference.Slot]uint8{conference.Camera: 0, conference.Screen: 255} {
			m.SetPreview(slot, 32, 18)
			if err := m.SetVideo(slot, &halves{}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			picture, _ := m.Preview(slot).Take()
			if picture == nil {
				t.Fatalf("%v: no picture", slot)
			}
			if got, other := picture.RGBAAt(4, 9).R, picture.RGBAAt(27, 9).R; got != left || other != 255-left {
				t.Errorf("%v: %d at the left, %d at the right, want %d and %d", slot, got, other, left, 255-left)
			}
		}
	})
}
