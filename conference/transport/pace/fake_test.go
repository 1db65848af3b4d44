package pace_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/media/codec/vp8rtp"
	"confab/conference/transport/bandwidth"
	"confab/conference/transport/pace"
)

// oracle is an estimator that says what the test wants.
type oracle struct {
	mu       sync.Mutex
	decision bandwidth.Decision
	once     []bandwidth.Decision // said first, one at each call
	used     bool
	probes   [][2]time.Time
	reports  int
	summary  bandwidth.Report
	limit    int
}

func oracleOf(bitsPerSecond int) *oracle {
	return &oracle{decision: bandwidth.Decision{Budget: bitsPerSecond, Pace: bitsPerSecond * 3 / 2}}
}

func (o *oracle) say() bandwidth.Decision {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.once) > 0 {
		d := o.once[0]
		o.once = o.once[1:]
		return d
	}
	return o.decision
}

func (o *oracle) Feedback(time.Time, []bandwidth.Result) bandwidth.Decision {
	o.mu.Lock()
	o.reports++
	o.mu.Unlock()
	return o.say()
}

func (o *oracle) Tick(_ time.Time, used bool) bandwidth.Decision {
	o.mu.Lock()
	o.used = used
	o.mu.Unlock()
	return o.say()
}

func (o *oracle) Sent(time.Time) {}

func (o *oracle) Report(_ time.Time, r bandwidth.Report) bandwidth.Decision {
	o.mu.Lock()
	o.summary = r
	o.mu.Unlock()
	return o.say()
}

func (o *oracle) Limit(_ time.Time, bitsPerSecond int) bandwidth.Decision {
	o.mu.Lock()
	o.limit = bitsPerSecond
	o.mu.Unlock()
	return o.say()
}

// told is the last report and the last limit.
func (o *oracle) told() (bandwidth.Report, int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.summary, o.limit
}

func (o *oracle) ProbeSent(_, from, to time.Time) {
	o.mu.Lock()
	o.probes = append(o.probes, [2]time.Time{from, to})
	o.mu.Unlock()
}

func (o *oracle) RoundTripTime() time.Duration { return 30 * time.Millisecond }

// trains are the spans of the probes that have left.
func (o *oracle) trains() [][2]time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.probes
}

// wants is whether more could be used than the path carries.
func (o *oracle) wants() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.used
}

// set makes f's changes hold from the next call on.
func (o *oracle) set(f func(*bandwidth.Decision)) {
	o.mu.Lock()
	f(&o.decision)
	o.mu.Unlock()
}

// tell says d once.
func (o *oracle) tell(d bandwidth.Decision) {
	o.mu.Lock()
	o.once = append(o.once, d)
	o.mu.Unlock()
}

// left is a packet that a wire took.
type left struct {
	at      time.Time
	slot    media.Slot
	kind    string // rtp, repair or padding
	header  rtp.Header
	vp8     vp8rtp.Descriptor
	payload []byte
	level   media.SoundLevel
	clock   clock // what the wire was told last
}

// clock is what a stream's clock shows.
type clock struct {
	timestamp uint32
	captured  time.Time
}

var errDown = errors.New("wire is down")

// wire notes what leaves, and checks that the numbers of its slot have no gaps.
type wire struct {
	t     *testing.T
	slot  media.Slot
	level media.SoundLevel // of the sound under way
	clock clock
	log   *logbook
	took  time.Duration // to write a packet
	stuck chan struct{} // a write waits until it is closed
	down  bool
	next  func(left) // told of each packet; nil: nobody

	begun  bool
	header rtp.Header
	vp8    vp8rtp.Descriptor
}

// logbook is what left on all wires of a path, in order.
type logbook struct {
	mu      sync.Mutex
	packets []left
}

func (b *logbook) take() []left {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.packets
	b.packets = nil
	return p
}

func (w *wire) write(kind string, h *rtp.Header, payload []byte) (int, error) {
	if w.stuck != nil {
		<-w.stuck
	}
	time.Sleep(w.took)
	if w.down {
		return 0, errDown
	}
	p := left{at: time.Now(), slot: w.slot, kind: kind, payload: append([]byte(nil), payload...), level: w.level, clock: w.clock}
	if h != nil {
		p.header = *h
	}
	if w.slot.Video() && h != nil {
		d, _, err := vp8rtp.Parse(payload)
		if err != nil {
			w.t.Error(err)
		}
		p.vp8 = d
	}
	if kind == "rtp" {
		w.check(p)
	}
	w.log.mu.Lock()
	w.log.packets = append(w.log.packets, p)
	w.log.mu.Unlock()
	if w.next != nil {
		w.next(p)
	}
	return len(payload) + 12, nil
}

