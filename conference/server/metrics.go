package server

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"sync/atomic"
	"time"
)

// metrics are the server's counters, for Prometheus' text format 0.0.4. Gauges are read when they are
// asked for.
type metrics struct {
	sockets   atomic.Uint64 // WebSockets ever opened
	messages  atomic.Uint64 // received
	sent      atomic.Uint64 // messages
	read      atomic.Uint64 // bytes, TLS included
	written   atomic.Uint64 // bytes, likewise
	joins     atomic.Uint64
	resumes   atomic.Uint64
	signals   atomic.Uint64 // passed on
	forwarded atomic.Uint64 // messages of clients, to instances that hold their rooms
	shutOut   atomic.Uint64 // connections closed unheard
	turned    atomic.Uint64 // WebSockets refused by a limit of connections
	refused   [len(codes)]atomic.Uint64

	relayed       atomic.Uint64 // bytes, both directions
	allocations   atomic.Uint64 // ever made
	credentials   atomic.Uint64
	relayRefused  atomic.Uint64 // permissions, packets and authentications
	relayingPeers atomic.Int64  // allocations of now
}

// codes are all there are, in the order in which they are listed.
var codes = [...]code{
	badMessage, tooLarge, protocolUnknown, unauthorized, badRoom, roomFull, roomLocked, alreadyJoined,
	notJoined, noSuchPeer, rateLimited, unknownType, kicked, replaced,
}

// refuse counts an error that was answered.
func (m *metrics) refuse(c code) {
	for i := range codes {
		if codes[i] == c {
			m.refused[i].Add(1)
		}
	}
}

// countedConn counts the bytes of a connection, and ends it when its address sends far too many.
type countedConn struct {
	net.Conn
	metrics *metrics
	from    *address
}

// attribute counts what c reads from now on for an address: a proxy has said for whom it speaks.
func attribute(c net.Conn, to *address) {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	if counted, ok := c.(*countedConn); ok {
		counted.from = to
	}
}

// Read ends the connection at a flood that the protocol's own limits do not see, such as one of pings.
func (c *countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.metrics.read.Add(uint64(n))
	if !c.from.receive(time.Now(), n) && c.from.flooded() {
		c.from.fault(time.Now())
		c.Conn.Close()
		return 0, net.ErrClosed
	}
	return n, err
}

func (c *countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.metrics.written.Add(uint64(n))
	return n, err
}

// census is what there is of each kind now.
type census struct{ sockets, rooms, members, away int }

func (s *Server) census() census {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := census{sockets: len(s.clients), rooms: len(s.rooms), members: len(s.members)}
	for _, r := range s.rooms {
		r.mu.Lock()
		for _, m := range r.members {
			if m.sock == nil {
				c.away++
			}
		}
		r.mu.Unlock()
	}
	return c
}

// serveMetrics answers whom they are for: this machine, and the addresses that may read them.
func (s *Server) serveMetrics(w http.ResponseWriter, r *http.Request) {
	forwarded := r.Header.Get("X-Forwarded-For") != "" && !s.addresses.trusts(remote(r.RemoteAddr))
	if forwarded || !s.mayWatch(s.addresses.client(r)) { // a proxy that we do not know of is no watcher
		http.Error(w, "metrics are not for this address", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	s.writeMetrics(w)
}

func (s *Server) mayWatch(ip netip.Addr) bool {
	if ip.IsLoopback() {
		return true
	}
	for _, p := range s.options.Watchers {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

func (s *Server) writeMetrics(w io.Writer) {
	m, c := &s.metrics, s.census()
	counter := func(name, help string, value uint64) {
		fmt.Fprintf(w, "# HELP confab_%s %s\n# TYPE confab_%s counter\nconfab_%s %d\n", name, help, name, name, value)
	}
	gauge := func(name, help string, value int) {
		fmt.Fprintf(w, "# HELP confab_%s %s\n# TYPE confab_%s gauge\nconfab_%s %d\n", name, help, name, name, value)
	}
	gauge("connections", "Connections of now: WebSockets, and sessions by polling.", c.sockets)
	gauge("rooms", "Rooms of now.", c.rooms)
	gauge("foreign_rooms", "Rooms of now of other programs.", s.parlours.count())
	gauge("members", "Members of all rooms, those who are away included.", c.members)
	gauge("members_away", "Members whose socket is lost and who may come back.", c.away)
	gauge("addresses", "Addresses that are counted.", s.addresses.count())
	gauge("relay_allocations", "TURN allocations of now.", int(m.relayingPeers.Load()))
	gauge("cluster_instances", "Instances of the cluster, this one included.", s.federation.Load().instances())
	gauge("goroutines", "Goroutines of the process.", runtime.NumGoroutine())
	counter("connections_total", "WebSockets ever opened.", m.sockets.Load())
	counter("connections_refused_total", "WebSockets refused by a limit of connections.", m.turned.Load())
	counter("connections_shut_out_total", "Connections of addresses that had sent nonsense, closed unheard.", m.shutOut.Load())
	counter("messages_received_total", "Messages received.", m.messages.Load())
	counter("messages_sent_total", "Messages sent.", m.sent.Load())
	counter("bytes_received_total", "Bytes received, those of TLS included.", m.read.Load())
	counter("bytes_sent_total", "Bytes sent, those of TLS included.", m.written.Load())
	counter("joins_total", "Joins that were granted.", m.joins.Load())
	counter("resumes_total", "Members that came back without missing anything.", m.resumes.Load())
	counter("signals_total", "Signals passed on.", m.signals.Load())
	counter("forwarded_total", "Messages of clients passed to the instance that holds their room.", m.forwarded.Load())
	counter("relay_credentials_total", "Credentials for the relay handed out.", m.credentials.Load())
	counter("relay_allocations_total", "TURN allocations ever made.", m.allocations.Load())
	counter("relay_bytes_total", "Bytes of packets relayed.", m.relayed.Load())
	counter("relay_refused_total", "Authentications, permissions and packets that the relay refused.", m.relayRefused.Load())
	fmt.Fprint(w, "# HELP confab_errors_total Errors answered, by their code.\n# TYPE confab_errors_total counter\n")
	for i := range codes {
		fmt.Fprintf(w, "confab_errors_total{code=%q} %d\n", codes[i], m.refused[i].Load())
	}
}
