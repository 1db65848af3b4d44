package conference

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"

	"confab/conference/media"
	"confab/conference/media/capture"
	"confab/conference/media/send"
	"confab/conference/media/yuv"
	"confab/conference/signaling"
)

// problemQueue is how many problems wait for a reader before the oldest are lost.
const problemQueue = 16

// LocalMediaOptions say how our media is sent.
type LocalMediaOptions struct {
	MaxBitrate int        // bits per second and tier; 0: what the tier is worth
	Processing Processing // of the microphone's sound, see LocalMedia.SetProcessing
	Logger     *slog.Logger
}

// LocalMedia is what we send: camera, microphone, screen. It is made before joining, so that a preview
// can be shown, and is shared by the channels that are joined. What flows in a slot changes at any time
// and renegotiates nothing. All methods are safe from any goroutine.
type LocalMedia struct {
	log      *slog.Logger
	pool     media.Pool
	video    map[Slot]*send.Video
	sound    map[Slot]*send.Audio
	problems chan error

	microphone *microphone

	flow sync.Mutex // held while a picture is offered: muting comes before or after it
	set  sync.Mutex // held while a source is exchanged: one at a time

	mu       sync.Mutex
	sources  map[Slot]*source
	muted    map[Slot]bool // of pictures; of sound its sender knows
	watchers map[*localWatcher]struct{}
	closed   bool

	previews map[Slot]*preview
}

// localWatcher is told that what we send has changed.
type localWatcher struct{ changed func() }

// source is one open source and the goroutine that reads it.
type source struct {
	io.Closer
	cancel context.CancelFunc
	done   chan struct{}
	width  atomic.Int32 // captured, pixels
	height atomic.Int32
}

// preview is the self view of a slot.
type preview struct {
	mirrored      bool // as people know themselves
	surface       media.Surface
	scratch       media.Pool
	width, height atomic.Int32
}

// NewLocalMedia gives media in which nothing flows yet. Nothing is opened.
func NewLocalMedia(o LocalMediaOptions) *LocalMedia {
	m := &LocalMedia{
		log: logger(o.Logger), microphone: newMicrophone(o.Processing),
		video:    make(map[Slot]*send.Video),
		sound:    make(map[Slot]*send.Audio),
		problems: make(chan error, problemQueue),
		sources:  make(map[Slot]*source),
		muted:    make(map[Slot]bool),
		watchers: make(map[*localWatcher]struct{}),
		previews: make(map[Slot]*preview),
	}
	for _, s := range media.Slots() {
		if s.Video() {
			m.video[s] = send.NewVideo(send.VideoOptions{
				Slot: s, MaxBitrate: o.MaxBitrate, Pool: &m.pool, Logger: m.log, Report: m.Report,
			})
			m.previews[s] = &preview{mirrored: s == Camera}
		} else {
			m.sound[s] = send.NewAudio(send.AudioOptions{Slot: s, Logger: m.log, Report: m.Report})
		}
	}
	return m
}

// Pool is where sources may take their frames from.
func (m *LocalMedia) Pool() *media.Pool { return &m.pool }

// SetVideo makes src flow in the camera or screen slot, in place of what flowed there, which is closed.
// It takes src over, also when it returns an error. nil: nothing flows.
func (m *LocalMedia) SetVideo(s Slot, src capture.VideoSource) error {
	if !s.Video() {
		return errors.Join(fmt.Errorf("pictures in slot %v", s), closeSource(src))
	}
	if src == nil {
		return m.exchange(s, nil, nil)
	}
	return m.exchange(s, src, func(ctx context.Context, into *source) error { return m.pumpVideo(ctx, s, src, into) })
}

// SetAudio makes src flow in the microphone or screen audio slot, like SetVideo.
func (m *LocalMedia) SetAudio(s Slot, src capture.AudioSource) error {
	if s.Video() {
		return errors.Join(fmt.Errorf("sound in slot %v", s), closeSource(src))
	}
	if src == nil {
		return m.exchange(s, nil, nil)
	}
	return m.exchange(s, src, func(ctx context.Context, _ *source) error { return m.pumpAudio(ctx, s, src) })
}

