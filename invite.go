package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"confab/conference/signaling"
	"confab/conference/signaling/seal"
)

// calls tells whether the command holds calls.
func (o *options) calls() bool { return o.command == "" || o.command == "join" }

// readInvitation takes room, server and key from an invitation, given by itself or as the room.
func (o *options) readInvitation() error {
	if !o.calls() {
		return nil
	}
	if o.invitation == "" && signaling.IsInvitation(o.room) {
		o.invitation = o.room
	}
	if o.invitation == "" {
		return nil
	}
	i, err := signaling.ParseInvitation(o.invitation)
	if err != nil {
		return err
	}
	o.room, o.signaling, o.sealKey = i.Room, i.Server, i.Key
	return nil
}

// signalingURL is what the call is joined by.
func (o *options) signalingURL() string {
	return signaling.Invitation{Server: o.signaling, Room: o.room, Key: o.sealKey}.SignalingURL()
}

// roomField is what stands in the window's field for the room.
func (o *options) roomField() string {
	if o.invitation != "" {
		return o.invitation
	}
	return o.room
}

// invite writes an invitation with a new key. Nobody is told of it: who is invited gets it by whoever sends it.
func (o *options) invite(out io.Writer) error {
	if o.signaling == "" {
		return errors.New("invite without --signaling URL")
	}
	i := signaling.Invitation{Server: o.signaling, Room: o.room, Key: signaling.NewKey()}
	if i.Room == "" {
		i.Room = "call-" + strings.ToLower(signaling.NewKey()[:10])
	}
	if scheme, _, _ := strings.Cut(i.Server, ":"); !seal.Possible(scheme) {
		return fmt.Errorf("%w: %s", seal.ErrCannot, scheme)
	}
	text := i.String()
	if o.page {
		var ok bool
		if text, ok = i.Page(); !ok {
			return fmt.Errorf("%w: only wss:// and ws:// have a page for guests", signaling.ErrURL)
		}
	}
	if _, err := signaling.ParseInvitation(text); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, text)
	return err
}
