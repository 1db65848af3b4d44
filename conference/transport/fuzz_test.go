package transport_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pion/logging"
	"github.com/pion/transport/v4/vnet"

	"confab/conference/signaling"
	"confab/conference/transport"
)

// deadEnd is a network that leads nowhere.
func deadEnd(t testing.TB) transport.Options {
	t.Helper()
	router, err := vnet.NewRouter(&vnet.RouterConfig{
		CIDR:          "10.0.0.0/24",
		LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled},
	})
	if err != nil {
		t.Fatal(err)
	}
	host, err := vnet.NewNet(&vnet.NetConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if err := router.AddNet(host); err != nil {
		t.Fatal(err)
	}
	return transport.Options{Net: host}
}

// offers are descriptions to start from: ours, and those in testdata.
func offers(t testing.TB) []string {
	t.Helper()
	s := newSide(t, deadEnd(t), transport.Offerer)
	ours, _, err := s.Offer(false)
	if err != nil {
		t.Fatal(err)
	}
	all := []string{ours, forged(ours)}
	files, err := filepath.Glob("testdata/*.sdp")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata: %v, %v", files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	return all
}

func TestBrowserOffersAreAnswered(t *testing.T) {
	for _, offer := range offers(t) {
		s := newSide(t, deadEnd(t), transport.Answerer)
		answer, err := s.Answer(offer, nil)
		if err != nil {
			t.Errorf("%.200s: %v", offer, err)
			continue
		}
		if want, got := strings.Count(offer, "m="), strings.Count(answer, "m="); want != got {
			t.Errorf("%d lines answered, want %d", got, want)
		}
		for _, unwanted := range []string{"video-orientation", "playout-delay", "H264", "a=rtpmap:96 rtx"} {
			if strings.Contains(answer, unwanted) {
				t.Errorf("answer takes %s", unwanted)
			}
		}
		if strings.Contains(offer, "a=rtpmap:96 VP8") && !strings.Contains(answer, "a=fmtp:97 apt=96") {
			t.Errorf("answer has no retransmission for VP8:\n%s", answer)
		}
	}
}

// FuzzOffer: whatever the offer, it is answered or refused as one of our kinds of errors, a second one
// after it likewise, and nothing panics or hangs.
func FuzzOffer(f *testing.F) {
	for _, offer := range offers(f) {
		f.Add(offer, "0", "mic")
		f.Add(offer, "1", "camera")
	}
	f.Fuzz(func(t *testing.T, offer, mid, slot string) {
		for _, slots := range []map[string]string{nil, {mid: slot}} {
			s := newSide(t, deadEnd(t), transport.Answerer)
			for range 2 {
				_, err := s.Answer(offer, slots)
				known := errors.Is(err, transport.ErrDescription) || errors.Is(err, transport.ErrBroken) || errors.Is(err, transport.ErrFingerprintChanged)
				if err != nil && !known {
					t.Fatalf("Answer: %v", err)
				}
			}
		}
	})
}

// FuzzCandidate: whatever the candidate, it is taken or refused as ErrCandidate, before and after the
// description.
func FuzzCandidate(f *testing.F) {
	f.Add("candidate:1 1 udp 2122260223 192.168.0.102 50691 typ host", "Kx7q")
	f.Add("candidate:2 1 udp 1686052607 192.0.2.7 50691 typ srflx raddr 192.168.0.102 rport 50691 generation 0 ufrag Kx7q", "")
	f.Add("candidate:3 1 tcp 1518280447 192.168.0.102 9 typ host tcptype active", "Kx7q")
	f.Add("candidate:4 1 udp 41885695 2001:db8::1 65104 typ relay raddr ::1 rport 1", "other")
	f.Add("candidate:5 1 udp 2113937151 0854a906-ecc4-4de5-a709-aef252cac4bc.local 58250 typ host", "Kx7q")
	f.Add("", "")
	offer, err := os.ReadFile("testdata/chromium-offer.sdp")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, fragment string) {
		s := newSide(t, deadEnd(t), transport.Answerer)
		one := signaling.Candidate{Candidate: text}
		if fragment != "" {
			one.UsernameFragment = &fragment
		}
		add := func() {
			if err := s.AddCandidates([]signaling.Candidate{one, one}); err != nil && !errors.Is(err, transport.ErrCandidate) {
				t.Fatalf("AddCandidates: %v", err)
			}
		}
		add()
		if _, err := s.Answer(string(offer), nil); err != nil {
			t.Fatal(err)
		}
		add()
	})
}

func FuzzICEServer(f *testing.F) {
	f.Add("turn:ann:secret@turn.example:3478?transport=tcp")
	f.Add("stun:[::1]")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := transport.ParseICEServer(text)
		if err != nil {
			if !errors.Is(err, transport.ErrICEServer) {
				t.Fatalf("ParseICEServer: %v", err)
			}
			return
		}
		if err := transport.CheckICEServer(s); err != nil {
			t.Fatalf("what was read is refused: %v", err)
		}
		o := deadEnd(t)
		o.ICEServers = []signaling.ICEServer{s}
		e, err := transport.NewEngine(o)
		if err != nil {
			t.Fatal(err)
		}
		c, err := e.NewConn(transport.Answerer, func(transport.Event) {})
		if err != nil {
			t.Fatalf("pion refuses %v: %v", s, err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
