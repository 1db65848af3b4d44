package socket_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/signaling"
	"confab/conference/signaling/socket"
)

func TestPausesGrowUntilASocketHasLivedForSomeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := socket.NewComeback()
		defer c.Stop()
		pause := func() time.Duration {
			start := time.Now()
			<-c.Due()
			return time.Since(start)
		}
		c.Lost()
		for n := range 8 {
			if got, least := pause(), signaling.RetryPause(n, 0); got < least || got > least*5/3 {
				t.Errorf("pause %d is %v, want %v and a spread of a quarter either way", n, got, least*4/3)
			}
			c.Failed(signaling.ErrUnreachable)
		}
		c.Entered()
		time.Sleep(time.Second)
		c.Lost()
		if got := pause(); got < 6*time.Second {
			t.Errorf("after a socket of a second the pause is %v", got)
		}
		c.Entered()
		time.Sleep(time.Minute)
		c.Lost()
		if got := pause(); got > time.Second {
			t.Errorf("after a socket of a minute the pause is %v", got)
		}
	})
}

func TestARefusalIsToldOnce(t *testing.T) {
	c := socket.NewComeback()
	defer c.Stop()
	full := fmt.Errorf("join: %w", signaling.ErrRoomFull)
	for i, step := range []struct {
		err  error
		tell bool
	}{
		{signaling.ErrUnreachable, false},
		{full, true},
		{full, false},
		{signaling.ErrUnreachable, false},
		{full, false},
		{signaling.ErrUnauthorized, true},
		{full, true},
	} {
		if tell := c.Failed(step.err); tell != step.tell {
			t.Errorf("failure %d, %v: told %v", i, step.err, tell)
		}
	}
	c.Entered()
	if !c.Failed(full) {
		t.Error("a refusal after the room was entered is not told")
	}
}

func TestWhoWasSentAwayDoesNotComeBack(t *testing.T) {
	for err, want := range map[error]bool{
		signaling.ErrKicked: true, signaling.ErrReplaced: true, signaling.ErrRoomFull: false, signaling.ErrUnreachable: false,
	} {
		if got := socket.Final(fmt.Errorf("server: %w", err)); got != want {
			t.Errorf("%v: final %v", err, got)
		}
	}
}
