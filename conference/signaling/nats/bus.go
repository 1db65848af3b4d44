package nats

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"confab/conference/signaling"
)

const (
	dialWait     = 4 * time.Second // of each server: to dial and to be greeted
	flushWait    = 4 * time.Second
	pingEvery    = 5 * time.Second // two unanswered ones, and the server is lost
	maxPackets   = 2048            // that wait for the loop; more are lost
	maxGreeting  = 4 << 20         // bytes that a server may send before it has let us in
	clientName   = "confab"
	writeStalled = 5 * time.Second
)

// bus carries packets.
type bus interface {
	// publish never waits. An error says that the packet was not sent.
	publish(subject string, data []byte) error
	packets() <-chan *natsgo.Msg
	news() <-chan news
	// drain has the server take what was published; pathOver follows.
	drain()
	close()
}

// news is what happens to the path to the server.
type news struct {
	kind pathKind
	err  error
}

type pathKind uint8

const (
	pathLost    pathKind = iota + 1
	pathBack             // another server, or the same
	pathRefused          // something that does not end it; while lost: why it does not come back
	pathOver             // for good: what drain has asked for is done
)

// server is a bus of a NATS server or cluster.
type server struct {
	log      *slog.Logger
	options  natsgo.Options
	subjects []string
	conn     atomic.Pointer[natsgo.Conn] // nil: there was none yet
	inbound  chan *natsgo.Msg            // capacity maxPackets: nats.go does not wait
	changes  chan news
	stopped  chan struct{} // closed by close
	wg       sync.WaitGroup

	mu        sync.Mutex
	redialing bool     // nats.go has given up, and we have not
	abandoned bool     // nothing is dialed any more
	current   *greeted // the newest socket
	dialed    bool     // a server took our connection
	entered   bool     // and let us in, once
	refused   error    // what we were refused last, since the path was lost
}

// connect dials, subscribes, and returns when the server has both. Errors are those of Join.
func connect(ctx context.Context, o settings, subjects []string, log *slog.Logger) (*server, error) {
	s := &server{
		log: log, subjects: subjects, inbound: make(chan *natsgo.Msg, maxPackets),
		changes: make(chan news), stopped: make(chan struct{}),
	}
	joined := context.AfterFunc(ctx, s.abandon)
	others := slices.Clone(o.servers) // the first one is the one that was asked for
	rand.Shuffle(len(others)-1, func(i, j int) { others[i+1], others[j+1] = others[j+1], others[i+1] })
	s.options = natsgo.Options{
		Servers: others, NoRandomize: true, SkipHostLookup: true, ProxyPath: o.path, TLSConfig: o.tls, Name: clientName, NoEcho: true,
		CustomDialer: s, Timeout: dialWait, FlusherTimeout: writeStalled, ReconnectOnFlusherError: true,
		AllowReconnect: true, MaxReconnect: -1, IgnoreAuthErrorAbort: true, ReconnectBufSize: -1,
		CustomReconnectDelayCB: func(attempts int) time.Duration { return signaling.RetryPause(attempts-1, rand.Float64()) },
		PingInterval:           pingEvery, MaxPingsOut: 2,
		DisconnectedErrCB: func(_ *natsgo.Conn, err error) { s.lost(err) },
		ReconnectedCB:     func(*natsgo.Conn) { s.back() },
		ReconnectErrCB:    func(_ *natsgo.Conn, err error) { s.failed(err) },
		ClosedCB:          s.closed,
		AsyncErrorCB:      func(_ *natsgo.Conn, _ *natsgo.Subscription, err error) { s.erred(err) },
	}
	conn, err := s.open(ctx)
	if err == nil {
		s.conn.Store(conn)
		if conn.IsClosed() {
			s.closed(conn) // it was told too early
		}
	}
	if !joined() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		s.close()
		return nil, s.classify(err)
	}
	return s, nil
}

