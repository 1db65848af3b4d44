package native

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

	"github.com/gorilla/websocket"

	"confab/conference/signaling"
)

const (
	subprotocol  = "confab.v1"
	maxHandshake = 256 << 10 // bytes a server may send before the WebSocket is open, TLS included
	bufferSize   = 4096
)

// dial opens the WebSocket. Errors wrap ErrUnreachable, ErrUntrusted, ErrVersion or ErrNotSignaling.
func (d *driver) dial(ctx context.Context) (*websocket.Conn, error) {
	netDial := d.dialer.NetDial
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
		TLSClientConfig: d.dialer.TLS,
		Subprotocols:    []string{subprotocol},
		ReadBufferSize:  bufferSize,
		WriteBufferSize: bufferSize,
	}
	ws, response, err := dialer.DialContext(ctx, d.url, nil)
	if guard != nil {
		guard.opened()
		guard.left.Store(math.MaxInt64)
	}
	if err != nil {
		return nil, classify(err, response)
	}
	if err := checkChosen(ws.Subprotocol()); err != nil {
		ws.Close()
		return nil, err
	}
	return ws, nil
}

func checkChosen(chosen string) error {
	switch {
	case chosen == subprotocol:
		return nil
	case strings.HasPrefix(chosen, "confab."):
		return fmt.Errorf("%w: server speaks %.32q", signaling.ErrVersion, chosen)
	default:
		return fmt.Errorf("%w: its subprotocol is %.32q", signaling.ErrNotSignaling, chosen)
	}
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
	case response != nil && response.StatusCode >= 502 && response.StatusCode <= 504:
		return fmt.Errorf("%w: it answers %d", signaling.ErrUnreachable, response.StatusCode)
	case response != nil:
		return fmt.Errorf("%w: it answers %d to a WebSocket", signaling.ErrNotSignaling, response.StatusCode)
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
