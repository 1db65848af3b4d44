package audio

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"confab/conference/media/capture"
)

const (
	// watchInterval is how often the devices are looked at while some are open. A list costs 1 to 3 ms,
	// and nobody tells when a device goes: its callbacks end, and that is all.
	watchInterval = 250 * time.Millisecond
	// silenceLimit is how long an open device may go without a callback before it is opened anew. A
	// virtual one pauses for up to 2 s after its start.
	silenceLimit = 2500 * time.Millisecond
	// unlistedLimit takes its place for a device that is not listed any more, whose streams most sound
	// systems have moved to another one by now.
	unlistedLimit = 500 * time.Millisecond
	// retryInterval is how often a dead sound system, or a device that cannot be opened, is tried again;
	// and how often the list is read for those who only want to know what changes in it.
	retryInterval = time.Second
	// hushLimit and hushDrain are how long a speaker that is moved or closed may take to die away, and the
	// sound system then to play what it holds.
	hushLimit = 40 * time.Millisecond
	hushDrain = 20 * time.Millisecond
	hushPoll  = 5 * time.Millisecond
	// answerDeadline is how long a caller waits for the sound system.
	answerDeadline = 2 * time.Second
)

var errClosed = errors.New("sound devices are closed")

// owner is the only one who talks to the sound system. It opens it at the first request, watches the
// open devices, moves a port whose device is unplugged to the default one and back when the device
// returns, and begins anew when the sound system itself dies.
type owner struct {
	connect  func() (system, error)
	report   func(error)
	changed  func()      // the list is another one
	followed func() bool // somebody wants to know
	logger   *slog.Logger
	requests chan func()
	stop     chan struct{}
	once     sync.Once // closes stop
	done     chan struct{}

	// Owned by run.
	system  system // nil: not connected
	devices []capture.Device
	ports   []*port
	retry   time.Time // when to connect again
	looked  time.Time // when the list was read last
}

// port is what an open microphone or speaker of ours is plugged into.
type port struct {
	kind    capture.Kind
	wanted  string // ID or name; empty: the system's choice
	plugged atomic.Pointer[cable]
	given   atomic.Bool // up by whoever asked for it: the answer came too late

	// Owned by owner.run.
	stream stream // nil: nothing
	name   string // of the device wanted, as it was found at first
	on     capture.Device
	byID   bool      // opened as this device, not as the system's choice
	away   bool      // on the default device because the wanted one is gone
	alone  bool      // it is reported that there is nothing
	seen   uint64    // callbacks
	seenAt time.Time // when there was a new one
	retry  time.Time
}

func newOwner(d *Devices) *owner {
	return &owner{
		connect: d.connect, report: d.report, changed: d.changed, followed: d.followed, logger: d.logger,
		requests: make(chan func()), stop: make(chan struct{}), done: make(chan struct{}),
	}
}

func (o *owner) run() {
	defer close(o.done)
	defer o.disconnect()
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for {
		select {
		case <-o.stop:
			return
		case request := <-o.requests:
			request()
		case <-ticker.C:
			o.watch(time.Now())
		}
	}
}

// do lets the owner call f and waits for its answer, but not for ever: the sound system may hang.
func (o *owner) do(f func() error) error {
	answer := make(chan error, 1)
	deadline := time.NewTimer(answerDeadline)
	defer deadline.Stop()
	select {
	case o.requests <- func() { answer <- f() }:
	case <-o.done:
		return errClosed
	case <-deadline.C:
		return fmt.Errorf("%w: the sound system does not answer", ErrNoDevice)
	}
	select {
	case err := <-answer:
		return err
	case <-deadline.C:
		return fmt.Errorf("%w: the sound system does not answer", ErrNoDevice)
	}
}

// list is what is there now. A sound system that died since the last time is connected anew.
func (o *owner) list() ([]capture.Device, error) {
	var devices []capture.Device
	err := o.do(func() error {
		err := o.refresh(time.Now())
		devices = slices.Clone(o.devices)
		return err
	})
	if err != nil {
		return nil, err
	}
	return devices, nil
}

// refresh reads the list of devices, and connects before if need be.
func (o *owner) refresh(now time.Time) error {
	o.looked = now
	if o.system != nil {
		devices, err := o.system.list()
		if err == nil {
			o.know(devices)
			return nil
		}
		o.logger.Warn("sound system died", "err", err)
		o.disconnect()
	}
	s, err := o.connect()
	if err != nil {
		return err
	}
	o.system = s
	devices, err := s.list()
	o.know(devices)
	return err
}

