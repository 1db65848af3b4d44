package conference

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"confab/conference/data"
	"confab/conference/media/send"
	"confab/conference/mesh"
	"confab/conference/signaling"
	"confab/conference/transport"
	"confab/conference/transport/pace"
)

// Role is our part in a connection.
type Role = mesh.Role

// The roles.
const (
	Offerer  = mesh.Offerer
	Answerer = mesh.Answerer
)

// PeerConnection is our connection to one remote client, as offerer or answerer. A channel makes and
// opens its connections by itself; with Options.Manual the caller does. All methods are safe from any
// goroutine.
type PeerConnection struct {
	client RemoteClient
	serial string // tells the connections to one client apart
	role   Role
	// foreign: the other end is another program.
	foreign bool
	loop    *loop
	media   *RemoteMedia
	lane    *lane
	opened  atomic.Bool
	end     chan struct{} // closed in the last state
	up      chan struct{} // closed at Connected
	state   atomic.Uint32
	trip    atomic.Int64 // round trip of the last second, nanoseconds

	// Owned by the loop.
	conn    signaling.ConnID
	pair    *transport.Conn
	control bool                     // its channel is open
	out     atomic.Pointer[outbound] // nil before Connected
	early   []data.View              // that came before senders were there
	shows   int                      // pixels of height in which the peer shows our camera; 0: it does not
	pinned  map[Slot]bool            // the peer has pinned what we send in the slot
	tracks  sync.WaitGroup
	recent  budget // what the peer may send over the control channel

	mu             sync.Mutex
	err            error
	remoteClosed   bool
	remoteRejected bool
}

// outbound is our share of the senders; it does not change once it is there.
type outbound struct {
	path  *pace.Path
	video map[Slot]*send.VideoPeer
	sound map[Slot]*send.AudioPeer
}

// Role is our part.
func (p *PeerConnection) Role() Role { return p.role }

// RemoteClient is who is at the other end.
func (p *PeerConnection) RemoteClient() RemoteClient { return p.client }

// Media is what the other end sends.
func (p *PeerConnection) Media() *RemoteMedia { return p.media }

// State is where the connection stands. A path under repair is still Connected.
func (p *PeerConnection) State() ConnectionState { return ConnectionState(p.state.Load()) }

// Err is why the connection failed, nil if it did not.
func (p *PeerConnection) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// RemoteClosed tells whether the other end closed the connection, or left the channel.
func (p *PeerConnection) RemoteClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.remoteClosed
}

// RemoteRejected tells whether the other end did not want our offer.
func (p *PeerConnection) RemoteRejected() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.remoteRejected
}

// Open starts the connection and returns nil at Connected, ErrClosed when it was closed before, or why
// it failed (ErrNotEstablished after 30 s). It can be called once, then it returns ErrOpened; the
// channel has opened what it made by itself. ctx ends the waiting, not the connection.
func (p *PeerConnection) Open(ctx context.Context) error {
	if p.opened.Swap(true) {
		return ErrOpened
	}
	if !p.loop.work.put(func() { p.loop.open(p) }) {
		return ErrClosed
	}
	return p.wait(ctx)
}

// wait returns at Connected or at the end.
func (p *PeerConnection) wait(ctx context.Context) error {
	select {
	case <-p.up:
		return nil
	case <-p.end:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := p.Err(); err != nil {
		return err
	}
	return ErrClosed
}

// Close closes the connection: Closing, Closed. The other end is told. Any number of times; it returns
// within 2 s. The client stays in the channel.
func (p *PeerConnection) Close() error {
	if !p.loop.work.put(func() { p.loop.disconnect(p) }) {
		return nil
	}
	deadline := time.NewTimer(2 * time.Second)
	defer deadline.Stop()
	select {
	case <-p.end:
		return nil
	case <-p.loop.done:
		return nil
	case <-deadline.C:
		return ErrStuck
	}
}

// lane runs what blocks on one connection, in order, on a goroutine of its own.
type lane struct {
	work *queue
	stop chan struct{}
	done chan struct{}
}

func newLane() *lane {
	l := &lane{work: newQueue(), stop: make(chan struct{}), done: make(chan struct{})}
	go l.run() // ends at close
	return l
}

func (l *lane) run() {
	defer close(l.done)
	for {
		select {
		case <-l.stop:
			return
		case <-l.work.ready:
		}
		for _, f := range l.work.take() {
			f()
		}
	}
}

// do adds work; after close it is dropped.
func (l *lane) do(f func()) { l.work.put(f) }

// close ends the lane after the work at hand; what waits is dropped.
func (l *lane) close() {
	l.work.close()
	close(l.stop)
}

// budget bounds how many messages somebody may send: 200 a second over 15 s.
type budget struct {
	from  time.Time
	count int
}

const (
	budgetSpan = 15 * time.Second
	budgetSize = 200 * 15
)

func (b *budget) allows(now time.Time) bool {
	if now.Sub(b.from) > budgetSpan {
		b.from, b.count = now, 0
	}
	b.count++
	return b.count <= budgetSize
}
