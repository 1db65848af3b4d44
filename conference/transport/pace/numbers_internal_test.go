package pace

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"confab/conference/media"
)

// number is what a packet carries.
type number struct {
	sequence  uint16
	timestamp uint32
	pictureID uint16
	tl0picidx uint8
}

// give gives the numbers of pictures of the given temporal layers, taken 3000 ticks apart, of two packets each.
func give(n *numbers, ticks uint32, layers ...uint8) []number {
	var got []number
	for _, layer := range layers {
		d := n.picture(&media.EncodedFrame{TemporalID: layer, RTPTime: ticks})
		for range 2 {
			got = append(got, number{n.next(), n.timestamp, d.PictureID, d.TL0PICIDX})
		}
		ticks += 3000
	}
	return got
}

func TestNumbersRunOnOverTheirWraps(t *testing.T) {
	n := numbers{sequence: 1<<16 - 3, offset: 1000, pictureID: 1<<15 - 2, tl0picidx: 255}
	got := give(&n, 1<<32-4000, 0, 2, 1)
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
	n := numbers{offset: 1<<32 - 5000}
	var got []uint32
	for _, ticks := range []uint32{5000, 5000, 2000, 5001, 8000} {
		n.picture(&media.EncodedFrame{RTPTime: ticks})
		got = append(got, n.timestamp)
	}
	if diff := cmp.Diff([]uint32{0, 1, 2, 3, 3000}, got); diff != "" {
		t.Errorf("timestamps (-want +got):\n%s", diff)
	}
}

// encoded is one period of the encoder's pattern, 0-2-1-2; the first two above the base refer to that
// alone.
var encoded = []media.EncodedFrame{
	{TemporalID: 0}, {TemporalID: 2, LayerSync: true}, {TemporalID: 1, LayerSync: true}, {TemporalID: 2},
}

func TestLayersGoUpOnlyWhereTheyCanBeDecoded(t *testing.T) {
	all := [3]bool{false, true, true}
	for name, c := range map[string]struct {
		layers layers
		from   int
		want   string
	}{
		"base only":            {layers{wanted: 0}, 0, "0---0---"},
		"all":                  {layers{2, all}, 0, "02120212"},
		"down at any picture":  {layers{0, all}, 1, "---0---0"},
		"up from the base":     {layers{wanted: 2}, 0, "02120212"},
		"up after the middle":  {layers{wanted: 2}, 3, "-0212021"},
		"up to the middle":     {layers{wanted: 1}, 2, "1-0-1-0-"},
		"from middle to top":   {layers{2, [3]bool{false, true, false}}, 3, "-0212021"},
		"from top to middle":   {layers{1, all}, 0, "0-1-0-1-"},
		"two of three, steady": {layers{1, [3]bool{false, true, false}}, 0, "0-1-0-1-"},
	} {
		t.Run(name, func(t *testing.T) {
			var got strings.Builder
			for i := range 8 {
				f := &encoded[(c.from+i)%4]
				if c.layers.passes(f) {
					got.WriteString(string('0' + rune(f.TemporalID)))
				} else {
					got.WriteString("-")
				}
			}
			if got.String() != c.want {
				t.Errorf("pictures sent = %s, want %s", got.String(), c.want)
			}
		})
	}
	l := layers{wanted: 2}
	if !l.passes(&media.EncodedFrame{KeyFrame: true}) || !l.passes(&encoded[3]) {
		t.Errorf("after a key frame: %+v, want all layers", l)
	}
	l.dropped(2)
	if !l.passes(&encoded[3]) {
		t.Error("nobody refers to the top layer, but its loss stops others")
	}
	l.dropped(1)
	if l.passes(&encoded[3]) || !l.passes(&encoded[0]) || !l.passes(&encoded[1]) {
		t.Error("after a loss in the middle layer only what refers to it is left out")
	}
}
