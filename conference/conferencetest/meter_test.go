package conferencetest_test

import (
	"encoding/binary"
	"image"
	"time"

	"confab/conference"
	"confab/conference/conferencetest"
	"confab/conference/media/capture/pattern"
)

// What is sent beside RTP packets' headers and payload.
const (
	headers = 20 + 8 // IPv4 and UDP
	seal    = 16     // SRTP with AES-GCM (RFC 7714), pion's first choice
)

// payloadOpus is the payload type of sound.
const payloadOpus = 111

// meter watches one call from the receiver's side.
type meter struct {
	run       *run
	start     time.Time // of measuring, as planned
	begun     time.Time // as it was
	fullLines int       // height of the full size, pixels

	first, now conference.PeerStats
	lastFrame  time.Time
	gap        time.Duration
	seen, full int
	returned   time.Time // the path is there again; zero: it was never away
	back       time.Time // a picture taken since was decoded
}

// begin starts measuring.
func (m *meter) begin(now time.Time, s conference.PeerStats) {
	m.begun, m.lastFrame, m.first, m.now = now, now, s, s
}

// look takes the statistics of now, and the newest picture if there is one since the last look.
func (m *meter) look(now time.Time, s conference.PeerStats, picture *image.RGBA) {
	if s.Video.FramesDecoded > m.now.Video.FramesDecoded {
		m.gap = max(m.gap, now.Sub(m.lastFrame))
		m.lastFrame = now
	}
	m.now = s
	m.seen++
	if s.Video.FrameHeight == m.fullLines {
		m.full++
	}
	if picture == nil || m.returned.IsZero() || now.Before(m.returned) || !m.back.IsZero() {
		return
	}
	if c, ok := pattern.ReadCodeRGBA(picture, picture.Rect); ok && c.At.After(m.returned) {
		m.back = now
	}
}

// figures are those of the time from begin to end. The passages are those of the way to the receiver.
func (m *meter) figures(end time.Time, passages []conferencetest.Passage) figures {
	seconds := end.Sub(m.start).Seconds()
	a, b := m.first, m.now
	gap := max(m.gap, end.Sub(m.lastFrame))
	f := figures{
		"kbit/s":      float64(m.received(passages, m.start, end)) * 8 / 1000 / seconds,
		"frames/s":    float64(b.Video.FramesDecoded-a.Video.FramesDecoded) / end.Sub(m.begun).Seconds(),
		"full %":      100 * float64(m.full) / float64(max(m.seen, 1)),
		"gap ms":      milliseconds(gap),
		"frozen s":    b.Video.TotalFreezesDuration - a.Video.TotalFreezesDuration + unended(end.Sub(m.lastFrame)).Seconds(),
		"freezes":     float64(b.Video.FreezeCount - a.Video.FreezeCount),
		"concealed %": 100 * float64(b.Audio.ConcealedSamples-a.Audio.ConcealedSamples) / float64(max(b.Audio.TotalSamplesReceived-a.Audio.TotalSamplesReceived, 1)),
		"sound ms":    1000 * (b.Audio.JitterBufferDelay - a.Audio.JitterBufferDelay) / float64(max(b.Audio.JitterBufferEmittedCount-a.Audio.JitterBufferEmittedCount, 1)),
		"held ms":     milliseconds(m.held(passages)),
	}
	if b.Video.LatencyMs != nil {
		f["latency ms"] = b.Video.LatencyMs.P50
	}
	if m.run.scenario.path.BitsPerSecond > 0 {
		f["queue ms"] = milliseconds(conferencetest.TallyOf(between(passages, m.start, end)).Queue.P90)
	}
	m.afterSteps(f, end, passages)
	return f
}

// unended is how much of the time since the last picture is a freeze that webrtc-stats will count once it
// is over.
func unended(since time.Duration) time.Duration {
	if since < 200*ms {
		return 0
	}
	return since
}

// afterSteps adds how the call followed the path's changes.
func (m *meter) afterSteps(f figures, end time.Time, passages []conferencetest.Passage) {
	c := m.run.scenario.path
	for _, s := range m.run.steps() {
		before, at := c, m.start.Add(s.after)
		s.change(&c)
		if c.BitsPerSecond < before.BitsPerSecond {
			f["inside s"] = m.inside(passages, at, end, c.BitsPerSecond).Seconds()
		}
		if c.BitsPerSecond > before.BitsPerSecond || before.Cut && !c.Cut && c.BitsPerSecond > fullRate {
			f["up s"] = m.up(passages, at, end).Seconds()
		}
		if before.Cut && !c.Cut {
			f["back ms"] = milliseconds(m.backAfter(at, end))
		}
	}
}

