package socket_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"confab/conference/signaling"
	"confab/conference/signaling/socket"
	"confab/conference/signaling/socket/sockettest"
)

func dial(t *testing.T, server *sockettest.Server, o socket.Options) *socket.Socket {
	t.Helper()
	o.NetDial = server.Dial
	s, err := socket.Dial(t.Context(), "ws://host/path", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestMessagesGoBothWaysUntilTheServerCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &sockettest.Server{T: t, Serve: func(s *sockettest.Script) {
			s.Say("hello")
			s.Expect("a", "b", "c")
			_ = s.WS.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4001, "enough"), time.Now().Add(time.Second))
		}}
		s := dial(t, server, socket.Options{})
		if data, err := s.Read(); string(data) != "hello" || err != nil {
			t.Fatalf("read %q, %v", data, err)
		}
		if err := s.Write([]byte("a")); err != nil {
			t.Fatal(err)
		}
		s.Start()
		if err := errors.Join(s.Send(t.Context(), []byte("b")), s.TrySend([]byte("c"))); err != nil {
			t.Fatal(err)
		}
		if data, open := <-s.In(); open {
			t.Errorf("heard %q", data)
		}
		var closed *socket.ClosedError
		if !errors.As(s.Err(), &closed) || closed.Code != 4001 || closed.Text != "enough" || !errors.Is(s.Err(), signaling.ErrUnreachable) {
			t.Errorf("ended by %v", s.Err())
		}
		if err := s.Send(t.Context(), nil); !errors.Is(err, signaling.ErrInterrupted) {
			t.Errorf("send: %v", err)
		}
		s.Close()
	})
}

func TestSilenceBreaksASocketAndPingsDoNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		server := &sockettest.Server{T: t, Serve: func(s *sockettest.Script) {
			var staying sync.WaitGroup
			staying.Go(s.Stay) // ends with the socket
			defer staying.Wait()
			for range 3 {
				time.Sleep(4 * time.Second)
				_ = s.WS.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second))
			}
		}}
		s := dial(t, server, socket.Options{Silence: 5 * time.Second})
		s.Start()
		<-s.In()
		if took := time.Since(start); took != 17*time.Second || !errors.Is(s.Err(), signaling.ErrUnreachable) {
			t.Errorf("ended after %v by %v, want 17 s", took, s.Err())
		}
	})
}

func TestWhatNoServerOfOursSaysBreaksASocket(t *testing.T) {
	for name, say := range map[string]func(s *sockettest.Script){
		"binary":    func(s *sockettest.Script) { s.SayBinary([]byte{1}) },
		"too large": func(s *sockettest.Script) { s.Say(strings.Repeat("x", 101)) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &sockettest.Server{T: t, Serve: func(s *sockettest.Script) {
					say(s)
					s.Stay()
				}}
				s := dial(t, server, socket.Options{MaxMessage: 100})
				s.Start()
				if _, open := <-s.In(); open || !errors.Is(s.Err(), signaling.ErrNotSignaling) {
					t.Errorf("ended by %v", s.Err())
				}
			})
		})
	}
}

func TestANetworkThatTakesNothingBreaksASocketInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		defer close(over)
		server := &sockettest.Server{T: t, Serve: func(*sockettest.Script) { <-over }}
		s := dial(t, server, socket.Options{})
		s.Start()
		synctest.Wait()
		var err error
		for n := 0; err == nil && n < 300; n++ {
			err = s.TrySend([]byte("x"))
		}
		if !errors.Is(err, signaling.ErrInterrupted) {
			t.Errorf("three hundred messages that nobody takes: %v", err)
		}
		<-s.In()
	})
}

func TestARefusalTellsWhatTheServerSaid(t *testing.T) {
	for status, want := range map[int]error{
		http.StatusForbidden: signaling.ErrNotSignaling, http.StatusServiceUnavailable: signaling.ErrUnreachable,
	} {
		synctest.Test(t, func(t *testing.T) {
			server := &sockettest.Server{T: t, Refuse: func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				_, _ = w.Write([]byte(`{"code":4}`))
			}}
			_, err := socket.Dial(t.Context(), "ws://host/", socket.Options{NetDial: server.Dial})
			var refused *socket.RefusedError
			if !errors.As(err, &refused) || refused.Status != status || string(refused.Body) != `{"code":4}` || !errors.Is(err, want) {
				t.Errorf("%d: %v", status, err)
			}
		})
	}
}

func TestDialingEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &sockettest.Server{T: t, Refuse: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := socket.Dial(ctx, "ws://host/", socket.Options{NetDial: server.Dial}); err == nil {
			t.Error("a server that says nothing lets us in")
		}
	})
}

// placed is a connection that speaks from an address.
type placed struct {
	net.Conn
	from net.IP
}

func (p placed) LocalAddr() net.Addr { return &net.TCPAddr{IP: p.from, Port: 40000} }

func TestASocketWhoseAddressIsGoneIsBrokenLongBeforeItsSilenceTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &sockettest.Server{T: t, Serve: (*sockettest.Script).Stay}
		home := &net.IPNet{IP: net.IPv4(192, 0, 2, 7), Mask: net.CIDRMask(24, 32)}
		moved := time.Now().Add(time.Minute)
		s, err := socket.Dial(t.Context(), "ws://host/path", socket.Options{
			Silence: time.Hour,
			NetDial: func(ctx context.Context, network, address string) (net.Conn, error) {
				c, err := server.Dial(ctx, network, address)
				return placed{c, home.IP}, err
			},
			Machine: func() ([]net.Addr, error) {
				if time.Now().Before(moved) {
					return []net.Addr{home}, nil
				}
				return nil, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		s.Start()
		if data, open := <-s.In(); open {
			t.Errorf("heard %q", data)
		}
		if late := time.Since(moved); late > 3*time.Second || !errors.Is(s.Err(), signaling.ErrUnreachable) || !strings.Contains(s.Err().Error(), "another address") {
			t.Errorf("ended %v after the move by %v", late, s.Err())
		}
	})
}
