package server

import (
	"net"
	"sync"
	"time"
)

const (
	// What comes from an address that is shut out waits unheard before it is closed: a flood that is closed at
	// once is back at once, and connecting costs a server more than a connection that it does not read.
	tarpitTime = 2 * time.Second
	tarpitSize = 256 // connections that wait; what comes beyond is closed at once
)

// door is a listener that does not hear what comes from an address that is shut out, and counts what the
// others send.
type door struct {
	net.Listener
	server *Server

	mu     sync.Mutex
	held   map[net.Conn]*time.Timer
	closed bool
}

func newDoor(l net.Listener, s *Server) *door {
	return &door{Listener: l, server: s, held: map[net.Conn]*time.Timer{}}
}

// Accept gives the next connection that is let in.
func (d *door) Accept() (net.Conn, error) {
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := c.RemoteAddr()
		if from == nil {
			return c, nil
		}
		now := time.Now()
		one := d.server.addresses.of(remote(from.String()), now)
		if one.shut(now) {
			d.server.metrics.shutOut.Add(1)
			d.hold(c)
			continue
		}
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetReadBuffer(receiveBuffer) // the system's own choice will do as well
		}
		return &countedConn{Conn: c, metrics: &d.server.metrics, from: one}, nil
	}
}

// hold lets a connection wait, and closes it.
func (d *door) hold(c net.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || len(d.held) >= tarpitSize {
		c.Close()
		return
	}
	d.held[c] = time.AfterFunc(tarpitTime, func() {
		d.mu.Lock()
		delete(d.held, c)
		d.mu.Unlock()
		c.Close()
	})
}

// Close closes the listener and what waits.
func (d *door) Close() error {
	d.mu.Lock()
	d.closed = true
	for c, timer := range d.held {
		timer.Stop()
		c.Close()
	}
	clear(d.held)
	d.mu.Unlock()
	return d.Listener.Close()
}
