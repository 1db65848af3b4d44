package vp8rtp_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"confab/conference/media/codec/vp8rtp"
)

// descriptors are the forms of RFC 7741 section 4.2, each with one byte of VP8 after it.
var descriptors = map[string]struct {
	payload []byte
	want    vp8rtp.Descriptor
}{
	"plain":            {[]byte{0x10, 9}, vp8rtp.Descriptor{Start: true}},
	"partition":        {[]byte{0x27, 9}, vp8rtp.Descriptor{NonReference: true, PartitionID: 7}},
	"short picture ID": {[]byte{0x90, 0x80, 0x7f, 9}, vp8rtp.Descriptor{Start: true, HasPictureID: true, ShortPictureID: true, PictureID: 127}},
	"long picture ID":  {[]byte{0x80, 0x80, 0x80, 0x01, 9}, vp8rtp.Descriptor{HasPictureID: true, PictureID: 1}},
	"key index alone":  {[]byte{0x90, 0x10, 0x1f, 9}, vp8rtp.Descriptor{Start: true, HasKeyIndex: true, KeyIndex: 31}},
	"layer without key index": {
		[]byte{0x90, 0x20, 0xa0, 9},
		vp8rtp.Descriptor{Start: true, HasTemporalID: true, TemporalID: 2, LayerSync: true},
	},
	"all": {
		[]byte{0xb0, 0xf0, 0xff, 0xff, 0xfe, 0x45, 9},
		vp8rtp.Descriptor{
			NonReference: true, Start: true, HasPictureID: true, HasTL0PICIDX: true, HasTemporalID: true, HasKeyIndex: true,
			PictureID: 1<<15 - 1, TL0PICIDX: 254, TemporalID: 1, KeyIndex: 5,
		},
	},
}

func TestDescriptorsAreReadAndWritten(t *testing.T) {
	for name, c := range descriptors {
		t.Run(name, func(t *testing.T) {
			got, rest, err := vp8rtp.Parse(c.payload)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("Parse (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]byte{9}, rest); diff != "" {
				t.Errorf("rest (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.payload, append(got.AppendTo(nil), 9)); diff != "" {
				t.Errorf("AppendTo (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTruncatedPayloadsAreRefused(t *testing.T) {
	for name, c := range descriptors {
		for n := range c.payload {
			if _, _, err := vp8rtp.Parse(c.payload[:n]); !errors.Is(err, vp8rtp.ErrTruncated) {
				t.Errorf("%s cut to %d bytes: Parse = %v, want ErrTruncated", name, n, err)
			}
		}
	}
}

func TestReservedBitsAreIgnored(t *testing.T) {
	got, _, err := vp8rtp.Parse([]byte{0x58, 9})
	if want := (vp8rtp.Descriptor{Start: true}); err != nil || got != want {
		t.Errorf("Parse = %+v, %v, want %+v", got, err, want)
	}
	got, _, err = vp8rtp.Parse([]byte{0x80, 0x0f, 9})
	if want := (vp8rtp.Descriptor{}); err != nil || got != want {
		t.Errorf("Parse = %+v, %v, want %+v", got, err, want)
	}
}

func TestFieldsTooLargeAreCut(t *testing.T) {
	d := vp8rtp.Descriptor{
		PartitionID: 0xff, PictureID: 0xffff, TemporalID: 0xff, KeyIndex: 0xff,
		HasPictureID: true, HasTemporalID: true, HasKeyIndex: true,
	}
	want := []byte{0x87, 0xb0, 0xff, 0xff, 0xdf}
	if diff := cmp.Diff(want, d.AppendTo(nil)); diff != "" {
		t.Errorf("AppendTo (-want +got):\n%s", diff)
	}
}

func TestKeyFramesAreToldByTheirFirstPayload(t *testing.T) {
	first := vp8rtp.Descriptor{Start: true}
	for name, c := range map[string]struct {
		d     vp8rtp.Descriptor
		piece []byte
		want  bool
	}{
		"key frame":        {first, []byte{0x10}, true},
		"interframe":       {first, []byte{0x11}, false},
		"continuation":     {vp8rtp.Descriptor{}, []byte{0x10}, false},
		"second partition": {vp8rtp.Descriptor{Start: true, PartitionID: 1}, []byte{0x10}, false},
		"nothing":          {first, nil, false},
	} {
		if got := c.d.KeyFrame(c.piece); got != c.want {
			t.Errorf("%s: KeyFrame = %v", name, got)
		}
	}
}
