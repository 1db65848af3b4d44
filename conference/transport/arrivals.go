package transport

import (
	"encoding/binary"
	"sync"
	"time"
)

const (
	// arrivalsKept are remembered until their reader comes, in packets: over a second of 10 Mbit/s. A
	// power of 2.
	arrivalsKept = 1024
	// unreadAge is how long a packet may be on its way from its socket to its reader. One that is not
	// there by then was refused: a forgery, or a duplicate.
	unreadAge = 100 * time.Millisecond
)

// arrivals remember when packets of media came in at the sockets of a connection. Their readers, four
// goroutines of pion's further on, are late on a busy machine, by tens of milliseconds and in bursts: by
// their clocks a queue would stand on every path, and packets that only wait to be read would be lost.
type arrivals struct {
	began time.Time // of their clock

	mu   sync.Mutex
	kept [arrivalsKept]arrival // by place
}

// arrival is a packet of media that came in.
type arrival struct {
	at     time.Duration // of the arrivals' clock
	ssrc   uint32
	number uint16
	unread bool
}

func newArrivals() *arrivals { return &arrivals{began: time.Now()} }

// place is where a packet is kept, if it is.
func (a *arrivals) place(ssrc uint32, number uint16) *arrival {
	return &a.kept[(uint32(number)+ssrc*0x9e3779b1>>16)%arrivalsKept]
}

// came notes a packet that came in at a socket at an instant, if it is one of media.
func (a *arrivals) came(packet []byte, at time.Time) {
	number, ssrc, ok := mediaPacket(packet)
	if !ok {
		return
	}
	a.mu.Lock()
	*a.place(ssrc, number) = arrival{at.Sub(a.began), ssrc, number, true}
	a.mu.Unlock()
}

// read gives the time at which a packet came in that its reader has got by now; that is the present, if
// nothing is known of it.
func (a *arrivals) read(ssrc uint32, number uint16) time.Duration {
	now := time.Since(a.began)
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.place(ssrc, number)
	if p.ssrc != ssrc || p.number != number || !p.unread {
		return now
	}
	p.unread = false
	return p.at
}

// waiting tells whether something of one of these streams has come in that its reader has not got yet.
func (a *arrivals) waiting(streams map[uint32]bool) bool {
	from := time.Since(a.began) - unreadAge
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.kept {
		if p := &a.kept[i]; p.unread && p.at > from && streams[p.ssrc] {
			return true
		}
	}
	return false
}

// mediaPacket reads the number and the stream of a packet of RTP (RFC 3550 section 5.1, which SRTP leaves
// in the clear); false: it is something else (RFC 7983). One that came through a TURN server is in a
// channel (RFC 8656 section 12.4).
func mediaPacket(b []byte) (number uint16, ssrc uint32, ok bool) {
	if len(b) > channelHeader && b[0]>>4 == 4 {
		b = b[channelHeader:]
	}
	if len(b) < 12 || b[0]>>6 != 2 || b[1] >= 192 && b[1] <= 223 {
		return 0, 0, false
	}
	return binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[8:]), true
}
