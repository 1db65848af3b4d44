package transport

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/report"
	"github.com/pion/logging"
	piontransport "github.com/pion/transport/v4"
	"github.com/pion/webrtc/v4"
)

// How fast a dead path is noticed, and how long one is sought.
const (
	// disconnectedAfter without a packet the path is called disconnected.
	disconnectedAfter = 2500 * time.Millisecond
	// failedAfter more it is called failed; so long, too, is a first path sought.
	failedAfter = 7 * time.Second
	// keepAlive is how often a check is sent on an idle path: five in disconnectedAfter.
	keepAlive = 500 * time.Millisecond
	// bindingRequests are tried on a pair before it is given up. pion's 7 are over after 1.5 s, and a
	// path whose cable is out for longer is not found again when it is back.
	bindingRequests = 600
	// relayWait is the start direct paths have before a relayed one is taken: pion does not change to
	// a better pair later, so that the whole call would go through the relay.
	relayWait = 400 * time.Millisecond
	// handshakeRetry is the first retransmission interval of DTLS; RFC 6347 section 4.2.4.1 asks for
	// 1 s, which one lost packet would add to joining.
	handshakeRetry = 200 * time.Millisecond
	// controlRetry bounds the retransmission interval of the control channel, which otherwise grows
	// to 60 s while a path is dead and is waited for after it is back.
	controlRetry = time.Second
)

// receiveMTU is the largest packet taken from the network, in bytes: an Ethernet frame and some.
const receiveMTU = 1600

// Engine makes connections. It is safe from any goroutine and has nothing to close.
type Engine struct {
	media    *webrtc.MediaEngine
	settings webrtc.SettingEngine
	net      piontransport.Net
	config   webrtc.Configuration
	logs     pionLogs
	log      *slog.Logger
}

// NewEngine checks the options and prepares what all connections share.
func NewEngine(o Options) (*Engine, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	media, err := newMediaEngine()
	if err != nil {
		return nil, err
	}
	logs := pionLogs{o.Logger}
	e := &Engine{
		media:    media,
		settings: settings(o, logs),
		net:      o.Net,
		logs:     logs,
		log:      o.Logger,
	}
	for _, s := range o.ICEServers {
		server := webrtc.ICEServer{URLs: s.URLs, Username: s.Username}
		if s.Credential != "" {
			server.Credential = s.Credential
		}
		e.config.ICEServers = append(e.config.ICEServers, server)
	}
	if o.RelayOnly {
		e.config.ICETransportPolicy = webrtc.ICETransportPolicyRelay
	}
	return e, nil
}

func settings(o Options, logs logging.LoggerFactory) webrtc.SettingEngine {
	var s webrtc.SettingEngine
	s.LoggerFactory = logs
	s.SetICETimeouts(disconnectedAfter, failedAfter, keepAlive)
	s.SetICEMaxBindingRequests(bindingRequests)
	// The first direct pair that works is used at once (pion waits 0.5 to 2 s for a better one).
	s.SetHostAcceptanceMinWait(0)
	s.SetSrflxAcceptanceMinWait(0)
	s.SetPrflxAcceptanceMinWait(0)
	s.SetRelayAcceptanceMinWait(relayWait)
	if o.RelayOnly {
		s.SetRelayAcceptanceMinWait(0)
	}
	s.SetIncludeLoopbackCandidate(true) // two on one machine without a network
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	if o.HideAddresses {
		s.SetICEMulticastDNSMode(ice.MulticastDNSModeQueryAndGather)
	}
	s.SetReceiveMTU(receiveMTU)
	s.SetDTLSRetransmissionInterval(handshakeRetry)
	// When the other side closes, pion would close by itself, at once, in a race with its own SCTP for
	// a lock that it holds for 0.4 s. The owner is told (see watchState) and closes.
	s.DisableCloseByDTLS(true)
	s.SetSCTPMaxMessageSize(announcedMessage)
	s.SetSCTPRTOMax(controlRetry)
	return s
}

// newPeerConnection makes pion's connection with interceptors of its own: some nearest to the network,
// one farthest from it. What comes in at its sockets is noted in a.
func (e *Engine) newPeerConnection(nearest []interceptor.Factory, farthest interceptor.Factory, a *arrivals) (*webrtc.PeerConnection, error) {
	interceptors, err := e.newInterceptors(nearest, farthest)
	if err != nil {
		return nil, err
	}
	settings := e.settings // a copy: each has sockets of its own
	settings.SetNet(&watchedNet{e.net, a})
	return webrtc.NewAPI(
		webrtc.WithMediaEngine(e.media), // pion makes a copy for each connection
		webrtc.WithInterceptorRegistry(interceptors),
		webrtc.WithSettingEngine(settings),
	).NewPeerConnection(e.config)
}

// newInterceptors chooses pion's by hand. Its nack generator and responder are left out: whoever
// receives asks for repairs itself (see Inbound.RequestRepair), and whoever sends makes them (see
// RepairRequested), knowing the round trip and what is still of use.
//
// The order matters: what stands first is nearest to the network. Repairs start there, so that the
// sender reports do not count them.
func (e *Engine) newInterceptors(nearest []interceptor.Factory, farthest interceptor.Factory) (*interceptor.Registry, error) {
	r := &interceptor.Registry{}
	for _, f := range nearest {
		r.Add(f)
	}
	sender, err := report.NewSenderInterceptor(report.WithSenderLoggerFactory(e.logs))
	if err != nil {
		return nil, fmt.Errorf("sender reports: %w", err)
	}
	r.Add(sender)
	receiver, err := report.NewReceiverInterceptor(report.WithReceiverLoggerFactory(e.logs))
	if err != nil {
		return nil, fmt.Errorf("receiver reports: %w", err)
	}
	r.Add(receiver)
	r.Add(farthest)
	return r, nil
}
