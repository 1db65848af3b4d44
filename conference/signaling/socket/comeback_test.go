package socket_test

import (
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/signaling"
	"confab/conference/signaling/socket"
)

func TestPausesGrowUntilASocketHasLivedForSomeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := socket.NewComeback(nil)
		defer c.Stop()
		pause := func() time.Duration { return untilNow(c) }
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

// untilNow is how long it takes until an attempt is to be made.
func untilNow(c *socket.Comeback) time.Duration {
	start := time.Now()
	for <-c.Due(); !c.Now(); <-c.Due() {
	}
	return time.Since(start)
}

func TestANetworkThatIsBackIsTriedSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var up atomic.Bool
		c := socket.NewComeback(func() ([]net.Addr, error) {
			all := []net.Addr{&net.IPNet{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)}}
			if up.Load() {
				all = append(all, &net.IPNet{IP: net.IPv4(192, 0, 2, 7), Mask: net.CIDRMask(24, 32)})
			}
			return all, nil
		})
		defer c.Stop()
		time.Sleep(time.Minute)
		c.Lost()
		for range 8 { // until the pauses are long
			untilNow(c)
			c.Failed(signaling.ErrUnreachable)
		}
		up.Store(true)
		if took := untilNow(c); took > 2*time.Second {
			t.Errorf("an attempt is made %v after the network is back", took)
		}
		c.Failed(signaling.ErrUnreachable) // it has no route yet
		if took := untilNow(c); took > time.Second {
			t.Errorf("the next one is made %v later", took)
		}
	})
}

func TestARefusalIsToldOnce(t *testing.T) {
	c := socket.NewComeback(nil)
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
