package transport

import (
	"strings"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
)

const (
	// authenticationTag of SRTP, in bytes: of the AES-GCM profiles (RFC 7714), which pion and
	// Chromium agree on.
	authenticationTag = 16
	ipv4Header        = 20
	ipv6Header        = 40
	udpHeader         = 8
	tcpHeader         = 20 + 2 // and the length before each packet (RFC 4571)
	channelHeader     = 4      // of TURN (RFC 8656 section 12.4)
)

// mostMissing is how many numbers one RepairRequested holds at most.
const mostMissing = 1000

// watchPath keeps the size of what is around each packet on the path that is used.
func (c *Conn) watchPath() {
	c.numbers.departures.headers.Store(ipv4Header + udpHeader + authenticationTag)
	c.ice.OnSelectedCandidatePairChange(func(p *webrtc.ICECandidatePair) {
		if p != nil {
			c.numbers.departures.headers.Store(int32(headersOn(p)))
		}
	})
}

// headersOn is how many bytes a packet has around its RTP packet.
func headersOn(p *webrtc.ICECandidatePair) int {
	n := ipv4Header
	if strings.Contains(p.Remote.Address, ":") {
		n = ipv6Header
	}
	if p.Local.Protocol == webrtc.ICEProtocolTCP {
		n += tcpHeader
	} else {
		n += udpHeader
	}
	if p.Local.Typ == webrtc.ICECandidateTypeRelay {
		n += channelHeader
	}
	return n + authenticationTag
}

// takeFeedback posts what reports say about the packets that left.
func (c *Conn) takeFeedback(packets []rtcp.Packet, now time.Time) {
	for _, p := range packets {
		if r, ok := p.(*rtcp.TransportLayerCC); ok {
			if results := c.numbers.departures.report(now, r); len(results) > 0 {
				c.tell(Feedback{results})
			}
		}
	}
}

// missing are the packets of a stream that are asked for again.
func missing(packets []rtcp.Packet, ssrc uint32) []uint16 {
	var numbers []uint16
	for _, p := range packets {
		nack, ok := p.(*rtcp.TransportLayerNack)
		if !ok || nack.MediaSSRC != ssrc {
			continue
		}
		for i := range nack.Nacks {
			nack.Nacks[i].Range(func(number uint16) bool {
				if len(numbers) < mostMissing {
					numbers = append(numbers, number)
				}
				return len(numbers) < mostMissing
			})
		}
	}
	return numbers
}

// mostLimit is a limit that is none, in bits per second.
const mostLimit = 1_000_000_000

// receiveLimit is what the peer says that it can receive, in bits per second; 0: nothing.
func receiveLimit(packets []rtcp.Packet) int {
	for _, p := range packets {
		if r, ok := p.(*rtcp.ReceiverEstimatedMaximumBitrate); ok && r.Bitrate >= 1 {
			return int(min(r.Bitrate, mostLimit))
		}
	}
	return 0
}
