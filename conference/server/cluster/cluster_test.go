package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"confab/conference/server/cluster"
)

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// natsServer runs one in this process; stop ends it.
func natsServer(t *testing.T) (url string, stop func()) {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	stop = sync.OnceFunc(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	t.Cleanup(stop)
	if !s.ReadyForConnections(patience) {
		t.Fatal("NATS server does not start")
	}
	return s.ClientURL(), stop
}

// diary is a Handler that writes down what happens.
type diary struct {
	mu    sync.Mutex
	lines []string
	moved chan struct{}
}

func newDiary() *diary { return &diary{moved: make(chan struct{})} }

func (d *diary) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
	close(d.moved)
	d.moved = make(chan struct{})
}

func (d *diary) Met(id cluster.ID)              { d.note("met %s", id) }
func (d *diary) Told(from cluster.ID, m []byte) { d.note("%s: %s", from, m) }
func (d *diary) Lost(id cluster.ID, gone bool)  { d.note("lost %s %v", id, gone) }
func (d *diary) Asked(from cluster.ID, q []byte) []byte {
	d.note("%s asks %s", from, q)
	return append([]byte("no "), q...)
}

// wait waits until the diary has all these lines, and gives all lines.
func (d *diary) wait(t *testing.T, want ...string) []string {
	t.Helper()
	over := time.After(patience)
	for {
		d.mu.Lock()
		lines, moved := slices.Clone(d.lines), d.moved
		d.mu.Unlock()
		if !slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(lines, w) }) {
			return lines
		}
		select {
		case <-moved:
		case <-over:
			t.Fatalf("want %q among\n%s", want, strings.Join(lines, "\n"))
		}
	}
}

func open(t *testing.T, url string) (*cluster.Cluster, *diary) {
	t.Helper()
	d := newDiary()
	c, err := cluster.Open(cluster.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	c.Start(d)
	t.Cleanup(c.Close)
	return c, d
}

func TestInstancesMeetTalkAndPart(t *testing.T) {
	url, _ := natsServer(t)
	a, ofA := open(t, url)
	b, ofB := open(t, url)
	ofA.wait(t, "met "+string(b.Self()))
	ofB.wait(t, "met "+string(a.Self()))
	for i := range 100 {
		a.Tell(b.Self(), fmt.Append(nil, i))
	}
	answer, err := a.Ask(t.Context(), b.Self(), []byte("milk"))
	if err != nil || string(answer) != "no milk" {
		t.Errorf("answer %q, %v", answer, err)
	}
	var want []string
	for i := range 100 {
		want = append(want, fmt.Sprintf("%s: %d", a.Self(), i))
	}
	want = append([]string{"met " + string(a.Self())}, append(want, string(a.Self())+" asks milk")...)
	if got := ofB.wait(t, string(a.Self())+" asks milk"); !slices.Equal(got, want) {
		t.Errorf("B heard %q", got)
	}
	if live := a.Live(); len(live) != 2 || !slices.Contains(live, b.Self()) {
		t.Errorf("live: %v", live)
	}
	if a.Ranked("room")[0] != b.Ranked("room")[0] {
		t.Error("A and B do not agree who cares for a room")
	}
	for i := range 100 {
		b.Tell(a.Self(), fmt.Append(nil, i))
	}
	b.Close()
	gone := fmt.Sprintf("lost %s true", b.Self())
	lines := ofA.wait(t, gone)
	if at := slices.Index(lines, gone); lines[at-1] != string(b.Self())+": 99" {
		t.Errorf("before the end of B, A heard %q", lines[at-1])
	}
	if _, err := a.Ask(t.Context(), b.Self(), nil); !errors.Is(err, cluster.ErrGone) {
		t.Errorf("ask who is gone: %v, want ErrGone", err)
	}
	b.Close()
}

// TestInstancesThatMissedSomethingMeetAnew: NATS is gone for a while.
func TestInstancesThatMissedSomethingMeetAnew(t *testing.T) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(patience) {
		t.Fatal("NATS server does not start")
	}
	a, ofA := open(t, s.ClientURL())
	b, ofB := open(t, s.ClientURL())
	ofA.wait(t, "met "+string(b.Self()))
	ofB.wait(t, "met "+string(a.Self()))
	address := s.Addr().String()
	if !a.Connected() {
		t.Error("A is not connected")
	}
	s.Shutdown()
	s.WaitForShutdown()
	a.Tell(b.Self(), []byte("lost"))
	again, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port(t, address), NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	again.Start()
	defer again.WaitForShutdown()
	defer again.Shutdown()
	over := time.Now().Add(patience)
	for n := 0; ; n++ {
		text := fmt.Sprintf("hello %d", n)
		a.Tell(b.Self(), []byte(text))
		heard, stop := context.WithTimeout(t.Context(), time.Second)
		_, err := a.Ask(heard, b.Self(), []byte("there"))
		stop()
		if err == nil {
			break
		}
		if time.Now().After(over) {
			t.Fatal("the two never meet again")
		}
	}
	if a.Connected() {
		t.Error("A is sure of what it knows of others, while some may not have found back yet")
	}
	lost := func(lines []string, id cluster.ID) bool {
		return slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "lost "+string(id)) })
	}
	if lines := ofB.wait(t); !lost(lines, a.Self()) || slices.Contains(lines, string(a.Self())+": lost") {
		t.Errorf("B heard %q, want to hear that something was lost", lines)
	}
}

func port(t *testing.T, address string) int {
	t.Helper()
	var n int
	if _, err := fmt.Sscanf(address[strings.LastIndexByte(address, ':')+1:], "%d", &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNamesOfClustersAreChecked(t *testing.T) {
	for _, name := range []string{"a.b", "a b", "*", ">", strings.Repeat("x", 65)} {
		if _, err := cluster.Open(cluster.Options{URL: "nats://127.0.0.1:1", Name: name}); !errors.Is(err, cluster.ErrName) {
			t.Errorf("%q: %v, want ErrName", name, err)
		}
	}
}

func TestKeysAreSpreadEvenly(t *testing.T) {
	url, _ := natsServer(t)
	a, ofA := open(t, url)
	b, _ := open(t, url)
	c, _ := open(t, url)
	ofA.wait(t, "met "+string(b.Self()), "met "+string(c.Self()))
	count := map[cluster.ID]int{}
	for i := range 3000 {
		count[a.Ranked(fmt.Sprint("room ", i))[0]]++
	}
	for id, n := range count {
		if n < 800 || n > 1200 {
			t.Errorf("%s cares for %d of 3000", id, n)
		}
	}
}
