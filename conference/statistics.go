package conference

import (
	"slices"
	"strings"
	"time"

	"confab/conference/media"
	"confab/conference/media/receive"
)

// Stats are the figures of now, of all connections that live. It costs some microseconds a peer.
func (c *Channel) Stats() Stats {
	cpu, rss := processUsage()
	s := Stats{
		CPUSeconds: cpu.Seconds(), RSSBytes: rss,
		Outbound: OutboundStats{Encoders: c.loop.local.encoders(), Peers: []OutboundPeerStats{}},
		Peers:    []PeerStats{},
	}
	snapshot := c.Snapshot()
	for _, p := range *c.loop.connections.Load() {
		peer := p.stats(time.Now())
		i := slices.IndexFunc(snapshot.Participants, func(e Participant) bool { return e.ID == p.client.ID })
		if i >= 0 {
			peer.Name = snapshot.Participants[i].Name
			if snapshot.Participants[i].Reconnecting {
				peer.State = "reconnecting"
			}
		}
		s.Peers = append(s.Peers, peer)
		s.Outbound.Peers = append(s.Outbound.Peers, p.outboundStats())
	}
	return s
}

func (p *PeerConnection) stats(now time.Time) PeerStats {
	t := p.pair.Stats()
	s := PeerStats{
		ID: p.client.ID, Name: p.client.Name, State: p.State().String(),
		Path:          PathStats{Local: t.Path.Local, Remote: t.Path.Remote, Protocol: t.Path.Protocol, Relayed: t.Path.Relayed},
		RoundTripTime: t.RoundTripTime.Seconds(),
		Video:         p.media.videoStats(now, Camera),
		Audio:         p.media.audioStats(),
	}
	if out := p.out.Load(); out != nil {
		s.AvailableOutgoingBitrate = float64(out.path.Stats().AvailableOutgoingBitrate)
	}
	if screen := p.media.videoStats(now, Screen); screen.PacketsReceived > 0 {
		s.Screen = &screen
	}
	return s
}

func (p *PeerConnection) outboundStats() OutboundPeerStats {
	s := OutboundPeerStats{ID: p.client.ID}
	out := p.out.Load()
	if out == nil {
		return s
	}
	path := out.path.Stats()
	for slot, v := range out.video {
		o, sent := v.Stats(), path.Slots[slot]
		if slot == Camera {
			s.Tier, s.TemporalLayer = strings.TrimPrefix(o.Tier, "camera-"), o.TemporalLayer
		}
		s.BytesSent += sent.BytesSent
		s.PacketsSent += sent.PacketsSent
		s.FramesSent += sent.FramesSent
		s.PLICount += o.PLICount
	}
	for _, n := range p.pair.Stats().Outbound {
		s.NACKCount += n.NACKs
	}
	return s
}

func (m *RemoteMedia) videoStats(now time.Time, slot Slot) VideoStats {
	v := m.video[slot].Stats(now)
	s := VideoStats{
		FrameWidth: v.FrameWidth, FrameHeight: v.FrameHeight, FramesDecoded: v.FramesDecoded,
		FramesPerSecond: v.FramesPerSecond, FramesDropped: v.FramesDropped,
		FreezeCount: v.FreezeCount, TotalFreezesDuration: v.TotalFreezesDuration.Seconds(),
		JitterBufferDelay: v.JitterBufferDelay.Seconds(), JitterBufferEmittedCount: v.JitterBufferEmittedCount,
		KeyFramesDecoded: v.KeyFramesDecoded, PLICount: v.PLICount, NACKCount: v.NACKCount,
		PacketsReceived: v.PacketsReceived, PacketsLost: v.PacketsLost, BytesReceived: v.BytesReceived,
		Tier: tierName(v), TemporalLayer: v.TemporalLayer,
	}
	if c := m.clocks[slot]; c != nil {
		s.LatencyMs = c.stats()
	}
	return s
}

// tierName is the class of what arrives, by its height.
func tierName(v receive.VideoStats) string {
	switch {
	case v.FrameHeight == 0:
		return ""
	case v.FrameHeight >= 540:
		return "720p"
	case v.FrameHeight >= 270:
		return "360p"
	}
	return "180p"
}

func (m *RemoteMedia) audioStats() AudioStats {
	a := m.sound[media.Microphone].Stats()
	return AudioStats{
		PacketsReceived: a.PacketsReceived, PacketsLost: a.PacketsLost, BytesReceived: a.BytesReceived,
		ConcealedSamples: a.ConcealedSamples, TotalSamplesReceived: a.TotalSamplesReceived,
		AudioLevel: m.Level(), TotalAudioEnergy: a.TotalAudioEnergy,
		JitterBufferDelay: a.JitterBufferDelay, JitterBufferEmittedCount: a.JitterBufferEmittedCount,
	}
}
