package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"confab/conference/server"
	"confab/conference/signaling"
	"confab/conference/signaling/native"
)

// natsCluster runs so many NATS servers in this process, which know each other, and gives their URLs.
func natsCluster(t *testing.T, count int) (urls []string) {
	t.Helper()
	var routes []*url.URL
	for i := range count {
		s, err := natsserver.NewServer(&natsserver.Options{
			ServerName: fmt.Sprint("nats", i), Host: "127.0.0.1", Port: -1, NoLog: true, NoSigs: true,
			Cluster: natsserver.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: -1}, Routes: routes,
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		t.Cleanup(func() {
			s.Shutdown()
			s.WaitForShutdown()
		})
		if !s.ReadyForConnections(time.Minute) {
			t.Fatal("NATS server does not start")
		}
		routes = append(routes, &url.URL{Scheme: "nats", Host: s.ClusterAddr().String()})
		urls = append(urls, s.ClientURL())
	}
	return urls
}

// front is a name behind which instances stand: who connects gets the one that is wanted, or another.
type front struct {
	mu        sync.Mutex
	instances []*instance
}

// instance is a server, in a process of its own.
type instance struct {
	address string
	cmd     *exec.Cmd
	stop    func() // kills it, or has it end by itself
	dead    bool   // guarded by the front
}

// clusterOf starts instances, each at one of the NATS servers.
func clusterOf(t *testing.T, nats []string, count int) *front {
	t.Helper()
	f := &front{}
	for i := range count {
		f.instances = append(f.instances, startInstance(t, nats[i%len(nats)]))
	}
	return f
}

func startInstance(t *testing.T, nats string) *instance {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	cmd.Env = append(os.Environ(), instanceOf+"="+nats)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait() // it may have been killed
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("instance does not start: %v", err)
	}
	return &instance{address: strings.TrimSpace(line), cmd: cmd, stop: func() { in.Close() }}
}

// dialer connects to the wanted instance while it lives, else to the next one.
func (f *front) dialer(wanted int) native.Dialer {
	return native.Dialer{NetDial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		err := errors.New("no instance lives")
		for i := range f.instances {
			one := f.instances[(wanted+i)%len(f.instances)]
			f.mu.Lock()
			dead := one.dead
			f.mu.Unlock()
			if dead {
				continue
			}
			var c net.Conn
			if c, err = (&net.Dialer{}).DialContext(ctx, network, one.address); err == nil {
				return c, nil
			}
		}
		return nil, err
	}}
}

// end kills an instance, or stops it as its operator would.
func (f *front) end(t *testing.T, i int, kill bool) {
	t.Helper()
	f.mu.Lock()
	f.instances[i].dead = true
	f.mu.Unlock()
	if !kill {
		f.instances[i].stop()
		return
	}
	if err := f.instances[i].cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
}

// holder is the instance that holds the only room.
func (f *front) holder(t *testing.T) int {
	t.Helper()
	for i, one := range f.instances {
		if strings.Contains(fetch(t, "http://"+one.address+"/metrics"), "\nconfab_rooms 1\n") {
			return i
		}
	}
	t.Fatal("nobody holds the room")
	return 0
}

// attend joins the room "demo" at the wanted instance.
func (f *front) attend(t *testing.T, wanted int, name string, o signaling.Options) (signaling.Session, error) {
	t.Helper()
	return dialTo(t, "ws://front", "demo", name, f.dialer(wanted), o)
}

// greetAll has each of the sessions send a signal to each other one, and waits for all of them.
func greetAll(t *testing.T, n uint32, all ...signaling.Session) {
	t.Helper()
	for _, from := range all {
		for _, to := range all {
			if from != to {
				if err := from.Send(t.Context(), to.Self(), bye(n)); err != nil {
					t.Fatalf("send: %v", err)
				}
			}
		}
	}
	for _, to := range all {
		waiting := len(all) - 1
		for waiting > 0 {
			if m := staying[signaling.Received](t, to); m.Signal.N == n {
				waiting--
			}
		}
	}
}

// staying waits for the next message of a kind, and fails if anybody leaves before.
func staying[M signaling.Message](t *testing.T, s signaling.Session) M {
	t.Helper()
	for {
		m := next[signaling.Message](t, s)
		if left, is := m.(signaling.PeerLeft); is {
			t.Fatalf("%s hears that %s has left: %s", s.Self(), left.ID, left.Reason)
		}
		if m, is := m.(M); is {
			return m
		}
	}
}

