package pace

import (
	"time"

	"confab/conference/media"
)

// Counters are the figures of what left in one slot, from the start.
type Counters struct {
	PacketsSent   uint64 // without those sent again
	BytesSent     uint64 // of RTP payload
	FramesSent    uint64 // pictures of which the last packet has left; packets of sound
	FramesDropped uint64 // that were thrown away, or not taken
	Repairs       uint64 // packets sent again
	RepairBytes   uint64 // of RTP payload
}

func (c *Counters) add(payload int) {
	c.PacketsSent++
	c.BytesSent += uint64(payload)
}

// Stats are the figures of a path at a moment.
type Stats struct {
	// AvailableOutgoingBitrate is what the path carries as far as is known, in bits per second on the
	// wire (W3C webrtc-stats).
	AvailableOutgoingBitrate int
	Pace                     int           // bits per second at which packets leave
	QueueDelay               time.Duration // that what waits needs to leave at the pace
	RepairBitrate            int           // bits per second of packets sent again, lately
	RoundTripTime            time.Duration // 0: not known yet
	Muted                    bool          // pictures are held back: nothing is heard of the peer
	PaddingBytes             uint64        // sent to see what the path carries
	WriteErrors              uint64        // packets that could not be written
	Slots                    map[media.Slot]Counters
}

func (c *core) stats(now time.Time) Stats {
	s := Stats{
		AvailableOutgoingBitrate: c.total(),
		Pace:                     c.pace(),
		RepairBitrate:            c.repairMeter.bitsPerSecond(now),
		Muted:                    c.decision.Muted,
		PaddingBytes:             c.paddingBytes,
		Slots:                    make(map[media.Slot]Counters, len(c.pictures)+len(c.sounds)),
	}
	waiting := 0
	for _, l := range c.pictures {
		s.Slots[l.slot] = l.counted
		waiting += l.bytes
	}
	for _, x := range c.sounds {
		s.Slots[x.slot] = x.counted
	}
	s.QueueDelay = duration(waiting, c.pace())
	return s
}
