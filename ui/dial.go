package ui

import (
	"context"
	"errors"
	"fmt"

	"confab/conference"
	"confab/conference/signaling"
)

// Dial gives the Dialer that joins by the engine. What o says is used for every call; the request gives the
// rest. Each call gets a client of its own, which ends with it.
func Dial(o conference.Options, drivers signaling.Registry) Dialer {
	return func(ctx context.Context, r Request) (Call, error) {
		o := o
		o.Name, o.Signaling, o.Password = r.Name, r.invitation().SignalingURL(), r.Password
		o.ICEServers, o.RelayOnly, o.HideAddresses = r.ICEServers, r.RelayOnly, r.HideAddresses
		o.Speaker = "none"
		client, err := conference.NewClient(o, drivers)
		if err != nil {
			return nil, err
		}
		channel, err := client.Join(ctx, r.Room)
		if err != nil {
			return nil, errors.Join(err, client.Close())
		}
		return &channelCall{channel, client}, nil
	}
}

// channelCall is a channel with the client that it was joined by.
type channelCall struct {
	*conference.Channel

	client *conference.Client
}

// Remote is the media of a participant.
func (c *channelCall) Remote(p conference.Participant) Remote {
	if p.Media == nil {
		return nil // and not a Remote that holds nil
	}
	return p.Media
}

// SetSpeaker moves the sound.
func (c *channelCall) SetSpeaker(spec string) error { return c.client.SetSpeaker(spec) }

// Leave leaves the room and closes the speaker.
func (c *channelCall) Leave(ctx context.Context) error {
	if err := errors.Join(c.Channel.Leave(ctx), c.client.Close()); err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	return nil
}
