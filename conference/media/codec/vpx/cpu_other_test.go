//go:build cgo && !unix

package vpx_test

import "time"

var started = time.Now()

// cpuTime is the clock where nobody knows better.
func cpuTime() time.Duration { return time.Since(started) }
