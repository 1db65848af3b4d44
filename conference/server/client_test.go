package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/gorilla/websocket"

	"confab/conference/signaling"
)

// client speaks to the server word by word, as no decent driver would. It lives in a synctest bubble.
type client struct {
	t   *testing.T
	ws  *websocket.Conn
	key string

	mu     sync.Mutex
	heard  []message
	closed error // why the socket is closed
}

type message map[string]any

func (m message) String() string {
	b, _ := json.Marshal(map[string]any(m))
	return string(b)
}

// connect opens a socket; nothing is said yet.
func connect(t *testing.T, n *network) *client {
	t.Helper()
	d := websocket.Dialer{NetDialContext: n.dial, Subprotocols: []string{"confab.v1"}}
	ws, _, err := d.DialContext(t.Context(), "ws://server/any/path", nil)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	c := &client{t: t, ws: ws, key: signaling.NewKey()}
	var wg sync.WaitGroup
	wg.Go(c.listen)
	t.Cleanup(func() {
		ws.Close()
		wg.Wait()
	})
	return c
}

func (c *client) listen() {
	for {
		_, data, err := c.ws.ReadMessage()
		c.mu.Lock()
		if err != nil {
			c.closed = err
			c.mu.Unlock()
			return
		}
		var m message
		if err := json.Unmarshal(data, &m); err != nil {
			c.t.Errorf("server sends %q: %v", data, err)
		}
		c.heard = append(c.heard, m)
		c.mu.Unlock()
	}
}

func (c *client) hello() { c.say(`{"type":"hello","protocol":[1],"key":"%s","seq":0}`, c.key) }

// enter says hello and joins the room "demo".
func (c *client) enter(name string) *client {
	c.t.Helper()
	c.hello()
	c.say(`{"type":"join","rid":1,"room":"demo","name":"%s","metadata":{"mic":true}}`, name)
	if got := c.take(); len(got) != 2 || got[1]["type"] != "joined" {
		c.t.Fatalf("join as %s: %v", name, got)
	}
	return c
}

func (c *client) id() string { return string(signaling.IDFromKey(c.key)) }

func (c *client) say(format string, args ...any) {
	c.t.Helper()
	if err := c.ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, format, args...)); err != nil {
		c.t.Logf("say: %v", err) // the server may have closed already
	}
}

// take are the messages that have come by now.
func (c *client) take() []message {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	heard := c.heard
	c.heard = nil
	return heard
}

// one is the only message that has come by now.
func (c *client) one(kind string) message {
	c.t.Helper()
	got := c.take()
	if len(got) != 1 || got[0]["type"] != kind {
		c.t.Fatalf("heard %v, want one %s", got, kind)
	}
	return got[0]
}

// refused checks that the only answer is an error with that code.
func (c *client) refused(code string) message {
	c.t.Helper()
	m := c.one("error")
	if m["code"] != code {
		c.t.Errorf("refused with %v, want %s", m, code)
	}
	return m
}

// ended is the close frame's code, 1006 for a broken connection, 0 while it is open.
func (c *client) ended() int {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed == nil {
		return 0
	}
	if e, ok := c.closed.(*websocket.CloseError); ok {
		return e.Code
	}
	return 1006
}

func types(messages []message) string {
	var all []string
	for _, m := range messages {
		all = append(all, fmt.Sprint(m["type"]))
	}
	return strings.Join(all, " ")
}
