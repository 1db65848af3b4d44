package lan

import (
	"cmp"
	"context"
	"encoding/hex"
	"slices"

	"confab/conference/signaling/lan/beacon"
)

// Room is a call on the local network, as its members' beacons tell of it. Anybody can send a beacon: what
// it says is to be shown, and not to be relied on.
type Room struct {
	ID      string   // tells rooms of one name apart, which others have founded or another password opens
	Name    string   // what to join
	Locked  bool     // a password is needed
	Members []string // names, in the order in which they came; without those who have none
	Count   int      // of members, one at least
}

// Browse asks who is there and gives the rooms of now whenever they change, sorted by name; what was not
// read yet is replaced. The first list comes at once, and is empty. The channel is closed after ctx.
func (n *Network) Browse(ctx context.Context) <-chan []Room {
	lists := make(chan []Room, 1) // the newest one
	lists <- nil
	s := beacon.Start(beacon.Options{Open: n.system.Ether, Logger: n.log})
	go func() { // ends with ctx; who wants to wait for it reads until the channel is closed
		defer close(lists)
		defer s.Close()
		var last []Room
		for {
			select {
			case <-ctx.Done():
				return
			case <-s.Changed():
			}
			now := rooms(s.Heard())
			if slices.EqualFunc(now, last, Room.equal) {
				continue
			}
			last = now
			select {
			case <-lists: // nobody needs the old one
			default:
			}
			lists <- now // there is room: we are the only one who fills it
		}
	}()
	return lists
}

func (r Room) equal(o Room) bool {
	return r.ID == o.ID && r.Name == o.Name && r.Locked == o.Locked && r.Count == o.Count && slices.Equal(r.Members, o.Members)
}

// rooms sorts members into rooms.
func rooms(heard []beacon.Heard) []Room {
	type key struct {
		name   string
		id     beacon.RoomID
		locked bool
	}
	members := make(map[key][]beacon.Heard)
	for _, h := range heard {
		k := key{h.Room, h.ID, h.Locked}
		members[k] = append(members[k], h)
	}
	var all []Room
	for k, in := range members {
		slices.SortFunc(in, func(a, b beacon.Heard) int {
			return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(idOf(a.Key[:]), idOf(b.Key[:])))
		})
		r := Room{ID: hex.EncodeToString(k.id[:]), Name: k.name, Locked: k.locked, Count: len(in)}
		for _, h := range in {
			if h.Name != "" {
				r.Members = append(r.Members, h.Name)
			}
			r.Count = max(r.Count, min(int(h.Members), 1+maxMembers)) // some may not be heard
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b Room) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return all
}
