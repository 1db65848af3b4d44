package lan_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"confab/conference/signaling"
	"confab/conference/signaling/lan"
	"confab/conference/signaling/lan/beacon"
	"confab/conference/signaling/lan/lantest"
)

// haunt has so many members who do not exist announce themselves in the room "demo" all the time, sixteen from
// each address, until ctx ends.
func haunt(ctx context.Context, network *lantest.Network, ghosts int) {
	said := make([][]byte, ghosts)
	for now := time.NewTicker(10 * time.Millisecond); ctx.Err() == nil; {
		for i := range ghosts {
			if time.Now().Nanosecond() == 0 || said[i] == nil {
				seed := sha256.Sum256(fmt.Append(nil, "ghost ", i))
				key := ed25519.NewKeyFromSeed(seed[:])
				p := beacon.Packet{
					Kind: beacon.Am, Key: beacon.Key(key.Public().(ed25519.PublicKey)), Counter: uint64(time.Now().UnixMilli()),
					Announcement: beacon.Announcement{Room: "demo", Name: "ghost", Port: 5000, Members: 1},
				}
				said[i] = p.Encode(key)
			}
			network.Inject("lan0", netip.AddrFrom4([4]byte{192, 0, 2, byte(100 + i/16)}), said[i])
		}
		select {
		case <-now.C:
		case <-ctx.Done():
			now.Stop()
		}
	}
}

func TestMembersWhoDoNotExistDoNotKeepOthersApart(t *testing.T) {
	for _, ghosts := range []int{16, 144} {
		synctest.Test(t, func(t *testing.T) {
			network, hosts := flat(2)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go haunt(ctx, network, ghosts)
			time.Sleep(500 * time.Millisecond)
			a := join(t, hosts[0], "Alice", visit{key: keys[5]})
			b := join(t, hosts[1], "Bob", visit{key: keys[0]})
			time.Sleep(time.Second)
			if diff := cmp.Diff([]signaling.Message{signaling.PeerJoined{Peer: b.peer()}}, a.waiting()); diff != "" {
				t.Errorf("with %d ghosts Alice heard (-want +got):\n%s", ghosts, diff)
			}
		})
	}
}

func TestAMemberWhoseAddressChangesStaysInTheRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, hosts := flat(2)
		a, b := join(t, hosts[0], "Alice", visit{}), join(t, hosts[1], "Bob", visit{})
		a.hears(signaling.PeerJoined{Peer: b.peer()})
		hosts[1].Unplug("lan0")
		time.Sleep(2 * time.Second)
		hosts[1].Plug("lan0", "192.0.2.77/24", "fe80::77/64")
		time.Sleep(8 * time.Second)
		a.says(b, 1)
		b.says(a, 1)
		heard := func(p *person, from *person) bool {
			for _, m := range p.waiting() {
				if r, ok := m.(signaling.Received); ok && r.From == from.Self() {
					return true
				}
				if l, ok := m.(signaling.PeerLeft); ok {
					t.Errorf("%s heard %+v", p.name, l)
				}
			}
			return false
		}
		if !heard(a, b) || !heard(b, a) {
			t.Error("they do not hear each other after the address has changed")
		}
	})
}

func TestNoNetworkIsSaidAndItsReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, hosts := flat(2)
		a, b := join(t, hosts[0], "Alice", visit{}), join(t, hosts[1], "Bob", visit{})
		hosts[1].Unplug("lan0")
		time.Sleep(5 * time.Second)
		var lost error
		for _, m := range b.waiting() {
			if m, ok := m.(signaling.Interrupted); ok {
				lost = m.Err
			}
		}
		if !errors.Is(lost, lan.ErrNoNetwork) {
			t.Errorf("Bob is interrupted by %v, want ErrNoNetwork", lost)
		}
		if err := b.Send(t.Context(), a.Self(), note(1)); !errors.Is(err, signaling.ErrInterrupted) {
			t.Errorf("send without a network: %v, want ErrInterrupted", err)
		}
		hosts[1].Plug("lan0", "192.0.2.2/24")
		time.Sleep(5 * time.Second)
		resumed := false
		for _, m := range b.waiting() {
			if m, ok := m.(signaling.Resumed); ok {
				resumed = len(m.Members) == 1 && m.Replayed
			}
		}
		if !resumed {
			t.Error("Bob is not told that the network is back, and who is there")
		}
	})
}
