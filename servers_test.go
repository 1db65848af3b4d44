package main_test

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// front is the one name of several servers: connections go to one after the other of those that live.
type front struct {
	url     string // for --signaling
	listen  net.Listener
	servers []string // addresses
	passing sync.WaitGroup

	mu     sync.Mutex
	next   int
	open   map[net.Conn]bool
	closed bool
}

// newFront makes one; it ends with the test.
func newFront(t *testing.T, servers []*signaling) *front {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &front{url: "ws://" + l.Addr().String(), listen: l, open: make(map[net.Conn]bool)}
	for _, s := range servers {
		u, err := url.Parse(s.url)
		if err != nil {
			t.Fatal(err)
		}
		f.servers = append(f.servers, u.Host)
	}
	f.passing.Go(f.accept)
	t.Cleanup(f.close)
	return f
}

func (f *front) accept() {
	for {
		from, err := f.listen.Accept()
		if err != nil {
			return
		}
		f.mu.Lock()
		begin := f.next
		f.next++
		f.mu.Unlock()
		f.passing.Go(func() { f.pass(from, begin) })
	}
}

// pass connects a client with the server whose turn it is, or the next one that lives.
func (f *front) pass(from net.Conn, begin int) {
	defer from.Close()
	for i := range f.servers {
		to, err := net.Dial("tcp", f.servers[(begin+i)%len(f.servers)])
		if err != nil {
			continue
		}
		defer to.Close()
		if !f.keep(from, to) {
			return
		}
		f.passing.Go(func() {
			defer to.Close()
			_, _ = io.Copy(to, from) // either end may go at any time
		})
		_, _ = io.Copy(from, to)
		return
	}
}

// keep notes connections that close has to end; false: it has been called.
func (f *front) keep(all ...net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range all {
		f.open[c] = true
	}
	return !f.closed
}

func (f *front) close() {
	f.listen.Close()
	f.mu.Lock()
	f.closed = true
	for c := range f.open {
		c.Close()
	}
	f.mu.Unlock()
	f.passing.Wait()
}

// TestAServerOfAClusterIsKilledMidCall: a room of four is spread over three servers that share it through a NATS
// cluster. Who was at the one that dies is back through another, as who it was; the calls notice nothing, and a
// newcomer through the third finds everybody.
func TestAServerOfAClusterIsKilledMidCall(t *testing.T) {
	c := newCluster(t)
	var servers []*signaling
	for _, address := range c.clients {
		servers = append(servers, serve(t, "127.0.0.1:0", "--cluster", "nats://"+address))
	}
	f := newFront(t, servers)
	var calls []*process
	for _, name := range []string{"Ana", "Ben", "Cleo", "Dora"} {
		p := join(t, program(t), f.url, "spread", name, small...)
		p.waitFor("joined", func() bool { return p.id() != "" })
		calls = append(calls, p)
	}
	for _, p := range calls {
		p.meets(others(p, calls)...)
	}
	goOn(calls...)
	ids := make(map[string]string)
	for _, p := range calls {
		ids[p.name] = p.id()
	}

	before := marks(calls)
	servers[0].kill()
	for _, p := range []*process{calls[0], calls[3]} { // the first and the fourth connection went there
		p.wait("told that signaling is interrupted", func(all []line) bool { return signalingIs("interrupted", all[before[p]:]) })
		p.wait("told that signaling is back", func(all []line) bool { return signalingIs("online", all[before[p]:]) })
	}
	goOn(calls...)

	eve := join(t, program(t), servers[2].url, "spread", "Eve", small...)
	eve.meets("Ana", "Ben", "Cleo", "Dora")
	for _, l := range eve.since(0, func(l line) bool { return l.Event == "peer" }) {
		if ids[l.Name] != l.ID {
			t.Errorf("the newcomer knows %s as %s, not as %q", l.Name, l.ID, ids[l.Name])
		}
	}
	for _, p := range calls {
		p.meets("Eve")
		for _, name := range others(p, calls) {
			checkUnchanged(t, p, before[p], name)
		}
	}
	for _, p := range append(calls, eve) {
		p.leaves()
	}
}
