package transport_test

import (
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/logging"
	"github.com/pion/rtp"
	piontransport "github.com/pion/transport/v4"
	"github.com/pion/transport/v4/vnet"

	"confab/conference/media"
	"confab/conference/signaling"
	"confab/conference/transport"
)

// patience is how long a test waits for an event: fake time in a bubble, real time on sockets.
const patience = 30 * time.Second

// network is a virtual network of two hosts. It must be made and used in one bubble.
type network struct {
	router *vnet.Router
	hosts  []*vnet.Net
	cut    atomic.Bool  // nothing passes
	drop   atomic.Int32 // so many packets are lost
	lose   atomic.Int32 // so many packets of the first host are lost
	mute   atomic.Int32 // nothing passes from this host, counted from 1
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	router, err := vnet.NewRouter(&vnet.RouterConfig{
		CIDR:          "10.0.0.0/24",
		MinDelay:      5 * time.Millisecond,
		LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled},
	})
	if err != nil {
		t.Fatal(err)
	}
	n := &network{router: router}
	for i := range 3 {
		host, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{fmt.Sprintf("10.0.0.%d", i+1)}})
		if err != nil {
			t.Fatal(err)
		}
		if err := router.AddNet(host); err != nil {
			t.Fatal(err)
		}
		n.hosts = append(n.hosts, host)
	}
	router.AddChunkFilter(func(c vnet.Chunk) bool {
		if from, ok := c.SourceAddr().(*net.UDPAddr); ok {
			host := int32(from.IP.To4()[3])
			if host == n.mute.Load() || host == 1 && n.lose.Load() > 0 && n.lose.Add(-1) >= 0 {
				return false
			}
		}
		return !n.cut.Load() && (n.drop.Load() <= 0 || n.drop.Add(-1) < 0)
	})
	if err := router.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := router.Stop(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// side is one end of a connection under test: it keeps what was posted and passes candidates on.
type side struct {
	*transport.Conn
	found chan []signaling.Candidate // generous: the test forwards all the time
	heard chan struct{}              // capacity 1: "look again"

	mu     sync.Mutex
	events []transport.Event
	read   int // events before it have been waited for
}

func newSide(t testing.TB, o transport.Options, role transport.Role) *side {
	t.Helper()
	return makeSide(t, o, func(e *transport.Engine, post func(transport.Event)) (*transport.Conn, error) {
		return e.NewConn(role, post)
	})
}

func makeSide(t testing.TB, o transport.Options, build func(*transport.Engine, func(transport.Event)) (*transport.Conn, error)) *side {
	t.Helper()
	engine, err := transport.NewEngine(o)
	if err != nil {
		t.Fatal(err)
	}
	s := &side{found: make(chan []signaling.Candidate, 1000), heard: make(chan struct{}, 1)}
	s.Conn, err = build(engine, s.post)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func (s *side) post(e transport.Event) {
	if found, ok := e.(transport.CandidatesFound); ok {
		s.found <- found.Candidates
		return
	}
	s.mu.Lock()
	s.events = append(s.events, e)
	s.mu.Unlock()
	select {
	case s.heard <- struct{}{}:
	default:
	}
}

// wait gives the next event that fits, and forgets those before it.
func wait[E transport.Event](t testing.TB, s *side, fits func(E) bool) E {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		s.mu.Lock()
		for s.read < len(s.events) {
			e, ok := s.events[s.read].(E)
			s.read++
			if ok && fits(e) {
				s.mu.Unlock()
				return e
			}
		}
		s.mu.Unlock()
		select {
		case <-s.heard:
		case <-deadline.C:
			var none E
			t.Fatalf("no %T that fits came; events: %v", none, s.all())
		}
	}
}

func next[E transport.Event](t testing.TB, s *side) E {
	t.Helper()
	return wait(t, s, func(E) bool { return true })
}

func waitState(t testing.TB, s *side, want transport.State) transport.StateChanged {
	t.Helper()
	return wait(t, s, func(e transport.StateChanged) bool { return e.State == want })
}

// rewind makes all events be looked at again.
func (s *side) rewind() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read = 0
}

func (s *side) all() []transport.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

