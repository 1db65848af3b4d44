package server

import (
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// street is a listener whose connections a test makes.
type street struct{ callers chan net.Conn }

func (s street) Accept() (net.Conn, error) {
	if c, open := <-s.callers; open {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (s street) Close() error {
	close(s.callers)
	return nil
}

func (street) Addr() net.Addr { return &net.TCPAddr{} }

// passer is a connection from an address.
type passer struct {
	net.Conn

	from net.Addr
}

func (c passer) RemoteAddr() net.Addr { return c.from }

// TestAFloodIsKeptWaitingAtTheDoor: who has sent nonsense is not closed, to come back at once, but waits
// unheard; others are let in meanwhile, and nothing waits for longer than it should.
func TestAFloodIsKeptWaitingAtTheDoor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		outside := street{make(chan net.Conn)}
		d := newDoor(outside, s)
		in := make(chan net.Conn, 4)
		go func() {
			defer close(in)
			for {
				c, err := d.Accept()
				if err != nil {
					return
				}
				in <- c
			}
		}()
		flooder := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 66), Port: 1000}
		for range 2 * maxFaults {
			s.addresses.of(remote(flooder.String()), time.Now()).fault(time.Now())
		}
		// ring tells how long the door keeps somebody; 0: it is closed at once, or let in.
		ring := func(from net.Addr) <-chan time.Duration {
			here, there := net.Pipe()
			begin, ended := time.Now(), make(chan time.Duration, 1)
			outside.callers <- passer{there, from}
			go func() {
				if _, err := here.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
					t.Errorf("read: %v, want io.EOF", err)
				}
				here.Close()
				ended <- time.Since(begin)
			}()
			synctest.Wait()
			return ended
		}
		waiting := make([]<-chan time.Duration, tarpitSize)
		for i := range waiting {
			waiting[i] = ring(flooder)
		}
		if kept := <-ring(flooder); kept != 0 {
			t.Errorf("one too many was kept for %v", kept)
		}
		guest := ring(&net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 1000})
		(<-in).Close()
		if kept := <-guest; kept != 0 {
			t.Errorf("a guest waited for %v", kept)
		}
		for _, ended := range waiting {
			if kept := <-ended; kept != tarpitTime {
				t.Fatalf("kept for %v, want %v", kept, tarpitTime)
			}
		}
		last := ring(flooder)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if kept := <-last; kept != 0 {
			t.Errorf("kept for %v although the door was closed", kept)
		}
		if c, open := <-in; open {
			t.Errorf("the flood was let in: %v", c.RemoteAddr())
		}
	})
}
