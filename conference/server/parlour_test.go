package server_test

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	natsserver "github.com/nats-io/nats-server/v2/server"

	"confab/conference/server"
)

// outsider is a program that speaks to an instance of a cluster over a WebSocket without a subprotocol.
type outsider struct {
	t     *testing.T
	ws    *websocket.Conn
	heard chan string // closed when the socket has ended

	writing sync.Mutex // pongs, and what is said
}

// knock opens a WebSocket, as a page from elsewhere does.
func knock(t *testing.T, address, path string) *outsider {
	t.Helper()
	ws, _, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+address+path, http.Header{"Origin": {"https://elsewhere.example"}})
	if err != nil {
		t.Fatalf("knock at %s: %v", address, err)
	}
	o := &outsider{t: t, ws: ws, heard: make(chan string, 1024)} // more than any test has it hear
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(o.heard)
		for {
			_, data, err := ws.ReadMessage()
			if err != nil {
				return
			}
			if string(data) == "2" { // Engine.IO's ping
				_ = o.write("3") // the reader would tell
				continue
			}
			o.heard <- string(data)
		}
	}()
	t.Cleanup(func() {
		ws.Close()
		<-ended
	})
	return o
}

func (o *outsider) write(message string) error {
	o.writing.Lock()
	defer o.writing.Unlock()
	return o.ws.WriteMessage(websocket.TextMessage, []byte(message))
}

func (o *outsider) say(messages ...string) {
	o.t.Helper()
	for _, m := range messages {
		if err := o.write(m); err != nil {
			o.t.Fatalf("say %s: %v", m, err)
		}
	}
}

// next waits for a message.
func (o *outsider) next() string {
	o.t.Helper()
	select {
	case m, open := <-o.heard:
		if !open {
			o.t.Fatal("the socket has ended")
		}
		return m
	case <-time.After(time.Minute):
		o.t.Fatal("nothing more is heard")
	}
	return ""
}

func (o *outsider) hears(want ...string) {
	o.t.Helper()
	for _, w := range want {
		if got := o.next(); got != w {
			o.t.Fatalf("hears %s, want %s", got, w)
		}
	}
}

// fleet starts instances in this process that share their rooms.
func fleet(t *testing.T, count int) (addresses []string) {
	t.Helper()
	nats := natsCluster(t, 1)[0]
	var starting sync.WaitGroup
	for range count {
		address, _ := listening(t, "127.0.0.1:0", server.Options{Cluster: server.Cluster{URL: nats}})
		addresses = append(addresses, address)
		starting.Go(func() { fetch(t, "http://"+address+"/healthz") })
	}
	starting.Wait()
	return addresses
}

// kept is how many foreign rooms an instance is the keeper of.
func kept(t *testing.T, address string) int { return gauge(t, address, "confab_foreign_rooms") }

// known is how many instances one knows, itself included.
func known(t *testing.T, address string) int { return gauge(t, address, "confab_cluster_instances") }

// gauge is a figure of an instance.
func gauge(t *testing.T, address, name string) int {
	t.Helper()
	_, after, _ := strings.Cut(fetch(t, "http://"+address+"/metrics"), "\n"+name+" ")
	text, _, _ := strings.Cut(after, "\n")
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// until looks again and again whether it is so.
func until(t *testing.T, good func() bool) {
	t.Helper()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	over := time.After(time.Minute)
	for !good() {
		select {
		case <-look.C:
		case <-over:
			t.Fatal("it does not come to be so")
		}
	}
}

// keptBy finds a room that an instance keeps: enter and leave somebody in one after the other.
func keptBy(t *testing.T, keeper string, enter, leave func(room string)) (room string) {
	t.Helper()
	for n := range 100 {
		room = fmt.Sprint("r", n)
		if enter(room); kept(t, keeper) == 1 {
			leave(room)
			return room
		}
		leave(room)
	}
	t.Fatal("no room falls to that instance")
	return ""
}

func TestAntMediaClientsMeetAcrossInstances(t *testing.T) {
	at := fleet(t, 3)
	for name, c := range map[string]struct{ first, second, keeper int }{
		"kept by the first one's":      {0, 1, 0},
		"kept by the second one's":     {0, 1, 1},
		"kept by a third one":          {0, 1, 2},
		"both elsewhere than the room": {0, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := knock(t, at[c.first], antAt), knock(t, at[c.second], antAt)
			s := keptBy(t, at[c.keeper], func(s string) {
				a.say(ant("join", s))
				a.next()
			}, func(s string) {
				a.say(ant("leave", s))
				a.next()
			})
			about := func(text string) string { return strings.ReplaceAll(text, "s1", s) }
			a.say(ant("join", s), ant("takeCandidate", s))
			a.hears(about(antNotice("joined")), about(antError("no_peer_associated_before")))
			b.say(ant("join", s))
			b.hears(about(antNotice("joined")))
			a.hears(ant("start", s))
			for _, address := range at {
				c := knock(t, address, antAt)
				c.say(ant("join", s), ant("takeConfiguration", s))
				c.hears(about(antError("streamIdInUse")), about(antError("no_peer_associated_before")))
			}
			for i := range 100 {
				b.say(about(fmt.Sprintf(`{"command":"takeCandidate","streamId":"s1","label":%d}`, i)))
			}
			for i := range 100 {
				a.hears(about(fmt.Sprintf(`{"command":"takeCandidate","streamId":"s1","label":%d}`, i)))
				a.say(about(fmt.Sprintf(`{"command":"takeConfiguration","streamId":"s1","type":"offer","sdp":"v=%d\r\n<&>"}`, i)))
			}
			a.say(ant("leave", s))
			for i := range 100 {
				b.hears(about(fmt.Sprintf(`{"command":"takeConfiguration","streamId":"s1","type":"offer","sdp":"v=%d\r\n<&>"}`, i)))
			}
			b.hears(ant("stop", s)) // after the last word
			a.say(ant("join", s))   // at once: the place is free
			a.hears(about(antNotice("leaved")), about(antNotice("joined")))
			b.hears(ant("start", s))
			b.ws.Close()
			a.hears(ant("stop", s))
			a.say(ant("stop", s), `{"command":"ping"}`)
			a.hears(`{"command":"pong"}`)
			until(t, func() bool { return kept(t, at[0])+kept(t, at[1])+kept(t, at[2]) == 0 })
		})
	}
}

