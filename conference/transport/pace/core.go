package pace

import (
	"slices"
	"time"

	"confab/conference/media"
	"confab/conference/transport/bandwidth"
)

const (
	// overhead is what a packet has on the wire besides its payload, in bytes: RTP header and transport
	// sequence number (20), SRTP's tag (16), UDP and IPv4 (28).
	overhead = 64
	// belowRTP is the part of UDP and IPv4.
	belowRTP = 28
	// probePacket is how large the packets of a probe are taken to be, on the wire, in bytes.
	probePacket = 1200
	// paddingSize is the payload of a padding packet, in bytes.
	paddingSize = 1100
	// maxRepairs is how many repairs wait at most; more are not asked for by who means well.
	maxRepairs = historySize
	// firstKeyTime is how long the first key frame after a beginning may take of what the path carries,
	// keyTime any other one, and screenKeyTime one of a screen: text that is not sharp is of no use.
	firstKeyTime  = 40 * time.Millisecond
	keyTime       = 150 * time.Millisecond
	screenKeyTime = 300 * time.Millisecond
	// leastKey is what a key frame is allowed at least, in bytes: a coarse one of 320x180.
	leastKey = 1600
)

// kind is what a packet is.
type kind uint8

const (
	soundKind kind = iota + 1
	pictureKind
	repairKind
	soundRepairKind
	paddingKind
)

// packet is what leaves.
type packet struct {
	kind kind
	slot media.Slot
	size int // bytes on the wire

	piece     piece  // of pictures and repairs
	payload   []byte // of sound
	level     media.SoundLevel
	sequence  uint16
	timestamp uint32
	captured  time.Time // what the timestamp counts; zero: not known
	marker    bool
}

// core decides what leaves next, and what sources may send. It is arithmetic without I/O or a clock;
// Path locks it.
type core struct {
	pictures []*line // by slot
	sounds   []*sound
	repairs  repairs
	bucket   bucket

	decision  bandwidth.Decision
	limit     int       // bits per second, the allocator's; 0: none
	holdUntil time.Time // no picture leaves before
	held      bool      // a beginning waits for holdUntil
	backlog   bool      // something waits for the bucket, or has until now
	probe     probe

	generation   uint64 // of Budget
	soundMeter   meter
	repairMeter  meter
	lastSound    time.Time
	lastSent     time.Time
	asks         []media.Slot // slots in which key frames are to be asked for now
	repairsSent  uint64
	paddingBytes uint64
}

// probe is a cluster of packets that leave at a rate of their own, to see what arrives.
type probe struct {
	rate     int // bits per second
	left     int // bytes on the wire; 0: no probe
	from, to time.Time
	done     bool // the last one has left: the estimator is to be told
}

func (c *core) line(s media.Slot) *line {
	for _, l := range c.pictures {
		if l.slot == s {
			return l
		}
	}
	return nil
}

func (c *core) sound(s media.Slot) *sound {
	for _, x := range c.sounds {
		if x.slot == s {
			return x
		}
	}
	return nil
}

// decide takes what the estimator says.
func (c *core) decide(now time.Time, d bandwidth.Decision) {
	was := c.decision
	c.decision = d
	if d.Muted && !was.Muted {
		c.forget()
		c.probe = probe{}
	}
	if d.Restart > 0 {
		c.restart(now, d.Restart, d.RestartAfter)
	} else if was.Muted && !d.Muted {
		c.holdUntil, c.held = now, true
	}
	if p := d.Probe; p != nil && p.Packets > 0 && p.Rate > 0 && c.probe.left == 0 && !d.Muted && !c.held {
		c.probe = probe{rate: p.Rate, left: p.Packets * probePacket}
		if c.bucket.free.After(now) {
			c.bucket.free = now
		}
	}
	c.split(now)
}

// forget throws away all pictures and repairs.
func (c *core) forget() {
	for _, l := range c.pictures {
		l.forget()
		c.repairs.clear(l)
	}
}

// restart begins anew on a path that carries capacity bits per second, after a moment.
func (c *core) restart(now time.Time, capacity int, after time.Duration) {
	c.forget()
	c.generation++
	c.probe = probe{}
	c.bucket.free = now
	c.holdUntil, c.held = now.Add(after), true
	for _, l := range c.pictures {
		l.keyCap = max(leastKey, int(float64(bytesIn(capacity, firstKeyTime))*l.share))
	}
}

