package conference

import (
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"confab/conference/data"
	"confab/conference/media"
	"confab/conference/media/audio"
	"confab/conference/media/receive"
	"confab/conference/transport"
)

// RemoteMedia is what one remote client sends us over one connection. All methods are safe from any
// goroutine unless they say otherwise.
type RemoteMedia struct {
	video   map[Slot]*receive.Video
	sound   map[Slot]*audio.Playout
	syncs   map[Slot]*lipSync      // by slot of pictures
	clocks  map[Slot]*pictureClock // with Options.Measure
	tell    func(data.View)        // passes a wish on to the sender
	volume  *atomic.Uint64         // float64 bits; the participant's, so it outlives the connection
	applied float64                // volume at the end of the last Pull, whose caller owns it
	claims  claims                 // of how loud the microphone is

	once sync.Once
	done chan struct{}  // closed by close
	asks sync.WaitGroup // goroutines that ask for lost sound

	mu    sync.Mutex
	views map[Slot]data.View
	shown map[Slot]bool // somebody has asked for the surface
	in    map[Slot]*transport.Inbound
}

// Surface is where the pictures of the camera or screen slot are drawn, once SetView has said in which
// size; nil for sound. Nothing is converted for a surface that nobody has asked for.
func (m *RemoteMedia) Surface(s Slot) *media.Surface {
	v := m.video[s]
	if v == nil {
		return nil
	}
	m.mu.Lock()
	m.shown[s] = true
	view := m.views[s]
	m.mu.Unlock()
	v.SetView(view.Width, view.Height, view.Visible)
	return v.Surface()
}

// SetView says how a picture slot is shown: the tile's size in pixels, and whether it can be seen. It is
// what we convert to, and what we ask the sender for. A hidden picture costs nothing. Until it is called
// the sender sends what it captures, and nothing is converted.
func (m *RemoteMedia) SetView(s Slot, width, height int, visible bool) {
	v := m.video[s]
	if v == nil {
		return
	}
	view := data.View{Slot: s, Width: clampDimension(width), Height: clampDimension(height), Visible: visible}
	m.mu.Lock()
	view.Pinned = m.views[s].Pinned
	same, shown := m.views[s] == view, m.shown[s]
	m.views[s] = view
	m.mu.Unlock()
	if same {
		return
	}
	if shown {
		v.SetView(view.Width, view.Height, visible)
	} else {
		v.SetView(0, 0, visible)
	}
	m.tell(view)
}

// SetPinned says that the user wants to see a picture slot, whoever else there is: when the sender's
// uplink is short we are served before those who have not pinned it.
func (m *RemoteMedia) SetPinned(s Slot, pinned bool) {
	if m.video[s] == nil {
		return
	}
	m.mu.Lock()
	view, known := m.views[s]
	if !known { // what the sender takes us to show, as long as it is told nothing
		view = data.View{Slot: s, Visible: true}
	}
	same := view.Pinned == pinned
	view.Pinned = pinned
	if !same {
		m.views[s] = view
	}
	m.mu.Unlock()
	if !same {
		m.tell(view)
	}
}

func clampDimension(n int) int { return min(max(n, 0), media.MaxDimension) }

// wishes are the views set so far.
func (m *RemoteMedia) wishes() []data.View {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []data.View
	for _, v := range m.views {
		all = append(all, v)
	}
	return all
}

// SetVolume sets how loud this client is played: 1 is as it comes, 0 silent, at most 4. The sound glides
// there within 10 ms, and keeps it while the client is in the channel, whatever becomes of the connection.
func (m *RemoteMedia) SetVolume(gain float64) {
	if !math.IsNaN(gain) {
		m.volume.Store(math.Float64bits(min(max(gain, 0), 4)))
	}
}

// Volume is how loud this client is played; see SetVolume.
func (m *RemoteMedia) Volume() float64 { return math.Float64frombits(m.volume.Load()) }

// Level is how loud the client speaks, 0 to 1 (root mean square, linear).
func (m *RemoteMedia) Level() float64 { return m.sound[Microphone].Level() }

// Pull gives 10 ms of everything heard from this client, for the mixer. It never waits.
func (m *RemoteMedia) Pull(now time.Time, out *media.AudioFrame) {
	m.sound[Microphone].Pull(now, out)
	var screen media.AudioFrame
	m.sound[ScreenAudio].Pull(now, &screen)
	wanted := m.Volume()
	step := (wanted - m.applied) / media.FrameSamples
	for i, s := range screen.Samples {
		m.applied += step
		sum := (float64(out.Samples[i]) + float64(s)) * m.applied
		out.Samples[i] = int16(min(max(sum, math.MinInt16), math.MaxInt16))
	}
	m.applied = wanted
}

// read moves the packets of one track to where they belong, until the track ends.
func (m *RemoteMedia) read(s Slot, in *transport.Inbound) {
	m.mu.Lock()
	m.in[s] = in
	m.mu.Unlock()
	for {
		p, err := in.ReadRTP()
		if err != nil {
			return
		}
		if v := m.video[s]; v != nil {
			v.Push(time.Now(), p)
		} else {
			if s == Microphone {
				m.claims.note(in, p)
			}
			m.sound[s].Push(time.Now(), p)
		}
	}
}

// askForSound asks for lost packets of a slot of sound again until close.
func (m *RemoteMedia) askForSound(s Slot, p *audio.Playout) {
	var numbers []uint16
	for {
		select {
		case <-m.done:
			return
		case <-p.Missing():
		}
		if numbers = p.Requests(numbers[:0]); len(numbers) > 0 {
			m.requestRepair(s, numbers)
		}
	}
}

// inbound is the track of a slot, nil before its first packet.
func (m *RemoteMedia) inbound(s Slot) *transport.Inbound {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.in[s]
}

func (m *RemoteMedia) requestKeyFrame(s Slot) {
	if in := m.inbound(s); in != nil {
		in.RequestKeyFrame()
	}
}

func (m *RemoteMedia) requestRepair(s Slot, numbers []uint16) {
	if in := m.inbound(s); in != nil {
		in.RequestRepair(numbers)
	}
}

// expect tells the picture slots whether pictures are to come, so that a camera that is switched off is
// not a freeze.
func (m *RemoteMedia) expect(camera, screen bool) {
	for s, on := range map[Slot]bool{Camera: camera, Screen: screen} {
		m.video[s].Expect(on)
		if !on {
			m.syncs[s].stop()
		}
	}
}

func (m *RemoteMedia) close() error {
	m.once.Do(func() { close(m.done) })
	m.asks.Wait()
	var errs []error
	for _, v := range m.video {
		errs = append(errs, v.Close())
	}
	for _, p := range m.sound {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}