// enrol connects an outsider to Socket.IO's namespace and gives its ID there.
func (o *outsider) enrol() (id string) {
	o.t.Helper()
	o.next()
	o.say("40")
	return strings.TrimSuffix(strings.TrimPrefix(o.next(), `40{"sid":"`), `"}`)
}

func TestCourseClientsMeetAcrossInstances(t *testing.T) {
	at := fleet(t, 2)
	for name, keeper := range map[string]int{"kept by the first one's": 0, "kept by the second one's": 1} {
		t.Run(name, func(t *testing.T) {
			a, b, c := knock(t, at[0], courseAt), knock(t, at[1], courseAt), knock(t, at[1], courseAt)
			alice, bob := a.enrol(), b.enrol()
			c.enrol()
			r := keptBy(t, at[keeper], func(r string) {
				a.say(`42["join",{"room":"` + r + `","name":"alice"}]`)
				a.hears(`42["room_users",[]]`)
			}, func(string) {})
			b.say(`42["join",{"room":"` + r + `","name":"bob"}]`)
			b.hears(`42["room_users",[{"id":"` + alice + `","name":"alice"}]]`)
			a.hears(`42["user_joined",{"id":"` + bob + `","name":"bob"}]`)
			c.say(`42["join",{"room":"` + r + `","name":"carol"}]`)
			c.hears(`42["room_full",{"room":"` + r + `"}]`)
			b.say(`42["offer",{"sdp":"v=0\r\n<>","type":"offer"}]`, `42["candidate",{"candidate":""}]`)
			a.hears(`42["getOffer",{"sdp":"v=0\r\n<>","type":"offer"}]`, `42["getCandidate",{"candidate":""}]`)
			a.say(`42["answer",{"sdp":"v=0"}]`)
			b.hears(`42["getAnswer",{"sdp":"v=0"}]`)
			b.say(`42["join",{"room":"` + r + `","name":"robert"}]`) // again
			b.hears(`42["room_users",[{"id":"` + alice + `","name":"alice"}]]`)
			a.ws.Close()
			b.hears(`42["user_exit",{"id":"` + alice + `"}]`)
			c.say(`42["join",{"room":"` + r + `","name":"carol"}]`)
			c.hears(`42["room_users",[{"id":"` + bob + `","name":"robert"}]]`)
			b.next()
			c.ws.Close()
			b.next()
			b.ws.Close()
			until(t, func() bool { return kept(t, at[0])+kept(t, at[1]) == 0 }) // the next one's rooms have the same names
		})
	}
}

// streams has two outsiders meet in 8 streams, of which the instance keeps one at least.
func streams(t *testing.T, keeper string, a, b *outsider) (names []string) {
	t.Helper()
	for n := range 100 {
		names = nil
		for i := range 8 {
			s := fmt.Sprintf("s%d.%d", n, i)
			a.say(ant("join", s))
			a.next()
			b.say(ant("join", s))
			b.next()
			a.hears(ant("start", s))
			names = append(names, s)
		}
		if kept(t, keeper) > 0 {
			return names
		}
		for _, s := range names {
			a.say(ant("leave", s))
			a.next()
			b.hears(ant("stop", s))
			b.say(ant("stop", s))
		}
	}
	t.Fatal("no stream falls to that instance")
	return nil
}

