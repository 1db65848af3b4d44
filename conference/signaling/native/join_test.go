package native_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"confab/conference/signaling"
	"confab/conference/signaling/native"
)

var errDeadline = context.DeadlineExceeded

func timeout(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestURLsAreCheckedBeforeTheyAreDialed(t *testing.T) {
	for raw, want := range map[string]error{
		"http://host":       signaling.ErrUnknownScheme,
		"ws://":             signaling.ErrURL,
		"ws:host":           signaling.ErrURL,
		"ws://:8443/":       signaling.ErrURL,
		"wss://user@host":   signaling.ErrURL,
		"ws://host:1/x#y":   nil,
		"wss://[::1]:8443/": nil,
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := native.Open(t.Context(), u, signaling.Options{}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", raw, err, want)
		}
	}
	if _, err := native.Open(t.Context(), &url.URL{Scheme: "ws", Host: "h"}, signaling.Options{Key: "short"}); err == nil {
		t.Error("a key of 5 characters is taken")
	}
}

func TestBadRoomNameIsNotEvenDialed(t *testing.T) {
	f := &fake{t: t}
	if _, err := f.driver().Join(t.Context(), " \n", signaling.Peer{}); !errors.Is(err, signaling.ErrBadRoom) || f.dials.Load() != 0 {
		t.Errorf("%v after %d dials", err, f.dials.Load())
	}
}

// answer is a server that is none of ours.
func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// chooses opens a WebSocket with that subprotocol, or with none.
func chooses(subprotocol string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		header := http.Header{}
		if subprotocol != "" {
			header.Set("Sec-WebSocket-Protocol", subprotocol)
		}
		if ws, err := (&websocket.Upgrader{}).Upgrade(w, r, header); err == nil {
			ws.Close()
		}
	}
}

// raw says something so many times, whatever it is asked.
func raw(say string, times int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return // the client sees that nothing comes
		}
		defer c.Close()
		b := bufio.NewWriter(c)
		for range times {
			if _, err := b.WriteString(say); err != nil {
				return
			}
		}
		b.Flush()
	}
}

// joining is what Join says at that address.
func joining(t *testing.T, address string) error {
	t.Helper()
	d, err := signaling.Registry{"ws": native.Open, "wss": native.Open}.Open(t.Context(), address, signaling.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Join(t.Context(), "demo", signaling.Peer{})
	return err
}

// TestWhatIsNoSignalingServerIsToldApart dials real sockets.
func TestWhatIsNoSignalingServerIsToldApart(t *testing.T) {
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		want    error
	}{
		"a page":              {answer(200, "<html>Welcome!</html>"), signaling.ErrNotSignaling},
		"not found":           {answer(404, "404 page not found"), signaling.ErrNotSignaling},
		"a redirection":       {answer(302, ""), signaling.ErrNotSignaling},
		"a busy proxy":        {answer(502, "bad gateway"), signaling.ErrUnreachable},
		"no subprotocol":      {chooses(""), signaling.ErrNotSignaling},
		"another subprotocol": {chooses("mqtt"), signaling.ErrNotSignaling},
		"a later version":     {chooses("confab.v2"), signaling.ErrVersion},
		"closed at once":      {raw("", 0), signaling.ErrUnreachable},
		"another protocol":    {raw("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", 1), signaling.ErrNotSignaling},
		"headers for ever":    {raw("HTTP/1.1 101 Switching Protocols\r\nX: "+strings.Repeat("y: z\r\nX-", 10), 100000), signaling.ErrNotSignaling},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(test.handler)
			defer server.Close()
			if err := joining(t, "ws"+strings.TrimPrefix(server.URL, "http")); !errors.Is(err, test.want) {
				t.Errorf("join: %v, want %v", err, test.want)
			}
		})
	}
}

func TestNobodyAtTheAddressIsUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	err = joining(t, "ws://"+l.Addr().String())
	var dialing *net.OpError
	if !errors.Is(err, signaling.ErrUnreachable) || !errors.As(err, &dialing) {
		t.Errorf("join: %v, want ErrUnreachable and the dialing's error", err)
	}
}