// release ends the hold whose time has come: all that flows begins with a key frame.
func (c *core) release(now time.Time) {
	if !c.held || now.Before(c.holdUntil) || c.decision.Muted {
		return
	}
	c.held = false
	for _, l := range c.pictures {
		if l.demand > 0 {
			c.asks = append(c.asks, l.slot)
		}
	}
}

// holding tells whether no picture may leave.
func (c *core) holding() bool { return c.held || c.decision.Muted }

func (c *core) total() int {
	if c.limit > 0 {
		return min(c.limit, c.decision.Budget)
	}
	return c.decision.Budget
}

// pace is the speed of what leaves, in bits per second.
func (c *core) pace() int {
	p := c.decision.Pace
	if c.limit > 0 {
		p = min(p, c.limit*3/2)
	}
	return max(p, 2*leastRate)
}

// soundNeeds is what sound takes, in bits per second on the wire.
func (c *core) soundNeeds(now time.Time) int {
	if now.Sub(c.lastSound) > quiet {
		return 0
	}
	return max(soundRate, c.soundMeter.bitsPerSecond(now))
}

func (c *core) available(now time.Time) int {
	return forPictures(c.total(), c.soundNeeds(now), c.repairMeter.bitsPerSecond(now))
}

// split gives each source of pictures its share.
func (c *core) split(now time.Time) {
	demand := func(s media.Slot) int {
		if l := c.line(s); l != nil {
			return l.demand
		}
		return 0
	}
	total := c.available(now)
	camera, screen := divide(total, demand(media.Camera), demand(media.Screen))
	for _, l := range c.pictures {
		part := camera
		if l.slot == media.Screen {
			part = screen
		}
		l.share = float64(part) / float64(total)
	}
}

// budget is what a source of pictures may send.
func (c *core) budget(now time.Time, l *line) media.Budget {
	pace := int(float64(c.pace()) * l.share)
	rate := int(float64(c.available(now)) * l.share)
	key := keyTime
	if l.slot == media.Screen {
		key = screenKeyTime
	}
	b := media.Budget{
		BitsPerSecond: lessQueue(rate, l.bytes, pace),
		TopLayer:      topLayer,
		Hold:          c.holding() || duration(l.bytes, pace) > deadline,
		NeedKey:       l.broken,
		KeyFrameBytes: max(leastKey, bytesIn(rate, key)),
		Generation:    c.generation,
	}
	if l.keyCap > 0 {
		b.KeyFrameBytes = min(l.keyCap, b.KeyFrameBytes)
	}
	if c.decision.Draining {
		b.TopLayer = 0
	}
	return b
}

// used tells whether the sources could use more than the path is known to carry.
func (c *core) used(now time.Time) bool {
	wanted := 0
	for _, l := range c.pictures {
		wanted += l.demand
	}
	carried := forPictures(c.decision.Budget, c.soundNeeds(now), c.repairMeter.bitsPerSecond(now))
	return wanted > carried && (c.limit == 0 || c.limit > c.decision.Budget)
}

// push takes a picture.
func (c *core) push(now time.Time, l *line, f *media.EncodedFrame, top uint8) bool {
	if c.holding() {
		if !l.broken {
			l.purge()
		}
		l.counted.FramesDropped++
		return false
	}
	if c.decision.Draining {
		top = 0
	}
	if l.queue.len() == 0 { // what it did not use before does not count
		for _, m := range c.pictures {
			l.credit = max(l.credit, m.credit)
		}
	}
	return l.push(now, f, top, int(float64(c.pace())*l.share))
}

// repair queues packets of a slot that the peer asks for again.
func (c *core) repair(now time.Time, l *line, sequences []uint16) {
	for _, s := range sequences {
		p := l.history.find(s)
		if p == nil || p.waits || now.Sub(p.repaired) < oneRequest || l.stale(p, now, c.decision.Draining) {
			continue
		}
		q := &c.repairs.upper
		if p.frame.TemporalID == 0 {
			q = &c.repairs.base
		}
		if q.len() >= maxRepairs {
			return
		}
		p.waits = true
		q.push(repair{line: l, sequence: s})
	}
}