func TestARoomIsSpreadOverInstancesAndNobodyIsLostWhenOneDies(t *testing.T) {
	for name, c := range map[string]struct{ holder, kill bool }{
		"holder killed":           {holder: true, kill: true},
		"another instance killed": {kill: true},
		"holder stopped":          {holder: true},
	} {
		t.Run(name, func(t *testing.T) {
			f := clusterOf(t, natsCluster(t, 3), 3)
			var all []signaling.Session
			for i, name := range []string{"Ann", "Ben", "Cleo", "Dora"} {
				s, err := f.attend(t, i, name, signaling.Options{Password: "sesame"})
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				all = append(all, s)
			}
			greetAll(t, 1, all...)
			victim := f.holder(t)
			if !c.holder {
				victim = (victim + 1) % 3
			}
			ids := idsOf(all)
			f.end(t, victim, c.kill)
			for i, s := range all {
				if c.holder || i%3 == victim { // all come back to a room that was taken over
					staying[signaling.Interrupted](t, s)
					staying[signaling.Resumed](t, s)
				}
			}
			if after := idsOf(all); !slices.Equal(ids, after) {
				t.Errorf("IDs %v, before %v", after, ids)
			}
			if _, err := f.attend(t, victim+2, "Mallory", signaling.Options{Password: "open"}); !errors.Is(err, signaling.ErrUnauthorized) {
				t.Errorf("another password: %v, want ErrUnauthorized", err)
			}
			eve, err := f.attend(t, victim+2, "Eve", signaling.Options{Password: "sesame"})
			if err != nil {
				t.Fatal(err)
			}
			var present []signaling.PeerID
			for _, p := range eve.Present() {
				present = append(present, p.ID)
			}
			if !slices.Equal(present, ids) {
				t.Errorf("Eve finds %v, want %v", present, ids)
			}
			for _, s := range all {
				for staying[signaling.PeerJoined](t, s).Peer.ID != eve.Self() { // those who came back
				}
			}
			greetAll(t, 2, append(all, eve)...)
		})
	}
}

func idsOf(all []signaling.Session) (ids []signaling.PeerID) {
	for _, s := range all {
		ids = append(ids, s.Self())
	}
	return ids
}

// TestASocketIsResumedAtAnotherInstance: what was missed is replayed there.
func TestASocketIsResumedAtAnotherInstance(t *testing.T) {
	f := clusterOf(t, natsCluster(t, 1), 2)
	ann, err := f.attend(t, 0, "Ann", signaling.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var conn net.Conn
	at := 0
	ben, err := dialTo(t, "ws://front", "demo", "Ben", native.Dialer{NetDial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		mu.Lock()
		d := f.dialer(at)
		mu.Unlock()
		c, err := d.NetDial(ctx, network, "")
		mu.Lock()
		defer mu.Unlock()
		conn = c
		return c, err
	}}, signaling.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for round := range uint32(4) {
		greetAll(t, 2*round+1, ann, ben)
		mu.Lock()
		at = 1 - at
		conn.Close()
		mu.Unlock()
		staying[signaling.Interrupted](t, ben)
		if m := staying[signaling.Resumed](t, ben); !m.Replayed {
			t.Errorf("round %d: Ben is back, but something was missed", round)
		}
		greetAll(t, 2*round+2, ann, ben)
	}
}

// TestRulesOfARoomHoldOverInstances: password, lock, removal and the number of members.
func TestRulesOfARoomHoldOverInstances(t *testing.T) {
	nats := natsCluster(t, 1)
	var addresses []string
	for range 2 {
		address, _ := listening(t, "127.0.0.1:0", server.Options{MaxPeers: 3, Cluster: server.Cluster{URL: nats[0], Name: "rules"}})
		addresses = append(addresses, address)
	}
	for i := range addresses { // the owner at either instance, the others at the other one
		own, other := addresses[i], addresses[1-i]
		room := fmt.Sprint("room ", i)
		owner := speak(t, own)
		owner.say(`{"type":"join","rid":1,"room":%q,"name":"Owner","password":"sesame"}`, room)
		owner.hear("joined")
		guest := speak(t, other)
		guest.say(`{"type":"join","rid":1,"room":%q,"name":"Guest","password":"open"}`, room)
		guest.hears("code", "unauthorized")
		guest.say(`{"type":"join","rid":1,"room":%q,"name":"Guest","password":"sesame"}`, room)
		guest.hear("joined")
		owner.hear("peer-joined")
		guest.say(`{"type":"lock","on":true}`)
		guest.hears("code", "unauthorized")
		owner.say(`{"type":"lock","on":true}`)
		owner.say(`{"type":"ping","rid":9}`)
		owner.hear("pong")
		third := speak(t, other)
		third.say(`{"type":"join","rid":1,"room":%q,"name":"Third","password":"sesame"}`, room)
		for third.hear("error", "joined")["type"] == "joined" { // the lock was on its way
			third.say(`{"type":"leave","rid":2}`)
			third.hear("left")
			third.say(`{"type":"join","rid":1,"room":%q,"name":"Third","password":"sesame"}`, room)
		}
		owner.say(`{"type":"kick","id":%q}`, guest.id)
		guest.hears("code", "kicked")
		owner.say(`{"type":"lock","on":false}`)
		again := speakAs(t, other, guest.key)
		again.say(`{"type":"join","rid":1,"room":%q,"name":"Guest","password":"sesame"}`, room)
		again.hears("code", "kicked", "room-locked")
	}
}
