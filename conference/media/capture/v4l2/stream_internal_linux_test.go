package v4l2

import (
	"errors"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// opened is a device on a fake camera.
func opened(t *testing.T, c *fakeCamera) *Device {
	t.Helper()
	d, err := newDevice(c, "/dev/video7")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 2 {
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}
		d.Interrupt()
		if len(c.mapped) != 0 || !c.closed || c.on {
			t.Errorf("%d buffers mapped, closed %v, running %v after Close", len(c.mapped), c.closed, c.on)
		}
	})
	return d
}

// started is one that runs.
func started(t *testing.T, c *fakeCamera) *Device {
	t.Helper()
	d := opened(t, c)
	if _, err := d.Start(Mode{Format: YUYV, Width: 640, Height: 480, FramesPerSecond: 30}); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestOnlyWhatCapturesVideoIsACamera(t *testing.T) {
	for caps, want := range map[uint32]error{
		capVideoCapture | capStreaming: nil, capVideoCapture: errNotCamera, capStreaming: errNotCamera, 0x00800000 | capStreaming: errNotCamera,
	} {
		c := newFakeCamera()
		c.caps = caps
		d, err := newDevice(c, "/dev/video7")
		if !errors.Is(err, want) {
			t.Errorf("%#x: %v, want %v", caps, err, want)
		}
		if err == nil {
			if diff := cmp.Diff(Info{Path: "/dev/video7", Name: "Fake Camera", Bus: "usb-1"}, d.Info()); diff != "" {
				t.Error(diff)
			}
		}
	}
}

func TestModesAreWhatTheDriverListsOrWhatIsNearest(t *testing.T) {
	c := newFakeCamera()
	c.formats = []PixelFormat{YUYV, MJPEG, NV12}
	c.sizes = func(index int, format PixelFormat) (frmsizeenum, bool) {
		switch {
		case format == YUYV && index < 2: // a list
			return frmsizeenum{kind: sizeDiscrete, size: [6]uint32{640 << index, 360 << index}}, true
		case format == MJPEG && index == 0: // a range
			return frmsizeenum{kind: 3, size: [6]uint32{16, 1920, 16, 16, 1080, 8}}, true
		}
		return frmsizeenum{}, false // nothing
	}
	c.rates = func(index int, format PixelFormat, width, _ int) (frmivalenum, bool) {
		switch {
		case format == YUYV && index < 2:
			return frmivalenum{kind: sizeDiscrete, interval: [3]fract{{1, uint32(30 / (index + width/640))}}}, true
		case format == MJPEG && index == 0:
			return frmivalenum{kind: 2, interval: [3]fract{{1, 25}, {1, 5}}}, true
		}
		return frmivalenum{}, false
	}
	want := []Mode{
		{Format: YUYV, Width: 640, Height: 360, FramesPerSecond: 30},
		{Format: YUYV, Width: 640, Height: 360, FramesPerSecond: 15},
		{Format: YUYV, Width: 1280, Height: 720, FramesPerSecond: 15},
		{Format: YUYV, Width: 1280, Height: 720, FramesPerSecond: 10},
		{Format: MJPEG, Width: 1280, Height: 720, FramesPerSecond: 25},
		{Format: NV12, Width: 1280, Height: 717},
	}
	if diff := cmp.Diff(want, opened(t, c).Modes(1280, 717, 30)); diff != "" {
		t.Error(diff)
	}
}

func TestListsWithoutAnEndEnd(t *testing.T) {
	c := newFakeCamera()
	c.endless = true
	if n := len(opened(t, c).Modes(1280, 720, 30)); n == 0 || n > maxEntries*maxEntries {
		t.Errorf("%d modes", n)
	}
}

func TestWhatTheDriverChoseIsTold(t *testing.T) {
	c := newFakeCamera()
	c.chooses = func(p *pixFormat) {
		p.width, p.height, p.pixelFormat, p.bytesPerLine = 800, 600, uint32(MJPEG), 0
	}
	got, err := opened(t, c).Start(Mode{Format: YUYV, Width: 1280, Height: 720, FramesPerSecond: 29.97})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Mode{Format: MJPEG, Width: 800, Height: 600, FramesPerSecond: 29.97}, got); diff != "" {
		t.Error(diff)
	}
	if c.rate != (fract{1000, 29970}) {
		t.Errorf("the rate was set to %v", c.rate)
	}
}

