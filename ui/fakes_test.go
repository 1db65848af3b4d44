package ui_test

import (
	"context"
	"slices"
	"sync"
	"time"

	"confab/conference"
	"confab/conference/media"
	"confab/conference/media/capture"
	"confab/conference/signaling"
	"confab/ui"
)

// fakeMedia is what we send, without encoders.
type fakeMedia struct {
	problems chan error
	previews map[conference.Slot]*media.Surface

	mu    sync.Mutex
	open  map[conference.Slot]interface{ Close() error }
	muted map[conference.Slot]bool
	level float64

	processing conference.Processing
	microphone conference.MicrophoneState
}

func newFakeMedia() *fakeMedia {
	return &fakeMedia{
		problems: make(chan error, 16), // as the real one
		previews: map[conference.Slot]*media.Surface{conference.Camera: {}, conference.Screen: {}},
		open:     make(map[conference.Slot]interface{ Close() error }),
		muted:    make(map[conference.Slot]bool),
	}
}

func (m *fakeMedia) set(s conference.Slot, src interface{ Close() error }, none bool) error {
	m.mu.Lock()
	old := m.open[s]
	delete(m.open, s)
	if !none {
		m.open[s] = src
	}
	m.mu.Unlock()
	if old != nil {
		return old.Close()
	}
	return nil
}

func (m *fakeMedia) SetVideo(s conference.Slot, src capture.VideoSource) error {
	return m.set(s, src, src == nil)
}

func (m *fakeMedia) SetAudio(s conference.Slot, src capture.AudioSource) error {
	return m.set(s, src, src == nil)
}

func (m *fakeMedia) SetMuted(s conference.Slot, muted bool) {
	m.mu.Lock()
	m.muted[s] = muted
	m.mu.Unlock()
}

func (m *fakeMedia) Open(s conference.Slot) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.open[s] != nil
}

func (m *fakeMedia) Active(s conference.Slot) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.open[s] != nil && !m.muted[s]
}

func (m *fakeMedia) SetProcessing(p conference.Processing) {
	m.mu.Lock()
	m.processing = p
	m.mu.Unlock()
}

// hear changes what the microphone tells of its user.
func (m *fakeMedia) hear(state conference.MicrophoneState) {
	m.mu.Lock()
	m.microphone = state
	m.mu.Unlock()
}

func (m *fakeMedia) Microphone() conference.MicrophoneState {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.microphone
}

// off are the stages that are switched off.
func (m *fakeMedia) off() conference.Processing {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.processing
}

// unplug ends a source as if its device were gone.
func (m *fakeMedia) unplug(s conference.Slot) {
	m.mu.Lock()
	delete(m.open, s)
	m.mu.Unlock()
	m.problems <- capture.ErrGone
}

func (m *fakeMedia) Muted(s conference.Slot) bool                  { return !m.Active(s) }
func (m *fakeMedia) Level() float64                                { return m.level }
func (m *fakeMedia) Preview(s conference.Slot) *media.Surface      { return m.previews[s] }
func (m *fakeMedia) SetPreview(conference.Slot, int, int)          {}
func (m *fakeMedia) VideoSize(conference.Slot) (width, height int) { return 1280, 720 }
func (m *fakeMedia) Problems() <-chan error                        { return m.problems }
func (m *fakeMedia) Report(problem error)                          { m.problems <- problem }

// fakeSource is a camera, screen or microphone that gives nothing.
type fakeSource struct {
	devices *fakeDevices
	once    sync.Once
}

func (s *fakeSource) Close() error {
	s.once.Do(func() { s.devices.change(-1) })
	return nil
}

type fakeVideo struct{ fakeSource }

