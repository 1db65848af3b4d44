package v4l2

import (
	"testing"
	"unsafe"
)

// The numbers are those that a C compiler gives for linux/videodev2.h on a 64-bit machine.
func TestRequestsAndStructuresAreTheKernels(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("numbers of a 64-bit machine")
	}
	for name, test := range map[string]struct{ got, want uintptr }{
		"QUERYCAP":            {reqQueryCap, 0x80685600},
		"ENUM_FMT":            {reqEnumFormat, 0xc0405602},
		"S_FMT":               {reqSetFormat, 0xc0d05605},
		"REQBUFS":             {reqBuffers, 0xc0145608},
		"QUERYBUF":            {reqQueryBuf, 0xc0585609},
		"QBUF":                {reqQueue, 0xc058560f},
		"DQBUF":               {reqDequeue, 0xc0585611},
		"STREAMON":            {reqStreamOn, 0x40045612},
		"STREAMOFF":           {reqStreamOff, 0x40045613},
		"S_PARM":              {reqSetParm, 0xc0cc5616},
		"ENUM_FRAMESIZES":     {reqEnumSizes, 0xc02c564a},
		"ENUM_FRAMEINTERVALS": {reqEnumRates, 0xc034564b},
		"buffer.timestamp":    {unsafe.Offsetof(buffer{}.timestamp), 0x18},
		"buffer.m":            {unsafe.Offsetof(buffer{}.offset), 0x40},
		"buffer.length":       {unsafe.Offsetof(buffer{}.length), 0x48},
		"format.fmt":          {unsafe.Offsetof(format{}.pix), 0x8},
		"parm.timeperframe":   {unsafe.Offsetof(streamparm{}.timePerFrame), 0xc},
		"frmivalenum":         {unsafe.Offsetof(frmivalenum{}.interval), 0x14},
		"frmsizeenum":         {unsafe.Offsetof(frmsizeenum{}.size), 0xc},
	} {
		if test.got != test.want {
			t.Errorf("%s: %#x, want %#x", name, test.got, test.want)
		}
	}
}

func TestStepsStayWithinTheRange(t *testing.T) {
	for _, test := range []struct{ wanted, low, high, steps, want int }{
		{1280, 16, 1920, 16, 1280},
		{1287, 16, 1920, 16, 1280},
		{1289, 16, 1920, 16, 1296},
		{10, 16, 1920, 16, 16},
		{4000, 16, 1920, 16, 1920},
		{1280, 1, 1300, 0, 1280},
		{1299, 0, 1300, 200, 1200},
	} {
		if got := step(test.wanted, test.low, test.high, test.steps); got != test.want {
			t.Errorf("step(%d, %d, %d, %d) = %d, want %d", test.wanted, test.low, test.high, test.steps, got, test.want)
		}
	}
}

func TestFormatsArePrintedAsTheirFourCharacters(t *testing.T) {
	if got := MJPEG.String(); got != "MJPG" || uint32(MJPEG) != 0x47504A4D {
		t.Errorf("MJPEG is %q, %#x", got, uint32(MJPEG))
	}
}
