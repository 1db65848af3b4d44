package server

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"

	"confab/conference/signaling"
)

// Relay is a STUN and TURN server (RFC 8489, RFC 8656) beside the signaling. Members get credentials for it
// when they have joined a room, in the form of coturn's REST API: the user name is the time of expiry and
// the member's ID, the password its HMAC.
type Relay struct {
	Listen   string        // address for UDP and TCP, like :3478; empty: no relay
	Address  netip.Addr    // at which others reach this machine, and packets are relayed; zero: the first one that is global
	Ports    [2]uint16     // of relayed packets, first and last; zero: 49152 to 65535
	Lifetime time.Duration // of credentials; 0: 12 h; a relayed call outlives them by 10 min at most
	Anywhere bool          // packets may go to every address: loopback, link-local, this machine's services, private networks
}

const (
	realm = "confab"

	allocationsOfMember  = 256 // a member of a room of 100 may try UDP and TCP with each of the others
	allocationsOfAddress = 512
)

func (o *Relay) fill() error {
	if o.Listen == "" {
		return nil
	}
	if o.Ports == [2]uint16{} {
		o.Ports = [2]uint16{49152, 65535}
	}
	if o.Lifetime == 0 {
		o.Lifetime = 12 * time.Hour
	}
	if !o.Address.IsValid() {
		o.Address = firstGlobal()
	}
	switch {
	case o.Ports[0] == 0 || o.Ports[0] > o.Ports[1]:
		return fmt.Errorf("relay ports %d to %d, want a range from 1", o.Ports[0], o.Ports[1])
	case o.Lifetime < time.Second:
		return fmt.Errorf("relay credentials last %v, want a second or more", o.Lifetime)
	case !o.Address.IsValid() || o.Address.IsUnspecified() || o.Address.IsMulticast():
		return errors.New("relay needs the address at which others reach this machine")
	}
	return nil
}

// firstGlobal is this machine's first address that others might reach, IPv4 before IPv6; invalid: none.
func firstGlobal() netip.Addr {
	var six netip.Addr
	for _, ip := range ownAddresses() {
		switch {
		case !ip.IsGlobalUnicast():
		case ip.Is4():
			return ip
		case !six.IsValid():
			six = ip
		}
	}
	return six
}

// ownAddresses are those of this machine's interfaces.
func ownAddresses() []netip.Addr {
	found, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var all []netip.Addr
	for _, a := range found {
		if n, ok := a.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(n.IP); ok {
				all = append(all, ip.Unmap())
			}
		}
	}
	return all
}

// relay is a running one.
type relay struct {
	options Relay
	secret  []byte // of this run: credentials end with it, as allocations do
	metrics *metrics
	log     *slog.Logger
	at      string // where it listens, as others see it
	turn    *turn.Server

	mu        sync.Mutex
	ofMember  map[string]int // allocations by user name
	ofAddress map[netip.Addr]int
}

// openRelay listens on UDP and TCP.
func openRelay(ctx context.Context, o Relay, m *metrics, log *slog.Logger) (*relay, error) {
	r := &relay{
		options: o, secret: make([]byte, 32), metrics: m, log: log,
		ofMember: map[string]int{}, ofAddress: map[netip.Addr]int{},
	}
	rand.Read(r.secret) // never fails
	var listen net.ListenConfig
	family := "4" // one family: an allocation's follows that of the socket it is asked for on
	if o.Address.Is6() {
		family = "6"
	}
	l, err := listen.Listen(ctx, "tcp"+family, o.Listen)
	if err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("relay: %w", err), l.Close())
	}
	packets, err := listen.ListenPacket(ctx, "udp"+family, net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("relay: %w", err), l.Close())
	}
	r.at = netip.AddrPortFrom(o.Address, uint16(port)).String()
	g := newGenerator(o, m)
	r.turn, err = turn.NewServer(turn.ServerConfig{
		Realm:             realm,
		AuthHandler:       r.authenticate,
		QuotaHandler:      r.grant,
		EventHandler:      turn.EventHandler{OnAllocationCreated: r.created, OnAllocationDeleted: r.deleted, OnAuth: r.authenticated},
		PacketConnConfigs: []turn.PacketConnConfig{{PacketConn: packets, RelayAddressGenerator: g, PermissionHandler: g.permits}},
		ListenerConfigs:   []turn.ListenerConfig{{Listener: l, RelayAddressGenerator: g, PermissionHandler: g.permits}},
		LoggerFactory:     &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled},
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("relay: %w", err), l.Close(), packets.Close())
	}
	log.Info("relay opened", "address", r.at)
	return r, nil
}

func (r *relay) close() error {
	if r == nil {
		return nil
	}
	return r.turn.Close()
}

// servers are what a member is told: the relay, for STUN and with credentials for TURN.
func (r *relay) servers(id signaling.PeerID, now time.Time) []signaling.ICEServer {
	if r == nil {
		return nil
	}
	r.metrics.credentials.Add(1)
	user := strconv.FormatInt(now.Add(r.options.Lifetime).Unix(), 10) + ":" + string(id)
	return []signaling.ICEServer{
		{URLs: []string{"stun:" + r.at}},
		{URLs: []string{"turn:" + r.at + "?transport=udp", "turn:" + r.at + "?transport=tcp"}, Username: user, Credential: r.password(user)},
	}
}

func (r *relay) password(user string) string {
	mac := hmac.New(sha1.New, r.secret)
	mac.Write([]byte(user))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// authenticate gives the key for a user name that is ours and has not expired. It is asked for every
// request, so an expired allocation cannot be refreshed.
func (r *relay) authenticate(a *turn.RequestAttributes) (string, []byte, bool) {
	expiry, id, found := strings.Cut(a.Username, ":")
	end, err := strconv.ParseInt(expiry, 10, 64)
	if !found || id == "" || err != nil || time.Now().Unix() >= end {
		r.authenticated(nil, nil, "", "", "", a.Method.String(), false) // the library tells of wrong passwords alone
		return "", nil, false
	}
	return a.Username, turn.GenerateAuthKey(a.Username, a.Realm, r.password(a.Username)), true
}

func (r *relay) authenticated(_, _ net.Addr, _, _, _, method string, verdict bool) {
	if !verdict {
		r.metrics.relayRefused.Add(1)
		r.log.Debug("relay refused credentials", "method", method)
	}
}

// grant tells whether one more allocation is within the limits of its member and of its address.
func (r *relay) grant(user, _ string, from net.Addr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ofMember[user] < allocationsOfMember && r.ofAddress[remote(from.String())] < allocationsOfAddress
}

func (r *relay) created(from, _ net.Addr, _, user, _ string, _ net.Addr, _ int) {
	r.metrics.allocations.Add(1)
	r.metrics.relayingPeers.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ofMember[user]++
	r.ofAddress[remote(from.String())]++
}

func (r *relay) deleted(from, _ net.Addr, _, user, _ string) {
	r.metrics.relayingPeers.Add(-1)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ofMember[user]--; r.ofMember[user] <= 0 {
		delete(r.ofMember, user)
	}
	ip := remote(from.String())
	if r.ofAddress[ip]--; r.ofAddress[ip] <= 0 {
		delete(r.ofAddress, ip)
	}
}