// open gives a connection to a server that has taken the subscriptions.
func (s *server) open(ctx context.Context) (*natsgo.Conn, error) {
	conn, err := s.options.Connect()
	if err != nil {
		return nil, err
	}
	s.admitted()
	if err := s.subscribe(ctx, conn); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

func (s *server) subscribe(ctx context.Context, conn *natsgo.Conn) error {
	for _, subject := range s.subjects {
		if _, err := conn.ChanSubscribe(subject, s.inbound); err != nil {
			return fmt.Errorf("subscribe: %w", err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, flushWait)
	defer cancel()
	if err := conn.FlushWithContext(ctx); err != nil {
		return err
	}
	if err := conn.LastError(); errors.Is(err, natsgo.ErrPermissionViolation) {
		return err
	}
	return nil
}

func (s *server) packets() <-chan *natsgo.Msg { return s.inbound }
func (s *server) news() <-chan news           { return s.changes }

func (s *server) publish(subject string, data []byte) error {
	conn := s.conn.Load()
	if err := conn.Publish(subject, data); err != nil {
		if errors.Is(err, natsgo.ErrMaxPayload) {
			return fmt.Errorf("%w: the server takes %d bytes", signaling.ErrSignal, conn.MaxPayload())
		}
		return fmt.Errorf("%w: %w", signaling.ErrInterrupted, err)
	}
	return nil
}

// flush returns when the server has what was published, if it takes it.
func (s *server) flush(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, flushWait)
	defer cancel()
	if err := s.conn.Load().FlushWithContext(ctx); err != nil {
		s.log.Debug("announcement may not have arrived", "err", err) // it is repeated
	}
}

func (s *server) drain() {
	s.wg.Go(func() {
		if err := s.conn.Load().FlushTimeout(leaveWait); err != nil {
			s.log.Debug("good-bye may not have arrived", "err", err)
		}
		s.tell(news{kind: pathOver})
	})
}

// close ends the connection. It is called once, by connect or by the loop.
func (s *server) close() {
	close(s.stopped)
	s.abandon() // first: nats.go does not close while it dials
	if conn := s.conn.Load(); conn != nil {
		conn.Close()
	}
	s.wg.Wait()
}

// tell passes news on, unless the end has come.
func (s *server) tell(n news) {
	select {
	case s.changes <- n:
	case <-s.stopped:
	}
}

func (s *server) lost(err error) {
	s.mu.Lock()
	s.refused = nil
	s.mu.Unlock()
	if err == nil {
		err = signaling.ErrUnreachable
	}
	s.tell(news{pathLost, s.classify(err)})
}

func (s *server) back() {
	s.admitted()
	s.tell(news{pathBack, nil})
}

// failed notes an attempt to come back that came to nothing. A reason that is worth telling is told once.
func (s *server) failed(err error) {
	err = s.classify(err)
	s.log.Debug("signaling attempt came to nothing", "err", err)
	for _, reason := range []error{ErrLogin, ErrPlain, signaling.ErrUntrusted, signaling.ErrNotSignaling} {
		if !errors.Is(err, reason) {
			continue
		}
		s.refuse(reason, err)
		return
	}
}

// refuse tells what the server refuses us, once a reason.
func (s *server) refuse(reason, err error) {
	s.mu.Lock()
	known := errors.Is(s.refused, reason)
	s.refused = reason
	s.mu.Unlock()
	if !known {
		s.tell(news{pathRefused, err})
	}
}

// erred takes what the server or nats.go say while the connection lives.
func (s *server) erred(err error) {
	if errors.Is(err, natsgo.ErrPermissionViolation) { // one for each packet that we publish
		s.refuse(ErrForbidden, s.classify(err))
		return
	}
	s.log.Warn("signaling server", "err", err)
}

// classify says what an error means to the caller.
func (s *server) classify(err error) error {
	var (
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
		host        x509.HostnameError
		record      tls.RecordHeaderError
		network     *net.OpError
	)
	s.mu.Lock()
	strange := s.dialed && !s.entered
	s.mu.Unlock()
	is := func(all ...error) bool {
		for _, one := range all {
			if errors.Is(err, one) {
				return true
			}
		}
		return false
	}
	switch {
	case is(natsgo.ErrAuthorization, natsgo.ErrAuthExpired, natsgo.ErrAuthRevoked, natsgo.ErrAccountAuthExpired, natsgo.ErrNkeysNotSupported):
		return fmt.Errorf("%w: %w", ErrLogin, err)
	case is(natsgo.ErrPermissionViolation):
		return fmt.Errorf("%w: %w", ErrForbidden, err)
	case is(natsgo.ErrSecureConnWanted):
		return fmt.Errorf("%w: %w", ErrPlain, err)
	case is(signaling.ErrUntrusted), errors.As(err, &certificate), errors.As(err, &authority), errors.As(err, &host):
		return fmt.Errorf("%w: %w", signaling.ErrUntrusted, err)
	case is(errTalkative, natsgo.ErrNoInfoReceived, natsgo.ErrJsonParse), errors.As(err, &record):
		return fmt.Errorf("%w: %w", signaling.ErrNotSignaling, err)
	case is(natsgo.ErrNoServers), errors.As(err, &network) && network.Op == "dial":
		return fmt.Errorf("%w: %w", signaling.ErrUnreachable, err)
	case strange: // it was there, and said nothing that nats.go could make sense of
		return fmt.Errorf("%w: %w", signaling.ErrNotSignaling, err)
	}
	return fmt.Errorf("%w: %w", signaling.ErrUnreachable, err)
}
