//go:build !linux && !darwin && !freebsd && !windows

package send

import "time"

// cpuTime would be the processor time that this thread has taken: here nobody tells, and pictures that
// wait are what a shortage is known by.
func cpuTime() time.Duration { return 0 }
