//go:build !linux

package transport

import (
	"syscall"
	"time"
)

// stampArrivals would have the system note when each packet comes in: here whoever reads the socket does.
func stampArrivals(syscall.RawConn) bool { return false }

// arrivalStamp is the time that the system noted for a packet: none.
func arrivalStamp([]byte) (time.Time, bool) { return time.Time{}, false }
