package guest_test

import (
	"flag"
	"testing"
	"time"

	"go.uber.org/goleak"
)

var (
	browserFolder = flag.String("browser", "", "hold calls with the page: `folder` with guest.mjs and playwright-core")
	program       = flag.String("confab", "../../../bin/confab", "the `program` of the others in the room")
	pictures      = flag.String("pictures", "", "`folder` to put pictures of the page into; empty: none are taken")
)

// patience is how long is waited for what must come. It is no figure of anybody's.
const patience = 90 * time.Second

func TestMain(m *testing.M) {
	flag.Parse()
	goleak.VerifyTestMain(m)
}

// await looks until good tells that it is so, or fails with what good says last.
func await(t *testing.T, what string, good func() (string, bool)) {
	t.Helper()
	look := time.NewTicker(200 * time.Millisecond)
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
