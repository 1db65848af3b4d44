package server_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"confab/conference/signaling"
)

// speaker speaks to a server word by word, over a real socket.
type speaker struct {
	t   *testing.T
	ws  *websocket.Conn
	key string
	id  signaling.PeerID
}

func speak(t *testing.T, address string) *speaker {
	t.Helper()
	return speakAs(t, address, signaling.NewKey())
}

// speakAs says hello with a key.
func speakAs(t *testing.T, address, key string) *speaker {
	t.Helper()
	d := websocket.Dialer{Subprotocols: []string{"confab.v1"}}
	ws, _, err := d.DialContext(t.Context(), "ws://"+address, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.Close() })
	s := &speaker{t: t, ws: ws, key: key, id: signaling.IDFromKey(key)}
	s.say(`{"type":"hello","protocol":[1],"key":%q}`, key)
	s.hear("welcome")
	return s
}

func (s *speaker) say(format string, args ...any) {
	s.t.Helper()
	if err := s.ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, format, args...)); err != nil {
		s.t.Fatal(err)
	}
}

// hear waits for the next message of one of those types.
func (s *speaker) hear(types ...string) message {
	s.t.Helper()
	return s.hears("type", types...)
}

// hears waits for the next message in which a key has one of those values.
func (s *speaker) hears(key string, values ...string) message {
	s.t.Helper()
	if err := s.ws.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		s.t.Fatal(err)
	}
	for {
		var m message
		if err := s.ws.ReadJSON(&m); err != nil {
			s.t.Fatalf("waiting for %s %v: %v", key, values, err)
		}
		if text, _ := m[key].(string); slices.Contains(values, text) {
			return m
		}
	}
}

// fetch is what a GET request is answered.
func fetch(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