// check sees that p follows the packet before.
func (w *wire) check(p left) {
	h, d := &p.header, &p.vp8
	if len(p.payload) > vp8rtp.MaxPayload && w.slot.Video() {
		w.t.Errorf("payload of %d bytes", len(p.payload))
	}
	if w.begun && h.SequenceNumber != w.header.SequenceNumber+1 {
		w.t.Errorf("packet %d after %d", h.SequenceNumber, w.header.SequenceNumber)
	}
	if w.begun && w.slot.Video() {
		same := h.Timestamp == w.header.Timestamp && d.PictureID == w.vp8.PictureID
		next := int32(h.Timestamp-w.header.Timestamp) > 0 && d.PictureID == (w.vp8.PictureID+1)&vp8rtp.PictureIDMask
		base := w.vp8.TL0PICIDX
		if d.Start && d.TemporalID == 0 {
			base++
		}
		if d.Start && !next || !d.Start && !same || d.TL0PICIDX != base || !d.Start && w.header.Marker {
			w.t.Errorf("picture %+v, %d after %+v, %d", d, h.Timestamp, w.vp8, w.header.Timestamp)
		}
	}
	w.begun, w.header, w.vp8 = true, *h, *d
}

func (w *wire) WriteRTP(h *rtp.Header, b []byte) (int, error) { return w.write("rtp", h, b) }
func (w *wire) WriteSound(h *rtp.Header, b []byte, level media.SoundLevel) (int, error) {
	w.level = level
	return w.write("rtp", h, b)
}

func (w *wire) Captured(timestamp uint32, at time.Time) {
	w.clock = clock{timestamp, at}
}
func (w *wire) WriteRepair(h *rtp.Header, b []byte) (int, error) { return w.write("repair", h, b) }
func (w *wire) WritePadding(size int) (int, error) {
	return w.write("padding", nil, make([]byte, size))
}

// way is a path with wires for all slots.
type way struct {
	*pace.Path
	oracle *oracle
	wires  map[media.Slot]*wire
	log    logbook
	asked  chan media.Slot
}

func newWay(t *testing.T, o *oracle, change func(*way)) *way {
	w := &way{oracle: o, wires: map[media.Slot]*wire{}, asked: make(chan media.Slot, 100)}
	wires := map[media.Slot]pace.Wire{}
	for _, s := range media.Slots() {
		w.wires[s] = &wire{t: t, slot: s, log: &w.log}
		wires[s] = w.wires[s]
	}
	if change != nil {
		change(w)
	}
	w.Path = pace.NewPath(pace.PathOptions{
		Wires: wires, Estimator: o, RequestKeyFrame: func(s media.Slot) { w.asked <- s },
	})
	return w
}

// studio makes pictures in the encoder's pattern.
type studio struct {
	n      int // since the last key frame
	number int
	start  time.Time
}

// picture makes the next one, of so many bytes.
func (s *studio) picture(key bool, size int) *media.EncodedFrame {
	if s.start.IsZero() {
		s.start = time.Now()
	}
	if key {
		s.n = 0
	}
	f := &media.EncodedFrame{Data: make([]byte, max(4, size)), KeyFrame: key, RTPTime: media.Ticks(time.Now(), media.VideoClockRate), Captured: time.Now()}
	if !key {
		f.Data[0] = 1
		f.TemporalID = [...]uint8{0, 2, 1, 2}[s.n%4]
		f.LayerSync = s.n%4 == 1 || s.n%4 == 2
	}
	s.number++
	f.Data[1], f.Data[2], f.Data[3] = byte(s.number), byte(s.number>>8), f.TemporalID
	s.n++
	return f
}

// of are the packets of one slot and kind.
func of(packets []left, s media.Slot, kind string) []left {
	var out []left
	for _, p := range packets {
		if p.slot == s && p.kind == kind {
			out = append(out, p)
		}
	}
	return out
}

// layers are the temporal layers of the pictures that left whole, k for a key frame.
func layersOf(packets []left) string {
	var out strings.Builder
	for _, p := range of(packets, media.Camera, "rtp") {
		if !p.header.Marker {
			continue
		}
		out.WriteString(string('0' + rune(p.vp8.TemporalID)))
	}
	return out.String()
}
