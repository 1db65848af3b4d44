package seal_test

import (
	"bytes"
	"context"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"confab/conference/server"
	"confab/conference/signaling"
	"confab/conference/signaling/native"
	"confab/conference/signaling/seal"
)

// record keeps what a server says: its frames are not masked (RFC 6455 section 5.1).
type record struct {
	mu   sync.Mutex
	said bytes.Buffer
}

func (r *record) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.said.String()
}

type recorded struct {
	net.Conn

	record *record
}

func (c *recorded) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.record.mu.Lock()
	c.record.said.Write(b[:n])
	c.record.mu.Unlock()
	return n, err
}

// TestServerCarriesWhatItCannotRead holds a room of three on a real server.
func TestServerCarriesWhatItCannotRead(t *testing.T) {
	s, err := server.New(server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s.Handler())
	defer web.Close()
	defer s.Close()
	var r record
	dialer := native.Dialer{NetDial: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return &recorded{c, &r}, err
	}}
	i := signaling.Invitation{Server: "ws" + strings.TrimPrefix(web.URL, "http"), Room: "demo", Key: signaling.NewKey()}
	drivers := signaling.Registry{"ws": dialer.Open}
	drivers[signaling.InvitationScheme] = seal.Open(drivers)
	names := []string{"Ana B.", "Bob C.", "Cem D."} // no base64 happens to hold a space
	var sessions []signaling.Session
	heard := make(chan signaling.Message, 256) // by all of them: more than they are ever told
	var reading sync.WaitGroup
	defer reading.Wait()
	for _, name := range names {
		d, err := drivers.Open(t.Context(), i.SignalingURL(), signaling.Options{})
		if err != nil {
			t.Fatal(err)
		}
		one, err := d.Join(t.Context(), i.Room, signaling.Peer{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		defer one.Leave(context.Background())
		sessions = append(sessions, one)
		reading.Go(func() {
			for m := range one.Messages() {
				heard <- m
			}
		})
	}
	hear(t, heard, 6, func(m signaling.Message) bool {
		j, ok := m.(signaling.PeerJoined)
		return ok && slices.Contains(names, j.Peer.Name)
	})
	for _, from := range sessions {
		for _, to := range sessions {
			if from != to {
				send(t, from, to, offer(1))
			}
		}
	}
	hear(t, heard, 6, func(m signaling.Message) bool { got, ok := m.(signaling.Received); return ok && got.Signal.SDP == sdp })
	said := r.text()
	for _, secret := range append([]string{"AB:CD", "192.0.2.1", "offer", i.Key}, names...) {
		if strings.Contains(said, secret) {
			t.Errorf("the server says %q", secret)
		}
	}
	if !strings.Contains(said, `"kind":"sealed"`) {
		t.Error("nothing sealed passed: the record is broken")
	}
}

// hear waits for n such messages.
func hear(t *testing.T, heard <-chan signaling.Message, n int, want func(signaling.Message) bool) {
	t.Helper()
	over := time.After(30 * time.Second)
	for n > 0 {
		select {
		case m := <-heard:
			if want(m) {
				n--
			}
		case <-over:
			t.Fatalf("%d messages did not come", n)
		}
	}
}
