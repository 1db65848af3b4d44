// Package beacon tells everybody on the local network who is there, without a server.
//
// A [Station] speaks on every interface that is up and running, by IPv4 and IPv6, to a multicast group of
// our own. There are three packets: "hi" asks who is there, and whoever is in a room answers within 20 ms,
// spread so that not all speak at once; "am" says so again each second; "bye" says that it is over. Who
// was not heard for three seconds is gone. Interfaces may come and go: they are looked at twice a second.
//
// "am" and "bye" are signed by the key that names their sender, and counted, so that nobody can speak for
// somebody else or play old packets again. That is all: whoever has a key may claim any room, and what
// comes of that is a line in a list. Packets whose sender is not on our own links are dropped unread; so
// is what comes faster than anybody speaks.
//
// To the reader, a station is a list of [Heard] that changes by itself.
package beacon

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"sync"
	"time"
)

const (
	interval   = time.Second            // of "am"
	interfaces = 500 * time.Millisecond // between two looks at the interfaces
	jitter     = 20 * time.Millisecond  // of an answer to "hi", at most
	quiet      = 100 * time.Millisecond // between two answers, at least: a flood of "hi" is answered ten times a second
	late       = 3 * time.Second        // a tick that comes so late means that the machine slept
)

// Options say how a station works.
type Options struct {
	Key    ed25519.PrivateKey // who speaks; nil: a new one
	Open   func() (Ether, error)
	Logger *slog.Logger // nil: discard
}

// Station is heard by others while it has something to announce, and hears them. All methods are safe from
// any goroutine.
type Station struct {
	changed chan struct{} // capacity 1: "look again"
	poke    chan struct{} // capacity 1: there is something new to say
	cancel  context.CancelFunc
	done    chan struct{} // closed by the loop, its last act

	mu         sync.Mutex
	announced  *Announcement
	heard      []Heard
	interfaces []Interface
}

// Start begins to listen and asks who is there. While the ether cannot be opened it is tried again twice a
// second. Close ends the station.
func Start(o Options) *Station {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Key == nil {
		_, o.Key, _ = ed25519.GenerateKey(nil) // never fails: it ends the program instead
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Station{changed: make(chan struct{}, 1), poke: make(chan struct{}, 1), cancel: cancel, done: make(chan struct{})}
	l := newLoop(s, o)
	l.look() // so that Interfaces has an answer at once
	go l.run(ctx)
	return s
}

// Announce says from now on that we are in a room, at once and each second; nil: no more.
func (s *Station) Announce(a *Announcement) {
	if a != nil {
		copied := *a
		a = &copied
	}
	s.mu.Lock()
	s.announced = a
	s.mu.Unlock()
	wake(s.poke)
}

// Heard is who is there now, in the order of their keys. The list must not be changed.
func (s *Station) Heard() []Heard {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.heard
}

// Interfaces are those that the station speaks on now. The list must not be changed.
func (s *Station) Interfaces() []Interface {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.interfaces
}

// Changed has a value in it when Heard or Interfaces may have changed since it was last read from. It is
// for one reader.
func (s *Station) Changed() <-chan struct{} { return s.changed }

// Close says bye and ends the station. Any number of times.
func (s *Station) Close() error {
	s.cancel()
	<-s.done
	return nil
}

// wake fills a channel of capacity 1.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it will look anyway
	}
}
