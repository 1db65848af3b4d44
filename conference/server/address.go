package server

import (
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Limits of one address: an IPv4 address, or the /64 of an IPv6 one, which is what one customer gets.
type Limits struct {
	Connections int // open at once, and opened anew within a minute; 0: 256; below 0: no limit
	Joins       int // within a minute; 0: 256; below 0: no limit
	Bytes       int // received a second, on average over 15 s; 0: 4 MiB; below 0: no limit
}

const (
	bytesWindow   = 15       // seconds
	receiveBuffer = 64 << 10 // bytes of the system's; left to itself it keeps megabytes for each flood that is read slowly
	maxAddresses  = 1 << 16
	sweepPause    = time.Second

	// An address whose connections send what no client sends is shut out until it has cooled down.
	maxFaults   = 20
	faultsDecay = 0.5 // forgotten a second
)

func (l *Limits) fill() {
	for limit, value := range map[*int]int{&l.Connections: 256, &l.Joins: 256, &l.Bytes: 4 << 20} {
		if *limit == 0 {
			*limit = value
		}
	}
}

// addresses counts what each address uses.
type addresses struct {
	limits  Limits
	proxies []netip.Prefix

	mu    sync.Mutex
	known map[netip.Addr]*address
	swept time.Time
}

// address is what one of them uses. nil is one without limits: a socket of this machine, a proxy.
type address struct {
	limits *Limits

	mu          sync.Mutex
	connections int
	opened      bucket
	joins       bucket
	bytes       bucket
	faults      bucket
}

func newAddresses(l Limits, proxies []netip.Prefix) *addresses {
	return &addresses{limits: l, proxies: proxies, known: map[netip.Addr]*address{}}
}

// remote is the IP address of a connection's other end, invalid if it has none.
func remote(text string) netip.Addr {
	if at, err := netip.ParseAddrPort(text); err == nil {
		return at.Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

// trusts tells whether an address is one of our proxies, which say for whom they speak.
func (a *addresses) trusts(ip netip.Addr) bool {
	for _, p := range a.proxies {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// client is the address that a request comes from: behind our proxies, the last one in X-Forwarded-For
// that is none of them. What stands before it may have been made up.
func (a *addresses) client(r *http.Request) netip.Addr {
	ip := remote(r.RemoteAddr)
	if !a.trusts(ip) {
		return ip
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		if ip = hop.Unmap().WithZone(""); !a.trusts(ip) {
			break
		}
	}
	return ip
}

// of is what counts for an address: nil for a proxy, and for what is no IP address. When too many are
// known already, newcomers count together.
func (a *addresses) of(ip netip.Addr, now time.Time) *address {
	if !ip.IsValid() || a.trusts(ip) {
		return nil
	}
	if ip.Is6() {
		prefix, err := ip.Prefix(64)
		if err != nil {
			return nil
		}
		ip = prefix.Addr()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if known := a.known[ip]; known != nil {
		return known
	}
	if len(a.known) > 64 && now.Sub(a.swept) >= sweepPause {
		a.swept = now
		for ip, one := range a.known {
			if one.idle(now) {
				delete(a.known, ip)
			}
		}
	}
	if len(a.known) >= maxAddresses {
		ip = netip.Addr{}
		if known := a.known[ip]; known != nil {
			return known
		}
	}
	one := &address{limits: &a.limits}
	a.known[ip] = one
	return one
}

// count is how many addresses are known.
func (a *addresses) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.known)
}

// idle tells whether nothing is remembered of the address that would matter.
func (a *address) idle(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.opened.spend(now, 0, float64(a.limits.Connections)/60, 0)
	a.joins.spend(now, 0, float64(a.limits.Joins)/60, 0)
	a.bytes.spend(now, 0, float64(a.limits.Bytes), 0)
	a.faults.spend(now, 0, faultsDecay, 0)
	return a.connections == 0 && a.opened.used+a.joins.used+a.bytes.used+a.faults.used < 1
}

// enter counts one more connection, unless the address has too many, opens them too fast, or is shut out.
func (a *address) enter(now time.Time) bool {
	if a == nil {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if limit := a.limits.Connections; limit > 0 {
		if a.connections >= limit || !a.opened.spend(now, 1, float64(limit)/60, float64(limit)) {
			return false
		}
	}
	a.connections++
	return true
}

// exit is called once for each enter that was granted.
func (a *address) exit() {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.connections--
}

// join counts one more attempt to join and tells whether it is within the limit.
func (a *address) join(now time.Time) bool {
	if a == nil || a.limits.Joins < 0 {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.joins.spend(now, 1, float64(a.limits.Joins)/60, float64(a.limits.Joins))
}

// receive counts bytes and tells whether they are within the limit.
func (a *address) receive(now time.Time, n int) bool {
	if a == nil || a.limits.Bytes < 0 {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.bytes.spend(now, float64(n), float64(a.limits.Bytes), float64(a.limits.Bytes)*bytesWindow)
}

// flooded tells whether the address has sent a quarter more than it may.
func (a *address) flooded() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.bytes.used > 1.25*bytesWindow*float64(a.limits.Bytes)
}

// overdrawn tells whether the address has sent more bytes than it may.
func (a *address) overdrawn(now time.Time) bool { return !a.receive(now, 0) }

// fault counts one message that no client sends.
func (a *address) fault(now time.Time) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.faults.spend(now, 1, faultsDecay, maxFaults) {
		a.faults.used = 2 * maxFaults // shut out until 40 s after the last one
	}
}

// shut tells whether the address has sent so much nonsense that it is not listened to for a while.
func (a *address) shut(now time.Time) bool {
	if a == nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return !a.faults.spend(now, 0, faultsDecay, maxFaults)
}
