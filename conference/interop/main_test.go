// Package interop_test holds calls between Confab and the programs of other systems: pages with Ant
// Media's SDK, and pages with socket.io-client, in Chromium; over the real socket.io, and over what
// `confab serve` speaks. Tests with a browser run by make test-interop, which fetches the packages; those
// between two Confabs run always.
package interop_test

import (
	"flag"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"
)

var (
	browserFolder = flag.String("browser", "", "hold calls with pages: `folder` with driver.mjs and its packages")
	logLevel      = &slog.LevelVar{} // of the people with Confab
)

// patience is how long is waited for what must come. It is no figure of anybody's.
const patience = 60 * time.Second

func TestMain(m *testing.M) {
	logLevel.Set(slog.LevelWarn)
	flag.TextVar(logLevel, "level", logLevel, "log `level` of the people with Confab")
	goleak.VerifyTestMain(m)
}

// await looks until good tells that it is so, or fails with what good says last.
func await(t *testing.T, what string, good func() (string, bool)) {
	t.Helper()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	deadline := time.Now().Add(patience)
	for {
		now, ok := good()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come: %s", what, now)
		}
		<-look.C
	}
}
