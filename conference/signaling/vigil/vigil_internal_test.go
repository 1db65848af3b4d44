package vigil

import (
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// machine has one address after the other.
type machine struct{ now atomic.Pointer[net.IPNet] }

func (m *machine) addresses() ([]net.Addr, error) {
	if n := m.now.Load(); n != nil {
		return []net.Addr{n}, nil
	}
	return nil, errors.New("not told")
}

func network(text string) *net.IPNet {
	return &net.IPNet{IP: net.ParseIP(text), Mask: net.CIDRMask(24, 32)}
}

func TestASleepThatWasLongerThanPatienceIsSeenByTheWallClock(t *testing.T) {
	start := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	w := newWatcher(start, Options{Patience: 25 * time.Second})
	for _, c := range []struct {
		after time.Duration
		want  error
	}{
		{2 * time.Second, nil},
		{26 * time.Second, nil}, // a short nap
		{time.Second, nil},      // the clock was set back
		{time.Hour, errSlept},
		{time.Hour + interval, nil},
	} {
		if err := w.look(start.Add(c.after)); !errors.Is(err, c.want) {
			t.Errorf("after %v: %v, want %v", c.after, err, c.want)
		}
	}
}

func TestAnAddressThatIsGoneEndsTheWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m machine
		m.now.Store(network("192.0.2.7"))
		ended := make(chan error, 1)
		go func() {
			ended <- Watch(nil, Options{Local: &net.TCPAddr{IP: net.ParseIP("192.0.2.7"), Port: 5}, Machine: m.addresses})
		}()
		time.Sleep(time.Hour)
		m.now.Store(nil)
		time.Sleep(time.Minute)
		select {
		case err := <-ended:
			t.Fatalf("ended by %v while the address may be there", err)
		default:
		}
		m.now.Store(network("198.51.100.7"))
		time.Sleep(interval)
		if err := <-ended; !errors.Is(err, errMoved) {
			t.Errorf("ended by %v, want errMoved", err)
		}
	})
}

func TestWhatCannotBeLookedForIsLeftAlone(t *testing.T) {
	for name, local := range map[string]net.Addr{
		"a pipe":                 &net.UnixAddr{Name: "pipe", Net: "pipe"},
		"the loopback":           &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)},
		"an address of nobody's": &net.TCPAddr{IP: net.IPv4(203, 0, 113, 1)},
		"nothing":                nil,
	} {
		synctest.Test(t, func(t *testing.T) {
			var m machine
			m.now.Store(network("192.0.2.7"))
			done := make(chan struct{})
			time.AfterFunc(time.Hour, func() { close(done) })
			if err := Watch(done, Options{Local: local, Machine: m.addresses}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

func TestThisMachineIsWatched(t *testing.T) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Skip(err)
	}
	for _, a := range all {
		n, ok := a.(*net.IPNet)
		if !ok || n.IP.IsLoopback() {
			continue
		}
		o := Options{Local: &net.TCPAddr{IP: n.IP}, Patience: time.Hour, Machine: net.InterfaceAddrs}
		w := newWatcher(time.Now(), o)
		if err := w.look(time.Now()); err != nil || w.ip == nil {
			t.Errorf("%s: %v, looked for: %v", n, err, w.ip != nil)
		}
	}
}