func (*fakeVideo) Read(ctx context.Context) (*media.VideoFrame, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

type fakeAudio struct{ fakeSource }

func (*fakeAudio) Read(ctx context.Context) (media.AudioFrame, error) {
	<-ctx.Done()
	return media.AudioFrame{}, ctx.Err()
}

// fakeDevices are one of each kind, and count what is open.
type fakeDevices struct {
	problems chan error
	changes  chan struct{} // of sound devices
	cameras  chan struct{} // the same of cameras

	mu     sync.Mutex
	more   []capture.Device // besides the usual ones
	held   chan struct{}    // not nil: opening a camera waits for it
	opened []string         // specs, in order, with their kind before them
	open   int
	err    error       // of the next opening
	report func(error) // of the camera that was opened last
	played []string
}

func newFakeDevices() *fakeDevices {
	return &fakeDevices{problems: make(chan error, 1), changes: make(chan struct{}, 1), cameras: make(chan struct{}, 1)}
}

func (d *fakeDevices) change(by int) {
	d.mu.Lock()
	d.open += by
	d.mu.Unlock()
}

func (d *fakeDevices) fail(err error) {
	d.mu.Lock()
	d.err = err
	d.mu.Unlock()
}

func (d *fakeDevices) begin(what string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opened = append(d.opened, what)
	if d.err != nil {
		return d.err
	}
	d.open++
	return nil
}

func (d *fakeDevices) opens() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.opened)
}

func (d *fakeDevices) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open
}

func (d *fakeDevices) List(context.Context) ([]capture.Device, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]capture.Device{
		{Kind: capture.Camera, ID: "cam-1", Name: "HD Webcam", Default: true},
		{Kind: capture.Camera, ID: "cam-2", Name: "Document camera"},
		{Kind: capture.Microphone, ID: "mic-1", Name: "Built-in microphone", Default: true},
		{Kind: capture.Speaker, ID: "spk-1", Name: "Built-in audio", Default: true},
	}, d.more...), nil
}

// plug adds a device and tells so.
func (d *fakeDevices) plug(more capture.Device) {
	d.mu.Lock()
	d.more = append(d.more, more)
	d.mu.Unlock()
	if more.Kind == capture.Camera {
		d.cameras <- struct{}{}
	} else {
		d.changes <- struct{}{}
	}
}

func (d *fakeDevices) Changes(context.Context) <-chan struct{}       { return d.changes }
func (d *fakeDevices) CameraChanges(context.Context) <-chan struct{} { return d.cameras }

func (d *fakeDevices) OpenCamera(_ context.Context, spec string, o capture.VideoOptions) (capture.VideoSource, error) {
	d.mu.Lock()
	held := d.held
	d.report = o.Report
	d.mu.Unlock()
	if held != nil {
		<-held
	}
	if err := d.begin("camera " + spec); err != nil {
		return nil, err
	}
	return &fakeVideo{fakeSource{devices: d}}, nil
}

func (d *fakeDevices) OpenScreen(_ context.Context, spec string, _ capture.VideoOptions) (capture.VideoSource, error) {
	if err := d.begin("screen " + spec); err != nil {
		return nil, err
	}
	return &fakeVideo{fakeSource{devices: d}}, nil
}

func (d *fakeDevices) OpenMicrophone(spec string) (capture.AudioSource, error) {
	if err := d.begin("microphone " + spec); err != nil {
		return nil, err
	}
	return &fakeAudio{fakeSource{devices: d}}, nil
}

func (d *fakeDevices) PlayTestSound(_ context.Context, spec string) error {
	d.mu.Lock()
	d.played = append(d.played, spec)
	d.mu.Unlock()
	return nil
}

func (d *fakeDevices) Problems() <-chan error { return d.problems }

// fakeRemote is what somebody sends us.
type fakeRemote struct {
	surfaces map[conference.Slot]*media.Surface

	mu     sync.Mutex
	views  map[conference.Slot][]fakeView
	volume float64
}

type fakeView struct {
	width, height int
	visible       bool
}

func newFakeRemote() *fakeRemote {
	return &fakeRemote{
		surfaces: map[conference.Slot]*media.Surface{conference.Camera: {}, conference.Screen: {}},
		views:    make(map[conference.Slot][]fakeView),
		volume:   1,
	}
}

func (r *fakeRemote) Volume() float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.volume
}