// next gives the packet that leaves now. Without one, it gives how long to wait, 0 for until something
// happens. The bytes of sound are copied behind scratch.
func (c *core) next(now time.Time, scratch []byte) (p packet, ok bool, wait time.Duration) {
	for _, s := range c.sounds {
		if s.n > 0 {
			return s.pop(now, scratch), true, 0
		}
	}
	for _, s := range c.sounds {
		if p, ok = s.popRepair(now, scratch); ok {
			return p, true, 0
		}
	}
	if c.holding() {
		return packet{}, false, max(0, c.holdUntil.Sub(now))
	}
	c.repairs.due(now)
	if wait = c.bucket.wait(now); wait > 0 && c.waiting() {
		c.backlog = true
		if c.probe.left == 0 {
			wait = toBeat(now, wait)
		}
		return packet{}, false, wait
	}
	if p, ok = c.choose(now); ok {
		return p, true, 0
	}
	if c.probe.left > 0 {
		if s := c.padding(); s != 0 {
			return packet{kind: paddingKind, slot: s}, true, 0
		}
		c.probe = probe{}
	}
	c.backlog, wait = false, 0
	if c.repairs.second.len() > 0 {
		wait = c.repairs.second.first().at.Sub(now)
	}
	return packet{}, false, wait
}

// allowance is how much may leave at once, as time at the pace.
func (c *core) allowance() time.Duration {
	if c.backlog {
		return lateBurst
	}
	return burst
}

// waiting tells whether something would leave if it might.
func (c *core) waiting() bool {
	return c.probe.left > 0 || c.repairs.base.len() > 0 || c.repairs.upper.len() > 0 ||
		slices.ContainsFunc(c.pictures, func(l *line) bool { return l.queue.len() > 0 })
}

// padding is the slot in which padding leaves; 0: none. It may repeat the slot's last packet, so that must
// be of what flows now, not of a camera that was switched off.
func (c *core) padding() media.Slot {
	for _, l := range c.pictures {
		if l.demand > 0 && l.order > 0 && l.lastEra == l.era {
			return l.slot
		}
	}
	return 0
}

// choose takes the picture's packet or the repair that matters most.
func (c *core) choose(now time.Time) (packet, bool) {
	if l, p := c.repairs.next(&c.repairs.base, now, c.decision.Draining); p != nil {
		return packetOf(l, p, repairKind), true
	}
	var best *line
	for _, l := range c.pictures {
		if l.queue.len() > 0 && (best == nil || l.before(best, now)) {
			best = l
		}
	}
	if best == nil || best.class() > 1 {
		if l, p := c.repairs.next(&c.repairs.upper, now, c.decision.Draining); p != nil {
			return packetOf(l, p, repairKind), true
		}
	}
	if best == nil {
		return packet{}, false
	}
	return packetOf(best, best.pop(), pictureKind), true
}

func packetOf(l *line, p *piece, k kind) packet {
	return packet{
		kind: k, slot: l.slot, size: p.bytes(), piece: *p,
		sequence: p.sequence, timestamp: p.timestamp, captured: p.frame.Captured, marker: p.last(),
	}
}

// sent counts a packet that has left between two instants.
func (c *core) sent(began, now time.Time, p *packet) {
	c.lastSent = now
	switch p.kind {
	case soundKind:
		c.soundMeter.add(now, p.size)
		c.lastSound = now
		c.sound(p.slot).counted.add(len(p.payload))
	case pictureKind:
		l := c.line(p.slot)
		l.counted.add(p.size - overhead)
		l.credit += float64(p.size) / max(0.01, l.share)
	case repairKind:
		c.repairMeter.add(now, p.size)
		c.repairsSent++
		l := c.line(p.slot)
		l.counted.Repairs++
		l.counted.RepairBytes += uint64(p.size - overhead)
	case soundRepairKind:
		c.repairMeter.add(now, p.size)
		c.repairsSent++
		s := c.sound(p.slot)
		s.counted.Repairs++
		s.counted.RepairBytes += uint64(len(p.payload))
	case paddingKind:
		c.paddingBytes += uint64(p.size)
	}
	if c.probe.left == 0 || p.kind == soundKind || p.kind == soundRepairKind {
		c.bucket.take(now, p.size, c.pace(), c.allowance())
		return
	}
	if c.probe.from.IsZero() {
		c.probe.from = began
	}
	c.bucket.take(now, p.size, c.probe.rate, probeBurst)
	if c.probe.left -= p.size; c.probe.left <= 0 {
		c.probe.left = 0
		c.probe.to, c.probe.done = now, true
	}
}
