package transport

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v4"

	"confab/conference/media"
)

// Role is a side's part in every negotiation of a connection.
type Role uint8

// The roles.
const (
	Offerer Role = iota + 1
	Answerer
)

// String is offerer or answerer.
func (r Role) String() string {
	switch r {
	case Offerer:
		return "offerer"
	case Answerer:
		return "answerer"
	}
	return fmt.Sprintf("Role(%d)", uint8(r))
}

// closeDeadline is how long Close waits for pion.
const closeDeadline = 2 * time.Second

// Conn is one connection to one peer. All methods are safe from any goroutine; those that negotiate
// (Offer, Answer, Accept, AddCandidates) run one at a time, in the order of their calls.
type Conn struct {
	engine   *Engine
	role     Role
	pc       *webrtc.PeerConnection
	sctp     *webrtc.SCTPTransport
	dtls     *webrtc.DTLSTransport
	ice      *webrtc.ICETransport
	post     func(Event)
	log      *slog.Logger
	outbound [4]*Outbound // by slot, from Microphone
	control  control
	foreign  *foreign // nil: the other side is Confab
	local    gathered // our candidates on their way out
	numbers  *numbering
	unpacker *unpacker

	wake    chan struct{} // capacity 1: a state or a candidate is there
	closing chan struct{} // closed when Close begins
	closed  chan struct{} // closed when Close is over
	begun   atomic.Bool   // Close has been called
	ended   error         // of Close, once closed is closed

	path    atomic.Uint32 // webrtc.ICEConnectionState
	secure  atomic.Uint32 // webrtc.DTLSTransportState
	secured atomic.Bool   // the handshake is done: media may leave
	hungUp  atomic.Bool   // the other side has closed

	reported State // owned by run

	turn   chan struct{} // capacity 1: full while Offer, Answer, Accept or AddCandidates runs
	agreed negotiation   // owned by whoever has the turn

	mu           sync.Mutex
	shut         bool // no goroutine may start any more
	fingerprints []certificate
	slots        map[string]media.Slot // by mid
	inbound      map[media.Slot]*Inbound
	work         sync.WaitGroup // our goroutines
}

// NewConn makes a connection that does nothing yet. Events go to post, which must not block; it is
// called from several goroutines, also before NewConn has returned.
func (e *Engine) NewConn(role Role, post func(Event)) (*Conn, error) {
	return e.newConn(role, nil, post)
}

func (e *Engine) newConn(role Role, f *foreign, post func(Event)) (*Conn, error) {
	if role != Offerer && role != Answerer {
		return nil, fmt.Errorf("new connection: %v is no role", role)
	}
	numbers, clocks, unpacker, came := newNumbering(), newSourceClocks(), newUnpacker(), newArrivals()
	pc, err := e.newPeerConnection([]interceptor.Factory{numbers, clocks, newReporter(came, e.log)}, unpacker, came)
	if err != nil {
		return nil, fmt.Errorf("new connection: %w", err)
	}
	c := &Conn{
		engine:   e,
		role:     role,
		pc:       pc,
		numbers:  numbers,
		unpacker: unpacker,
		sctp:     pc.SCTP(),
		post:     post,
		foreign:  f,
		log:      e.log.With("role", role.String()),
		wake:     make(chan struct{}, 1),
		closing:  make(chan struct{}),
		closed:   make(chan struct{}),
		turn:     make(chan struct{}, 1),
		reported: StateNew,
		slots:    map[string]media.Slot{},
		inbound:  map[media.Slot]*Inbound{},
	}
	// Asked for once: while pion closes, it holds the lock that these need for up to 0.4 s.
	c.dtls = c.sctp.Transport()
	c.ice = c.dtls.ICETransport()
	for i, s := range media.Slots() {
		c.outbound[i] = newOutbound(s, &c.secured, numbers, clocks)
	}
	c.watchState()
	c.watchPath()
	pc.OnICECandidate(c.foundCandidate)
	pc.OnTrack(c.startTrack)
	if f != nil {
		pc.OnDataChannel(c.receiveChannel)
	}
	c.spawn(c.run)
	if role == Offerer {
		if err := c.openLines(); err != nil {
			return nil, fmt.Errorf("new connection: %w", errors.Join(err, c.Close()))
		}
	}
	return c, nil
}

