//go:build cgo && unix

package vpx_test

import (
	"syscall"
	"time"
)

// cpuTime is what this process has spent of the processors: a busy machine does not change it much.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