func closeSource(c io.Closer) error {
	if c == nil {
		return nil
	}
	return c.Close()
}

// exchange ends what flows in s and starts pump over c.
func (m *LocalMedia) exchange(s Slot, c io.Closer, pump func(context.Context, *source) error) error {
	m.set.Lock()
	defer m.set.Unlock()
	m.mu.Lock()
	old, closed := m.sources[s], m.closed
	delete(m.sources, s)
	m.mu.Unlock()
	err := old.stop()
	if v := m.video[s]; v != nil && old != nil && c == nil {
		v.Clear()
	}
	if c == nil || closed {
		m.changed()
		return errors.Join(err, closeSource(c))
	}
	ctx, cancel := context.WithCancel(context.Background())
	now := &source{Closer: c, cancel: cancel, done: make(chan struct{})}
	m.mu.Lock()
	m.sources[s] = now
	m.mu.Unlock()
	go func() { // stopped by source.stop, which waits for done
		defer close(now.done)
		err := pump(ctx, now)
		if ctx.Err() == nil {
			m.ended(s, now, err)
		}
	}()
	m.changed()
	return err
}

// stop closes the source and waits for its reader.
func (s *source) stop() error {
	if s == nil {
		return nil
	}
	s.cancel()
	err := s.Close()
	<-s.done
	return err
}

// ended clears a slot whose source ended by itself.
func (m *LocalMedia) ended(s Slot, src *source, err error) {
	m.mu.Lock()
	if m.sources[s] == src {
		delete(m.sources, s)
	}
	m.mu.Unlock()
	if v := m.video[s]; v != nil {
		v.Clear()
	}
	m.Report(fmt.Errorf("%v: %w: %w", s, ErrSourceEnds, errors.Join(err, src.Close())))
	m.changed()
}

func (m *LocalMedia) pumpVideo(ctx context.Context, s Slot, src capture.VideoSource, into *source) error {
	p := m.previews[s]
	for {
		f, err := src.Read(ctx)
		if err != nil {
			return err
		}
		into.width.Store(int32(f.Width))
		into.height.Store(int32(f.Height))
		m.flow.Lock()
		if !m.Muted(s) {
			m.video[s].Offer(f)
		}
		m.flow.Unlock()
		p.show(f)
		f.Release()
	}
}

// show converts f for the self view, if there is one.
func (p *preview) show(f *media.VideoFrame) {
	if w, h := int(p.width.Load()), int(p.height.Load()); w > 0 && h > 0 {
		picture := p.surface.Back(w, h)
		yuv.ToRGBAScaled(picture, f, &p.scratch)
		if p.mirrored {
			yuv.Mirror(picture)
		}
		p.surface.Publish()
	}
}

func (m *LocalMedia) pumpAudio(ctx context.Context, s Slot, src capture.AudioSource) error {
	sender, measured, changed := m.sound[s], isMeasured(src), false
	if s == Microphone {
		defer func() {
			if m.microphone.rest() {
				m.changed()
			}
		}()
	}
	for {
		f, err := src.Read(ctx)
		if err != nil {
			return err
		}
		b := send.Block{AudioFrame: f}
		if s == Microphone {
			b, changed = m.microphone.hear(f, measured, sender.Muted())
		}
		sender.Offer(b) // sees to it that nothing leaves of a muted source
		if changed {
			m.changed()
		}
	}
}

// SetMuted stops or lets flow a slot without closing its source. Once SetMuted(s, true) has returned, no
// packet with sound (pictures) of it leaves, whatever else happens.
func (m *LocalMedia) SetMuted(s Slot, muted bool) {
	if a := m.sound[s]; a != nil {
		a.SetMuted(muted)
		m.changed()
		return
	}
	m.flow.Lock()
	m.mu.Lock()
	m.muted[s] = muted
	m.mu.Unlock()
	m.flow.Unlock()
	if muted {
		m.video[s].Clear()
	}
	m.changed()
}

