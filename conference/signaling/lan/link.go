package lan

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"confab/conference/signaling"
)

const (
	pingInterval = time.Second
	silence      = 3 * time.Second // without a word the other end is away
	stale        = 1500 * time.Millisecond
	writeWait    = 3 * time.Second
	maxQueued    = 256 // messages that wait for the network; one more ends the link
	messageRate  = 100 // a second that a member may send us
	messageBurst = 1000
)

var (
	errFlood  = errors.New("more messages than anybody needs")
	errSilent = errors.New("it does not say who it is")
)

// link is one connection to a member: one goroutine reads and one writes.
type link struct {
	conn   net.Conn // TLS
	peer   signaling.PeerID
	dialed bool // by us
	remote netip.AddrPort

	out   chan []byte // capacity maxQueued: the session's loop must not wait
	stop  chan struct{}
	heard atomic.Int64 // when the last message came, in nanoseconds since epoch
	epoch time.Time

	broken func() // ends the connection, once
	wg     sync.WaitGroup
}

// arrival is a message of a link, or its end.
type arrival struct {
	link *link
	data []byte
	err  error // why it ended; data is nil
}

// newLink starts a guest's link; what arrives goes to arrivals. close ends it.
func newLink(g *guest, arrivals chan<- arrival) *link {
	k := &link{
		conn: g.conn, peer: g.peer, dialed: g.dialed,
		out: make(chan []byte, maxQueued), stop: make(chan struct{}), epoch: time.Now(),
	}
	k.remote, _ = remote(g.conn)
	k.broken = sync.OnceFunc(func() {
		close(k.stop)
		raw(k.conn).Close() // not TLS's close, which may wait for the network
	})
	k.wg.Go(func() { k.read(arrivals) })
	k.wg.Go(k.write)
	return k
}

// raw is the connection below TLS.
func raw(c net.Conn) net.Conn {
	if t, ok := c.(interface{ NetConn() net.Conn }); ok {
		return t.NetConn()
	}
	return c
}

// read passes messages on until the link ends.
func (k *link) read(arrivals chan<- arrival) {
	defer k.broken()
	tokens, at := float64(messageBurst), k.epoch
	for {
		err := k.conn.SetReadDeadline(time.Now().Add(silence))
		var data []byte
		if err == nil {
			data, err = readFrame(k.conn, maxFrame)
		}
		now := time.Now()
		k.heard.Store(int64(now.Sub(k.epoch)))
		tokens, at = min(messageBurst, tokens+now.Sub(at).Seconds()*messageRate)-1, now
		if err == nil && tokens < 0 {
			err = errFlood
		}
		if err != nil {
			data = nil
		}
		select {
		case arrivals <- arrival{k, data, err}:
		case <-k.stop:
			return
		}
		if err != nil {
			return
		}
	}
}

// write sends what is queued until the link ends.
func (k *link) write() {
	for {
		select {
		case <-k.stop:
			return
		case data := <-k.out:
			err := k.conn.SetWriteDeadline(time.Now().Add(writeWait))
			if err == nil {
				_, err = k.conn.Write(data)
			}
			if err != nil {
				raw(k.conn).Close() // the reader tells
				return
			}
		}
	}
}

// send queues a message. A link whose network does not take so many is broken: its reader tells.
func (k *link) send(message any) {
	select {
	case k.out <- encode(message):
	default:
		raw(k.conn).Close()
	}
}

// silent tells whether the other end missed a ping.
func (k *link) silent(now time.Time) bool {
	return now.Sub(k.epoch)-time.Duration(k.heard.Load()) >= stale
}

// close ends the link and waits for its goroutines.
func (k *link) close() {
	k.broken()
	k.wg.Wait()
}
