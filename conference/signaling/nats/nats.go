// Package nats meets others over a NATS server, or a cluster of them, in the words of Peerix
// ([confab/conference/signaling/nats/peerix]): the driver of nats://, tls://, nats+ws:// and nats+wss://.
//
// A room is a subject, and each member has one of its own. A newcomer announces itself in the room; who is
// there invites it. From then on there are two kinds of members:
//
//   - Who says in its metadata that it is Confab is spoken to as a Confab: in packets of types that Peerix
//     does not use, to each member's own subject. Who was in the room for longer offers. Presence is told
//     every two seconds; who is silent for seven is away, and after thirty gone. Signals are numbered,
//     acknowledged and said again, so that the loss of a server costs none of them. See kin.go.
//   - Everybody else is a foreign member, a page made with Peerix. There the newcomer offers. Once connected
//     everything goes over data channel 0 of the connection: see foreign.go and tunnel.go.
//
// The broker keeps nothing, so a session is its members' memory. When the server is lost, nats.go looks for
// another one of the cluster, or the same, for as long as it takes.
//
// A session has one goroutine that owns its state. Everything that arrives is limited in size, number and
// rate. docs/nats.md has the protocol.
package nats

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"confab/conference/signaling"
)

// Errors that callers decide on.
var (
	// ErrPassword says that a password was given, and rooms of this generation of Peerix have none.
	ErrPassword = errors.New("rooms of this system have no passwords")
	// ErrPlain says that the server offers no TLS where the URL asks for it.
	ErrPlain = errors.New("server does not encrypt")
	// ErrLogin says that the server does not take the user or password of the URL, or wants some.
	ErrLogin = errors.New("server wants another user or password")
	// ErrForbidden says that the server does not let this user publish or subscribe where rooms are.
	ErrForbidden = errors.New("server does not allow these subjects")
	// ErrCrowded says that more members were heard of than anybody can call.
	ErrCrowded = errors.New("more members than a room can have")
)

// settings are what a URL says.
type settings struct {
	servers     []string    // URLs as nats.go wants them, with user and password
	path        string      // of WebSockets
	tls         *tls.Config // nil: the system's authorities
	prefix      string      // of subjects
	first       bool        // Peerix 0.1
	hashing     bool
	compression bool
	encryption  bool
	chat        string // label of the application channel that is chat
}

// schemes are the URL's and nats.go's.
var schemes = map[string]string{"nats": "nats", "tls": "tls", "nats+ws": "ws", "nats+wss": "wss"}

// Limits of what a URL says.
const (
	maxServers = 16
	maxPrefix  = 64
	maxLabel   = 64
)

// Open makes a driver for a URL such as nats://user:password@host:4222?prefix=peerix. The query may have
//
//   - servers: further servers of the cluster as host:port, with commas between
//   - prefix: what subjects begin with
//   - proto: 1 for Peerix 0.1 and 0.2; those of 0.5 to 0.7 are the default
//   - hashing, compression, encryption: 0 to do without, as all peers of the room must
//   - chat: label of the channel for text; "chat" by default
//
// The fragment may be pin=…, see [signaling.Pin]. Open has the form that [signaling.Registry] wants. Errors
// wrap signaling.ErrURL or ErrPassword.
func Open(_ context.Context, u *url.URL, o signaling.Options) (signaling.Driver, error) {
	s, err := parse(u)
	if err != nil {
		return nil, err
	}
	if o.Password != "" && !s.first {
		return nil, ErrPassword
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &driver{settings: s, secret: o.Password, log: o.Logger.With("driver", "nats")}, nil
}

// driver joins rooms.
type driver struct {
	settings settings
	secret   string // of Peerix 0.1
	log      *slog.Logger
}

// parse reads a URL. Errors wrap signaling.ErrURL.
func parse(u *url.URL) (settings, error) {
	scheme, ok := schemes[u.Scheme]
	if !ok {
		return settings{}, fmt.Errorf("%w: %s", signaling.ErrUnknownScheme, u.Scheme)
	}
	socket := scheme == "ws" || scheme == "wss"
	if u.Hostname() == "" {
		return settings{}, fmt.Errorf("%w: it names no host", signaling.ErrURL)
	}
	pin, err := signaling.PinnedTLS(nil, u)
	if err != nil {
		return settings{}, err
	}
	if u.Fragment != "" && pin == nil || !socket && strings.Trim(u.Path, "/") != "" {
		return settings{}, fmt.Errorf("%w: after the host comes a query, or nothing", signaling.ErrURL)
	}
	s := settings{compression: true, chat: "chat", tls: pin}
	if socket {
		s.path = strings.Trim(u.Path, "/")
	}
	server := func(host string) {
		s.servers = append(s.servers, (&url.URL{Scheme: scheme, User: u.User, Host: host}).String())
	}
	server(u.Host)
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return settings{}, fmt.Errorf("%w: %w", signaling.ErrURL, err)
	}
	s.first = query.Get("proto") == "1"
	s.hashing, s.encryption = !s.first, !s.first
	for key, values := range query {
		if err := s.set(key, values[len(values)-1], server); err != nil {
			return settings{}, fmt.Errorf("%w: %s: %w", signaling.ErrURL, key, err)
		}
	}
	return s, nil
}

// set takes one key of the query.
func (s *settings) set(key, value string, server func(string)) error {
	switch key {
	case "proto":
		if !slices.Contains([]string{"1", "5", "6", "7"}, value) {
			return fmt.Errorf("%.16q, want 1 for Peerix 0.1, or 5 to 7", value)
		}
	case "prefix":
		if len(value) > maxPrefix || strings.ContainsAny(value, " \t\r\n*>") || strings.HasPrefix(value, ".") || strings.Contains(value, "..") {
			return fmt.Errorf("%.80q has no place in a subject", value)
		}
		s.prefix = value
	case "chat":
		if value == "" || len(value) > maxLabel {
			return fmt.Errorf("it has %d bytes, want 1 to %d", len(value), maxLabel)
		}
		s.chat = value
	case "servers":
		hosts := strings.Split(value, ",")
		if len(hosts) > maxServers {
			return fmt.Errorf("%d of them, at most %d", len(hosts), maxServers)
		}
		for _, h := range hosts {
			if one, err := url.Parse("nats://" + h); err != nil || one.Host != h || one.Hostname() == "" {
				return fmt.Errorf("%.64q is no host and port", h)
			}
			server(h)
		}
	case "compression":
		return flag(&s.compression, value)
	case "hashing", "encryption":
		if s.first {
			return errors.New("there is no such setting in Peerix 0.1")
		}
		if key == "hashing" {
			return flag(&s.hashing, value)
		}
		return flag(&s.encryption, value)
	default:
		return errors.New("no such setting")
	}
	return nil
}

func flag(b *bool, value string) error {
	if value != "0" && value != "1" {
		return fmt.Errorf("%.16q, want 0 or 1", value)
	}
	*b = value == "1"
	return nil
}