// chat has both say something in each stream and hear nothing else.
func chat(a, b *outsider, names []string, n int) {
	a.t.Helper()
	for _, s := range names {
		m := fmt.Sprintf(`{"command":"peerMessageCommand","streamId":%q,"data":%d}`, s, n)
		a.say(m)
		b.say(m)
		a.hears(m)
		b.hears(m)
	}
}

func TestAForeignPairHearsNothingOfInstancesWithoutGuests(t *testing.T) {
	for name, kill := range map[string]bool{"killed": true, "stopped": false} {
		t.Run(name, func(t *testing.T) {
			nats := natsCluster(t, 2)
			f := clusterOf(t, nats, 3)
			a, b := knock(t, f.instances[0].address, antAt), knock(t, f.instances[1].address, antAt)
			names := streams(t, f.instances[2].address, a, b)
			f.end(t, 2, kill)
			n := 0
			until(t, func() bool { // the others keep all
				n++
				chat(a, b, names[n%8:][:1], n)
				return kept(t, f.instances[0].address)+kept(t, f.instances[1].address) == 8
			})
			var latest *instance
			until(t, func() bool { // a new one keeps some
				n++
				latest = startInstance(t, nats[0])
				chat(a, b, names, n)
				return kept(t, latest.address) > 0
			})
			for _, one := range []*instance{f.instances[0], f.instances[1], latest} {
				c := knock(t, one.address, antAt)
				for _, s := range names {
					c.say(ant("join", s))
					if got := c.next(); !strings.Contains(got, "streamIdInUse") {
						t.Errorf("a third one hears %s", got)
					}
				}
			}
			for _, s := range names { // in order, and nothing else before
				a.say(ant("leave", s))
				b.hears(ant("stop", s))
			}
		})
	}
}

func TestWhoStaysIsToldWhenTheOthersInstanceIsLost(t *testing.T) {
	for name, kill := range map[string]bool{"killed": true, "stopped": false} {
		t.Run(name, func(t *testing.T) {
			f := clusterOf(t, natsCluster(t, 1), 3)
			a, b := knock(t, f.instances[0].address, antAt), knock(t, f.instances[1].address, antAt)
			names := streams(t, f.instances[0].address, a, b) // some with the instance of the one who goes
			a.say(fmt.Sprintf(`{"command":"peerMessageCommand","streamId":%q,"data":"last"}`, names[0]))
			if last := b.next(); !strings.Contains(last, "last") {
				t.Errorf("B hears %s", last)
			}
			f.end(t, 0, kill)
			waiting := map[string]bool{}
			for _, s := range names {
				waiting[ant("stop", s)] = true
			}
			for len(waiting) > 0 {
				m := b.next()
				if !waiting[m] {
					t.Fatalf("B hears %s", m)
				}
				delete(waiting, m)
			}
			c := knock(t, f.instances[2].address, antAt)
			for _, s := range names {
				c.say(ant("join", s))
				c.hears(strings.ReplaceAll(antNotice("joined"), "s1", s))
				b.hears(ant("start", s))
			}
			chat(b, c, names, 0)
		})
	}
}

// natsAt runs a NATS server in this process on a port; -1: any.
func natsAt(t *testing.T, port int) (url string, at int, stop func()) {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: port, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	stop = sync.OnceFunc(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	t.Cleanup(stop)
	if !s.ReadyForConnections(time.Minute) {
		t.Fatal("NATS server does not start")
	}
	return s.ClientURL(), s.Addr().(*net.TCPAddr).Port, stop
}

func TestAForeignPairOutlivesAStopOfNATS(t *testing.T) {
	for name, dies := range map[string]bool{"both instances live": false, "one dies meanwhile": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // most of it is waiting
			url, port, stop := natsAt(t, -1)
			f := clusterOf(t, []string{url}, 2)
			a, b := knock(t, f.instances[0].address, antAt), knock(t, f.instances[1].address, antAt)
			names := streams(t, f.instances[1].address, a, b)
			stop()
			until(t, func() bool { return known(t, f.instances[0].address) == 1 })
			if dies {
				f.end(t, 1, true)
			} else {
				until(t, func() bool { return known(t, f.instances[1].address) == 1 })
			}
			natsAt(t, port)
			if dies {
				for range names {
					if m := a.next(); !strings.Contains(m, "stop") {
						t.Errorf("A hears %s", m)
					}
				}
				return
			}
			until(t, func() bool { return known(t, f.instances[0].address)+known(t, f.instances[1].address) == 4 })
			chat(a, b, names, 1)
			for _, s := range names {
				a.say(ant("leave", s))
				b.hears(ant("stop", s))
			}
		})
	}
}
