package seal

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"confab/conference/signaling"
)

// hiddenName is what the server, and whoever has no key, takes for our name.
const hiddenName = "Sealed"

// Open gives what opens the driver of an invitation, in the form that [signaling.Registry] wants: for the scheme
// [signaling.InvitationScheme]. drivers are those that may carry the sealed signals.
func Open(drivers signaling.Registry) func(context.Context, *url.URL, signaling.Options) (signaling.Driver, error) {
	return func(ctx context.Context, u *url.URL, o signaling.Options) (signaling.Driver, error) {
		i, err := signaling.ParseInvitation(u.String())
		if err != nil {
			return nil, err
		}
		scheme, _, _ := strings.Cut(i.Server, ":")
		if i.Key != "" && !Possible(scheme) {
			return nil, fmt.Errorf("%w: %s", ErrCannot, scheme)
		}
		inner, err := drivers.Open(ctx, i.Server, o)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", signaling.Redact(i.Server), err)
		}
		if i.Key == "" {
			return inner, nil
		}
		return Wrap(inner, i.Key, o.Logger)
	}
}

// Possible tells whether signaling by URLs of that scheme can be sealed: systems of others that lead two people
// together as strangers cannot.
func Possible(scheme string) bool {
	return !strings.HasPrefix(scheme, "antmedia+") && !strings.HasPrefix(scheme, "socketio+")
}

// Wrap seals what goes through a driver by an invitation's key. Errors wrap [signaling.ErrInvitation].
func Wrap(inner signaling.Driver, key string, log *slog.Logger) (signaling.Driver, error) {
	if err := signaling.CheckInvitationKey(key); err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &driver{inner: inner, key: key, log: log}, nil
}

type driver struct {
	inner signaling.Driver
	key   string
	log   *slog.Logger
}

// Join enters the room under a name that says nothing. Nobody is present at first: who is there is told by
// PeerJoined, as soon as it has proven that it has the key.
func (d *driver) Join(ctx context.Context, room string, self signaling.Peer) (signaling.Session, error) {
	room, err := signaling.CleanRoom(room)
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	secret, err := NewSecret(d.key, room)
	if err != nil {
		return nil, err
	}
	inner, err := d.inner.Join(ctx, room, signaling.Peer{Name: hiddenName})
	if err != nil {
		return nil, err
	}
	who := State{Name: signaling.CleanName(self.Name), Metadata: self.Metadata}
	return newSession(inner, secret, room, who, d.log), nil
}