// Muted tells whether the slot is muted.
func (m *LocalMedia) Muted(s Slot) bool {
	if a := m.sound[s]; a != nil {
		return a.Muted()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.muted[s]
}

// Active tells whether something flows: a source is set and not muted.
func (m *LocalMedia) Active(s Slot) bool { return m.Open(s) && !m.Muted(s) }

// Open tells whether a source is set, muted or not.
func (m *LocalMedia) Open(s Slot) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sources[s] != nil
}

// Metadata is what others are told of what flows.
func (m *LocalMedia) Metadata() signaling.Metadata {
	return signaling.Metadata{Microphone: m.Active(Microphone), Camera: m.Active(Camera), Screen: m.Active(Screen)}
}

// Preview is where the self view of a picture slot is drawn, that of the camera as in a mirror; nil for sound.
func (m *LocalMedia) Preview(s Slot) *media.Surface {
	if p := m.previews[s]; p != nil {
		return &p.surface
	}
	return nil
}

// SetPreview says how many pixels the self view has; 0: there is none, and nothing is converted.
func (m *LocalMedia) SetPreview(s Slot, width, height int) {
	if p := m.previews[s]; p != nil {
		p.width.Store(int32(min(max(width, 0), media.MaxDimension)))
		p.height.Store(int32(min(max(height, 0), media.MaxDimension)))
	}
}

// VideoSize is the size of the captured picture in pixels, 0 before the first.
func (m *LocalMedia) VideoSize(s Slot) (width, height int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if src := m.sources[s]; src != nil {
		return int(src.width.Load()), int(src.height.Load())
	}
	return 0, 0
}

// Problems tells what stopped by itself: a source that ended (its slot is empty then), an encoder that
// cannot be had; and what was given to Report. Of 16 that wait the oldest are lost.
func (m *LocalMedia) Problems() <-chan error { return m.problems }

// Report adds a problem for the reader of Problems. Sources tell by it what they have mended by themselves:
// it never waits, as capture.VideoOptions wants it.
func (m *LocalMedia) Report(err error) {
	m.log.Warn("local media", "err", err)
	for {
		select {
		case m.problems <- err:
			return
		default:
		}
		select {
		case <-m.problems:
		default:
		}
	}
}

// Encoders are the figures of the encoders that run.
func (m *LocalMedia) encoders() []EncoderStats {
	all := []EncoderStats{}
	for _, s := range media.Slots() {
		if v := m.video[s]; v != nil {
			for _, e := range v.Stats() {
				all = append(all, EncoderStats{
					Tier: e.Tier, Width: e.Width, Height: e.Height, FramesEncoded: e.FramesEncoded,
					KeyFrames: e.KeyFrames, TotalEncodeTime: e.TotalEncodeTime.Seconds(), TargetBitrate: e.TargetBitrate,
				})
			}
		}
	}
	return all
}

// watch has changed called, on any goroutine, when what flows has changed, until stop.
func (m *LocalMedia) watch(changed func()) (stop func()) {
	w := &localWatcher{changed}
	m.mu.Lock()
	m.watchers[w] = struct{}{}
	m.mu.Unlock()
	return func() {
		m.mu.Lock()
		delete(m.watchers, w)
		m.mu.Unlock()
	}
}

func (m *LocalMedia) changed() {
	m.mu.Lock()
	tell := make([]func(), 0, len(m.watchers))
	for w := range m.watchers {
		tell = append(tell, w.changed)
	}
	m.mu.Unlock()
	for _, f := range tell {
		f()
	}
}

// Close closes all sources and encoders. Any number of times.
func (m *LocalMedia) Close() error {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	var errs []error
	for _, s := range media.Slots() {
		errs = append(errs, m.exchange(s, nil, nil))
		if v := m.video[s]; v != nil {
			errs = append(errs, v.Close())
		} else {
			errs = append(errs, m.sound[s].Close())
		}
	}
	return errors.Join(errs...)
}

func logger(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l
}