// openLines makes the media lines and the control channel, in their order.
func (c *Conn) openLines() error {
	if c.foreign != nil && c.foreign.Tunnel {
		return c.openControl()
	}
	for _, o := range c.outbound {
		if c.foreign != nil && !foreignSlot(o.slot) {
			continue
		}
		t, err := c.pc.AddTransceiverFromTrack(o, webrtc.RTPTransceiverInit{
			Direction: webrtc.RTPTransceiverDirectionSendrecv,
		})
		if err != nil {
			return fmt.Errorf("add line %s: %w", o.slot, err)
		}
		c.readSender(o, t.Sender())
	}
	if c.foreign != nil {
		return c.openText(c.foreign.Text)
	}
	return c.openControl()
}

// Outbound is where the packets of a slot are written. It is there from the start for all four slots,
// and nil for what is no slot.
func (c *Conn) Outbound(s media.Slot) *Outbound {
	if s < media.Microphone || s > media.ScreenAudio {
		return nil
	}
	return c.outbound[s-media.Microphone]
}

// run posts what must come in order: states, and candidates in batches.
func (c *Conn) run() {
	timer := time.NewTimer(idle)
	defer timer.Stop()
	for {
		select {
		case <-c.closing:
			return
		case <-c.wake:
		case <-timer.C:
		}
		c.reportState()
		batch, wait := c.local.take(time.Now())
		if len(batch) > 0 {
			c.tell(CandidatesFound{batch})
		}
		timer.Reset(wait)
	}
}

// poke makes run look again. It never blocks.
func (c *Conn) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// tell posts an event, unless Close has been called.
func (c *Conn) tell(e Event) {
	if !c.isClosing() {
		c.post(e)
	}
}

// takeTurn waits until no other step of the negotiation runs; false: the connection is closing.
func (c *Conn) takeTurn() bool {
	select {
	case c.turn <- struct{}{}:
		if !c.isClosing() {
			return true
		}
		<-c.turn
	case <-c.closing:
	}
	return false
}

func (c *Conn) leaveTurn() { <-c.turn }

func (c *Conn) isClosing() bool {
	select {
	case <-c.closing:
		return true
	default:
		return false
	}
}

// spawn runs f on a goroutine that Close waits for; after Close it does nothing.
func (c *Conn) spawn(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.shut {
		c.work.Go(f)
	}
}

// Close ends the connection: the other side sees it closed, tracks end with io.EOF, nothing is posted
// any more. It can be called any number of times, from any goroutine but not from post, and returns
// within 2 s; ErrCloseTimeout says that something of pion's still hangs then, such as the search for a
// TURN server that does not answer, which ends by itself some 10 s after it began.
func (c *Conn) Close() error {
	if c.begun.Swap(true) {
		<-c.closed
		return c.ended
	}
	c.mu.Lock()
	c.shut = true
	c.mu.Unlock()
	close(c.closing)
	for _, o := range c.outbound {
		o.bound.Store(nil)
	}
	c.ended = c.end()
	close(c.closed)
	return c.ended
}

// end closes pion's connection and waits for all goroutines, up to closeDeadline.
func (c *Conn) end() error {
	// Buffered, so that this goroutine ends by itself if pion returns after the deadline.
	done := make(chan struct{}, 1)
	go func() {
		// It takes 0.4 s if the other side closed first: pion's SCTP waits. Its errors say that some
		// part was closed already.
		if err := c.pc.GracefulClose(); err != nil {
			c.log.Debug("connection was closed in parts", "err", err)
		}
		c.work.Wait()
		done <- struct{}{}
	}()
	deadline := time.NewTimer(closeDeadline)
	defer deadline.Stop()
	select {
	case <-done:
		return nil
	case <-deadline.C:
		c.log.Warn("connection hangs while it closes", "err", ErrCloseTimeout)
		return ErrCloseTimeout
	}
}
