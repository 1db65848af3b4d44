// Package lan brings people on one local network together without a server: the driver of "lan:".
//
// Members find each other by multicast ([confab/conference/signaling/lan/beacon]) and then hold a connection
// from each to each, over which their signals go: TCP with TLS 1.3, where each side shows a certificate of
// its own making. A member's ID follows from the certificate's key, so it stays the same over reconnections,
// and nobody can take it who has not the key. Then both prove that they know the room's password
// ([confab/conference/signaling/lan/cpace]), without telling it; no password is a password like any other.
// Where beacons do not get through, a room is joined by the address of one of its members, "lan:host:port",
// who introduces the others.
//
// Rooms of one name and one password are one room, whoever founded them. Who was there first offers: a
// newcomer's rank is one higher than the highest it has heard of, and of the same rank the smaller ID is
// first. Who is silent for three seconds is away, and after thirty gone; what was said to it meanwhile is
// said again when it is back, once.
//
// A session has one goroutine that owns its state, and per connection one that reads and one that writes.
// Everything that arrives is limited in size, number and rate. docs/lan.md has the protocol.
package lan

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"confab/conference/signaling"
	"confab/conference/signaling/lan/beacon"
)

// Options say how a network is used.
type Options struct {
	// Interfaces are the names of the network interfaces on which others are found; empty: all that can
	// multicast, and the loopback. A name that no interface has does no harm.
	Interfaces []string
	// Reachable is told the URLs by which others can join a room where beacons do not reach them, such as
	// "lan:192.0.2.7:26632", when a room was joined and when they change. It must return soon. Nil: nobody.
	Reachable func(urls []string)
	System    System       // nil: the machine's network
	Logger    *slog.Logger // nil: discard
}

// Network is the local network, as far as Confab uses it. All methods are safe from any goroutine.
type Network struct {
	system    System
	named     map[string]bool // of Options.Interfaces
	reachable func([]string)
	log       *slog.Logger
}

// New gives the local network. Nothing is opened or sent before Browse or Join.
func New(o Options) *Network {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Reachable == nil {
		o.Reachable = func([]string) {}
	}
	n := &Network{system: o.System, named: make(map[string]bool), reachable: o.Reachable, log: o.Logger.With("driver", "lan")}
	for _, name := range o.Interfaces {
		n.named[name] = true
	}
	if n.system == nil {
		n.system = machine{n.named}
	}
	return n
}

// Open makes a driver for "lan:" or "lan:host:port", where the port may be left out. It has the form that
// [signaling.Registry] wants.
func (n *Network) Open(_ context.Context, u *url.URL, o signaling.Options) (signaling.Driver, error) {
	seed, err := parseSeed(u)
	if err != nil {
		return nil, err
	}
	if o.Key == "" {
		o.Key = signaling.NewKey()
	}
	if err := signaling.CheckKey(o.Key); err != nil {
		return nil, err
	}
	self, err := newIdentity(o.Key)
	if err != nil {
		return nil, err
	}
	log := n.log
	if o.Logger != nil {
		log = o.Logger.With("driver", "lan")
	}
	return &driver{network: n, seed: seed, self: self, password: o.Password, log: log}, nil
}

// driver joins rooms as one member.
type driver struct {
	network  *Network
	seed     string // host and port of a member; empty: beacons alone
	self     *identity
	password string
	log      *slog.Logger
}

// parseSeed reads the member's address that a URL may hold, as host and port. The slashes of "lan://host" do
// no harm. Errors wrap [signaling.ErrURL].
func parseSeed(u *url.URL) (string, error) {
	if u.Scheme != "lan" {
		return "", fmt.Errorf("%w: %s", signaling.ErrUnknownScheme, u.Scheme)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque == "" && u.Path != "" && u.Path != "/" {
		return "", fmt.Errorf("%w: after lan: comes a host and a port, or nothing", signaling.ErrURL)
	}
	text := u.Host // with its zone as it is
	if u.Opaque != "" {
		var err error
		if text, err = url.PathUnescape(u.Opaque); err != nil { // of "[fe80::1%25eth0]"
			return "", fmt.Errorf("%w: %w", signaling.ErrURL, err)
		}
	}
	if text == "" {
		return "", nil
	}
	return joinPort(text)
}

// joinPort checks a host that may have a port, and gives it the beacons' port if it has none.
func joinPort(text string) (string, error) {
	if a, err := netip.ParseAddrPort(text); err == nil && a.Port() != 0 {
		return a.String(), nil
	}
	// A zone may be anything, so what looks like a port must not be taken for part of one.
	if a, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil && !strings.Contains(text, "]:") {
		return netip.AddrPortFrom(a, beacon.Port).String(), nil
	}
	host, port := text, strconv.Itoa(beacon.Port)
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		host, port = text[:i], text[i+1:]
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("%w: port %.16q", signaling.ErrURL, port)
	}
	if host == "" || len(host) > 253 || strings.ContainsAny(host, " \t/\\?#@[]:%") {
		return "", fmt.Errorf("%w: host %.64q", signaling.ErrURL, host)
	}
	return host + ":" + port, nil
}
