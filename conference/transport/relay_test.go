package transport_test

import (
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"

	"confab/conference/signaling"
	"confab/conference/transport"
)

// startRelay runs a TURN server on a host of the network, for user ann with the password secret.
func startRelay(t *testing.T, n *network) signaling.ICEServer {
	t.Helper()
	socket, err := n.hosts[2].ListenPacket("udp4", "10.0.0.3:3478")
	if err != nil {
		t.Fatal(err)
	}
	server, err := turn.NewServer(turn.ServerConfig{
		Realm: "test",
		AuthHandler: func(a *turn.RequestAttributes) (string, []byte, bool) {
			return a.Username, turn.GenerateAuthKey(a.Username, a.Realm, "secret"), a.Username == "ann"
		},
		PacketConnConfigs: []turn.PacketConnConfig{{
			PacketConn: socket,
			RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{
				RelayAddress: net.IPv4(10, 0, 0, 3), Address: "10.0.0.3", Net: n.hosts[2],
			},
		}},
		LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	s, err := transport.ParseICEServer("turn:ann:secret@10.0.0.3:3478")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRelayOnlyGoesThroughTheRelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		relay := []signaling.ICEServer{startRelay(t, n)}
		p := newPair(t,
			transport.Options{Net: n.hosts[0], ICEServers: relay, RelayOnly: true},
			transport.Options{Net: n.hosts[1], ICEServers: relay, RelayOnly: true})
		p.connect(t)
		startSlots(t, p.offerer, p.answerer)
		startSlots(t, p.answerer, p.offerer)
		if path := p.offerer.Stats().Path; !path.Relayed {
			t.Errorf("path %+v is not relayed", path)
		}
	})
}

func TestDirectPathIsPreferredToTheRelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		relay := []signaling.ICEServer{startRelay(t, n)}
		p := newPair(t,
			transport.Options{Net: n.hosts[0], ICEServers: relay},
			transport.Options{Net: n.hosts[1], ICEServers: relay})
		p.connect(t)
		if path := p.offerer.Stats().Path; path.Relayed {
			t.Errorf("path %+v is relayed", path)
		}
		// Close waits for an allocation under way. In the virtual network one may get no answers, when
		// two sockets of a host got the same port; it is over by then.
		time.Sleep(20 * time.Second)
	})
}