// pair is two connected-to-be sides.
type pair struct{ offerer, answerer *side }

func newPair(t testing.TB, o, a transport.Options) *pair {
	t.Helper()
	return joinSides(t, newSide(t, o, transport.Offerer), newSide(t, a, transport.Answerer))
}

// joinSides passes candidates on between two sides.
func joinSides(t testing.TB, offerer, answerer *side) *pair {
	t.Helper()
	p := &pair{offerer, answerer}
	var forwarders sync.WaitGroup
	stop := make(chan struct{})
	for from, to := range map[*side]*side{p.offerer: p.answerer, p.answerer: p.offerer} {
		forwarders.Go(func() {
			for {
				select {
				case found := <-from.found:
					_ = to.AddCandidates(found) // ErrClosed at the end of a test
				case <-stop:
					return
				}
			}
		})
	}
	t.Cleanup(func() {
		close(stop)
		forwarders.Wait()
	})
	return p
}

// negotiate runs one exchange.
func (p *pair) negotiate(t testing.TB, iceRestart bool) {
	t.Helper()
	offer, slots, err := p.offerer.Offer(iceRestart)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := p.answerer.Answer(offer, slots)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.offerer.Accept(answer); err != nil {
		t.Fatal(err)
	}
}

// virtualPair is a pair on a virtual network.
func virtualPair(t *testing.T) (*pair, *network) {
	t.Helper()
	n := newNetwork(t)
	return newPair(t, onHost(n.hosts[0]), onHost(n.hosts[1])), n
}

func onHost(n piontransport.Net) transport.Options { return transport.Options{Net: n} }

func (p *pair) connect(t testing.TB) {
	t.Helper()
	p.negotiate(t, false)
	for _, s := range []*side{p.offerer, p.answerer} {
		waitState(t, s, transport.StateConnected)
	}
	for _, s := range []*side{p.offerer, p.answerer} {
		s.rewind()
		next[transport.ControlOpen](t, s)
	}
}

// packet is the nth of a slot; its payload says both.
func packet(s media.Slot, n uint16) (*rtp.Header, []byte) {
	h := &rtp.Header{Version: 2, SequenceNumber: n, Timestamp: uint32(n) * 960, Marker: true}
	return h, fmt.Appendf(nil, "%s %d", s, n)
}

func send(t testing.TB, from *side, s media.Slot, n uint16) {
	t.Helper()
	h, payload := packet(s, n)
	if sent, err := from.Outbound(s).WriteRTP(h, payload); err != nil || sent == 0 {
		t.Fatalf("WriteRTP(%s %d) = %d, %v", s, n, sent, err)
	}
}

// readAll reads tracks until they end.
func readAll(tracks map[media.Slot]*transport.Inbound) {
	for _, track := range tracks {
		go func() { // ends with io.EOF at the close
			for {
				if _, err := track.ReadRTP(); err != nil {
					return
				}
			}
		}()
	}
}

// startSlots sends the first packet of slots, or of every slot, and gives the tracks they start at the
// other side.
func startSlots(t testing.TB, from, to *side, slots ...media.Slot) map[media.Slot]*transport.Inbound {
	t.Helper()
	if len(slots) == 0 {
		slots = media.Slots()
	}
	tracks := map[media.Slot]*transport.Inbound{}
	for _, s := range slots {
		send(t, from, s, 1)
	}
	for range slots {
		started := next[transport.TrackStarted](t, to)
		tracks[started.Slot] = started.Track
	}
	for s, track := range tracks {
		expect(t, track, s, 1)
	}
	if len(tracks) != len(slots) {
		t.Fatalf("%d slots started, want %d", len(tracks), len(slots))
	}
	return tracks
}

func expect(t testing.TB, track *transport.Inbound, s media.Slot, n uint16) {
	t.Helper()
	p, err := track.ReadRTP()
	if err != nil {
		t.Fatalf("ReadRTP of %s: %v", s, err)
	}
	_, want := packet(s, n)
	if string(p.Payload) != string(want) || p.SequenceNumber != n || p.Timestamp != uint32(n)*960 || !p.Marker {
		t.Fatalf("ReadRTP of %s = %v %q, want %q", s, p, p.Payload, want)
	}
}
