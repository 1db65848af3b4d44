package conferencetest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"

	"github.com/pion/logging"
	"github.com/pion/transport/v4/vnet"

	"confab/conference"
	"confab/conference/signaling"
	"confab/conference/signaling/memory"
)

// RoomOptions say where a room is; the zero value is a virtual network, in virtual time if it is made in
// a testing/synctest bubble.
type RoomOptions struct {
	RealSockets bool // everybody is at 127.0.0.1 of this machine
}

// Room is where people meet, with a network and signaling of its own. All methods are safe from any
// goroutine.
type Room struct {
	hub    *memory.Hub
	router *vnet.Router // nil: real sockets

	mu     sync.Mutex
	people []*Person // in the order in which they came
	closed bool
}

// NewRoom makes a room without people.
func NewRoom(o RoomOptions) (*Room, error) {
	r := &Room{hub: memory.NewHub()}
	if o.RealSockets {
		return r, nil
	}
	router, err := vnet.NewRouter(&vnet.RouterConfig{
		CIDR:          "10.0.0.0/24",
		LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled},
	})
	if err != nil {
		return nil, fmt.Errorf("make virtual network: %w", err)
	}
	if err := router.Start(); err != nil {
		return nil, fmt.Errorf("start virtual network: %w", err)
	}
	r.router = router
	return r, nil
}

// PersonOptions say who enters a room.
type PersonOptions struct {
	Name       string
	Cable      *Cable // for all this person sends; nil: nothing is between. It stays the caller's
	Clip       *Clip  // what the camera films; nil: no camera
	MaxBitrate int    // as in conference.LocalMediaOptions
	Logger     *slog.Logger
	Change     func(*conference.Options) // the last word on the client's options; nil: none
}

// Person is a client in a room, whose microphone hears a [Voice].
type Person struct {
	*conference.Client
	Name    string
	Local   *conference.LocalMedia
	Channel *conference.Channel
}

// Enter has somebody join the room, and returns when it has taken them in. Room.Close closes them.
func (r *Room) Enter(ctx context.Context, o PersonOptions) (*Person, error) {
	p := &Person{Name: o.Name, Local: conference.NewLocalMedia(conference.LocalMediaOptions{MaxBitrate: o.MaxBitrate, Logger: o.Logger})}
	r.mu.Lock()
	r.people = append(r.people, p)
	number := len(r.people)
	r.mu.Unlock()
	host, err := r.host(number, o.Cable)
	if err != nil {
		return nil, err
	}
	if o.Clip != nil {
		if err := p.Local.SetVideo(conference.Camera, o.Clip.Open(p.Local.Pool())); err != nil {
			return nil, fmt.Errorf("%s films: %w", o.Name, err)
		}
	}
	if err := p.Local.SetAudio(conference.Microphone, NewVoice()); err != nil {
		return nil, fmt.Errorf("%s speaks: %w", o.Name, err)
	}
	options := conference.Options{
		Name: o.Name, Signaling: "memory:", Local: p.Local, Speaker: "none", Measure: true, Net: host, Logger: o.Logger,
	}
	if o.Change != nil {
		o.Change(&options)
	}
	if p.Client, err = conference.NewClient(options, signaling.Registry{"memory": r.hub.Open}); err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, err)
	}
	if p.Channel, err = p.Join(ctx, "room"); err != nil {
		return nil, fmt.Errorf("%s joins: %w", o.Name, err)
	}
	return p, nil
}

// host makes the network of the person with that number, 1 being the first.
func (r *Room) host(number int, cable *Cable) (*Host, error) {
	if r.router == nil {
		return newLoopbackHost(cable)
	}
	return newVirtualHost(r.router, net.IPv4(10, 0, 0, byte(number)), cable)
}

// Close has everybody leave, and tells of frames that were not released. It works any number of times.
func (r *Room) Close() error {
	r.mu.Lock()
	people, closed := r.people, r.closed
	r.people, r.closed = nil, true
	r.mu.Unlock()
	var errs []error
	for _, p := range people {
		if p.Client != nil {
			errs = append(errs, p.Close())
		}
		errs = append(errs, p.Local.Close())
		if n := p.Local.Pool().Outstanding(); n != 0 {
			errs = append(errs, fmt.Errorf("%s: %d frames were not released", p.Name, n))
		}
	}
	if r.router != nil && !closed {
		errs = append(errs, r.router.Stop())
	}
	return errors.Join(errs...)
}
