package x11_test

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"confab/conference/media"
	"confab/conference/media/capture/x11/xvfbtest"
	"confab/conference/media/yuv"
)

// BenchmarkGrab720p grabs and converts; cpu-ms/frame is the process' own share, server-ms/frame the X
// server's.
func BenchmarkGrab720p(b *testing.B) {
	s := xvfbtest.Start(b, 1280, 720)
	g := open(b, "")
	var pool media.Pool
	f := pool.Frame(1280, 720)
	defer f.Release()
	own, server := processTime(b), serverTime(b, s.PID())
	for b.Loop() {
		p := grab(b, g)
		if err := yuv.FromBGRA(f, p.Pix, p.Stride); err != nil {
			b.Fatal(err)
		}
	}
	n := float64(b.N)
	b.ReportMetric((processTime(b)-own).Seconds()*1000/n, "cpu-ms/frame")
	b.ReportMetric((serverTime(b, s.PID())-server).Seconds()*1000/n, "server-ms/frame")
}

func processTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// serverTime is the processor time of a process, from fields 14 and 15 of its stat file, in hundredths
// of a second.
func serverTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	f := strings.Fields(rest)
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}
