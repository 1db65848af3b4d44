package media_test

import (
	"image"
	"testing"
	"time"

	"confab/conference/media"
)

func TestPoolGivesTheSameMemoryBackOnceAllReferencesAreReleased(t *testing.T) {
	var p media.Pool
	f := p.Frame(641, 361)
	if len(f.Y) < f.StrideY*361 || len(f.U) < f.StrideUV*181 || f.StrideUV < 321 {
		t.Fatalf("planes too small for 641x361: %d %d, strides %d %d", len(f.Y), len(f.U), f.StrideY, f.StrideUV)
	}
	f.Retain()
	f.Release()
	if got := p.Outstanding(); got != 1 {
		t.Fatalf("Outstanding with one reference = %d, want 1", got)
	}
	y := &f.Y[0]
	f.Release()
	if got := p.Outstanding(); got != 0 {
		t.Fatalf("Outstanding after the last release = %d, want 0", got)
	}
	if g := p.Frame(641, 361); &g.Y[0] != y {
		t.Error("a frame of the same size got new memory")
	}
}

func TestPoolAllocatesNothingInSteadyState(t *testing.T) {
	var p media.Pool
	p.Frame(320, 180).Release()
	if n := testing.AllocsPerRun(100, func() { p.Frame(320, 180).Release() }); n != 0 {
		t.Errorf("%v allocations a frame, want 0", n)
	}
}

func TestReleasingTwiceIsABrokenInvariant(t *testing.T) {
	var p media.Pool
	f := p.Frame(16, 16)
	f.Release()
	defer func() {
		if recover() == nil {
			t.Error("the second Release did not panic")
		}
	}()
	f.Release()
}

func TestSurfaceShowsTheNewestPictureAndNeverTheOneBeingDrawn(t *testing.T) {
	var s media.Surface
	if img, fresh := s.Take(); img != nil || fresh {
		t.Fatalf("Take of an empty surface = %v, %v", img, fresh)
	}
	draw := func(v byte) *image.RGBA {
		b := s.Back(4, 4)
		b.Pix[0] = v
		s.Publish()
		return b
	}
	draw(1)
	draw(2)
	shown, fresh := s.Take()
	if !fresh || shown.Pix[0] != 2 {
		t.Fatalf("Take = %v, %v, want the newest picture", shown.Pix[0], fresh)
	}
	for v := byte(3); v < 20; v++ {
		if draw(v) == shown {
			t.Fatal("the decoder drew into the shown picture")
		}
	}
	if again, fresh := s.Take(); !fresh || again.Pix[0] != 19 || again == shown {
		t.Errorf("Take = %v, %v, want picture 19", again.Pix[0], fresh)
	}
	if _, fresh := s.Take(); fresh {
		t.Error("a picture was fresh twice")
	}
}

func TestSurfaceAllocatesNothingInSteadyState(t *testing.T) {
	var s media.Surface
	step := func() {
		s.Back(32, 18)
		s.Publish()
		s.Take()
	}
	for range 4 {
		step()
	}
	if n := testing.AllocsPerRun(100, step); n != 0 {
		t.Errorf("%v allocations a picture, want 0", n)
	}
}

func TestTicksCountModuloTwoToThe32(t *testing.T) {
	now := time.Now()
	if got := media.Ticks(now.Add(time.Second), 90000) - media.Ticks(now, 90000); got != 90000 {
		t.Errorf("one second = %d ticks, want 90000", got)
	}
	// 2^32 ticks of 90 kHz are 13 h 15 min: the difference survives the wrap.
	far := now.Add(13*time.Hour + 16*time.Minute)
	if got := media.Ticks(far.Add(20*time.Millisecond), 90000) - media.Ticks(far, 90000); got != 1800 {
		t.Errorf("20 ms after the wrap = %d ticks, want 1800", got)
	}
}

func TestSlotsHaveTheProtocolsNames(t *testing.T) {
	for _, s := range media.Slots() {
		if got, ok := media.ParseSlot(s.String()); !ok || got != s {
			t.Errorf("ParseSlot(%q) = %v, %v", s, got, ok)
		}
	}
	if _, ok := media.ParseSlot("tuba"); ok {
		t.Error("ParseSlot took an unknown name")
	}
}
