// Package vigil notices at once what a connection finds out by a long silence: that the machine has slept
// while the other end gave it up, or has lost the address that it speaks from, as after a change of network.
// Until then signals would go into a connection from which nothing comes back.
package vigil

import (
	"errors"
	"net"
	"time"
)

// interval is between two looks. One takes some 30 us.
const interval = 2 * time.Second

var (
	errSlept = errors.New("the machine slept")
	errMoved = errors.New("the machine has another address now")
)

// Options say what is watched.
type Options struct {
	Local    net.Addr                   // the connection's own; one that is no TCP address is not looked for
	Patience time.Duration              // who slept for longer is given up by the other end; 0: 25 s
	Machine  func() ([]net.Addr, error) // the machine's addresses; nil: as the system tells them
}

// Watch waits until a connection cannot be alive any more, and says why, or until done is closed: nil.
func Watch(done <-chan struct{}, o Options) error {
	if o.Patience == 0 {
		o.Patience = 25 * time.Second
	}
	if o.Machine == nil {
		o.Machine = net.InterfaceAddrs
	}
	w := newWatcher(time.Now(), o)
	clock := time.NewTicker(interval)
	defer clock.Stop()
	for {
		select {
		case <-done:
			return nil
		case <-clock.C:
		}
		if err := w.look(time.Now()); err != nil {
			return err
		}
	}
}

// watcher compares two looks. Its user tells the time.
type watcher struct {
	options Options
	ip      net.IP // nil: it cannot be looked for
	last    time.Time
}

func newWatcher(now time.Time, o Options) *watcher {
	w := &watcher{options: o, last: now}
	if a, ok := o.Local.(*net.TCPAddr); ok && !a.IP.IsLoopback() {
		w.ip = a.IP
	}
	if w.moved() { // an address that is on no interface to begin with
		w.ip = nil
	}
	return w
}

// look is an error if the connection cannot be alive.
func (w *watcher) look(now time.Time) error {
	gap := now.Round(0).Sub(w.last.Round(0)) // by the wall clock: the other one may stand still in sleep
	w.last = now
	switch {
	case gap >= w.options.Patience:
		return errSlept
	case w.moved():
		return errMoved
	}
	return nil
}

// moved tells whether the machine has the connection's address no more. A machine that does not tell has it.
func (w *watcher) moved() bool {
	if w.ip == nil {
		return false
	}
	all, err := w.options.Machine()
	if err != nil {
		return false
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.Equal(w.ip) {
			return false
		}
	}
	return true
}
