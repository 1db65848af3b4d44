// Package sentence says errors in words that people can act on.
//
// One table maps each error that the engine exports to a sentence or two: what happened, and what helps.
// Nobody else formats errors for people; logs keep the developer's words. An error that the table does not
// know is shown with its own text, so nothing is ever hidden.
package sentence

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"confab/conference"
	"confab/conference/media/capture"
	"confab/conference/signaling/seal"
)

// entry is one line of the table: an error, or a kind of error, and what to say about it. {device} and
// {Device} stand for the device it is about ("the camera"), {peer} and {Peer} for the other person's name.
type entry struct {
	is   func(error) bool
	text string
}

// is matches a sentinel.
func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

// as matches a type of error.
func as[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

// somebody is who has no name that is known.
const somebody = "somebody"

// For says err in words; the empty string for nil.
func For(err error) string {
	var d *deviceError
	if errors.As(err, &d) {
		return ForDevice(d.kind, err)
	}
	var p *seal.PeerError
	if errors.As(err, &p) {
		return say(err, "the device", cmp.Or(p.Name, somebody))
	}
	var missed *conference.NotReachedError
	if errors.As(err, &missed) {
		if len(missed.Names) == 0 {
			return NobodyReads
		}
		return say(err, "the device", list(missed.Names))
	}
	return say(err, "the device", "the other person")
}

// ForDevice says an error of a device of the given kind in words, such as "The camera is used by another
// program."
func ForDevice(kind capture.Kind, err error) string {
	return say(err, deviceName(kind), "the other person")
}

// ForPeer says an error of the connection to somebody in words, such as "The connection to Ben was lost."
func ForPeer(name string, err error) string { return say(err, "the device", name) }

// say looks err up, first match first, and fills in whom it is about.
func say(err error, device, peer string) string {
	if err == nil {
		return ""
	}
	if text, ok := switched(err); ok {
		return text
	}
	for _, e := range table {
		if e.is(err) {
			return fill(e.text, device, peer)
		}
	}
	for _, of := range []func(error) (string, bool){ofListening, ofCertificate, ofFile} {
		if text, ok := of(err); ok {
			return text
		}
	}
	return "Something went wrong: " + strings.TrimSuffix(err.Error(), ".") + "."
}

// fill puts names in the place of the table's marks; a peer's name is never read as a mark itself.
func fill(text, device, peer string) string {
	return strings.NewReplacer(
		"{Device}", capital(device), "{device}", device,
		"{Peer}", capital(peer), "{peer}", peer,
	).Replace(text)
}

// capital is s as the first word of a sentence. Names begin as their owner writes them.
func capital(s string) string {
	if s == somebody {
		return "Somebody"
	}
	if rest, ok := strings.CutPrefix(s, "the "); ok {
		return "The " + rest
	}
	return s
}

// list names people: Ana, Ben and Chen.
func list(names []string) string {
	last := len(names) - 1
	if last <= 0 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// deviceName is how a sentence calls a kind of device.
func deviceName(k capture.Kind) string {
	switch k {
	case capture.Camera, capture.Microphone, capture.Screen:
		return "the " + k.String()
	case capture.Speaker:
		return "the loudspeaker"
	}
	return "the device"
}

// general are errors of the standard library that reach people. They come last in the table.
var general = []entry{
	{is(context.DeadlineExceeded), "That took too long. Check the network and try again."},
	{is(context.Canceled), "That was cancelled."},
}
