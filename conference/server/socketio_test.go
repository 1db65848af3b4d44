package server_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/server"
)

const (
	courseAt = "/socket.io/?EIO=4&transport=websocket"
	opening  = `"upgrades":[],"pingInterval":10000,"pingTimeout":10000,"maxPayload":131072}`
)

// namespace connects a stranger to the namespace and gives its ID there.
func namespace(c *stranger) string {
	c.t.Helper()
	if got := c.take(); len(got) != 1 || !strings.HasSuffix(got[0], opening) {
		c.t.Fatalf("it opens with %v", got)
	}
	c.say("40")
	got := c.take()
	if len(got) != 1 || !strings.HasPrefix(got[0], `40{"sid":"`) {
		c.t.Fatalf("connect: %v", got)
	}
	return strings.TrimSuffix(strings.TrimPrefix(got[0], `40{"sid":"`), `"}`)
}

func TestACourseRoomIsForTwoAndPassesNothingOnToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		a, b, c := ring(t, n, courseAt), ring(t, n, courseAt), ring(t, n, courseAt)
		alice, bob := namespace(a), namespace(b)
		namespace(c)
		a.say(`42["join",{"room":1234,"name":"alice"}]`)
		a.hears(`42["room_users",[]]`)
		a.say(`42["offer",{"sdp":"to nobody"}]`)
		a.hears()
		b.say(`42["join",{"room":"1234","name":"bob"}]`)
		b.hears(`42["room_users",[{"id":"` + alice + `","name":"alice"}]]`)
		a.hears(`42["user_joined",{"id":"` + bob + `","name":"bob"}]`)
		c.say(`42["join",{"room":"1234","name":"carol"}]`)
		c.hears(`42["room_full",{"room":"1234"}]`)
		c.say(`42["offer",{"sdp":"of nobody"}]`, `42["join",{"room":"other"}]`)
		c.hears(`42["room_users",[]]`)
		b.say(`42["offer",{"sdp":"v=0\r\n<>","type":"offer"}]`, `423["candidate",{"candidate":""},2]`, `42["dance",{}]`, `42["offer"]`)
		a.hears(`42["getOffer",{"sdp":"v=0\r\n<>","type":"offer"}]`, `42["getCandidate",{"candidate":""}]`)
		a.say(`42["answer",{"sdp":"v=0"}]`)
		b.hears(`42["getAnswer",{"sdp":"v=0"}]`)
		b.say(`42["join",{"room":"1234","name":"bob"}]`) // again, as after a reconnection
		b.hears(`42["room_users",[{"id":"` + alice + `","name":"alice"}]]`)
		a.hears()
		b.say("41")
		if !b.cut() {
			t.Error("who has disconnected stays")
		}
		a.hears(`42["user_exit",{"id":"` + bob + `"}]`)
		c.hears()
	})
}

func TestCourseJoinsThatCannotBeAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{Limits: server.Limits{Joins: 1}})
		a := ring(t, n, courseAt)
		a.take()
		a.say("40/admin,")
		a.hears(`44/admin,{"message":"Invalid namespace"}`)
		a.say("40", `42["join",{"room":"\u0007"}]`, `42["join","x"]`, `42["join",{"room":{}}]`)
		if got := a.take(); len(got) != 4 || !strings.Contains(got[1], "bad-room") || !strings.Contains(got[2], "bad-message") || !strings.Contains(got[3], "bad-message") {
			t.Errorf("refusals: %v", got)
		}
	})
}

func TestNonsenseEndsACourseSession(t *testing.T) {
	for name, words := range map[string]string{
		"event before connect": `42["join",{}]`,
		"Engine.IO type":       "9",
		"no event":             `40` + "\x00",
		"no list":              `42{}`,
		"empty":                "",
		"connected twice":      "40",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork()
				serve(t, n, server.Options{})
				a := ring(t, n, courseAt)
				if name != "event before connect" {
					namespace(a)
				}
				a.say(words)
				if !a.cut() {
					t.Error("the session goes on")
				}
			})
		})
	}
}

// poller is a client that polls, by hand.
type poller struct {
	t      *testing.T
	client *http.Client
	url    string
}

