package main_test

import (
	"slices"
	"strings"
	"testing"

	"confab/conference/signaling/lan/lantest"
)

// The relay's lab: host 1 serves, and reaches both others; hosts 2 and 3 do not reach each other.
const relayHost = "10.77.0.1"

// separated is such a lab.
func separated(t *testing.T) *lantest.Lab {
	t.Helper()
	l := lantest.NewLab(t, 3)
	l.Isolate(2)
	l.Isolate(3)
	return l
}

// serveRelay starts a server with a relay on host 1.
func serveRelay(t *testing.T, l *lantest.Lab, more ...string) *signaling {
	t.Helper()
	line := l.Command(1, append([]string{
		program(t), "serve", "--listen", relayHost + ":8443", "--turn", relayHost + ":3478", "--turn-address", relayHost,
	}, more...)...)
	s := &signaling{process: start(t, "server", line[0], nil, line[1:]...)}
	s.waitFor("said where it listens", func() bool { return address.MatchString(s.said()) })
	s.url = address.FindStringSubmatch(s.said())[2]
	return s
}

// joinFrom starts a call on a host of the lab.
func joinFrom(t *testing.T, l *lantest.Lab, host int, url, name string, more ...string) *process {
	t.Helper()
	line := append([]string{
		program(t), "join", "--headless", "--signaling", url, "--room", "relayed", "--name", name, "--speaker", "none",
	}, small...)
	line = l.Command(host, append(line, more...)...)
	return start(t, name, line[0], nil, line[1:]...)
}

// relayed tells whether the newest statistics say that all goes through the relay.
func relayed(lines []line) bool {
	for _, l := range slices.Backward(lines) {
		if l.Event == "stats" && len(l.Peers) > 0 {
			return l.Peers[0].Path.Relayed
		}
	}
	return false
}

// TestACallThroughTheServersRelayAlone: two who do not reach each other see and hear each other, whether
// they ask for the relay alone or find out that nothing else leads there.
func TestACallThroughTheServersRelayAlone(t *testing.T) {
	for name, flags := range map[string][]string{"relay only": {"--relay-only"}, "no direct route": nil} {
		t.Run(name, func(t *testing.T) {
			l := separated(t)
			s := serveRelay(t, l)
			calls := []*process{joinFrom(t, l, 2, s.url, "Ana", flags...), joinFrom(t, l, 3, s.url, "Ben", flags...)}
			for _, p := range calls {
				p.meets(others(p, calls)...)
			}
			goOn(calls...)
			for _, p := range calls {
				p.wait("went through the relay", relayed)
			}
			for _, p := range calls {
				p.leaves()
			}
		})
	}
}

// TestTheRelayRefusesCredentialsThatHaveExpired: who has waited for too long finds no relay any more, and
// the other one's does not lead there.
func TestTheRelayRefusesCredentialsThatHaveExpired(t *testing.T) {
	l := separated(t)
	s := serveRelay(t, l, "--turn-lifetime", "2s", "--log-level", "debug")
	ana := joinFrom(t, l, 2, s.url, "Ana", "--relay-only")
	ana.wait("was there for 4 s", func(all []line) bool {
		return len(slices.DeleteFunc(slices.Clone(all), func(l line) bool { return l.Event != "stats" })) >= 4
	})
	ben := joinFrom(t, l, 3, s.url, "Ben", "--relay-only")
	s.waitFor("refused credentials", func() bool { return strings.Contains(s.said(), "relay refused credentials") })
	if slices.ContainsFunc(ana.seen(), func(l line) bool { return about("Ben")(l) && l.State == "connected" }) {
		t.Error("Ana is connected although her credentials have expired")
	}
	ana.leaves()
	ben.leaves()
}
