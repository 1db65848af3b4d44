package transport

import (
	"crypto/x509"
	"fmt"
	"slices"

	"github.com/pion/dtls/v3/pkg/crypto/fingerprint"
	"github.com/pion/webrtc/v4"
)

// State is where a connection stands, ICE and DTLS taken together (W3C RTCPeerConnectionState).
type State uint8

// The states. Failed for want of a path can become Connecting again by an ICE restart; failed for any
// other reason cannot.
const (
	StateNew          State = iota + 1
	StateConnecting         // a path is sought, or the handshake runs; also during an ICE restart
	StateConnected          // media and control messages pass
	StateDisconnected       // nothing has come for 2.5 s
	StateFailed
	StateClosed
)

var stateNames = [...]string{"", "new", "connecting", "connected", "disconnected", "failed", "closed"}

// String is the state's name in lower case.
func (s State) String() string {
	if s < StateNew || s > StateClosed {
		return fmt.Sprintf("State(%d)", uint8(s))
	}
	return stateNames[s]
}

// combine makes one state of the two transports' (W3C webrtc-pc section 4.3.3, but that either's end
// is the connection's).
func combine(i webrtc.ICEConnectionState, d webrtc.DTLSTransportState) State {
	iceUp := i == webrtc.ICEConnectionStateConnected || i == webrtc.ICEConnectionStateCompleted
	switch {
	case d == webrtc.DTLSTransportStateFailed:
		return StateFailed
	case d == webrtc.DTLSTransportStateClosed || i == webrtc.ICEConnectionStateClosed:
		return StateClosed
	case i == webrtc.ICEConnectionStateFailed:
		return StateFailed
	case i == webrtc.ICEConnectionStateDisconnected:
		return StateDisconnected
	case iceUp && d == webrtc.DTLSTransportStateConnected:
		return StateConnected
	case i == webrtc.ICEConnectionStateNew && d == webrtc.DTLSTransportStateNew:
		return StateNew
	}
	return StateConnecting
}

// watchState keeps the two transports' states and wakes the run goroutine, which alone posts them:
// pion tells of a change on a new goroutine each time, in no order, and works its own combined state
// out from values that may be stale by then.
func (c *Conn) watchState() {
	c.path.Store(uint32(webrtc.ICEConnectionStateNew))
	c.secure.Store(uint32(webrtc.DTLSTransportStateNew))
	c.pc.OnICEConnectionStateChange(func(s webrtc.ICEConnectionState) {
		c.path.Store(uint32(s))
		c.poke()
	})
	c.dtls.OnStateChange(func(s webrtc.DTLSTransportState) {
		c.secure.Store(uint32(s))
		c.poke()
	})
	// What the other side ends first. Without a control channel (a foreign side) its end is noticed
	// as the path's, after 2.5 s.
	c.sctp.OnClose(func(error) {
		c.hungUp.Store(true)
		c.poke()
	})
}

// reportState posts the state if it changed. Only run calls it.
func (c *Conn) reportState() {
	dtls := webrtc.DTLSTransportState(c.secure.Load())
	s := combine(webrtc.ICEConnectionState(c.path.Load()), dtls)
	if c.hungUp.Load() {
		s = StateClosed
	}
	if s == c.reported || c.reported == StateClosed {
		return
	}
	if s == StateConnected {
		c.dtls.State() // pion says connected under its lock, and then sets SRTP up: this waits for it
		c.secured.Store(true)
	}
	err := c.reason(s, dtls)
	c.log.Info("transport state", "from", c.reported.String(), "to", s.String(), "err", err)
	c.reported = s
	c.tell(StateChanged{State: s, Err: err})
}

// reason is why the connection is in state s.
func (c *Conn) reason(s State, dtls webrtc.DTLSTransportState) error {
	switch {
	case s == StateClosed:
		return ErrPeerClosed
	case s == StateDisconnected:
		return fmt.Errorf("%w: nothing came for %v", ErrNoPath, disconnectedAfter)
	case s == StateFailed && dtls != webrtc.DTLSTransportStateFailed:
		return ErrNoPath
	case s == StateFailed && c.impostor():
		return fmt.Errorf("%w: their certificate is not the one their description names", ErrIdentity)
	case s == StateFailed:
		return ErrHandshake
	}
	return nil
}

// impostor tells whether the other side showed a certificate in the handshake that is not the one of
// its description. pion only says that the handshake failed.
func (c *Conn) impostor() bool {
	raw := c.dtls.GetRemoteCertificate()
	if len(raw) == 0 {
		return false
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		return true
	}
	c.mu.Lock()
	known := slices.Clone(c.fingerprints)
	c.mu.Unlock()
	for _, f := range known {
		hash, err := fingerprint.HashFromString(f.algorithm)
		if err != nil {
			continue
		}
		value, err := fingerprint.Fingerprint(cert, hash)
		if err == nil && f == newFingerprint(f.algorithm, value) {
			return false
		}
	}
	return true
}
