package nats_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"confab/conference/signaling"
	"confab/conference/signaling/nats"
	"confab/conference/signaling/nats/peerix"
)

func TestURLsThatSayNothingAreRefused(t *testing.T) {
	for _, raw := range []string{
		"nats://", "nats://host/path", "nats://host#pin", "nats://host?proto=2", "nats://host?prefix=a%20b", "nats://host?prefix=%3E", "nats://host?prefix=a..b",
		"nats://host?nonsense=1", "nats://host?servers=a%20b", "nats://host?servers=", "nats://host?hashing=maybe",
		"nats://host?proto=1&hashing=1", "nats://host?chat=", "nats://host?%zz",
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := nats.Open(t.Context(), u, signaling.Options{}); !errors.Is(err, signaling.ErrURL) {
			t.Errorf("%s: %v, want ErrURL", raw, err)
		}
	}
	u := &url.URL{Scheme: "nats", Host: "host"}
	if _, err := nats.Open(t.Context(), u, signaling.Options{Password: "sesame"}); !errors.Is(err, nats.ErrPassword) {
		t.Errorf("with a password: %v, want ErrPassword", err)
	}
	u.RawQuery = "proto=1"
	if _, err := nats.Open(t.Context(), u, signaling.Options{Password: "sesame"}); err != nil {
		t.Errorf("with a password, in Peerix 0.1: %v", err)
	}
}

func TestServersThatDoNotLetUsInAreNamed(t *testing.T) {
	page := httptest.NewServer(http.NotFoundHandler())
	defer page.Close()
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	authorized := serve(t, natsserver.Options{Username: "me", Password: "sesame"})
	plain := serve(t, natsserver.Options{})
	encrypted := serve(t, natsserver.Options{TLS: true, TLSConfig: &tls.Config{Certificates: secure.TLS.Certificates}})
	narrow := serve(t, natsserver.Options{Users: []*natsserver.User{{
		Username: "me", Password: "sesame",
		Permissions: &natsserver.Permissions{Subscribe: &natsserver.SubjectPermission{Allow: []string{"elsewhere.>"}}},
	}}})
	for name, c := range map[string]struct {
		url  string
		want error
	}{
		"nobody there":           {"nats://127.0.0.1:" + fmt.Sprint(free(t)), signaling.ErrUnreachable},
		"a web server":           {"nats+ws://" + strings.TrimPrefix(page.URL, "http://"), signaling.ErrNotSignaling},
		"another protocol":       {"nats://" + greeter(t, "220 mail.example.org ESMTP\r\n"), signaling.ErrNotSignaling},
		"endless greeting":       {"nats://" + greeter(t, strings.Repeat("INFO ", 2<<20)), signaling.ErrNotSignaling},
		"no user":                {"nats://127.0.0.1:" + port(authorized), nats.ErrLogin},
		"another password":       {"nats://me:open@127.0.0.1:" + port(authorized), nats.ErrLogin},
		"TLS that is not there":  {"tls://127.0.0.1:" + port(plain), nats.ErrPlain},
		"certificate of nobody":  {"tls://127.0.0.1:" + port(encrypted), signaling.ErrUntrusted},
		"another key":            {"tls://127.0.0.1:" + port(encrypted) + "#pin=" + strings.Repeat("A", 43), signaling.ErrUntrusted},
		"subjects out of bounds": {"nats://me:sesame@127.0.0.1:" + port(narrow), nats.ErrForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := open(t, c.url).Join(t.Context(), "demo", signaling.Peer{})
			if err == nil {
				leave(t, s)
			}
			if !errors.Is(err, c.want) {
				t.Errorf("Join = %v, want %v", err, c.want)
			}
		})
	}
}

