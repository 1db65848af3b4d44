package audio

import (
	"time"

	"confab/conference/media/capture"
)

// watch looks after every port once.
func (o *owner) watch(now time.Time) {
	o.sweep()
	if o.system == nil && now.Before(o.retry) {
		return
	}
	if err := o.refresh(); err != nil {
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
// choice. A device that has fallen silent is opened anew.
func (o *owner) tend(p *port, now time.Time) {
	wanted, there := o.find(p)
	switch {
	case there && (p.away || p.stream == nil):
		o.move(p, wanted, nil, now)
	case p.wanted != "" && !there && !p.away:
		o.move(p, capture.Device{}, capture.ErrGone, now)
	case p.stream == nil || p.silent(now):
		o.move(p, wanted, capture.ErrGone, now)
	}
}

// silent tells whether the port's device has died: nobody else does.
func (p *port) silent(now time.Time) bool {
	if n := p.stream.callbacks(); n != p.seen {
		p.seen, p.seenAt = n, now
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
