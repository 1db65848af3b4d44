package server_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"confab/conference/server"
)

// stranger is a program that speaks to the server over a WebSocket without a subprotocol. It lives in a
// synctest bubble.
type stranger struct {
	t  *testing.T
	ws *websocket.Conn

	mu    sync.Mutex
	heard []string
	ended bool
}

// ring opens a WebSocket, as a page from elsewhere does.
func ring(t *testing.T, n *network, path string) *stranger {
	t.Helper()
	d := websocket.Dialer{NetDialContext: n.dial}
	ws, _, err := d.DialContext(t.Context(), "ws://server"+path, http.Header{"Origin": {"https://elsewhere.example"}})
	if err != nil {
		t.Fatalf("ring: %v", err)
	}
	c := &stranger{t: t, ws: ws}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			_, data, err := ws.ReadMessage()
			c.mu.Lock()
			if err != nil {
				c.ended = true
				c.mu.Unlock()
				return
			}
			c.heard = append(c.heard, string(data))
			c.mu.Unlock()
		}
	})
	t.Cleanup(func() {
		ws.Close()
		wg.Wait()
	})
	return c
}

func (c *stranger) say(messages ...string) {
	for _, m := range messages {
		if err := c.ws.WriteMessage(websocket.TextMessage, []byte(m)); err != nil {
			return // the server has closed already
		}
	}
}

// take are the messages that have come by now.
func (c *stranger) take() []string {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	heard := c.heard
	c.heard = nil
	return heard
}

func (c *stranger) hears(want ...string) {
	c.t.Helper()
	if d := cmp.Diff(want, c.take()); d != "" {
		c.t.Errorf("(-want +got)\n%s", d)
	}
}

func (c *stranger) cut() bool {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

func TestOtherPathsAndNativeOnlyServersKnowNoStrangers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{NativeOnly: true})
		for _, path := range []string{antAt, "/socket.io/?EIO=4&transport=websocket"} {
			d := websocket.Dialer{NetDialContext: n.dial}
			if _, _, err := d.DialContext(t.Context(), "ws://server"+path, nil); err == nil {
				t.Errorf("%s is served", path)
			}
		}
		if c := connect(t, n); c.enter("Alice").ended() != 0 {
			t.Error("confab.v1 is not served")
		}
	})
}

func TestAServerThatStopsLetsStrangersGoAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		stop := serve(t, n, server.Options{})
		transport := &http.Transport{DialContext: n.dial}
		defer transport.CloseIdleConnections()
		p := &poller{t: t, client: &http.Client{Transport: transport}, url: "http://server/socket.io/?EIO=4&transport=polling"}
		_, first := p.do("GET", "")
		sid, _, _ := strings.Cut(strings.TrimPrefix(first, `0{"sid":"`), `"`)
		p.url += "&sid=" + sid
		a, b := ring(t, n, antAt), ring(t, n, courseAt)
		waited := make(chan string, 1)
		go func() {
			_, said := p.do("GET", "")
			waited <- said
		}()
		synctest.Wait()
		start := time.Now()
		if err := stop(); err != nil {
			t.Error(err)
		}
		if said := <-waited; said != "1" {
			t.Errorf("the poll ends with %q", said)
		}
		if took := time.Since(start); took > time.Second || !a.cut() || !b.cut() {
			t.Errorf("stopped after %v, sockets ended: %v, %v", took, a.cut(), b.cut())
		}
	})
}
