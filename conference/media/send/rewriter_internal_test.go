package send

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtp"

	"confab/conference/media"
)

// number is what a packet carries.
type number struct {
	sequence  uint16
	timestamp uint32
	pictureID uint16
	tl0picidx uint8
}

// rewrite gives the numbers of frames of the given temporal layers, taken 3000 ticks apart, of two packets each.
func rewrite(r *rewriter, ticks uint32, layers ...uint8) []number {
	var got []number
	var h rtp.Header
	for _, layer := range layers {
		d := r.frame(&media.EncodedFrame{TemporalID: layer}, ticks)
		for i := range 2 {
			r.packet(&h, i == 1)
			got = append(got, number{h.SequenceNumber, h.Timestamp, d.PictureID, d.TL0PICIDX})
		}
		ticks += 3000
	}
	return got
}

func TestNumbersRunOnOverTheirWraps(t *testing.T) {
	r := rewriter{sequence: 1<<16 - 3, offset: 1000, pictureID: 1<<15 - 2, tl0picidx: 255}
	got := rewrite(&r, 1<<32-4000, 0, 2, 1)
	want := []number{
		{1<<16 - 3, 1<<32 - 3000, 1<<15 - 1, 0},
		{1<<16 - 2, 1<<32 - 3000, 1<<15 - 1, 0},
		{1<<16 - 1, 0, 0, 0},
		{0, 0, 0, 0},
		{1, 3000, 1, 0},
		{2, 3000, 1, 0},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(number{})); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
}

func TestTimestampsRiseThoughTicksDoNot(t *testing.T) {
	r := rewriter{offset: 1<<32 - 5000}
	var got []uint32
	for _, ticks := range []uint32{5000, 5000, 2000, 5001, 8000} {
		r.frame(&media.EncodedFrame{}, ticks)
		got = append(got, r.timestamp)
	}
	if diff := cmp.Diff([]uint32{0, 1, 2, 3, 3000}, got); diff != "" {
		t.Errorf("timestamps (-want +got):\n%s", diff)
	}
}

func TestTheLastPacketOfAFrameIsMarked(t *testing.T) {
	var r rewriter
	h := rtp.Header{SSRC: 7, PayloadType: 96, Padding: true, Extensions: make([]rtp.Extension, 1, 4)}
	r.packet(&h, false)
	if h.Marker || h.Version != 2 || h.SSRC != 0 || h.Padding || len(h.Extensions) != 0 {
		t.Errorf("header of a first packet = %+v", h)
	}
	if r.packet(&h, true); !h.Marker {
		t.Errorf("header of a last packet = %+v", h)
	}
}

func TestLayersGoUpOnlyWhereTheyCanBeDecoded(t *testing.T) {
	// The pattern 0-2-1-2 of the encoder; + marks those that refer to the base layer alone.
	pattern := []media.EncodedFrame{
		{TemporalID: 0}, {TemporalID: 2, LayerSync: true}, {TemporalID: 1, LayerSync: true}, {TemporalID: 2},
	}
	run := func(l *layers, frames []media.EncodedFrame) string {
		var got strings.Builder
		for i := range frames {
			if l.passes(&frames[i]) {
				got.WriteString(string('0' + rune(frames[i].TemporalID)))
			} else {
				got.WriteString("-")
			}
		}
		return got.String()
	}
	for name, c := range map[string]struct {
		layers layers
		from   int
		want   string
	}{
		"base only":            {layers{0, 0}, 0, "0---0---"},
		"all":                  {layers{2, 2}, 0, "02120212"},
		"down at any frame":    {layers{0, 2}, 1, "---0---0"},
		"up over the middle":   {layers{2, 0}, 0, "0-1-0212"},
		"up after the middle":  {layers{2, 0}, 3, "-0-1-021"},
		"up to the middle":     {layers{1, 0}, 2, "1-0-1-0-"},
		"from middle to top":   {layers{2, 1}, 3, "-0212021"},
		"from top to middle":   {layers{1, 2}, 0, "0-1-0-1-"},
		"two of three, steady": {layers{1, 1}, 0, "0-1-0-1-"},
	} {
		t.Run(name, func(t *testing.T) {
			frames := append(append([]media.EncodedFrame(nil), pattern[c.from:]...), pattern...)
			frames = append(frames, pattern[:c.from]...)
			if got := run(&c.layers, frames); got != c.want {
				t.Errorf("frames sent = %s, want %s", got, c.want)
			}
		})
	}
	l := layers{wanted: 2}
	if !l.passes(&media.EncodedFrame{KeyFrame: true}) || l.current != 2 {
		t.Errorf("after a key frame: %+v, want all layers", l)
	}
}
