package transport

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"confab/conference/media"
)

// Inbound is what the peer sends in one slot, from its first packet on.
type Inbound struct {
	conn     *Conn
	slot     media.Slot
	track    *webrtc.TrackRemote
	receiver *webrtc.RTPReceiver
	scratch  []byte // owned by ReadRTP's caller
	repairs  repairs
	level    uint8 // header extension for the level of sound (RFC 6464); 0: none
	// repairable tells that the sender has agreed to be asked for packets again.
	repairable bool

	mu     sync.Mutex
	report senderReport
}

// senderReport ties the sender's clock to its RTP time.
type senderReport struct {
	ntp   time.Time
	rtp   uint32
	valid bool
}

// startTrack is called by pion with the first packet of a stream.
func (c *Conn) startTrack(t *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
	transceiver := r.RTPTransceiver()
	if transceiver == nil {
		return // replaced meanwhile
	}
	c.mu.Lock()
	slot, ok := c.slots[transceiver.Mid()]
	before := c.inbound[slot]
	if !ok || before != nil && before.receiver == r {
		c.mu.Unlock()
		c.log.Debug("stream is of no slot, or a second one", "ssrc", uint32(t.SSRC()))
		return
	}
	in := &Inbound{conn: c, slot: slot, track: t, receiver: r, scratch: make([]byte, receiveMTU)}
	in.level = levelID(r.GetParameters().HeaderExtensions)
	in.repairable = slices.Contains(t.Codec().RTCPFeedback, webrtc.RTCPFeedback{Type: webrtc.TypeRTCPFBNACK})
	c.inbound[slot] = in
	c.mu.Unlock()
	c.unpacker.expect(uint32(t.RtxSSRC()), in, before)
	c.spawn(in.readReports)
	c.tell(TrackStarted{Slot: slot, Track: in})
}

// SSRC is the stream's synchronisation source.
func (in *Inbound) SSRC() uint32 { return uint32(in.track.SSRC()) }

// ReadRTP waits for the next packet and gives it to the caller for good. Packets that were sent again
// come as they were at first, in the order of arrival; malformed ones are passed over. io.EOF: the
// connection is closed, or the stream has ended. One caller at a time; whoever reads late makes the
// arrival times wrong that the other side's bandwidth estimate lives on.
func (in *Inbound) ReadRTP() (*rtp.Packet, error) {
	for {
		if p := in.takeRepair(); p != nil {
			return p, nil
		}
		n, _, err := in.track.Read(in.scratch)
		if err != nil {
			if isTimeout(err) {
				continue // a repair is there
			}
			if in.conn.over(err) {
				return nil, io.EOF
			}
			continue
		}
		p := &rtp.Packet{}
		if err := p.Unmarshal(append(make([]byte, 0, n), in.scratch[:n]...)); err != nil {
			continue
		}
		return p, nil
	}
}

// SoundLevel is how loud the sender says that a packet of ours is (RFC 6464); false: it does not say, or
// says it in another form. It may say what it likes.
func (in *Inbound) SoundLevel(p *rtp.Packet) (media.SoundLevel, bool) {
	if in.level == 0 {
		return 0, false
	}
	value := p.GetExtension(in.level)
	if len(value) != 1 {
		return 0, false
	}
	return media.SoundLevel(value[0]), true
}

// RequestKeyFrame asks the sender for a key frame (picture loss indication, RFC 4585 section 6.3.1).
func (in *Inbound) RequestKeyFrame() error {
	return in.send("key frame request", &rtcp.PictureLossIndication{MediaSSRC: in.SSRC()})
}

// RequestRepair asks the sender for packets again (generic NACK, RFC 4585 section 6.2.1), if it has agreed
// to be asked. The numbers are in rising order, as of RFC 3550 with wrap-around.
func (in *Inbound) RequestRepair(sequenceNumbers []uint16) error {
	if len(sequenceNumbers) == 0 || !in.repairable {
		return nil
	}
	return in.send("repair request", &rtcp.TransportLayerNack{
		MediaSSRC: in.SSRC(),
		Nacks:     rtcp.NackPairsFromSequenceNumbers(sequenceNumbers),
	})
}

func (in *Inbound) send(what string, p rtcp.Packet) error {
	if in.conn.isClosing() {
		return ErrClosed
	}
	if err := in.conn.pc.WriteRTCP([]rtcp.Packet{p}); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		return fmt.Errorf("%s for %s: %w", what, in.slot, err)
	}
	return nil
}

// SenderReport is the last pairing of the sender's wall clock and the stream's RTP time (RFC 3550
// section 6.4.1); what has equal wall-clock time in two streams of one peer belongs together. false:
// there has been none yet.
func (in *Inbound) SenderReport() (ntp time.Time, rtpTime uint32, ok bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.report.ntp, in.report.rtp, in.report.valid
}

func (in *Inbound) noteReport(r *rtcp.SenderReport) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.report = senderReport{ntp: fromNTP(r.NTPTime), rtp: r.RTPTime, valid: true}
}