func (r *fakeRemote) SetVolume(gain float64) {
	r.mu.Lock()
	r.volume = gain
	r.mu.Unlock()
}

func (r *fakeRemote) Surface(s conference.Slot) *media.Surface { return r.surfaces[s] }

func (r *fakeRemote) SetView(s conference.Slot, width, height int, visible bool) {
	r.mu.Lock()
	r.views[s] = append(r.views[s], fakeView{width, height, visible})
	r.mu.Unlock()
}

func (r *fakeRemote) wishes(s conference.Slot) []fakeView {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.views[s])
}

// fakeCall is a room that a test fills.
type fakeCall struct {
	request ui.Request

	mu       sync.Mutex
	snapshot *conference.Snapshot
	remotes  map[string]*fakeRemote
	events   []chan conference.Event
	speakers []string
	written  []string // chat
	unread   error    // what becomes of chat
	left     int
	leaving  chan struct{} // not nil: Leave waits for it
}

func newFakeCall(r ui.Request) *fakeCall {
	return &fakeCall{
		request: r, remotes: make(map[string]*fakeRemote),
		snapshot: &conference.Snapshot{Room: r.Room, Joined: time.Now()},
	}
}

// update changes the snapshot and tells so.
func (c *fakeCall) update(change func(s *conference.Snapshot)) {
	c.mu.Lock()
	s := *c.snapshot
	s.Participants = slices.Clone(s.Participants)
	change(&s)
	c.snapshot = &s
	events := slices.Clone(c.events)
	c.mu.Unlock()
	for _, e := range events {
		select {
		case e <- conference.Changed{}:
		default:
		}
	}
}

// tell passes an event on.
func (c *fakeCall) tell(e conference.Event) {
	c.mu.Lock()
	events := slices.Clone(c.events)
	c.mu.Unlock()
	for _, to := range events {
		to <- e
	}
}

// enter lets somebody come, in a given state.
func (c *fakeCall) enter(id, name string, state conference.ConnectionState) *fakeRemote {
	r := newFakeRemote()
	c.mu.Lock()
	c.remotes[id] = r
	c.mu.Unlock()
	c.update(func(s *conference.Snapshot) {
		p := conference.Participant{State: state, Since: time.Now()}
		p.ID, p.Name = signaling.PeerID(id), name
		p.Metadata.Camera, p.Metadata.Microphone = true, true
		s.Participants = append(s.Participants, p)
	})
	return r
}

// set changes somebody.
func (c *fakeCall) set(id string, change func(p *conference.Participant)) {
	c.update(func(s *conference.Snapshot) {
		for i := range s.Participants {
			if string(s.Participants[i].ID) == id {
				change(&s.Participants[i])
			}
		}
	})
}

func (c *fakeCall) Snapshot() *conference.Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.snapshot
}

func (c *fakeCall) Subscribe(ctx context.Context, _ ...string) <-chan conference.Event {
	events := make(chan conference.Event, 16)
	c.mu.Lock()
	c.events = append(c.events, events)
	c.mu.Unlock()
	context.AfterFunc(ctx, func() {
		c.mu.Lock()
		c.events = slices.DeleteFunc(c.events, func(e chan conference.Event) bool { return e == events })
		c.mu.Unlock()
		close(events)
	})
	return events
}

func (c *fakeCall) Remote(p conference.Participant) ui.Remote {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.remotes[string(p.ID)]; r != nil && !p.State.Ended() {
		return r
	}
	return nil
}

func (c *fakeCall) SetSpeaker(spec string) error {
	c.mu.Lock()
	c.speakers = append(c.speakers, spec)
	c.mu.Unlock()
	return nil
}

func (c *fakeCall) SendChat(_ context.Context, _ signaling.PeerID, text string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.written = append(c.written, text)
	return c.unread
}

func (c *fakeCall) Leave(ctx context.Context) error {
	c.mu.Lock()
	c.left++
	leaving := c.leaving
	c.mu.Unlock()
	if leaving == nil {
		return nil
	}
	select {
	case <-leaving:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *fakeCall) timesLeft() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.left
}