func TestACameraThatCannotStartLeavesNothingBehind(t *testing.T) {
	for _, request := range []uintptr{reqSetFormat, reqBuffers, reqQueryBuf, reqQueue, reqStreamOn} {
		c := newFakeCamera()
		c.fails[request] = unix.EBUSY
		d := opened(t, c)
		if _, err := d.Start(Mode{Format: YUYV, Width: 640, Height: 480}); !errors.Is(err, unix.EBUSY) {
			t.Errorf("request %#x: %v", request, err)
		}
		if len(c.mapped) != 0 {
			t.Errorf("request %#x: %d buffers mapped", request, len(c.mapped))
		}
		if _, err := d.Next(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("Next of a camera that does not run: %v", err)
		}
	}
	c := newFakeCamera()
	c.fails[reqSetParm] = unix.ENOTTY // not every driver lets its rate be set
	started(t, c)
}

func TestTheNewestPictureIsGivenAndNoBufferIsLost(t *testing.T) {
	c := newFakeCamera()
	d := started(t, c)
	next := func(want byte) {
		t.Helper()
		if b, err := d.Next(); err != nil || len(b) != 1 || b[0] != want {
			t.Fatalf("Next = %v, %v, want picture %d", b, err, want)
		}
	}
	for n := range byte(20) {
		for k := range n % 2 { // the third buffer is the one that Next lent
			if !c.shoot(100+k, 0) {
				t.Fatal("the driver has too few buffers")
			}
		}
		c.shoot(n, 0)
		next(n)
	}
	c.shoot(1, 0)
	c.shoot(2, bufFlagError)
	next(1) // rather an older one than a damaged one
	c.shoot(3, bufFlagError)
	if _, err := d.Next(); !Damaged(err) {
		t.Errorf("Next = %v, want a damaged picture", err)
	}
	c.shoot(4, 0)
	next(4)
	if n := len(c.queued) + 1; n != len(c.memory) {
		t.Errorf("%d of %d buffers are in use", n, len(c.memory))
	}
}

func TestWhatTheDriverSaysOfBuffersIsChecked(t *testing.T) {
	for name, lies := range map[string]func(*buffer){
		"number": func(b *buffer) { b.index = 3 },
		"length": func(b *buffer) { b.bytesUsed = 65 },
		"both":   func(b *buffer) { b.index, b.bytesUsed = 1<<32-1, 1<<32-1 },
	} {
		c := newFakeCamera()
		d := started(t, c)
		c.lies = lies
		c.shoot(1, 0)
		if _, err := d.Next(); err == nil || Damaged(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestACameraThatIsUnpluggedSaysSo(t *testing.T) {
	c := newFakeCamera()
	d := started(t, c)
	c.fails[reqDequeue] = unix.ENODEV
	if _, err := d.Next(); !errors.Is(err, unix.ENODEV) {
		t.Errorf("%v", err)
	}
	c.fails[reqDequeue] = unix.EIO
	if _, err := d.Next(); !Damaged(err) {
		t.Errorf("%v", err)
	}
}

func TestAWaitingNextEndsWithInterruptOrPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newFakeCamera()
		d := started(t, c)
		if _, err := d.Next(); !errors.Is(err, errSilent) {
			t.Errorf("%v, want errSilent", err)
		}
		time.AfterFunc(time.Second, d.Interrupt)
		for range 2 {
			if _, err := d.Next(); !errors.Is(err, os.ErrClosed) {
				t.Errorf("%v, want ErrClosed", err)
			}
		}
	})
}

func TestNothingIsStreamedBeforeStart(t *testing.T) {
	c := newFakeCamera()
	opened(t, c).Modes(640, 480, 30)
	for _, request := range []uintptr{reqStreamOn, reqBuffers, reqSetFormat} {
		if slices.Contains(c.calls, request) {
			t.Errorf("request %#x was made", request)
		}
	}
}
