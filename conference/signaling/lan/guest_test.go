package lan_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"confab/conference/signaling"
	"confab/conference/signaling/lan"
)

// The environment that makes this test binary a guest: a process in a room, which tells what it sees.
const (
	guestRoom = "CONFAB_TEST_ROOM"
	guestName = "CONFAB_TEST_NAME"
	guestURL  = "CONFAB_TEST_URL"
)

// sight is what a guest tells: one JSON object a line.
type sight struct {
	Joined  bool
	Self    signaling.PeerID
	Rooms   []lan.Room
	Members map[signaling.PeerID]string // who is here, and not away
	Offers  []signaling.PeerID          // who was here before
	Heard   int                         // signals
	URLs    []string
	Failed  string
}

// beGuest joins a room, says one signal to everybody who comes, and tells what it sees, until its standard
// input ends.
func beGuest(room, name, url string) int {
	var mu sync.Mutex
	out := json.NewEncoder(os.Stdout)
	s := sight{Members: make(map[signaling.PeerID]string)}
	tell := func(change func()) {
		mu.Lock()
		defer mu.Unlock()
		change()
		_ = out.Encode(s)
	}
	n := lan.New(lan.Options{Interfaces: []string{"eth0"}, Reachable: func(urls []string) { tell(func() { s.URLs = urls }) }})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		for rooms := range n.Browse(ctx) {
			tell(func() { s.Rooms = rooms })
		}
	}()
	d, err := signaling.Registry{"lan": n.Open}.Open(ctx, url, signaling.Options{})
	if err != nil {
		tell(func() { s.Failed = err.Error() })
		return 1
	}
	session, err := d.Join(ctx, room, signaling.Peer{Name: name})
	if err != nil {
		tell(func() { s.Failed = err.Error() })
		return 1
	}
	tell(func() {
		s.Joined, s.Self = true, session.Self()
		for _, p := range session.Present() {
			s.Members[p.ID] = p.Name
			s.Offers = append(s.Offers, p.ID)
		}
	})
	greet := func(id signaling.PeerID) { _ = session.Send(ctx, id, note(1)) }
	for _, p := range session.Present() {
		greet(p.ID)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = session.Leave(context.Background())
	}()
	for m := range session.Messages() {
		tell(func() {
			switch m := m.(type) {
			case signaling.PeerJoined:
				s.Members[m.Peer.ID] = m.Peer.Name
				if m.Offers {
					s.Offers = append(s.Offers, m.Peer.ID)
				}
				greet(m.Peer.ID)
			case signaling.PeerLeft:
				delete(s.Members, m.ID)
			case signaling.PeerAway:
				if m.Away {
					delete(s.Members, m.ID)
				} else {
					s.Members[m.ID] = "back"
				}
			case signaling.Received:
				s.Heard++
			}
		})
	}
	return 0
}

// guest is such a process, as its test sees it.
type guest struct {
	t    *testing.T
	name string
	in   io.Closer

	mu    sync.Mutex
	moved chan struct{} // closed when there is more to see, and made anew
	last  sight
	ended bool
}

// startGuest starts a guest by a command line, to which this binary is added.
func startGuest(t *testing.T, command func(line ...string) []string, room, name, url string) *guest {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	line := command(self)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Env = append(os.Environ(), guestRoom+"="+room, guestName+"="+name, guestURL+"="+url)
	var errors strings.Builder
	cmd.Stderr = &errors
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	g := &guest{t: t, name: name, in: in, moved: make(chan struct{})}
	var read sync.WaitGroup
	read.Go(func() { g.read(out) })
	t.Cleanup(func() {
		in.Close()
		stop := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		read.Wait()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v: %s", name, err, errors.String())
		}
		stop.Stop()
	})
	return g
}

// patience is how long a test waits for what must come. It is no figure of the program's.
const patience = time.Minute

func (g *guest) read(out io.Reader) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var s sight
		err := json.Unmarshal(lines.Bytes(), &s)
		g.mu.Lock()
		if err == nil {
			g.last = s
		}
		close(g.moved)
		g.moved = make(chan struct{})
		g.mu.Unlock()
	}
	g.mu.Lock()
	g.ended = true
	close(g.moved)
	g.moved = make(chan struct{})
	g.mu.Unlock()
}

// sees waits until the guest sees what ok wants, and gives what it saw and how long that took.
func (g *guest) sees(what string, ok func(sight) bool) (sight, time.Duration) {
	g.t.Helper()
	began := time.Now()
	over := time.NewTimer(patience)
	defer over.Stop()
	for {
		g.mu.Lock()
		now, moved, ended := g.last, g.moved, g.ended
		g.mu.Unlock()
		switch {
		case ok(now):
			return now, time.Since(began)
		case ended:
			g.t.Fatalf("%s ended before it saw %s: %+v", g.name, what, now)
		}
		select {
		case <-moved:
		case <-over.C:
			g.t.Fatalf("%s never saw %s: %+v", g.name, what, now)
		}
	}
}

// inRooms tells whether all the rooms of these names are seen, and no others.
func inRooms(names ...string) func(sight) bool {
	return func(s sight) bool {
		var seen []string
		for _, r := range s.Rooms {
			seen = append(seen, r.Name)
		}
		return fmt.Sprint(seen) == fmt.Sprint(names)
	}
}

// with tells whether so many others are here, and each has said something.
func with(members, heard int) func(sight) bool {
	return func(s sight) bool { return s.Joined && len(s.Members) == members && s.Heard >= heard }
}
