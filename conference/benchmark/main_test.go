// Package benchmark_test measures whole calls: against a browser's (make bench-browser), how fast
// somebody is in one (make bench-join), and what one more peer costs (make bench-peers). The participants
// are processes of their own on this machine, as users have them. Nothing here runs unless a flag asks for
// it, save the tests of the instruments.
package benchmark_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

var (
	browserFolder = flag.String("browser", "", "measure against a browser: `folder` with driver.mjs and its packages")
	joins         = flag.Int("joins", 0, "measure so many joins")
	peers         = flag.Int("peers", 0, "measure what so many peers cost, one after the other")
	program       = flag.String("confab", "../../bin/confab", "the program that is measured")
	warmUp        = flag.Duration("warmup", 10*time.Second, "how long a call lasts before it is measured")
	window        = flag.Duration("window", 15*time.Second, "how long it is measured")
)

// patience is how long is waited for what must come. It is no figure of anybody's.
const patience = 60 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// machine describes where figures come from. On a busy one only ratios tell anything.
func machine() string {
	load := "unknown"
	if b, err := os.ReadFile("/proc/loadavg"); err == nil {
		load, _, _ = strings.Cut(string(b), " ")
	}
	return fmt.Sprintf("%s/%s, %d processors, load %s before the start", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), load)
}

// confab is the path of the program that is measured.
func confab(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(*program)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("no program to measure: %v", err)
	}
	return path
}
