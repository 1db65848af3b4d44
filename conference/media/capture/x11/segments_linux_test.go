package x11_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
)

// segments is how many segments of shared memory this process made and has not freed.
func segments(t *testing.T) (n int) {
	t.Helper()
	b, err := os.ReadFile("/proc/sysvipc/shm")
	if err != nil {
		t.Fatal(err)
	}
	pid := fmt.Sprint(os.Getpid())
	for line := range bytes.Lines(b) {
		if f := strings.Fields(string(line)); len(f) > 4 && f[4] == pid {
			n++
		}
	}
	return n
}