func (p *poller) do(method, body string) (status int, text string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.url, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Origin", "https://elsewhere.example")
	a, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer a.Body.Close()
	all, err := io.ReadAll(a.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if a.Header.Get("Access-Control-Allow-Origin") != "*" {
		p.t.Error("a page of another host may not read this")
	}
	return a.StatusCode, string(bytes.TrimSpace(all))
}

func TestAPollingClientMeetsOneOfAWebSocketAndMovesToOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		transport := &http.Transport{DialContext: n.dial}
		defer transport.CloseIdleConnections()
		p := &poller{t: t, client: &http.Client{Transport: transport}, url: "http://server/socket.io/?EIO=4&transport=polling"}
		_, first := p.do("GET", "")
		sid, rest, _ := strings.Cut(strings.TrimPrefix(first, `0{"sid":"`), `"`)
		if !strings.HasPrefix(rest, `,"upgrades":["websocket"]`) {
			t.Fatalf("it opens with %s", first)
		}
		p.url += "&sid=" + sid
		if status, said := p.do("POST", "40\x1e42[\"join\",{\"room\":\"r\",\"name\":\"a\"}]"); status != 200 || said != "ok" {
			t.Fatalf("post: %d %s", status, said)
		}
		synctest.Wait()
		_, said := p.do("GET", "")
		if !strings.HasPrefix(said, `40{"sid":`) || !strings.HasSuffix(said, "\x1e"+`42["room_users",[]]`) {
			t.Errorf("poll: %q", said)
		}
		b := ring(t, n, courseAt)
		namespace(b)
		b.say(`42["join",{"room":"r","name":"b"}]`)
		b.take()
		if _, said := p.do("GET", ""); !strings.HasPrefix(said, `42["user_joined",`) {
			t.Errorf("poll: %q", said)
		}

		waited := make(chan string, 1)
		go func() {
			_, said := p.do("GET", "")
			waited <- said
		}()
		synctest.Wait()
		w := ring(t, n, "/socket.io/?EIO=4&transport=websocket&sid="+sid)
		w.say("2probe")
		w.hears("3probe")
		if said := <-waited; said != "6" {
			t.Errorf("the poll ends with %q", said)
		}
		b.say(`42["offer",{"sdp":"x"}]`)
		w.hears() // not before the client has moved
		w.say("5")
		w.hears(`42["getOffer",{"sdp":"x"}]`)
		if status, _ := p.do("GET", ""); status != 400 {
			t.Errorf("a poll of one who has moved: %d", status)
		}
		w.say(`42["answer",{"sdp":"y"}]`)
		b.hears(`42["getAnswer",{"sdp":"y"}]`)
		time.Sleep(10 * time.Second)
		w.hears("2")
		w.ws.Close()
		if got := b.take(); len(got) != 2 || !strings.HasPrefix(got[1], `42["user_exit"`) {
			t.Errorf("the other hears %v", got)
		}
	})
}

func TestEnginesRefusalsAreThoseOfTheOriginal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		transport := &http.Transport{DialContext: n.dial}
		defer transport.CloseIdleConnections()
		for query, want := range map[string]string{
			"EIO=4":                           `{"code":0,"message":"Transport unknown"}`,
			"EIO=4&transport=polling&sid=x":   `{"code":1,"message":"Session ID unknown"}`,
			"EIO=3&transport=polling":         `{"code":5,"message":"Unsupported protocol version"}`,
			"EIO=4&transport=websocket":       `{"code":3,"message":"Bad request"}`,
			"EIO=4&transport=websocket&sid=x": `{"code":1,"message":"Session ID unknown"}`,
		} {
			p := &poller{t: t, client: &http.Client{Transport: transport}, url: "http://server/socket.io/?" + query}
			if status, said := p.do("GET", ""); status != 400 || said != want {
				t.Errorf("%s: %d %s", query, status, said)
			}
		}
		p := &poller{t: t, client: &http.Client{Transport: transport}, url: "http://server/socket.io/?EIO=4&transport=polling"}
		if status, said := p.do("POST", "40"); status != 400 || said != `{"code":2,"message":"Bad handshake method"}` {
			t.Errorf("post: %d %s", status, said)
		}
		if status, _ := p.do("OPTIONS", ""); status != 204 {
			t.Errorf("preflight: %d", status)
		}
	})
}

func TestPollersThatBreakTheRulesLoseTheirSession(t *testing.T) {
	for name, break_ := range map[string]func(p *poller){
		"too large":     func(p *poller) { p.do("POST", "4"+strings.Repeat("x", 200<<10)) },
		"a bad packet":  func(p *poller) { p.do("POST", "40\x1e\x1e") },
		"a client ping": func(p *poller) { p.do("POST", "2") },
		"silence":       func(*poller) { time.Sleep(31 * time.Second) },
		"close":         func(p *poller) { p.do("POST", "1") },
		"two polls": func(p *poller) {
			var wg sync.WaitGroup
			wg.Go(func() { p.do("GET", "") })
			synctest.Wait()
			if status, _ := p.do("GET", ""); status != 400 {
				p.t.Errorf("the second one: %d", status)
			}
			wg.Wait()
		},
		"a poll given up": func(p *poller) {
			r, err := http.NewRequestWithContext(p.t.Context(), "GET", p.url, nil)
			if err != nil {
				p.t.Fatal(err)
			}
			impatient := &http.Client{Transport: p.client.Transport, Timeout: time.Second}
			if a, err := impatient.Do(r); err == nil {
				a.Body.Close()
				p.t.Error("the poll was answered")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork()
				serve(t, n, server.Options{})
				transport := &http.Transport{DialContext: n.dial}
				defer transport.CloseIdleConnections()
				p := &poller{t: t, client: &http.Client{Transport: transport}, url: "http://server/socket.io/?EIO=4&transport=polling"}
				_, first := p.do("GET", "")
				sid, _, _ := strings.Cut(strings.TrimPrefix(first, `0{"sid":"`), `"`)
				p.url += "&sid=" + sid
				break_(p)
				synctest.Wait()
				if status, said := p.do("GET", ""); status != 400 || !strings.Contains(said, "unknown") {
					t.Errorf("afterwards: %d %s", status, said)
				}
			})
		})
	}
}
