package pace

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAScreenIsSharpBeforeACameraIsLarge(t *testing.T) {
	for name, c := range map[string]struct{ total, camera, screen, wantCamera, wantScreen int }{
		"camera alone":       {900_000, 2_500_000, 0, 900_000, 0},
		"screen alone":       {900_000, 0, 5_000_000, 0, 900_000},
		"both, plenty":       {10_000_000, 2_500_000, 5_000_000, 2_500_000, 7_500_000},
		"both, some":         {2_000_000, 2_500_000, 5_000_000, 600_000, 1_400_000},
		"both, little":       {600_000, 2_500_000, 5_000_000, 100_000, 500_000},
		"both, next to none": {300_000, 2_500_000, 5_000_000, 60_000, 240_000},
		"both, none":         {50_000, 2_500_000, 5_000_000, 10_000, 40_000},
		"small camera":       {2_000_000, 200_000, 5_000_000, 200_000, 1_800_000},
		"still screen":       {2_000_000, 2_500_000, 400_000, 1_600_000, 400_000},
		"nothing flows":      {2_000_000, 0, 0, 2_000_000, 0},
	} {
		t.Run(name, func(t *testing.T) {
			camera, screen := divide(c.total, c.camera, c.screen)
			if camera != c.wantCamera || screen != c.wantScreen {
				t.Errorf("divide = %d, %d, want %d, %d", camera, screen, c.wantCamera, c.wantScreen)
			}
		})
	}
}

func TestPicturesGetWhatSoundAndRepairsLeave(t *testing.T) {
	for _, c := range []struct{ budget, sound, repairs, want int }{
		{1_000_000, 0, 0, 950_000},
		{1_000_000, 50_000, 100_000, 806_000},
		{1_000_000, 50_000, 900_000, 518_000},
		{80_000, 50_000, 20_000, leastRate},
	} {
		if got := forPictures(c.budget, c.sound, c.repairs); got != c.want {
			t.Errorf("forPictures(%d, %d, %d) = %d, want %d", c.budget, c.sound, c.repairs, got, c.want)
		}
	}
	if got := lessQueue(500_000, 1_875, 500_000); got != 500_000 {
		t.Errorf("a queue of 30 ms takes the rate to %d", got)
	}
	if got := lessQueue(500_000, 9_375, 500_000); got != 400_000 {
		t.Errorf("a queue of 150 ms takes the rate to %d, want 400,000: 60,000 bits in 0.6 s", got)
	}
}

func TestTheUplinkIsSharedByNeedAndFavour(t *testing.T) {
	const m = 1_000_000
	for name, c := range map[string]struct {
		limit  int
		claims []Claim
		want   []int
	}{
		"no limit":          {0, []Claim{{m, Ordinary}, {m, Favoured}}, []int{0, 0}},
		"nobody":            {m, nil, []int{}},
		"equal":             {m, []Claim{{3 * m, Ordinary}, {3 * m, Ordinary}}, []int{m / 2, m / 2}},
		"favoured":          {3 * m, []Claim{{3 * m, Favoured}, {3 * m, Ordinary}}, []int{2 * m, m}},
		"little need":       {m, []Claim{{100_000, Ordinary}, {3 * m, Ordinary}}, []int{100_000, 900_000}},
		"a row of needs":    {m, []Claim{{100_000, Ordinary}, {400_000, Ordinary}, {3 * m, Ordinary}}, []int{100_000, 400_000, 500_000}},
		"enough for all":    {9 * m, []Claim{{m, Ordinary}, {2 * m, Favoured}, {3 * m, First}}, []int{m, 2 * m, 3 * m}},
		"no need":           {m, []Claim{{0, Ordinary}, {3 * m, Ordinary}}, []int{leastLimit, m}},
		"too many for less": {200_000, []Claim{{m, First}, {m, Favoured}, {m, Ordinary}, {m, Ordinary}}, []int{leastLimit, leastLimit, leastLimit, leastLimit}},
		"one first":         {m, []Claim{{3 * m, Ordinary}, {3 * m, First}, {3 * m, Ordinary}}, []int{smallPicture, 700_000, smallPicture}},
		"two first":         {m, []Claim{{3 * m, First}, {3 * m, First}, {3 * m, Ordinary}}, []int{425_000, 425_000, smallPicture}},
		"first, satisfied":  {m, []Claim{{400_000, First}, {3 * m, Favoured}, {3 * m, Ordinary}}, []int{400_000, 400_000, 200_000}},
		"others need less":  {m, []Claim{{3 * m, First}, {90_000, Ordinary}}, []int{910_000, 90_000}},
		"little for all":    {300_000, []Claim{{m, First}, {m, Ordinary}, {m, Ordinary}}, []int{100_000, 100_000, 100_000}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Divide(c.limit, c.claims)); diff != "" {
				t.Errorf("Divide (-want +got):\n%s", diff)
			}
		})
	}
}

func TestABucketMakesUpForLateTimersButNotForPauses(t *testing.T) {
	now := time.Unix(1000, 0)
	var b bucket
	burstOf := func(at time.Time) (n int) {
		for b.wait(at) == 0 {
			b.take(at, 1250, 10_000_000, burst) // a millisecond each
			n++
		}
		return n
	}
	if n := burstOf(now); n != 6 {
		t.Errorf("%d packets at once after a pause, want 5 ms' and one", n)
	}
	n := 0
	for i := range 100 {
		n += burstOf(now.Add(time.Duration(i+1) * 3 * time.Millisecond))
	}
	if n < 298 || n > 301 {
		t.Errorf("%d packets in 300 ms of a timer that comes each 3 ms", n)
	}
}

func TestAMeterForgets(t *testing.T) {
	var m meter
	now := time.Unix(1000, 0)
	for range 500 {
		m.add(now, 125)
		now = now.Add(time.Millisecond)
	}
	for range 4500 {
		m.add(now, 125)
		now = now.Add(time.Millisecond)
	}
	if got := m.bitsPerSecond(now); got < 950_000 || got > 1_050_000 {
		t.Errorf("a steady megabit measures %d", got)
	}
	if got := m.bitsPerSecond(now.Add(time.Minute)); got > 10_000 {
		t.Errorf("after a minute of nothing it measures %d", got)
	}
}

func TestAQueueKeepsItsOrderAndItsMemory(t *testing.T) {
	var q fifo[int]
	next := 0
	for i := range 1000 {
		q.push(i)
		if i%3 != 0 {
			if got := q.pop(); got != next {
				t.Fatalf("pop = %d, want %d", got, next)
			}
			next++
		}
		if i%100 == 99 {
			q.remove(func(x int) bool { return x%2 == 0 })
			for q.len() > 0 {
				if x := q.pop(); x%2 == 0 {
					t.Fatalf("%d was removed", x)
				}
			}
			next = i + 1
		}
	}
	if n := testing.AllocsPerRun(1000, func() { q.push(1); q.push(2); q.pop(); q.pop() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
