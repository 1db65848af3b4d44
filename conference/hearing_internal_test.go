package conference

import (
	"testing"

	"confab/conference/media"
)

// claim is what the next packet says.
func (c *claims) claim(below uint8, voice bool) {
	c.told.Store(true)
	c.newest.Store(someClaim | uint32(media.NewSoundLevel(below, voice)))
}

func TestWhatOthersClaimCountsAsFarAsItIsHeard(t *testing.T) {
	for name, c := range map[string]struct {
		claimed uint8
		voice   bool
		heard   uint8
		want    uint8
	}{
		"as loud as it is":         {20, true, 22, 20},
		"quieter than it is":       {40, true, 22, 40},
		"a peak in a packet":       {20, true, 32, 20},
		"louder than it is":        {0, true, 40, 28},
		"loud, but nothing comes":  {0, true, 127, 115},
		"noise":                    {30, false, 30, 30},
		"nothing, and none comes":  {127, false, 127, 127},
		"nothing, yet there is":    {127, false, 5, 127},
		"full scale at full scale": {0, true, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var e ear
			var claims claims
			claims.claim(c.claimed, c.voice)
			if below, speaks := e.look(&claims, c.heard); below != c.want || speaks != c.voice {
				t.Errorf("%d, %v, want %d, %v", below, speaks, c.want, c.voice)
			}
		})
	}
}

func TestAPacketThatIsLateIsNoPauseAndOneThatIsMissingIs(t *testing.T) {
	var e ear
	var claims claims
	claims.claim(20, true)
	var got []bool
	for range 6 {
		_, speaks := e.look(&claims, 20)
		got = append(got, speaks)
	}
	for i, speaks := range got {
		if speaks != (i <= lateLooks) {
			t.Errorf("without further packets it speaks %v", got)
			break
		}
	}
	claims.claim(127, false)
	if below, speaks := e.look(&claims, 20); below != 127 || speaks {
		t.Error("a pause that is told does not count at once")
	}
}

func TestWhoTellsNoLevelIsAsLoudAsWeHear(t *testing.T) {
	var e ear
	var claims claims
	for _, heard := range []uint8{127, 30} {
		if below, speaks := e.look(&claims, heard); below != heard || !speaks {
			t.Errorf("heard at %d: %d, %v", heard, below, speaks)
		}
	}
	for level, want := range map[float64]uint8{0: 127, 1: 0, 2: 0, 0.1: 20, 1e-9: 127} {
		if got := decibelsBelow(level); got != want {
			t.Errorf("level %v is %d below full scale, want %d", level, got, want)
		}
	}
}
