package server

import (
	"testing"
	"time"
)

func TestRateIsAnAverageOverTheWindow(t *testing.T) {
	var b bucket
	now := time.Unix(1000, 0)
	for i := range 3000 {
		if !b.take(now) {
			t.Fatalf("message %d of a burst is refused", i)
		}
	}
	if b.take(now) {
		t.Error("3001 messages at once are taken")
	}
	now = now.Add(time.Second)
	taken := 0
	for range 500 {
		if b.take(now) {
			taken++
		}
	}
	if taken != 199 { // the refused one counts as well
		t.Errorf("%d messages are taken a second later, want 199", taken)
	}
	var steady bucket
	for i := range 10000 {
		now = now.Add(5 * time.Millisecond)
		if !steady.take(now) {
			t.Fatalf("message %d at 200 a second is refused", i)
		}
	}
}
