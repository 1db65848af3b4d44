package conference

import (
	"errors"
	"time"

	"confab/conference/data"
	"confab/conference/media"
	"confab/conference/media/audio"
	"confab/conference/media/receive"
	"confab/conference/transport"
)

// newMedia makes all that receives what the other end of c will send.
func (l *loop) newMedia(c *PeerConnection, p *participant, r *recorder) (*RemoteMedia, error) {
	m := &RemoteMedia{
		video: make(map[Slot]*receive.Video), sound: make(map[Slot]*audio.Playout),
		clocks: make(map[Slot]*pictureClock), views: make(map[Slot]data.View), shown: make(map[Slot]bool),
		volume: p.volume,
		in:     make(map[Slot]*transport.Inbound), done: make(chan struct{}), syncs: make(map[Slot]*lipSync),
		tell: func(v data.View) { l.work.put(func() { l.control(c, v) }) },
	}
	m.applied = m.Volume()
	for _, s := range media.Slots() {
		if s.Video() {
			continue
		}
		playout, err := audio.NewPlayout(audio.PlayoutOptions{RoundTrip: c.roundTrip})
		if err != nil {
			return nil, errors.Join(err, m.close())
		}
		m.sound[s] = playout
		m.asks.Go(func() { m.askForSound(s, playout) }) // ends with close, which waits
	}
	for _, s := range media.Slots() {
		if s.Video() {
			m.syncs[s] = &lipSync{media: m, pictures: s, sound: soundOf(s), playout: m.sound[soundOf(s)]}
			m.video[s] = l.newVideo(c, m, s, r)
		}
	}
	return m, nil
}

// roundTrip is that of the last second; 0: not known yet.
func (p *PeerConnection) roundTrip() time.Duration { return time.Duration(p.trip.Load()) }

func (l *loop) newVideo(c *PeerConnection, m *RemoteMedia, s Slot, r *recorder) *receive.Video {
	step := m.syncs[s]
	o := receive.VideoOptions{
		Slot:            s,
		RequestKeyFrame: func() { m.requestKeyFrame(s) },
		RequestRepair:   func(numbers []uint16) { m.requestRepair(s, numbers) },
		RoundTrip:       c.roundTrip,
		Captured:        step.captured,
		Heard:           step.heard,
		Late:            step.late,
		Logger:          l.channel.client.log.With("peer", c.client.ID, "slot", s),
	}
	if r != nil {
		o.Record = func(frame []byte, width, height int, stamp uint32, keyFrame bool) {
			r.picture(s, frame, width, height, stamp, keyFrame)
		}
	}
	if l.channel.client.options.Measure {
		clock := &pictureClock{}
		m.clocks[s] = clock
		o.OnFrame = func(f *media.VideoFrame) { clock.see(time.Now(), f) }
	}
	return receive.NewVideo(o)
}
