package transport

import (
	"encoding/binary"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// stampArrivals has the kernel note when each packet comes in (socket(7), SO_TIMESTAMPNS), and tells
// whether it will.
func stampArrivals(c syscall.RawConn) bool {
	var failed error
	err := c.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	})
	return err == nil && failed == nil
}

// arrivalStamp is the time that the kernel noted for a packet; false: none.
func arrivalStamp(control []byte) (time.Time, bool) {
	for len(control) >= unix.SizeofCmsghdr {
		h, data, rest, err := unix.ParseOneSocketControlMessage(control)
		if err != nil {
			break
		}
		if h.Level == unix.SOL_SOCKET && h.Type == unix.SO_TIMESTAMPNS && len(data) >= 16 { // 64-bit systems'
			s, ns := binary.NativeEndian.Uint64(data), binary.NativeEndian.Uint64(data[8:])
			return time.Unix(int64(s), int64(ns)), true
		}
		control = rest
	}
	return time.Time{}, false
}
