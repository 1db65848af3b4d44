package main_test

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
)

// cluster is three NATS servers that know each other.
type cluster struct {
	t       *testing.T
	clients []string // addresses for clients
	routes  []string // addresses among the servers
	servers []*natsserver.Server
}

// newCluster starts one; it ends with the test.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{t: t, servers: make([]*natsserver.Server, 3)}
	for range c.servers {
		c.clients = append(c.clients, vacant(t))
		c.routes = append(c.routes, vacant(t))
	}
	t.Cleanup(func() {
		for i := range c.servers {
			c.kill(i)
		}
	})
	c.startAll()
	return c
}

// vacant is an address on which nobody listens.
func vacant(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (c *cluster) startAll() {
	c.t.Helper()
	for i := range c.servers {
		c.start(i)
	}
	for i, s := range c.servers {
		if !s.ReadyForConnections(patience) {
			c.t.Fatalf("NATS server %d does not start", i)
		}
	}
}

func (c *cluster) start(i int) {
	c.t.Helper()
	client, err := net.ResolveTCPAddr("tcp", c.clients[i])
	if err != nil {
		c.t.Fatal(err)
	}
	route, err := net.ResolveTCPAddr("tcp", c.routes[i])
	if err != nil {
		c.t.Fatal(err)
	}
	o := &natsserver.Options{
		ServerName: fmt.Sprintf("n%d", i), Host: "127.0.0.1", Port: client.Port, NoSigs: true, NoLog: true,
		Cluster: natsserver.ClusterOpts{Name: "confab", Host: "127.0.0.1", Port: route.Port},
		Routes:  natsserver.RoutesFromStr("nats://" + strings.Join(c.routes, ",nats://")),
	}
	s, err := natsserver.NewServer(o)
	if err != nil {
		c.t.Fatal(err)
	}
	s.Start()
	c.servers[i] = s
}

// kill ends a server and its clients' connections. One that has ended stays as it is.
func (c *cluster) kill(i int) {
	if c.servers[i] != nil {
		c.servers[i].Shutdown()
		c.servers[i].WaitForShutdown()
	}
}

// url names the servers, beginning with one.
func (c *cluster) url(i int) string {
	others := slices.Delete(slices.Clone(c.clients), i, i+1)
	return "nats://" + c.clients[i] + "?prefix=confab.&servers=" + strings.Join(others, ",")
}

// overCluster starts three participants, each at another server, who meet.
func overCluster(t *testing.T) (*cluster, []*process) {
	t.Helper()
	c := newCluster(t)
	var calls []*process
	for i, name := range []string{"Ana", "Ben", "Cleo"} {
		calls = append(calls, join(t, program(t), c.url(i), "cluster", name, small...))
	}
	for _, p := range calls {
		p.meets(others(p, calls)...)
	}
	return c, calls
}

// TestANATSServerIsKilledWhileSomebodyJoins: whoever was at the server that is gone goes to another one, and
// the newcomer finds everybody.
func TestANATSServerIsKilledWhileSomebodyJoins(t *testing.T) {
	c, calls := overCluster(t)
	mark := calls[0].mark()
	c.kill(0)
	dora := join(t, program(t), c.url(1), "cluster", "Dora", small...)
	dora.meets("Ana", "Ben", "Cleo")
	for _, p := range calls {
		p.meets("Dora")
	}
	calls[0].wait("told that signaling is back", func(all []line) bool { return signalingIs("online", all[mark:]) })
	calls = append(calls, dora)
	goOn(calls...)
	for _, p := range calls {
		p.leaves()
	}
}

// TestTheWholeNATSClusterIsKilledMidCall: a call goes on without it, also with what is new in it, and nothing
// is set up anew when the cluster is back.
func TestTheWholeNATSClusterIsKilledMidCall(t *testing.T) {
	c, calls := overCluster(t)
	goOn(calls...)
	var marks []int
	for _, p := range calls {
		marks = append(marks, p.mark())
	}
	for i := range c.servers {
		c.kill(i)
	}
	from := time.Now()
	for i, p := range calls {
		p.wait("told that signaling is interrupted", func(all []line) bool { return signalingIs("interrupted", all[marks[i]:]) })
	}
	goOn(calls...)
	calls[0].tell(`{"do":"share","source":"test","on":true}`)
	for _, p := range calls[1:] {
		p.gets("pictures of the screen", "Ana", screen, 10)
	}
	outlast(from, calls...)
	c.startAll()
	for i, p := range calls {
		p.wait("told that signaling is back", func(all []line) bool { return signalingIs("online", all[marks[i]:]) })
	}
	goOn(calls...)
	for i, p := range calls {
		staysConnected(t, p, marks[i])
	}
	dora := join(t, program(t), c.url(2), "cluster", "Dora", small...)
	dora.meets("Ana", "Ben", "Cleo")
	for _, p := range append(calls, dora) {
		p.leaves()
	}
}
