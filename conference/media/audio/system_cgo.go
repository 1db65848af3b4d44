//go:build cgo

package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf16"
	"unsafe"

	"github.com/gen2brain/malgo"

	"confab/conference/media"
	"confab/conference/media/capture"
)

// backends are tried in this order; those of other operating systems fail at once. The null backend is
// not among them: it would take every call and play nothing. Nor is JACK, which is for studios.
var backends = []malgo.Backend{
	malgo.BackendWasapi, malgo.BackendDsound, malgo.BackendWinmm, malgo.BackendCoreaudio,
	malgo.BackendPulseaudio, malgo.BackendAlsa, malgo.BackendSndio, malgo.BackendAudio4, malgo.BackendOss,
}

// periodMilliseconds is how much sound a callback moves; the PulseAudio daemon holds one such period of what is
// played and asks for the next when it has played that: with less it often plays silence in between, which
// nobody is told.
const (
	periodMilliseconds      = 10
	pulsePeriodMilliseconds = 20
)

// closeDeadline is how long a device may take to end. Uninit of one that was unplugged hangs for ever
// unless Stop comes first; then it takes 3 ms.
const closeDeadline = time.Second

// miniaudio is a context of the miniaudio library.
type miniaudio struct {
	context *malgo.AllocatedContext
	backend malgo.Backend
	ids     map[string]malgo.DeviceID // of the last list, by our id, with the kind before it
	hung    *atomic.Bool              // a device of it could not be closed
}

// connector makes contexts. Once a backend has shown devices it stays with that one: else it would
// move to ALSA while the PulseAudio daemon restarts, and never come back.
type connector struct {
	chosen *malgo.Backend
}

func newConnector() func() (system, error) { return (&connector{}).connect }

func (c *connector) connect() (system, error) {
	tried := backends
	if c.chosen != nil {
		tried = []malgo.Backend{*c.chosen}
	}
	for _, b := range tried {
		if b == malgo.BackendAlsa && !hasSoundCard() {
			continue
		}
		context, err := malgo.InitContext([]malgo.Backend{b}, malgo.ContextConfig{}, nil)
		if err != nil {
			continue
		}
		m := &miniaudio{context: context, backend: b, ids: map[string]malgo.DeviceID{}, hung: new(atomic.Bool)}
		if devices, err := m.list(); err == nil && len(devices) > 0 {
			c.chosen = &b
			return m, nil
		}
		m.close()
	}
	return nil, ErrNoDevice
}

// hasSoundCard tells whether the kernel knows a device of sound. Without one ALSA lists a default device
// all the same, fails to open it, and writes twenty lines to standard error.
func hasSoundCard() bool {
	found, err := filepath.Glob("/dev/snd/pcm*")
	return err == nil && len(found) > 0
}

func (m *miniaudio) list() ([]capture.Device, error) {
	var all []capture.Device
	for _, k := range []struct {
		kind capture.Kind
		of   malgo.DeviceType
	}{{capture.Microphone, malgo.Capture}, {capture.Speaker, malgo.Playback}} {
		found, err := m.context.Devices(k.of)
		if err != nil {
			return nil, fmt.Errorf("list %ss: %w", k.kind, err)
		}
		for i := range found {
			id, name := readableID(found[i].ID), found[i].Name()
			if k.kind == capture.Microphone && isMonitor(id, name) {
				continue
			}
			m.ids[key(k.kind, id)] = found[i].ID
			all = append(all, capture.Device{Kind: k.kind, ID: id, Name: name, Default: found[i].IsDefault != 0})
		}
	}
	return all, nil
}

func key(kind capture.Kind, id string) string { return kind.String() + " " + id }

// isMonitor tells the echo of a speaker, which PulseAudio lists as a microphone.
func isMonitor(id, name string) bool {
	return strings.HasSuffix(id, ".monitor") || strings.HasPrefix(name, "Monitor of ")
}

// readableID is the text that most systems use to name a device, in one or two bytes a character; else
// its bytes in hexadecimal.
func readableID(raw malgo.DeviceID) string {
	narrow, _, _ := strings.Cut(string(raw[:]), "\x00")
	if len(narrow) > 1 && printable(narrow) {
		return narrow
	}
	var wide []uint16
	for i := 0; i+1 < len(raw); i += 2 {
		c := binary.LittleEndian.Uint16(raw[i:])
		if c == 0 {
			break
		}
		wide = append(wide, c)
	}
	if s := string(utf16.Decode(wide)); len(s) > 1 && printable(s) {
		return s
	}
	return raw.String()
}

func printable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

