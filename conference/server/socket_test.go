package server_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"confab/conference/server"
	"confab/conference/signaling"
	"confab/conference/signaling/native"
)

// These tests use real sockets and real time: they wait for conditions.

// listening runs a server on a port of its own and returns its address; kill breaks it without a word.
func listening(t *testing.T, address string, o server.Options) (where string, kill func()) {
	t.Helper()
	s, err := server.New(o)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	tracked := &trackingListener{Listener: l}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, tracked) }()
	kill = sync.OnceFunc(func() {
		tracked.breakAll()
		cancel()
		<-ended
	})
	t.Cleanup(kill)
	return l.Addr().String(), kill
}

type trackingListener struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
}

func (l *trackingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.mu.Lock()
		l.conns = append(l.conns, c)
		l.mu.Unlock()
	}
	return c, err
}

func (l *trackingListener) breakAll() {
	l.Listener.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.SetLinger(0) // a reset, as of a process that was killed
		}
		c.Close()
	}
}

func dialTo(t *testing.T, url, room, name string, d native.Dialer, o signaling.Options) (signaling.Session, error) {
	t.Helper()
	driver, err := signaling.Registry{"ws": d.Open, "wss": d.Open}.Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	s, err := driver.Join(t.Context(), room, signaling.Peer{Name: name})
	if err == nil {
		t.Cleanup(func() { s.Leave(context.Background()) })
	}
	return s, err
}

// next waits for the next message of a kind and gives up after 60 s; others are passed over.
func next[M signaling.Message](t *testing.T, s signaling.Session) M {
	t.Helper()
	giveUp := time.After(60 * time.Second)
	for {
		select {
		case m, ok := <-s.Messages():
			if !ok {
				t.Fatalf("session is over: %v", s.Err())
			}
			if m, ok := m.(M); ok {
				return m
			}
		case <-giveUp:
			t.Fatalf("no %T came", *new(M))
		}
	}
}

func TestPlainRequestsAreAnswered(t *testing.T) {
	address, _ := listening(t, "127.0.0.1:0", server.Options{})
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, test := range []struct {
		method, path string
		status       int
		says         string
	}{
		{"GET", "/healthz", 200, "ok\n"},
		{"HEAD", "/healthz", 200, ""},
		{"GET", "/", 200, "Confab signaling server"},
		{"GET", "/any/where?x=<script>", 200, "Confab signaling server"},
		{"POST", "/", 405, "Confab signaling server"},
	} {
		request, err := http.NewRequestWithContext(t.Context(), test.method, "http://"+address+test.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != test.status || !strings.Contains(string(body), test.says) || strings.Contains(string(body), "script") {
			t.Errorf("%s %s: %d %q, %v", test.method, test.path, response.StatusCode, body, err)
		}
	}
}

func TestWebSocketsOfOtherKindsAreRefused(t *testing.T) {
	address, _ := listening(t, "127.0.0.1:0", server.Options{MaxConnections: 1})
	for name, test := range map[string]struct {
		dialer websocket.Dialer
		header http.Header
		status int
	}{
		"no subprotocol": {websocket.Dialer{}, nil, 400},
		"another one":    {websocket.Dialer{Subprotocols: []string{"confab.v2"}}, nil, 400},
		"a foreign page": {websocket.Dialer{Subprotocols: []string{"confab.v1"}}, http.Header{"Origin": {"https://evil.example"}}, 403},
		"no page at all": {websocket.Dialer{Subprotocols: []string{"confab.v1"}}, http.Header{"Origin": {"null"}}, 403},
	} {
		ws, response, err := test.dialer.DialContext(t.Context(), "ws://"+address, test.header)
		if err == nil {
			ws.Close()
		}
		if response == nil || response.StatusCode != test.status {
			t.Errorf("%s: %v, %v; want status %d", name, response, err, test.status)
		}
	}
	if _, err := dialTo(t, "ws://"+address, "demo", "First", native.Dialer{}, signaling.Options{}); err != nil {
		t.Fatal(err)
	}
	_, err := dialTo(t, "ws://"+address, "demo", "Second", native.Dialer{}, signaling.Options{})
	if !errors.Is(err, signaling.ErrUnreachable) || !strings.Contains(err.Error(), "503") {
		t.Errorf("beyond the limit of connections: %v", err)
	}
}

// certificate writes a self-signed certificate for 127.0.0.1.
func certificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:        true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	if err := errors.Join(os.WriteFile(certFile, certPEM, 0o600), os.WriteFile(keyFile, keyPEM, 0o600)); err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return certFile, keyFile, pool
}

func TestTLSServerIsTrustedByItsCertificateAlone(t *testing.T) {
	certFile, keyFile, pool := certificate(t)
	address, _ := listening(t, "127.0.0.1:0", server.Options{CertFile: certFile, KeyFile: keyFile})
	trusting := native.Dialer{TLS: &tls.Config{RootCAs: pool}}
	a, err := dialTo(t, "wss://"+address+"/rooms", "demo", "Alice", trusting, signaling.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dialTo(t, "wss://"+address, "demo", "Bob", trusting, signaling.Options{}); err != nil {
		t.Fatal(err)
	}
	if got := next[signaling.PeerJoined](t, a); got.Peer.Name != "Bob" {
		t.Errorf("heard %v", got)
	}
	for name, test := range map[string]struct {
		url    string
		dialer native.Dialer
		want   error
	}{
		"unknown certificate":   {"wss://" + address, native.Dialer{}, signaling.ErrUntrusted},
		"another host's":        {"wss://" + address, native.Dialer{TLS: &tls.Config{RootCAs: pool, ServerName: "other.example"}}, signaling.ErrUntrusted},
		"plain to a TLS server": {"ws://" + address, native.Dialer{}, signaling.ErrNotSignaling},
	} {
		if _, err := dialTo(t, test.url, "demo", "M", test.dialer, signaling.Options{}); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

func TestKilledServerIsFoundAgainOnItsPort(t *testing.T) {
	address, kill := listening(t, "127.0.0.1:0", server.Options{})
	a, err := dialTo(t, "ws://"+address, "demo", "Alice", native.Dialer{}, signaling.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := dialTo(t, "ws://"+address, "demo", "Bob", native.Dialer{}, signaling.Options{})
	if err != nil {
		t.Fatal(err)
	}
	kill()
	for _, s := range []signaling.Session{a, b} {
		if got := next[signaling.Interrupted](t, s); !errors.Is(got.Err, signaling.ErrUnreachable) {
			t.Errorf("interrupted: %v", got.Err)
		}
	}
	listening(t, address, server.Options{})
	members := 0
	for _, s := range []signaling.Session{a, b} {
		resumed := next[signaling.Resumed](t, s)
		if resumed.Replayed {
			t.Error("an empty server has replayed something")
		}
		members += len(resumed.Members)
	}
	if members != 1 {
		t.Errorf("the lists hold %d members together, want 1", members)
	}
	if err := a.Send(t.Context(), b.Self(), bye(1)); err != nil {
		t.Fatal(err)
	}
	if got := next[signaling.Received](t, b); got.From != a.Self() {
		t.Errorf("Bob heard %v", got)
	}
}