// know takes over a list of devices.
func (o *owner) know(devices []capture.Device) {
	if !slices.Equal(devices, o.devices) {
		o.devices = devices
		o.changed()
	}
}

// disconnect ends all streams and the connection.
func (o *owner) disconnect() {
	for _, p := range o.ports {
		p.unplug()
	}
	if o.system != nil {
		o.system.close()
	}
	o.system = nil
	o.know(nil)
}

// attach plugs a port in for the first time.
func (o *owner) attach(p *port) error {
	err := o.do(func() error {
		if err := o.refresh(time.Now()); err != nil {
			return err
		}
		d, ok := o.find(p)
		if !ok && p.wanted != "" {
			return capture.ErrNotFound
		}
		p.name = d.Name
		if err := o.plug(p, d, time.Now()); err != nil {
			return err
		}
		o.ports = append(o.ports, p)
		return nil
	})
	if err != nil {
		p.given.Store(true)
	}
	return err
}

// detach unplugs a port. It returns once its device is closed, or after the deadline.
func (o *owner) detach(p *port) {
	p.given.Store(true)
	_ = o.do(func() error { // too late: watch does it
		o.sweep()
		return nil
	})
}

// sweep lets go of the ports that are given up.
func (o *owner) sweep() {
	kept := o.ports[:0]
	for _, p := range o.ports {
		if p.given.Load() {
			p.hush()
			p.unplug()
		} else {
			kept = append(kept, p)
		}
	}
	clear(o.ports[len(kept):])
	o.ports = kept
}

// find is the device that a port wants: the one with its ID, else with its name.
func (o *owner) find(p *port) (capture.Device, bool) {
	for _, d := range o.devices {
		if p.wanted != "" && d.Kind == p.kind && d.ID == p.wanted {
			return d, true
		}
	}
	for _, d := range o.devices {
		if p.wanted != "" && d.Kind == p.kind && (d.Name == p.wanted || d.Name == p.name) {
			return d, true
		}
	}
	return capture.Device{}, false
}

// choice is the device that the system prefers; false if there is none of that kind.
func (o *owner) choice(kind capture.Kind) (d capture.Device, ok bool) {
	for _, c := range o.devices {
		if c.Kind == kind && (!ok || c.Default) {
			d, ok = c, true
		}
	}
	return d, ok
}

// plug starts a device on the port in place of the one before, if any; the zero device is the system's
// choice.
func (o *owner) plug(p *port, d capture.Device, now time.Time) error {
	if o.listed(p) {
		p.hush()
	}
	p.unplug()
	id := d.ID
	if id == "" {
		c, ok := o.choice(p.kind)
		if !ok {
			return ErrNoDevice
		}
		// The system's choice may be the echo of a speaker, which is not listed.
		if d = c; p.kind == capture.Microphone && !c.Default && !chosen() {
			id = c.ID
		}
	}
	s, err := o.system.open(p.kind, id)
	if err != nil {
		return err
	}
	p.stream, p.on, p.byID, p.seen, p.seenAt = s, d, id != "", 0, now
	c := s.cable()
	p.plugged.Store(c)
	o.logger.Info("sound device opened", "kind", p.kind.String(), "device", d.Name, "rate", c.rate, "channels", c.channels)
	return nil
}

// hush lets what a speaker plays die away; if its device is dead it waits in vain, not for long.
func (p *port) hush() {
	c := p.plugged.Load()
	if c == nil || p.kind != capture.Speaker {
		return
	}
	c.hush.Store(true)
	for range hushLimit / hushPoll {
		time.Sleep(hushPoll)
		if c.still.Load() {
			time.Sleep(hushDrain)
			return
		}
	}
}

// unplug closes the port's device.
func (p *port) unplug() {
	p.plugged.Store(nil)
	if p.stream != nil {
		p.stream.close()
		p.stream = nil
	}
}

// close ends run and waits for it, but not for ever: the sound system may hang.
func (o *owner) close() error {
	o.once.Do(func() { close(o.stop) })
	deadline := time.NewTimer(answerDeadline)
	defer deadline.Stop()
	select {
	case <-o.done:
		return nil
	case <-deadline.C:
		return errors.New("close sound devices: the sound system does not answer")
	}
}
