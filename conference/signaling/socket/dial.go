package socket

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"confab/conference/signaling"
)

const (
	maxHandshake = 256 << 10 // bytes a server may send before the WebSocket is open, TLS included
	bufferSize   = 4096
)

// Options say how a WebSocket is dialed and what it takes. The zero value dials as the system does.
type Options struct {
	NetDial     func(ctx context.Context, network, address string) (net.Conn, error) // nil: TCP
	TLS         *tls.Config                                                          // for wss://; nil: the system's roots
	Subprotocol string                                                               // to ask for; empty: none
	MaxMessage  int64                                                                // bytes of one that arrives; 0: 1 MiB
	Silence     time.Duration                                                        // without a message or a ping the server is lost; 0: 25 s
	Machine     func() ([]net.Addr, error)                                           // the machine's addresses; nil: as the system tells them
}

func (o *Options) fill() {
	if o.MaxMessage == 0 {
		o.MaxMessage = 1 << 20
	}
	if o.Silence == 0 {
		o.Silence = 25 * time.Second
	}
}

// Dial opens a WebSocket for a ws:// or wss:// URL. ctx ends the dialing, no later use. Errors wrap
// signaling.ErrUnreachable, ErrUntrusted or ErrNotSignaling.
func Dial(ctx context.Context, url string, o Options) (*Socket, error) {
	o.fill()
	netDial := o.NetDial
	proxy := http.ProxyFromEnvironment
	if netDial == nil {
		netDial = (&net.Dialer{}).DialContext
	} else {
		proxy = nil
	}
	var guard *guardedConn
	dialer := websocket.Dialer{
		NetDialContext: func(dialing context.Context, network, address string) (net.Conn, error) {
			c, err := netDial(dialing, network, address)
			if err != nil {
				return nil, err
			}
			// The library obeys the context's deadline only while it dials: closing ends the rest.
			guard = &guardedConn{Conn: c, opened: context.AfterFunc(ctx, func() { c.Close() })}
			guard.left.Store(maxHandshake)
			return guard, nil
		},
		Proxy:           proxy,
		TLSClientConfig: o.TLS,
		ReadBufferSize:  bufferSize,
		WriteBufferSize: bufferSize,
	}
	if o.Subprotocol != "" {
		dialer.Subprotocols = []string{o.Subprotocol}
	}
	ws, response, err := dialer.DialContext(ctx, url, nil)
	if guard != nil {
		guard.opened()
		guard.left.Store(math.MaxInt64)
	}
	if err != nil {
		return nil, classify(err, response)
	}
	return newSocket(ws, o), nil
}

// RefusedError is an HTTP answer in place of a WebSocket. It wraps signaling.ErrUnreachable if the server
// may answer otherwise later, else ErrNotSignaling.
type RefusedError struct {
	Status int
	Body   []byte // its first 1024 bytes
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("%v: it answers %d to a WebSocket", e.Unwrap(), e.Status)
}

// Unwrap is what callers decide on.
func (e *RefusedError) Unwrap() error {
	if e.Status >= http.StatusInternalServerError || e.Status == http.StatusTooManyRequests {
		return signaling.ErrUnreachable
	}
	return signaling.ErrNotSignaling
}

// classify says what an error of dialing means to the caller. response may be nil.
func classify(err error, response *http.Response) error {
	var (
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
		host        x509.HostnameError
		invalid     x509.CertificateInvalidError
		roots       x509.SystemRootsError
		network     net.Error
	)
	switch {
	case response != nil:
		body := make([]byte, 1024) // all that the library keeps
		n, _ := response.Body.Read(body)
		return &RefusedError{Status: response.StatusCode, Body: body[:n]}
	case errors.As(err, &certificate), errors.As(err, &authority), errors.As(err, &host),
		errors.As(err, &invalid), errors.As(err, &roots):
		return fmt.Errorf("%w: %w", signaling.ErrUntrusted, err)
	case errors.Is(err, errTalkative):
		return fmt.Errorf("%w: %w", signaling.ErrNotSignaling, err)
	case errors.As(err, &network):
		return fmt.Errorf("%w: %w", signaling.ErrUnreachable, err)
	case strings.Contains(err.Error(), "malformed"), errors.As(err, new(tls.RecordHeaderError)):
		// net/http has no type for an answer that is no HTTP
		return fmt.Errorf("%w: %w", signaling.ErrNotSignaling, err)
	}
	return fmt.Errorf("%w: %w", signaling.ErrUnreachable, err)
}

var errTalkative = errors.New("too many bytes before the WebSocket is open")

// guardedConn ends a server that sends headers without end: net/http's reader has no limit here.
type guardedConn struct {
	net.Conn
	opened func() bool // detaches the connection from the context
	left   atomic.Int64
}

// Read counts what arrives.
func (c *guardedConn) Read(b []byte) (int, error) {
	if c.left.Load() < 0 {
		return 0, errTalkative
	}
	n, err := c.Conn.Read(b)
	c.left.Add(-int64(n))
	return n, err
}
