package beacon

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// said is what a station of that number says.
func said(n int, port uint16) (Key, []byte) {
	seed := sha256.Sum256(fmt.Append(nil, "station ", n))
	key := ed25519.NewKeyFromSeed(seed[:])
	p := Packet{Kind: Am, Counter: 1, Announcement: Announcement{Room: "demo", Port: port, Members: 1}}
	return Key(key.Public().(ed25519.PublicKey)), p.Encode(key)
}

func TestStationsThatCrowdAnAddressGiveWay(t *testing.T) {
	r, now := newRegister(Key{}), time.Unix(1000, 0)
	address := func(n int) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, byte(n)}) }
	for n := range 2 * maxStations { // of 32 addresses
		_, data := said(n, 5000)
		r.hear(now, address(n/maxNeighbors), data)
		now = now.Add(50 * time.Millisecond)
		r.limiter.expire(now)
	}
	if len(r.stations) != maxStations {
		t.Fatalf("%d stations, want %d", len(r.stations), maxStations)
	}
	for n := range 20 {
		key, data := said(5000+n, 26632)
		if !r.hear(now, address(200+n), data).changed || r.stations[key] == nil {
			t.Errorf("a station of its own address is not heard")
		}
	}
	if len(r.stations) != maxStations {
		t.Errorf("%d stations, want %d", len(r.stations), maxStations)
	}
	for n := range 20 {
		if key, _ := said(5000+n, 26632); r.stations[key] == nil {
			t.Errorf("a station of its own address had to give way")
		}
	}
	_, data := said(9000, 5000)
	data[len(data)-1]++
	before := len(r.list())
	if r.hear(now, address(250), data).changed || len(r.list()) != before {
		t.Error("a packet with a wrong signature makes somebody give way")
	}
}
