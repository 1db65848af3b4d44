package audio

import (
	"os"
	"time"

	"confab/conference/media/capture"
)

// watch looks after every port once.
func (o *owner) watch(now time.Time) {
	o.sweep()
	switch {
	case len(o.ports) == 0 && (!o.followed() || now.Sub(o.looked) < retryInterval):
		return
	case o.system == nil && now.Before(o.retry):
		return
	}
	if err := o.refresh(now); err != nil {
		o.retry = now.Add(retryInterval)
		for _, p := range o.ports {
			o.leaveAlone(p)
		}
		return
	}
	for _, p := range o.ports {
		o.tend(p, now)
	}
}

// tend moves a port to where it belongs: to the device wanted if that is there, else to the system's
// choice. A device that is gone or has fallen silent is opened anew.
func (o *owner) tend(p *port, now time.Time) {
	wanted, there := o.find(p)
	listed := p.stream != nil && o.listed(p)
	switch {
	case there && (p.away || p.stream == nil):
		o.move(p, wanted, nil, now)
	case p.wanted != "" && !there && !p.away:
		o.move(p, capture.Device{}, capture.ErrGone, now)
	case p.stream == nil || p.byID && !listed || p.silent(now, listed):
		o.move(p, wanted, capture.ErrGone, now)
	case !p.byID:
		o.follow(p, now)
	}
}

// listed tells whether the device that a port is on is still there.
func (o *owner) listed(p *port) bool {
	for _, d := range o.devices {
		if d.Kind == p.kind && d.ID == p.on.ID {
			return true
		}
	}
	return false
}

// follow notes that the system's choice is another device now; its streams move there by themselves. A
// microphone must not follow to the echo of a speaker, which is not listed: the first one listed takes its
// place, or none.
func (o *owner) follow(p *port, now time.Time) {
	d, ok := o.choice(p.kind)
	if p.kind == capture.Microphone && !d.Default && !chosen() {
		if ok {
			o.move(p, capture.Device{}, capture.ErrGone, now)
			return
		}
		p.unplug()
		o.leaveAlone(p)
		return
	}
	if ok && d.ID != p.on.ID {
		o.logger.Info("sound device changed by the system", "kind", p.kind.String(), "from", p.on.Name, "to", d.Name)
		p.on = d
	}
}

// chosen tells whether the environment names a microphone: then the system's choice is that, whatever the
// list says.
func chosen() bool { return os.Getenv("PULSE_SOURCE") != "" }

// silent tells whether the port's device has died: nobody else does.
func (p *port) silent(now time.Time, listed bool) bool {
	if n := p.stream.callbacks(); n != p.seen {
		p.seen, p.seenAt = n, now
	}
	if !listed {
		return now.Sub(p.seenAt) > unlistedLimit
	}
	return now.Sub(p.seenAt) > silenceLimit
}

// move plugs a port into another device, the system's choice if that is zero, and reports it unless it
// is the same one.
func (o *owner) move(p *port, to capture.Device, cause error, now time.Time) {
	if p.stream == nil && now.Before(p.retry) {
		return
	}
	from := p.on.Name
	if err := o.plug(p, to, now); err != nil {
		o.logger.Warn("sound device not opened", "kind", p.kind.String(), "device", to.Name, "err", err)
		p.retry = now.Add(retryInterval)
		o.leaveAlone(p)
		return
	}
	p.away = p.wanted != "" && to.ID == ""
	switch {
	case p.alone:
		o.report(&SwitchError{Kind: p.kind, To: p.on.Name})
	case from != p.on.Name:
		o.report(&SwitchError{Kind: p.kind, From: from, To: p.on.Name, Cause: cause})
	}
	p.alone = false
}

// leaveAlone reports, once, that a port has nothing to be plugged into.
func (o *owner) leaveAlone(p *port) {
	if !p.alone {
		p.alone = true
		o.report(&SwitchError{Kind: p.kind, From: p.on.Name, Cause: ErrNoDevice})
	}
}
