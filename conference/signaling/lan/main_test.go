package lan_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if room := os.Getenv(guestRoom); room != "" {
		os.Exit(beGuest(room, os.Getenv(guestName), os.Getenv(guestURL)))
	}
	goleak.VerifyTestMain(m)
}
