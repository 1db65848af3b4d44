//go:build cgo

package vpx_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"confab/conference/media"
	"confab/conference/media/codec"
	"confab/conference/media/codec/vpx"
)

func TestAStreamBeginsWithAKeyFrame(t *testing.T) {
	frames := encodeScene(t, newEncoder(t, vpx.EncoderOptions{Width: 160, Height: 90}), 160, 90, 0, 3)
	d := newDecoder(t)
	if _, err := d.Decode(frames[1].Data); !errors.Is(err, codec.ErrNeedKeyFrame) {
		t.Errorf("Decode = %v, want ErrNeedKeyFrame", err)
	}
	decode(t, d, frames[0]).Release()
	decode(t, d, frames[1]).Release()
}

func TestAfterAnErrorTheStreamGoesOnWithAKeyFrame(t *testing.T) {
	frames := encodeScene(t, newEncoder(t, vpx.EncoderOptions{Width: 160, Height: 90}), 160, 90, 0, 20, 10)
	d := newDecoder(t)
	decode(t, d, frames[0]).Release()
	for name, data := range map[string][]byte{
		"nothing":              nil,
		"an empty frame":       {},
		"half a header":        {0x01},
		"another start code":   {0x10, 0, 0, 0x9d, 0x01, 0x2b, 160, 0, 90, 0},
		"a truncated picture":  frames[4].Data[:8],
		"a partition too long": append([]byte{frames[4].Data[0] | 0xe0, 0xff, 0xff}, frames[4].Data[3:]...),
	} {
		f, err := d.Decode(data)
		if err == nil {
			f.Release()
			t.Errorf("%s was decoded", name)
			continue
		}
		if _, err := d.Decode(frames[1].Data); !errors.Is(err, codec.ErrNeedKeyFrame) {
			t.Errorf("after %s: %v, want ErrNeedKeyFrame", name, err)
		}
		decode(t, d, frames[10]).Release()
		decode(t, d, frames[11]).Release()
	}
	var e *vpx.Error
	if _, err := d.Decode([]byte{0x01}); !errors.As(err, &e) || e.Code == 0 || e.Text == "" {
		t.Errorf("Decode = %v, want libvpx' own error", err)
	}
}

func TestKeyFramesMayChangeTheSize(t *testing.T) {
	d := newDecoder(t)
	for _, size := range [][2]int{{160, 90}, {640, 360}, {33, 17}, {320, 180}} {
		e := newEncoder(t, vpx.EncoderOptions{Width: size[0], Height: size[1]})
		for _, encoded := range encodeScene(t, e, size[0], size[1], 0, 6) {
			f := decode(t, d, encoded)
			if f.Width != size[0] || f.Height != size[1] {
				t.Errorf("%dx%d, want %v", f.Width, f.Height, size)
			}
			f.Release()
		}
	}
}

func TestSizesThatAreTooLargeAreRefusedBeforeMemoryIsTaken(t *testing.T) {
	frame := encodeScene(t, newEncoder(t, vpx.EncoderOptions{Width: 160, Height: 90}), 160, 90, 0, 1)[0].Data
	for _, c := range []struct {
		width, height uint16
		want          error
	}{
		{8193, 90, codec.ErrTooLarge},
		{160, 16383, codec.ErrTooLarge},
		{8192, 8192, codec.ErrTooLarge},
		{7680, 4320, nil}, // allowed, but not in so few bytes
		{0, 90, nil},
	} {
		d := newDecoder(t)
		data := bytes.Clone(frame)
		binary.LittleEndian.PutUint16(data[6:], c.width)
		binary.LittleEndian.PutUint16(data[8:], c.height)
		var e *vpx.Error
		_, err := d.Decode(data)
		if c.want != nil && !errors.Is(err, c.want) || c.want == nil && !errors.As(err, &e) {
			t.Errorf("%dx%d: %v, want %v", c.width, c.height, err, c.want)
		}
	}
}

func TestTheScaleInAHeadIsIgnored(t *testing.T) {
	data := []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, 160, 0x40, 90, 0xc0}
	if w, h, ok := vpx.KeyFrameSize(data); w != 160 || h != 90 || !ok {
		t.Errorf("KeyFrameSize = %d, %d, %v", w, h, ok)
	}
	for n := range data {
		if _, _, ok := vpx.KeyFrameSize(data[:n]); ok {
			t.Errorf("%d bytes were taken for a head", n)
		}
	}
}

// A picture with show_frame 0 (RFC 6386 section 9.1) is a reference only.
func TestHiddenPicturesAreToldApart(t *testing.T) {
	frames := encodeScene(t, newEncoder(t, vpx.EncoderOptions{Width: 160, Height: 90}), 160, 90, 0, 9)
	d, shown := newDecoder(t), newDecoder(t)
	for n, encoded := range frames {
		want := decode(t, shown, encoded)
		if n == 4 {
			hidden := bytes.Clone(encoded.Data)
			hidden[0] &^= 0x10
			if _, err := d.Decode(hidden); !errors.Is(err, codec.ErrHidden) {
				t.Errorf("Decode = %v, want ErrHidden", err)
			}
		} else {
			got := decode(t, d, encoded)
			if !equal(got, want) {
				t.Errorf("frame %d differs", n)
			}
			got.Release()
		}
		want.Release()
	}
}

func TestAClosedDecoderDecodesNothing(t *testing.T) {
	d, err := vpx.NewDecoder(nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := d.Decode([]byte{1, 2, 3}); !errors.Is(err, codec.ErrClosed) {
		t.Errorf("Decode = %v, want ErrClosed", err)
	}
}

// Decoded pictures are the caller's: the decoder never touches them again.
func TestPicturesStayWhole(t *testing.T) {
	frames := encodeScene(t, newEncoder(t, vpx.EncoderOptions{Width: 160, Height: 90}), 160, 90, 0, 10)
	d, again := newDecoder(t), newDecoder(t)
	kept := make([]*media.VideoFrame, len(frames))
	for n, encoded := range frames {
		kept[n] = decode(t, d, encoded)
	}
	for n, encoded := range frames {
		f := decode(t, again, encoded)
		if !equal(f, kept[n]) {
			t.Errorf("frame %d changed", n)
		}
		f.Release()
		kept[n].Release()
	}
}
