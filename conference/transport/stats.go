package transport

import (
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

	"confab/conference/media"
)

// Stats are the figures of a connection at one moment. Counters count from its start.
type Stats struct {
	Path          Path
	RoundTripTime time.Duration // of the last check on the path; 0: not known yet
	BytesSent     uint64        // everything but IP and UDP headers
	BytesReceived uint64
	Outbound      map[media.Slot]OutboundStats // all four slots
}

// Path is where the packets go. It is empty while there is none.
type Path struct {
	Local    string // address and port
	Remote   string
	Protocol string // udp or tcp
	Relayed  bool   // through a TURN server of either side
}

// OutboundStats are the figures of what we send in a slot, and what the peer says about it.
type OutboundStats struct {
	PacketsSent  uint64 // without those sent again
	RepairsSent  uint64 // packets sent again by WriteRepair
	BytesSent    uint64 // of payload
	NACKs        uint64 // messages that ask for packets again
	PLIs         uint64 // messages that ask for a key frame
	FractionLost float64
	// RoundTripTime is to the peer's reports and back; 0: not known yet.
	RoundTripTime time.Duration
	Jitter        time.Duration
}

// Stats gives the figures of now. It may wait for pion's ICE agent for a moment.
func (c *Conn) Stats() Stats {
	s := Stats{Outbound: make(map[media.Slot]OutboundStats, len(c.outbound))}
	for _, o := range c.outbound {
		s.Outbound[o.slot] = o.counters.stats()
	}
	if !c.secured.Load() || c.isClosing() {
		return s // before, pion sets its ICE transport up without a lock that we could hold
	}
	total := c.ice.Stats()
	s.BytesSent, s.BytesReceived = total.BytesSent, total.BytesReceived
	if pair, err := c.ice.GetSelectedCandidatePair(); err == nil && pair != nil {
		s.Path = pathOf(pair)
	}
	if pair, ok := c.ice.GetSelectedCandidatePairStats(); ok {
		s.RoundTripTime = time.Duration(pair.CurrentRoundTripTime * float64(time.Second))
	}
	return s
}

func pathOf(p *webrtc.ICECandidatePair) Path {
	return Path{
		Local:    net.JoinHostPort(p.Local.Address, strconv.Itoa(int(p.Local.Port))),
		Remote:   net.JoinHostPort(p.Remote.Address, strconv.Itoa(int(p.Remote.Port))),
		Protocol: p.Local.Protocol.String(),
		Relayed:  p.Local.Typ == webrtc.ICECandidateTypeRelay || p.Remote.Typ == webrtc.ICECandidateTypeRelay,
	}
}

// outboundCounters count what happens to an outbound stream.
type outboundCounters struct {
	packets, bytes, repairs atomic.Uint64

	mu         sync.Mutex
	nacks      uint64
	plis       uint64
	lastReport ReceiverReported
}

func (o *outboundCounters) stats() OutboundStats {
	o.mu.Lock()
	defer o.mu.Unlock()
	return OutboundStats{
		PacketsSent:   o.packets.Load(),
		RepairsSent:   o.repairs.Load(),
		BytesSent:     o.bytes.Load(),
		NACKs:         o.nacks,
		PLIs:          o.plis,
		FractionLost:  o.lastReport.FractionLost,
		RoundTripTime: o.lastReport.RoundTripTime,
		Jitter:        o.lastReport.Jitter,
	}
}

// note counts what RTCP says about the stream of this SSRC. It gives the newest report (reported: there
// is one), and whether a key frame is wanted.
func (o *outboundCounters) note(packets []rtcp.Packet, ssrc, clock uint32, now time.Time) (report ReceiverReported, wanted, reported bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range packets {
		var reports []rtcp.ReceptionReport
		switch p := p.(type) {
		case *rtcp.TransportLayerNack:
			if p.MediaSSRC == ssrc {
				o.nacks++
			}
		case *rtcp.PictureLossIndication:
			if p.MediaSSRC == ssrc {
				o.plis++
				wanted = true
			}
		case *rtcp.FullIntraRequest:
			for _, f := range p.FIR {
				if f.SSRC == ssrc {
					o.plis++
					wanted = true
				}
			}
		case *rtcp.ReceiverReport:
			reports = p.Reports
		case *rtcp.SenderReport:
			reports = p.Reports
		}
		for _, r := range reports {
			if r.SSRC == ssrc {
				o.lastReport = readReport(r, clock, now, o.lastReport.RoundTripTime)
				reported = true
			}
		}
	}
	return o.lastReport, wanted, reported
}

// readReport reads a reception report (RFC 3550 section 6.4.1). before is the round trip known so far,
// which stays if the report says nothing, or something impossible.
func readReport(r rtcp.ReceptionReport, clock uint32, now time.Time, before time.Duration) ReceiverReported {
	report := ReceiverReported{
		FractionLost:  float64(r.FractionLost) / 256,
		RoundTripTime: before,
		Jitter:        time.Duration(float64(r.Jitter) / float64(clock) * float64(time.Second)),
	}
	if r.LastSenderReport != 0 {
		// 16.16 fixed point seconds; the difference wraps with the clock. Beyond a minute it is a
		// clock that was set, or a lie.
		trip := middleNTP(now) - r.LastSenderReport - r.Delay
		if trip < 60<<16 {
			report.RoundTripTime = time.Duration(uint64(trip) * uint64(time.Second) >> 16)
		}
	}
	return report
}

// ntpEpoch is 1900-01-01 before 1970-01-01, in seconds (RFC 5905 section 6).
const ntpEpoch = 2208988800

// middleNTP is the middle 32 bits of an NTP time: 16.16 fixed point seconds.
func middleNTP(t time.Time) uint32 {
	seconds := uint64(t.Unix() + ntpEpoch)
	fraction := uint64(t.Nanosecond()) << 16 / uint64(time.Second)
	return uint32(seconds<<16 | fraction)
}

// fromNTP is the instant of a 64-bit NTP time between 1968 and 2104 (RFC 4330 section 3).
func fromNTP(t uint64) time.Time {
	seconds := int64(t >> 32)
	if seconds < 1<<31 {
		seconds += 1 << 32
	}
	nanoseconds := (t & 0xffffffff) * uint64(time.Second) >> 32
	return time.Unix(seconds-ntpEpoch, int64(nanoseconds))
}