func (m *meter) backAfter(at, end time.Time) time.Duration {
	if m.back.IsZero() {
		return end.Sub(at)
	}
	return m.back.Sub(at)
}

// inside is how long after at, when the rate fell, two seconds begin in which nothing overflows and no
// more than 102 % of the rate is sent.
func (m *meter) inside(passages []conferencetest.Passage, at, end time.Time, bitsPerSecond int) time.Duration {
	const window = 2 * time.Second
	for t := at; t.Add(window).Before(end); t = t.Add(50 * ms) {
		tally := conferencetest.TallyOf(between(passages, t, t.Add(window)))
		if tally.Overflowed == 0 && float64(tally.Bytes*8) <= 1.02*window.Seconds()*float64(bitsPerSecond) {
			return t.Sub(at)
		}
	}
	return end.Sub(at)
}

// fullRate is what the full size takes, in bits per second.
const fullRate = 2_500_000

// up is how long after at the full rate has been received for a second.
func (m *meter) up(passages []conferencetest.Passage, at, end time.Time) time.Duration {
	for t := at.Add(time.Second); t.Before(end); t = t.Add(100 * ms) {
		if m.received(passages, t.Add(-time.Second), t)*8 >= fullRate {
			return t.Sub(at)
		}
	}
	return end.Sub(at)
}

// received are the bytes of RTP packets, headers and payload, that arrive from a moment to before another.
func (m *meter) received(passages []conferencetest.Passage, from, to time.Time) int {
	sum := 0
	for _, p := range passages {
		if p.Fate == conferencetest.Arrived && isRTP(p) && !p.Arrives.Before(from) && p.Arrives.Before(to) {
			sum += p.Bytes - headers - seal
		}
	}
	return sum
}

// held is how much longer than the quickest the slowest packet of a stream of sound took from its
// microphone to the path while it was measured.
func (m *meter) held(passages []conferencetest.Passage) time.Duration {
	type stream struct {
		first       conferencetest.Passage
		least, most time.Duration // later than the first
		number      uint16        // of the newest packet
	}
	streams := map[uint32]*stream{}
	longest := time.Duration(0)
	for _, p := range passages {
		if !isRTP(p) || payloadType(p) != payloadOpus || p.Sent.Before(m.start) {
			continue
		}
		s := streams[source(p)]
		if s == nil {
			s = &stream{first: p, number: number(p) - 1}
			streams[source(p)] = s
		}
		if int16(number(p)-s.number) <= 0 {
			continue // sent again
		}
		s.number = number(p)
		ticks := int32(stamp(p) - stamp(s.first)) // 48 kHz
		late := p.Sent.Sub(s.first.Sent) - time.Duration(ticks)*time.Second/48000
		s.least, s.most = min(s.least, late), max(s.most, late)
		longest = max(longest, s.most-s.least)
	}
	return longest
}

// between are the passages that began from a moment to before another.
func between(passages []conferencetest.Passage, from, to time.Time) []conferencetest.Passage {
	var in []conferencetest.Passage
	for _, p := range passages {
		if !p.Sent.Before(from) && p.Sent.Before(to) {
			in = append(in, p)
		}
	}
	return in
}

// isRTP tells an RTP packet from those of RTCP (RFC 5761 section 4), DTLS and STUN (RFC 7983).
func isRTP(p conferencetest.Passage) bool {
	kind := p.Head[1]
	return p.Head[0]>>6 == 2 && (kind < 192 || kind > 223)
}

func payloadType(p conferencetest.Passage) byte { return p.Head[1] & 0x7f }

func number(p conferencetest.Passage) uint16 { return binary.BigEndian.Uint16(p.Head[2:]) }

func stamp(p conferencetest.Passage) uint32 { return binary.BigEndian.Uint32(p.Head[4:]) }

func source(p conferencetest.Passage) uint32 { return binary.BigEndian.Uint32(p.Head[8:]) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(ms) }