func TestTLSToAPlainServerIsNoSignaling(t *testing.T) {
	server := httptest.NewServer(answer(200, ""))
	defer server.Close()
	if err := joining(t, "wss"+strings.TrimPrefix(server.URL, "http")); !errors.Is(err, signaling.ErrNotSignaling) {
		t.Errorf("join: %v, want ErrNotSignaling", err)
	}
}

func TestRefusedJoinsSayWhy(t *testing.T) {
	member := func(id string) string { return `{"id":"` + id + `","name":"x"}` }
	list := func(members ...string) string {
		return `{"type":"joined","rid":1,"peers":[` + strings.Join(members, ",") + `],"seq":1}`
	}
	var many []string
	for i := range 1001 {
		many = append(many, member(fmt.Sprint("p_", i)))
	}
	refusal := func(code string) string {
		return `{"type":"error","rid":1,"code":"` + code + `","message":"because\u202e ` + strings.Repeat("x", 1000) + `"}`
	}
	for name, test := range map[string]struct {
		first, second string // answers to hello and join
		want          error
	}{
		"no JSON":            {`<html>`, "", signaling.ErrNotSignaling},
		"another greeting":   {`{"type":"hi"}`, "", signaling.ErrNotSignaling},
		"a number for us":    {`{"type":"welcome","protocol":1,"you":1}`, "", signaling.ErrNotSignaling},
		"no name for us":     {`{"type":"welcome","protocol":1}`, "", signaling.ErrNotSignaling},
		"a long name for us": {`{"type":"welcome","protocol":1,"you":"` + strings.Repeat("p", 65) + `"}`, "", signaling.ErrNotSignaling},
		"version 2":          {`{"type":"welcome","protocol":2,"you":"p_x"}`, "", signaling.ErrVersion},
		"another version":    {`{"type":"error","code":"protocol-version","message":"2 only","fatal":true}`, "", signaling.ErrVersion},
		"too large":          {strings.Repeat("x", 1<<20+1), "", signaling.ErrNotSignaling},
		"unauthorized":       {welcome, refusal("unauthorized"), signaling.ErrUnauthorized},
		"bad-room":           {welcome, refusal("bad-room"), signaling.ErrBadRoom},
		"room-full":          {welcome, refusal("room-full"), signaling.ErrRoomFull},
		"room-locked":        {welcome, refusal("room-locked"), signaling.ErrRoomLocked},
		"kicked":             {welcome, refusal("kicked"), signaling.ErrKicked},
		"rate-limited":       {welcome, refusal("rate-limited"), signaling.ErrRateLimited},
		"resumed unasked":    {resumed, refusal("room-full"), signaling.ErrRoomFull},
		"peers is a text":    {welcome, `{"type":"joined","peers":"x"}`, signaling.ErrNotSignaling},
		"ourselves":          {welcome, list(member("p_JllLosc-vBcgR_Iw")), signaling.ErrNotSignaling},
		"twice the same":     {welcome, list(member("p_a"), member("p_a")), signaling.ErrNotSignaling},
		"an id with a space": {welcome, list(member("p a")), signaling.ErrNotSignaling},
		"a member too many":  {welcome, list(many...), signaling.ErrNotSignaling},
		"talk without end":   {welcome, strings.Repeat(`{"type":"pong"} `, 100), signaling.ErrNotSignaling},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{t: t, serve: func(s *script) {
					s.hear()
					s.say(test.first)
					if test.second != "" {
						s.hear()
						if strings.Contains(test.second, "pong") {
							s.say(strings.Fields(strings.ReplaceAll(test.second, ": ", ":"))...)
						} else {
							s.say(test.second)
						}
					}
					s.stay()
				}}
				_, err := f.driver().Join(t.Context(), "demo", signaling.Peer{})
				if !errors.Is(err, test.want) {
					t.Errorf("join: %v, want %v", err, test.want)
				}
				if err != nil && len(err.Error()) > 400 {
					t.Errorf("error of %d bytes", len(err.Error()))
				}
			})
		})
	}
}