func TestAServerIsKnownByItsKey(t *testing.T) {
	page := httptest.NewTLSServer(http.NotFoundHandler())
	page.Close()
	s := serve(t, natsserver.Options{TLS: true, TLSConfig: &tls.Config{Certificates: page.TLS.Certificates}})
	leave(t, join(t, signaling.PinnedURL("tls://127.0.0.1:"+port(s), signaling.Pin(page.Certificate())), "demo", "Alice"))
}

// greeter is a server that says something and then nothing.
func greeter(t *testing.T, greeting string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if _, err := c.Write([]byte(greeting)); err != nil {
				c.Close() // it had enough
				continue
			}
			defer c.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l.Addr().String()
}

func TestNoiseHarmsNobody(t *testing.T) {
	url := "nats://127.0.0.1:" + port(serve(t, natsserver.Options{}))
	a := join(t, url, "demo", "Alice")
	noise := visit(t, url, "demo")
	room, alice := peerix.Subject("demo", true), peerix.Subject(string(a.Self()), true)
	for range 500 {
		noise.publish(room, []byte("<html>hello</html>"))
		noise.publish(alice, []byte{8, 3, 16, 3, 26, 33})
		stranger := peerix.Packet{Type: peerix.Announce}
		stranger.Sender[0], stranger.Sender[32] = 2, 7
		noise.publish(room, stranger.Append(nil))
	}
	noise.say(a.Self(), peerix.Offer, "no description")
	noise.say(a.Self(), peerix.Candidate, map[string]any{"candidate": 7})
	noise.say(a.Self(), 64, map[string]any{"confab": 99})
	noise.say(a.Self(), 65, map[string]any{"link": "x", "seq": 1, "first": 2})
	noise.flush()
	b := join(t, url, "demo", "Bob")
	if got := next[signaling.PeerJoined](t, a); got.Peer.ID != b.Self() {
		t.Errorf("Alice hears %+v", got)
	}
	send(t, a, b.Self(), signaling.Signal{Kind: signaling.Negotiate, Conn: "c_1", N: 1})
	if got := next[signaling.Received](t, b); got.Signal.Kind != signaling.Negotiate {
		t.Errorf("Bob hears %+v", got)
	}
}

func TestAJoinThatIsGivenUpDialsNoOtherServer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var dialed atomic.Int64
	silent := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		var taken sync.WaitGroup
		taken.Go(func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				defer c.Close() //nolint:gocritic // few
				dialed.Add(1)
				cancel()
			}
		})
		t.Cleanup(func() {
			l.Close()
			taken.Wait()
		})
		return l.Addr().String()
	}
	_, err := open(t, "nats://"+silent()+"?servers="+silent()+","+silent()).Join(ctx, "demo", signaling.Peer{})
	if !errors.Is(err, context.Canceled) || dialed.Load() != 1 {
		t.Errorf("Join = %v after %d servers, want that it was cancelled at the first one", err, dialed.Load())
	}
}

// oddly is a NATS server that lets everybody in, and answers what those publish who come first by an error that
// no client knows.
func oddly(t *testing.T, most int) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serve := func(c net.Conn, odd bool) {
		defer c.Close()
		fmt.Fprint(c, `INFO {"server_id":"odd","version":"2.10.0","proto":1,"headers":true,"max_payload":1048576}`+"\r\n")
		for lines := bufio.NewScanner(c); lines.Scan(); {
			switch verb, _, _ := strings.Cut(lines.Text(), " "); verb {
			case "PING":
				fmt.Fprint(c, "PONG\r\n")
			case "PUB":
				if odd {
					fmt.Fprint(c, "-ERR 'The Moon Is Full'\r\n")
				}
			}
		}
	}
	serving.Go(func() {
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { serve(c, n < most) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		serving.Wait()
	})
	return l.Addr().String()
}

func TestACallOutlivesErrorsThatNobodyKnows(t *testing.T) {
	s := join(t, "nats://"+oddly(t, 2), "demo", "Alice")
	for range 2 {
		next[signaling.Interrupted](t, s)
		next[signaling.Resumed](t, s)
	}
}
