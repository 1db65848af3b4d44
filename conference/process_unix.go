//go:build unix

package conference

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"
)

// processUsage is the processor time that this process has used, and its resident memory in bytes.
func processUsage() (cpu time.Duration, rss int64) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err == nil {
		cpu = time.Duration(u.Utime.Nano() + u.Stime.Nano())
		rss = int64(u.Maxrss) * 1024 // the peak, where the system does not tell the present
	}
	if b, err := os.ReadFile("/proc/self/statm"); err == nil { // proc(5): pages, the second is resident
		if f := bytes.Fields(b); len(f) > 1 {
			if pages, err := strconv.ParseInt(string(f[1]), 10, 64); err == nil {
				rss = pages * int64(os.Getpagesize())
			}
		}
	}
	return cpu, rss
}
