package receive_test

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/media/capture/pattern"
	"confab/conference/media/receive"
	"confab/conference/media/send"
	"confab/conference/media/yuv"
)

// call is one source, sent to any number of ends, in a bubble of synctest.
type call struct {
	t       *testing.T
	slot    media.Slot
	pool    media.Pool
	video   *send.Video
	painter *pattern.Painter
	judge   *pattern.Painter // the receivers'
	width   int
	height  int
	number  uint32
	ends    []*end
	mu      sync.Mutex // for judge
}

// end is one receiver and its way there.
type end struct {
	t     *testing.T
	call  *call
	peer  *send.VideoPeer
	way   straight
	video *receive.Video
	delay time.Duration // one way
	// pass decides about each packet, the repairs included: false is loss. It may add to the delay.
	pass func(h *rtp.Header, payload []byte, repair bool) (bool, time.Duration)
	pool media.Pool

	mu      sync.Mutex
	sent    map[uint16]*rtp.Packet
	shown   []shown
	quality []float64 // PSNR-Y, dB
	ssrc    uint32
	unknown int // repairs asked for of packets that were never sent
}

// shown is a picture that was decoded.
type shown struct {
	at            time.Time
	number        uint32
	width, height int
	ok            bool // its code could be read
}

func newCall(t *testing.T, width, height int) *call {
	return newCallOf(t, media.Camera, width, height)
}

func newCallOf(t *testing.T, slot media.Slot, width, height int) *call {
	c := &call{slot: slot, t: t, painter: pattern.NewPainter(width, height, "test"), judge: pattern.NewPainter(width, height, "test"), width: width, height: height}
	c.video = send.NewVideo(send.VideoOptions{Slot: slot, Pool: &c.pool, Report: func(err error) { t.Error(err) }})
	return c
}

// join adds a receiver.
func (c *call) join(delay time.Duration, pass func(h *rtp.Header, payload []byte, repair bool) (bool, time.Duration)) *end {
	e := &end{t: c.t, call: c, delay: delay, pass: pass, sent: make(map[uint16]*rtp.Packet), ssrc: 1}
	e.video = receive.NewVideo(receive.VideoOptions{
		Slot:            c.slot,
		Pool:            &e.pool,
		RoundTrip:       func() time.Duration { return 2 * delay },
		RequestKeyFrame: func() { time.AfterFunc(delay, e.peer.RequestKeyFrame) },
		RequestRepair: func(numbers []uint16) {
			numbers = append([]uint16(nil), numbers...)
			time.AfterFunc(delay, func() { e.repair(numbers) })
		},
		OnFrame: e.see,
	})
	e.way.write = e.WriteRTP
	e.peer = c.video.Add("peer", &e.way)
	c.ends = append(c.ends, e)
	return e
}

// WriteRTP is the sender's side of the way.
func (e *end) WriteRTP(h *rtp.Header, payload []byte) (int, error) {
	p := &rtp.Packet{Header: h.Clone(), Payload: append([]byte(nil), payload...)}
	p.SSRC = e.ssrc
	e.mu.Lock()
	e.sent[p.SequenceNumber] = p
	e.mu.Unlock()
	e.forward(p, false)
	return len(payload), nil
}

func (e *end) repair(numbers []uint16) {
	for _, n := range numbers {
		e.mu.Lock()
		p := e.sent[n]
		e.mu.Unlock()
		if p == nil {
			e.unknown++
			continue
		}
		e.forward(p, true)
	}
}

func (e *end) forward(p *rtp.Packet, repair bool) {
	delay := e.delay
	if e.pass != nil {
		ok, more := e.pass(&p.Header, p.Payload, repair)
		if !ok {
			return
		}
		delay += more
	}
	time.AfterFunc(delay, func() {
		again := *p
		e.video.Push(time.Now(), &again)
	})
}

// see compares every tenth decoded picture with what was drawn.
func (e *end) see(f *media.VideoFrame) {
	code, ok := pattern.ReadCode(f)
	e.shown = append(e.shown, shown{time.Now(), code.Frame, f.Width, f.Height, ok})
	if ok && len(e.shown)%10 == 0 {
		e.quality = append(e.quality, e.call.psnr(f, code))
	}
}

func (c *call) psnr(f *media.VideoFrame, code pattern.Code) float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	var pool media.Pool
	width, height := c.width, c.height
	want := pool.Frame(width, height)
	c.judge.Draw(want, code.Frame, code.At)
	if width != f.Width {
		scaled := pool.Frame(f.Width, f.Height)
		yuv.Scale(scaled, want)
		want = scaled
	}
	sum, n := 0.0, 0.0
	for y := 0; y < f.Height; y += 3 { // every ninth pixel: the race detector makes them dear
		for x := y % 3; x < f.Width; x += 3 {
			d := float64(f.Y[y*f.StrideY+x]) - float64(want.Y[y*want.StrideY+x])
			sum += d * d
			n++
		}
	}
	return 10 * math.Log10(255*255*n/max(sum, 1))
}

// run offers pictures, 30 a second, for d.
func (c *call) run(d time.Duration) {
	width, height := c.width, c.height
	for range int(d * 30 / time.Second) {
		f := c.pool.Frame(width, height)
		c.number++
		f.Captured = time.Now()
		c.painter.Draw(f, c.number, f.Captured)
		c.video.Offer(f)
		f.Release()
		time.Sleep(time.Second / 30)
	}
}

// close ends the call; everything that was lent must be back.
func (c *call) close() {
	c.t.Helper()
	time.Sleep(time.Second) // what is on its way
	for _, e := range c.ends {
		e.peer.Close()
		e.video.Close()
		if n := e.pool.Outstanding(); n != 0 {
			c.t.Errorf("%d pictures of a receiver were not released", n)
		}
	}
	c.video.Close()
	if n := c.pool.Outstanding(); n != 0 {
		c.t.Errorf("%d pictures of the sender were not released", n)
	}
}

// gap is the longest time between two pictures.
func (e *end) gap() time.Duration {
	longest := time.Duration(0)
	for i := 1; i < len(e.shown); i++ {
		longest = max(longest, e.shown[i].at.Sub(e.shown[i-1].at))
	}
	return longest
}

// check wants pictures in order, and good ones.
func (e *end) check(least int, leastQuality float64) {
	e.t.Helper()
	if e.unknown != 0 {
		e.t.Errorf("%d repairs of packets that were never sent", e.unknown)
	}
	if len(e.shown) < least {
		e.t.Errorf("%d pictures, want %d", len(e.shown), least)
	}
	last := uint32(0)
	for _, s := range e.shown {
		if !s.ok {
			e.t.Error("the code of a picture cannot be read")
			break
		}
		if s.number < last {
			e.t.Errorf("picture %d after %d", s.number, last)
		}
		last = s.number
	}
	for _, q := range e.quality {
		if q < leastQuality {
			e.t.Errorf("a picture has %.1f dB, want %.1f", q, leastQuality)
			break
		}
	}
}

// lossy loses packets at random and delays the others by up to jitter: they overtake each other.
func lossy(seed uint64, fraction float64, jitter time.Duration) func(*rtp.Header, []byte, bool) (bool, time.Duration) {
	random := rand.New(rand.NewPCG(seed, 1))
	var mu sync.Mutex
	return func(*rtp.Header, []byte, bool) (bool, time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		return random.Float64() >= fraction, time.Duration(random.Int64N(int64(jitter) + 1))
	}
}
