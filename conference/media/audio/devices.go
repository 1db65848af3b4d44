package audio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"confab/conference/media"
	"confab/conference/media/capture"
)

// maxProblems is how many reports wait for a reader; then the oldest is dropped.
const maxProblems = 16

// Devices owns the microphones and speakers that are open. Each is a device of its own: one for both
// would die whole when either half is unplugged. They run at their own rate and number of channels,
// which are changed from and to 48 kHz mono here. The volume that the system has for them is left alone.
//
// A device that is unplugged is replaced by the system's choice, and taken again when it is back; what
// was opened goes on all the while, without a click, and Problems tells about it. Changes tells when
// the list of devices is another one. All methods are safe from any goroutine.
type Devices struct {
	logger   *slog.Logger
	problems chan error
	connect  func() (system, error)

	mu     sync.Mutex
	owner  *owner                 // nil until the first device is asked for
	open   map[io.Closer]struct{} // microphones and speakers
	follow map[chan struct{}]struct{}
	closed bool
}

// NewDevices opens nothing: the sound system is first touched when a list or a device is asked for. A
// nil logger discards.
func NewDevices(logger *slog.Logger) *Devices {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &Devices{
		logger: logger, problems: make(chan error, maxProblems), connect: newConnector(),
		open: map[io.Closer]struct{}{}, follow: map[chan struct{}]struct{}{},
	}
}

// List gives the microphones and speakers of this machine; those that only repeat what a speaker plays
// are left out. Where there is no sound system, or it does not answer within 2 s, that is ErrNoDevice.
func (d *Devices) List() ([]capture.Device, error) {
	o, err := d.theOwner()
	if err != nil {
		return nil, err
	}
	devices, err := o.list()
	if err != nil {
		return nil, fmt.Errorf("list sound devices: %w", err)
	}
	return devices, nil
}

// Changes tells, from now until ctx ends, that List gives something else than before: a device came or
// went, or the system prefers another one. One change waits for a slow reader, and stands for all since.
// The channel is closed when ctx or Devices ends. Where nothing is open the list is looked at once a
// second.
func (d *Devices) Changes(ctx context.Context) <-chan struct{} {
	changes := make(chan struct{}, 1)
	_, _ = d.theOwner() // who looks at the list from now on; closed, as the next line finds
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		close(changes)
		return changes
	}
	d.follow[changes] = struct{}{}
	context.AfterFunc(ctx, func() { d.unfollow(changes) })
	return changes
}

// unfollow closes a channel of Changes, once.
func (d *Devices) unfollow(changes chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, open := d.follow[changes]; open {
		delete(d.follow, changes)
		close(changes)
	}
}

// followed tells whether anybody listens to changes.
func (d *Devices) followed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.follow) > 0
}

// changed tells everybody who listens.
func (d *Devices) changed() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for changes := range d.follow {
		select {
		case changes <- struct{}{}:
		default: // one waits already
		}
	}
}

// Problems tells what happens to open devices: a [SwitchError], or why a file cannot be written any
// more. 16 wait for a reader; then the oldest is dropped. It is never closed.
func (d *Devices) Problems() <-chan error { return d.problems }

// OpenMicrophone opens a source of sound: "" or "default" for the system's choice, the ID or name of a
// microphone, "test" for a chirp once a second, "file:x.wav", or "none", which gives nil and no error.
// The caller closes it. It fails with capture.ErrNotFound, capture.ErrBusy, capture.ErrDenied or
// ErrNoDevice.
//
// Between the unplugging of the only microphone and the return of any, Read waits.
func (d *Devices) OpenMicrophone(spec string) (capture.AudioSource, error) {
	switch path, isFile := strings.CutPrefix(spec, "file:"); {
	case spec == "none":
		return nil, nil
	case spec == "test":
		return capture.NewChirp(), nil
	case isFile:
		return capture.OpenAudioFile(path)
	}
	p, err := d.attach(capture.Microphone, spec)
	if err != nil {
		return nil, err
	}
	m := newMicrophone(&p.plugged, func(m io.Closer) { d.release(p, m) })
	if err := d.keep(m); err != nil {
		return nil, err
	}
	return m, nil
}

