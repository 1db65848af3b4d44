package nats_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"strconv"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"confab/conference/signaling"
	"confab/conference/signaling/nats"
)

// patience is how long a test waits for what happens at once, on a busy machine.
const patience = 20 * time.Second

// serve runs a NATS server until the test ends. Ports of 0 are chosen.
func serve(t *testing.T, o natsserver.Options) *natsserver.Server {
	t.Helper()
	o.NoSigs, o.NoLog = true, true
	if o.Host == "" {
		o.Host = "127.0.0.1"
	}
	if o.Port == 0 {
		o.Port = -1
	}
	s, err := natsserver.NewServer(&o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { stop(s) })
	if !s.ReadyForConnections(patience) {
		t.Fatal("NATS server does not start")
	}
	return s
}

func stop(s *natsserver.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// cluster runs three servers that know each other.
func cluster(t *testing.T) []*natsserver.Server {
	t.Helper()
	var servers []*natsserver.Server
	routes := ""
	for i := range 3 {
		o := natsserver.Options{ServerName: fmt.Sprintf("n%d", i), Port: free(t)}
		o.Cluster = natsserver.ClusterOpts{Name: "confab", Host: "127.0.0.1", Port: -1}
		if routes != "" {
			o.Routes = natsserver.RoutesFromStr(routes)
		}
		s := serve(t, o)
		if routes == "" {
			routes = "nats://" + s.ClusterAddr().String()
		}
		servers = append(servers, s)
	}
	await(t, "the cluster", func() bool {
		for _, s := range servers {
			if s.NumRoutes() == 0 {
				return false
			}
		}
		return true
	})
	return servers
}

// free is a port that nobody listens on; a server that is started again needs the same. It is none of those that
// systems give to connections on their way out, or it might be taken when it is needed.
func free(t *testing.T) int {
	t.Helper()
	for range 100 {
		n := 20000 + rand.N(12000)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(n)))
		if err == nil {
			l.Close()
			return n
		}
	}
	t.Fatal("no port is free")
	return 0
}

func port(s *natsserver.Server) string { return strconv.Itoa(s.Addr().(*net.TCPAddr).Port) }

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: nothing after %s", what, patience)
		}
	}
}

// open makes a driver.
func open(t *testing.T, raw string) signaling.Driver {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	d, err := nats.Open(t.Context(), u, signaling.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// join enters a room; the session is left when the test ends.
func join(t *testing.T, raw, room, name string) signaling.Session {
	t.Helper()
	s, err := open(t, raw).Join(t.Context(), room, signaling.Peer{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { leave(t, s) })
	return s
}

func leave(t *testing.T, s signaling.Session) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Leave(ctx); err != nil {
		t.Errorf("Leave: %v", err)
	}
}

// next waits for a message of the wanted type, and passes over others.
func next[M signaling.Message](t *testing.T, s signaling.Session) M {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case m, ok := <-s.Messages():
			if !ok {
				t.Fatalf("the session is over: %v", s.Err())
			}
			if m, ok := m.(M); ok {
				return m
			}
		case <-deadline:
			var want M
			t.Fatalf("no %T came", want)
		}
	}
}
