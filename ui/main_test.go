package ui_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	// Fyne asks the desktop for its theme and language otherwise.
	for key, value := range map[string]string{
		"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent", "LANG": "en_US.UTF-8",
	} {
		if err := os.Setenv(key, value); err != nil {
			panic(err)
		}
	}
	// Fyne starts a goroutine of its own for its test driver, for the life of the process.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("fyne.io/fyne/v2/internal/async.(*UnboundedChan[...]).processing"))
}
