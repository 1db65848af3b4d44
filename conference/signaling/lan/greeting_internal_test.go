package lan

import (
	"encoding/json"
	"log/slog"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/signaling"
)

// newTestLoop is one that is joining and has nobody to talk to.
func newTestLoop(self signaling.Peer) *loop {
	return &loop{
		log: slog.New(slog.DiscardHandler), self: self, joining: &joining{},
		members: make(map[signaling.PeerID]*member), links: make(map[*link]*acquaintance),
		contacts: newContacts(self.ID), banned: make(map[signaling.PeerID]time.Time), arrivals: make(chan arrival, 1),
	}
}

func TestWhatChangesWhileSomebodyIsGreetedIsToldThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTestLoop(signaling.Peer{ID: "p_a", Name: "Alice"})
		here, there := net.Pipe()
		l.adopt(&guest{conn: here, peer: "p_b"})
		l.update("Alicia", signaling.Metadata{Camera: true})
		for _, want := range []memberMessage{
			{Type: "member", Name: "Alice"},
			{Type: "update", Name: "Alicia", Metadata: signaling.Metadata{Camera: true}},
		} {
			if err := there.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
				t.Fatal(err)
			}
			data, err := readFrame(there, maxFrame)
			if err != nil {
				t.Fatalf("no %s: %v", want.Type, err)
			}
			var got memberMessage
			if err := json.Unmarshal(data, &got); err != nil || got.Type != want.Type || got.Name != want.Name || got.Metadata != want.Metadata {
				t.Errorf("heard %s (%v), want %s of %s", data, err, want.Type, want.Name)
			}
		}
		for k := range l.links {
			k.close()
		}
		there.Close()
	})
}

func TestSomebodyWhoDoesNotSayWhoTheyAreIsDialedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTestLoop(signaling.Peer{ID: "p_a"})
		now := time.Now()
		for name, how := range map[signaling.PeerID]func(*link){
			"p_silent": func(*link) {
				time.Sleep(silence)
				l.ticked()
			},
			"p_banned": func(*link) {},
		} {
			c := &contact{id: name, heard: now, due: now, dialing: true}
			l.contacts.all[name] = c
			if name == "p_banned" {
				l.banned[name] = now.Add(bannedFor)
			}
			here, there := net.Pipe()
			l.adopt(&guest{conn: here, peer: name, dialed: true})
			for k := range l.links {
				how(k)
			}
			if c.dialing || c.due.Before(now) {
				t.Errorf("%s: still being dialed: %v", name, c.dialing)
			}
			there.Close()
		}
	})
}
