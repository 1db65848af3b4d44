package beacon

import (
	"bytes"
	"net/netip"
	"slices"
	"time"
)

// Limits of what is remembered of others.
const (
	maxStations  = 256
	maxNeighbors = 16 // stations of one address
	maxAddresses = 8
	// vanished is how long a station may be silent: three beacons, and a little for their jitter.
	vanished = 3*interval + 100*time.Millisecond
	// buried is how long the counter of a station that said bye is remembered, so that nobody can play
	// its old beacons again.
	buried = time.Minute
)

// Heard is a station that others hear. It is not changed any more.
type Heard struct {
	Key Key
	Announcement
	Addresses []netip.AddrPort // where it listens, as its packets came: the first one heard first
}

// register holds who was heard. Its user tells the time.
type register struct {
	self     Key
	limiter  limiter
	stations map[Key]*station
}

// station is what is known of one key.
type station struct {
	heard     Announcement
	counter   uint64
	last      []byte // the last packet
	at        time.Time
	gone      bool
	addresses []address
}

type address struct {
	addr netip.Addr
	at   time.Time
}

func newRegister(self Key) *register {
	return &register{self: self, limiter: newLimiter(), stations: make(map[Key]*station)}
}

// news is what a packet brought.
type news struct {
	changed bool // somebody came, went, or says something else
	asked   bool // somebody wants to know who is there
	err     error
}

// hear takes a packet that came from an address of our own links.
func (r *register) hear(now time.Time, from netip.Addr, data []byte) news {
	p, err := Parse(data)
	switch {
	case err != nil:
		return news{err: err}
	case p.Kind == Hi:
		return news{asked: r.limiter.allow(now, from)}
	case p.Key == r.self:
		return news{}
	}
	s := r.stations[p.Key]
	if s != nil && bytes.Equal(s.last, data) { // by another interface, or once more
		return news{changed: !s.gone && s.see(now, from)}
	}
	switch {
	case s != nil && p.Counter <= s.counter:
		return news{}
	case s == nil && (p.Kind == Bye || r.neighbors(from) >= maxNeighbors):
		return news{}
	case !r.limiter.allow(now, from) || !p.Verify(data):
		return news{}
	case s == nil && !r.makeRoom(from):
		return news{}
	}
	if s == nil {
		s = &station{gone: true}
		r.stations[p.Key] = s
	}
	s.counter, s.last, s.at = p.Counter, bytes.Clone(data), now
	if p.Kind == Bye {
		changed := !s.gone
		s.gone, s.addresses = true, nil
		return news{changed: changed}
	}
	changed := s.gone || s.heard != p.Announcement
	s.gone, s.heard = false, p.Announcement
	return news{changed: s.see(now, from) || changed}
}

// neighbors counts the stations of an address.
func (r *register) neighbors(from netip.Addr) int {
	n := 0
	for _, s := range r.stations {
		if slices.ContainsFunc(s.addresses, func(a address) bool { return a.addr == from }) {
			n++
		}
	}
	return n
}

// crowd counts the stations of each address.
func (r *register) crowd() map[netip.Addr]int {
	crowd := make(map[netip.Addr]int)
	for _, s := range r.stations {
		for _, a := range s.addresses {
			crowd[a.addr]++
		}
	}
	return crowd
}

// makeRoom tells whether one more station fits in that speaks from an address. If there are too many, one that
// is gone gives way, or else one of those who crowd an address more.
func (r *register) makeRoom(from netip.Addr) bool {
	if len(r.stations) < maxStations {
		return true
	}
	crowd := r.crowd()
	var worst Key
	most := crowd[from] + 1 // with it
	for key, s := range r.stations {
		if s.gone {
			delete(r.stations, key)
			return true
		}
		alone := maxStations + 1
		for _, a := range s.addresses {
			alone = min(alone, crowd[a.addr])
		}
		if alone > most || alone == most && worst != (Key{}) && bytes.Compare(key[:], worst[:]) < 0 {
			worst, most = key, alone
		}
	}
	delete(r.stations, worst)
	return worst != Key{}
}

// see notes that a station speaks from an address, and tells whether that is new.
func (s *station) see(now time.Time, from netip.Addr) bool {
	for i := range s.addresses {
		if s.addresses[i].addr == from {
			s.addresses[i].at = now
			return false
		}
	}
	// Who is there stays: nobody can push the true address out by playing packets again from others.
	if len(s.addresses) >= maxAddresses {
		return false
	}
	s.addresses = append(s.addresses, address{from, now})
	return true
}

// expire forgets who was silent for too long and tells whether that changed anything.
func (r *register) expire(now time.Time) bool {
	changed := false
	for key, s := range r.stations {
		switch {
		case s.gone && now.Sub(s.at) >= buried:
			delete(r.stations, key)
		case s.gone:
		case now.Sub(s.at) >= vanished:
			delete(r.stations, key)
			changed = true
		default:
			before := len(s.addresses)
			s.addresses = slices.DeleteFunc(s.addresses, func(a address) bool { return now.Sub(a.at) >= vanished })
			changed = changed || len(s.addresses) != before
		}
	}
	r.limiter.expire(now)
	return changed
}

// shift takes time out of everybody's silence: we did not listen meanwhile.
func (r *register) shift(by time.Duration) {
	for _, s := range r.stations {
		s.at = s.at.Add(by)
		for i := range s.addresses {
			s.addresses[i].at = s.addresses[i].at.Add(by)
		}
	}
}

// list is who is there, in the order of their keys.
func (r *register) list() []Heard {
	var all []Heard
	for key, s := range r.stations {
		if s.gone {
			continue
		}
		h := Heard{Key: key, Announcement: s.heard}
		for _, a := range s.addresses {
			h.Addresses = append(h.Addresses, netip.AddrPortFrom(a.addr, s.heard.Port))
		}
		all = append(all, h)
	}
	slices.SortFunc(all, func(a, b Heard) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	return all
}