// SpeakerOptions say what a speaker plays and who is told.
type SpeakerOptions struct {
	// Fill gives the next 10 ms. It is called by one goroutine, once for each 10 ms: at the device's
	// pace; by a clock while the device stands still, so that nothing piles up; or always by a clock.
	Fill func(now time.Time, out *media.AudioFrame)
	// Played, which may be nil, is told by the goroutine that calls Fill what the device has consumed
	// since the last call: 48 kHz mono, of any length, with zeros where there was nothing to play, and by
	// the clock while the device stands still. The samples are lent for the call. It is the reference of
	// an echo canceller; of "none" and of files, which nobody hears, it is told nothing.
	Played func(samples []int16)
}

// OpenSpeaker plays what o.Fill gives. spec is "" or "default" for the system's choice, the ID or name
// of a speaker, "none" for a clock alone, or "file:x.wav", which is written at the clock's pace as
// 48 kHz mono. The caller closes what is returned; once Close has returned neither function is called
// any more. Errors are those of OpenMicrophone.
func (d *Devices) OpenSpeaker(spec string, o SpeakerOptions) (io.Closer, error) {
	path, isFile := strings.CutPrefix(spec, "file:")
	if spec == "none" || isFile {
		if !isFile {
			path = "" // a clock alone
		}
		c, err := newClocked(path, o.Fill, d.report, d.forget)
		if err != nil {
			return nil, fmt.Errorf("open speaker %q: %w", spec, err)
		}
		if err := d.keep(c); err != nil {
			return nil, err
		}
		return c, nil
	}
	p, err := d.attach(capture.Speaker, spec)
	if err != nil {
		return nil, err
	}
	s := newSpeaker(&p.plugged, o, func(s io.Closer) { d.release(p, s) })
	if err := d.keep(s); err != nil {
		return nil, err
	}
	return s, nil
}

// PlayTestSound plays two pleasant notes on a speaker, given as in OpenSpeaker, and returns when they
// have died away, after 1.5 s, or when ctx ends.
func (d *Devices) PlayTestSound(ctx context.Context, spec string) error {
	c := newChime()
	s, err := d.OpenSpeaker(spec, SpeakerOptions{Fill: c.fill})
	if err != nil {
		return err
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	return errors.Join(err, s.Close())
}

// Close closes everything that is open. It may be called any number of times, and returns within 4 s
// even if the sound system hangs.
func (d *Devices) Close() error {
	d.mu.Lock()
	d.closed = true
	o := d.owner
	var open []io.Closer
	for c := range d.open {
		open = append(open, c)
	}
	for changes := range d.follow {
		close(changes)
	}
	clear(d.follow)
	d.mu.Unlock()
	var all error
	for _, c := range open {
		all = errors.Join(all, c.Close())
	}
	if o == nil {
		return all
	}
	return errors.Join(all, o.close())
}

// theOwner starts the owner if there is none yet.
func (d *Devices) theOwner() (*owner, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, errClosed
	}
	if d.owner == nil {
		d.owner = newOwner(d)
		go d.owner.run() // ended, and waited for, by Close
	}
	return d.owner, nil
}

// attach opens a device of the sound system.
func (d *Devices) attach(kind capture.Kind, spec string) (*port, error) {
	if spec == "default" {
		spec = ""
	}
	o, err := d.theOwner()
	if err != nil {
		return nil, err
	}
	p := &port{kind: kind, wanted: spec}
	if err := o.attach(p); err != nil {
		return nil, fmt.Errorf("open %s %q: %w", kind, spec, err)
	}
	return p, nil
}

// release gives a device of the sound system back.
func (d *Devices) release(p *port, c io.Closer) {
	d.forget(c)
	if o, err := d.theOwner(); err == nil {
		o.detach(p)
	}
}

// keep notes what is open, for Close; what is opened during Close is closed at once.
func (d *Devices) keep(c io.Closer) error {
	d.mu.Lock()
	closed := d.closed
	if !closed {
		d.open[c] = struct{}{}
	}
	d.mu.Unlock()
	if closed {
		return errors.Join(errClosed, c.Close())
	}
	return nil
}

func (d *Devices) forget(c io.Closer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.open, c)
}

// report puts a problem into the channel; it never waits.
func (d *Devices) report(problem error) {
	for {
		select {
		case d.problems <- problem:
			return
		default:
		}
		select {
		case <-d.problems: // the oldest
		default:
		}
	}
}
