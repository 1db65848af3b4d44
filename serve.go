package main

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"confab/conference/server"
)

// serveFlags are those of serve beyond the ones that everybody needs.
func (o *options) serveFlags(f *flag.FlagSet) {
	s := &o.serving
	f.BoolVar(&s.NativeOnly, "native-only", false, "speak Confab's own protocol alone, neither Ant Media's nor Socket.IO")
	f.IntVar(&s.MaxConnections, "max-connections", 0, "WebSockets of the whole server, 0: 1024")
	f.StringVar(&s.SelfSigned, "self-signed", "", "PEM `file` with a key of the server's own, made if it is not there: wss is spoken, and the URL says whom to trust")
	f.Var((*domains)(&s.ACME.Domains), "acme", "`domain` to get a certificate for by ACME, may be repeated: the server must be reached on port 443 there")
	f.StringVar(&s.ACME.Cache, "acme-cache", "", "`folder` that keeps the certificates")
	f.StringVar(&s.ACME.Email, "acme-email", "", "`address` for the authority's warnings")
	f.StringVar(&s.ACME.Directory, "acme-directory", "", "`URL` of the authority, empty: Let's Encrypt")
	f.IntVar(&s.Limits.Connections, "limit-connections", 0, "WebSockets of one address, at once and anew in a minute, 0: 256, -1: no limit")
	f.IntVar(&s.Limits.Joins, "limit-joins", 0, "joins of one address in a minute, 0: 256, -1: no limit")
	f.IntVar(&s.Limits.Bytes, "limit-bytes", 0, "received from one address in a second, 0: 4194304, -1: no limit")
	f.Var((*networks)(&s.Proxies), "trust-proxy", "`network` of proxies that say in X-Forwarded-For for whom they speak, may be repeated")
	f.Var((*networks)(&s.Watchers), "metrics", "`network` that may read /metrics besides this machine, may be repeated")
	f.StringVar(&s.Relay.Listen, "turn", "", "`address` for STUN and TURN over UDP and TCP, like :3478, empty: none")
	f.TextVar(&s.Relay.Address, "turn-address", netip.Addr{}, "`address` at which others reach this machine, empty: its first global one")
	f.Var((*ports)(&s.Relay.Ports), "turn-ports", "UDP ports of relayed packets, like `49152-65535`")
	f.DurationVar(&s.Relay.Lifetime, "turn-lifetime", 0, "of the relay's credentials, 0: 12h")
	f.StringVar(&s.Cluster.URL, "cluster", "", "`URL` of NATS servers, with commas between them, over which several of these servers share their rooms, like nats://user:password@host:4222")
	f.StringVar(&s.Cluster.Name, "cluster-name", "", "`name` that tells apart clusters at the same NATS servers, empty: confab")
	f.BoolVar(&s.Relay.Anywhere, "turn-anywhere", false, "relay to loopback, link-local and private addresses and to this machine's services as well")
}

// checkServing finds what makes no server, and what would be ignored. What the machine lacks, such as a file
// or a free port, shows when the server starts.
func (o *options) checkServing() error {
	s := &o.serving
	relay := s.Relay
	relay.Listen = ""
	switch {
	case o.maxPeers < 2 || o.maxPeers > 100:
		return fmt.Errorf("--max-peers %d, want 2 to 100", o.maxPeers)
	case s.MaxConnections < 0:
		return fmt.Errorf("--max-connections %d, want 0 or more", s.MaxConnections)
	case (o.certFile == "") != (o.keyFile == ""):
		return errors.New("--cert and --key are only of use together")
	case o.certFile != "" && s.SelfSigned != "", len(s.ACME.Domains) > 0 && o.certFile+s.SelfSigned != "":
		return errors.New("a certificate comes from --cert, from --acme or from --self-signed: choose one")
	case len(s.ACME.Domains) == 0 && s.ACME.Cache+s.ACME.Email+s.ACME.Directory != "":
		return errors.New("--acme-cache, --acme-email and --acme-directory are of no use without --acme")
	case s.Relay.Listen == "" && relay != (server.Relay{}):
		return errors.New("--turn-address, --turn-ports, --turn-lifetime and --turn-anywhere are of no use without --turn")
	case s.Relay.Address.IsUnspecified() || s.Relay.Address.IsMulticast():
		return fmt.Errorf("--turn-address %v, want the address at which others reach this machine", s.Relay.Address)
	case s.Relay.Lifetime < 0:
		return fmt.Errorf("--turn-lifetime %v, want 0 or more", s.Relay.Lifetime)
	case s.Cluster.URL == "" && s.Cluster.Name != "":
		return errors.New("--cluster-name is of no use without --cluster")
	}
	if err := checkListen("--listen", o.listen); err != nil {
		return err
	}
	return checkListen("--turn", s.Relay.Listen)
}

// checkListen checks the address of a flag; the empty one is the flag's default.
func checkListen(name, address string) error {
	if address == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return fmt.Errorf("%s %s, want an address and a port like :8443, 192.168.1.5:8443 or [::1]:8443", name, address)
	}
	return nil
}

// server are the options of serve.
func (o *options) server(log *slog.Logger) server.Options {
	s := o.serving
	s.MaxPeers, s.ICEServers, s.CertFile, s.KeyFile, s.Logger = o.maxPeers, o.iceServers, o.certFile, o.keyFile, log
	if s.ACME.Cache == "" {
		if folder, err := os.UserCacheDir(); err == nil {
			s.ACME.Cache = filepath.Join(folder, "confab", "acme")
		}
	}
	return s
}

// domains are names of this server, one for each time that the flag is given.
type domains []string

func (d *domains) String() string { return "" }

func (d *domains) Set(text string) error {
	if text == "" || strings.ContainsAny(text, " /:*@") {
		return errors.New("want a domain like meet.example.org")
	}
	*d = append(*d, text)
	return nil
}

// networks are address ranges, one for each time that the flag is given; an address stands for itself.
type networks []netip.Prefix

func (n *networks) String() string { return "" }

func (n *networks) Set(text string) error {
	one, err := netip.ParsePrefix(text)
	if ip, failed := netip.ParseAddr(text); failed == nil {
		one, err = netip.PrefixFrom(ip, ip.BitLen()), nil
	}
	if err != nil {
		return errors.New("want a network like 192.168.1.0/24, or an address")
	}
	*n = append(*n, one)
	return nil
}

// ports are a range, first and last.
type ports [2]uint16

func (p *ports) String() string {
	if p == nil || *p == (ports{}) {
		return ""
	}
	return fmt.Sprintf("%d-%d", p[0], p[1])
}

func (p *ports) Set(text string) error {
	first, last, ok := strings.Cut(text, "-")
	from, err1 := strconv.ParseUint(first, 10, 16)
	to, err2 := strconv.ParseUint(last, 10, 16)
	if !ok || err1 != nil || err2 != nil || from == 0 || from > to {
		return errors.New("want a range of ports like 49152-65535")
	}
	p[0], p[1] = uint16(from), uint16(to)
	return nil
}