func (m *miniaudio) open(kind capture.Kind, id string) (stream, error) {
	s, err := m.openAs(kind, id, 0, 0) // the device's own
	if errors.Is(err, errUnfit) {
		s, err = m.openAs(kind, id, media.SampleRate, 1) // converted by the sound system
	}
	if err != nil {
		return nil, err
	}
	if err := s.device.Start(); err != nil {
		s.close()
		return nil, asOurs(err)
	}
	return s, nil
}

// errUnfit says that a device's own rate or number of channels is beyond what a cable takes.
var errUnfit = errors.New("rate or channels out of range")

// openAs opens a device at so many samples per second and channels; 0: its own.
func (m *miniaudio) openAs(kind capture.Kind, id string, rate, channels uint32) (*miniaudioStream, error) {
	var pinner runtime.Pinner
	defer pinner.Unpin()
	var pointer unsafe.Pointer // nil: the system's choice
	if id != "" {
		raw, ok := m.ids[key(kind, id)]
		if !ok {
			return nil, capture.ErrNotFound
		}
		pinner.Pin(&raw)
		pointer = unsafe.Pointer(&raw)
	}
	config, s := malgo.DefaultDeviceConfig(malgo.Capture), &miniaudioStream{hung: m.hung}
	side, callback := &config.Capture, s.captured
	if kind == capture.Speaker {
		config = malgo.DefaultDeviceConfig(malgo.Playback)
		side, callback = &config.Playback, s.play
	}
	side.DeviceID, side.Format, side.Channels = pointer, malgo.FormatS16, channels
	config.SampleRate = rate
	config.PeriodSizeInMilliseconds = periodMilliseconds
	if kind == capture.Speaker && m.backend == malgo.BackendPulseaudio {
		config.PeriodSizeInMilliseconds = pulsePeriodMilliseconds
	}
	config.PerformanceProfile = malgo.LowLatency
	config.Pulse.StreamNameCapture, config.Pulse.StreamNamePlayback = "Confab", "Confab"
	device, err := malgo.InitDevice(m.context.Context, config, malgo.DeviceCallbacks{Data: callback})
	if err != nil {
		return nil, asOurs(err)
	}
	s.device = device
	got, of := int(device.SampleRate()), int(device.CaptureChannels())
	if kind == capture.Speaker {
		of = int(device.PlaybackChannels())
	}
	if !fits(got, of) {
		s.close()
		return nil, fmt.Errorf("%d samples per second, %d channels: %w", got, of, errUnfit)
	}
	s.wire = newCable(kind, got, of)
	return s, nil
}

// asOurs gives the library's errors that callers decide on the names of package capture.
func asOurs(err error) error {
	for theirs, ours := range map[error]error{
		malgo.ErrBusy: capture.ErrBusy, malgo.ErrShareModeNotSupported: capture.ErrBusy,
		malgo.ErrAccessDenied: capture.ErrDenied, malgo.ErrNoDevice: ErrNoDevice,
		malgo.ErrNoBackend: ErrNoDevice, malgo.ErrDoesNotExist: capture.ErrNotFound,
	} {
		if errors.Is(err, theirs) {
			return fmt.Errorf("%w (%w)", ours, err)
		}
	}
	return err
}

func samplesOf(b []byte) []int16 {
	if len(b) < 2 {
		return nil
	}
	return unsafe.Slice((*int16)(unsafe.Pointer(&b[0])), len(b)/2)
}

func (m *miniaudio) close() {
	if m.hung.Load() { // a thread of it still runs, in its memory
		return
	}
	_ = m.context.Uninit() // of a dead daemon: there is nothing to do about it
	m.context.Free()
}

// miniaudioStream is a device that runs.
type miniaudioStream struct {
	device *malgo.Device
	wire   *cable // set before the device starts
	count  atomic.Uint64
	hung   *atomic.Bool
}

// captured is the callback of a microphone.
func (s *miniaudioStream) captured(_, in []byte, _ uint32) {
	s.wire.capture(samplesOf(in))
	s.count.Add(1)
}

// play is the callback of a speaker.
func (s *miniaudioStream) play(out, _ []byte, _ uint32) {
	s.wire.play(samplesOf(out))
	s.count.Add(1)
}

func (s *miniaudioStream) cable() *cable { return s.wire }

func (s *miniaudioStream) callbacks() uint64 { return s.count.Load() }

func (s *miniaudioStream) close() {
	done := make(chan struct{})
	go func() { // waited for below, unless the library hangs
		defer close(done)
		_ = s.device.Stop() // of a device that is gone it fails, and must come first all the same
		s.device.Uninit()
	}()
	deadline := time.NewTimer(closeDeadline)
	defer deadline.Stop()
	select {
	case <-done:
	case <-deadline.C:
		s.hung.Store(true)
	}
}
