package transport

import (
	"errors"
	"io"
	"net"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

	"confab/conference/media"
)

const (
	// keyFramePause is the least time between two KeyFrameRequested of a slot.
	keyFramePause = 50 * time.Millisecond
	// reportPause is the least time between two ReceiverReported of a slot; they come once a second.
	reportPause = 100 * time.Millisecond
	// faultPause is waited after a packet that pion could not read, so that no fault makes a busy loop.
	faultPause = time.Millisecond
)

// Clock rates of the slots' streams, in ticks a second.
const (
	audioClock = 48000
	videoClock = 90000
)

// readReports reads the RTCP of an inbound stream until it ends. It must be read for pion's receiver
// reports to know of the sender's.
func (in *Inbound) readReports() {
	read := in.receiver.Read
	if rid := in.track.RID(); rid != "" {
		read = func(b []byte) (int, interceptor.Attributes, error) { return in.receiver.ReadSimulcast(b, rid) }
	}
	in.conn.readRTCP(read, func(packets []rtcp.Packet) {
		for _, p := range packets {
			if r, ok := p.(*rtcp.SenderReport); ok && r.SSRC == in.SSRC() {
				in.noteReport(r)
			}
		}
	})
}

// readSender reads the RTCP about an outbound stream until it ends. It must be read even of a line that
// is no slot: what the peer says about the whole path comes with any of them.
func (c *Conn) readSender(o *Outbound, sender *webrtc.RTPSender) {
	c.spawn(func() {
		var keyFrame, report time.Time // when the last ones were posted
		c.readRTCP(sender.Read, func(packets []rtcp.Packet) {
			b, now := o.bound.Load(), time.Now()
			c.takeFeedback(packets, now)
			if limit := receiveLimit(packets); limit > 0 {
				c.tell(ReceiveLimited{limit})
			}
			if b == nil || o.slot == 0 {
				return
			}
			r, wanted, reported := o.counters.note(packets, b.ssrc, clockRate(o.slot), now)
			if wanted && now.Sub(keyFrame) >= keyFramePause {
				keyFrame = now
				c.tell(KeyFrameRequested{o.slot})
			}
			if numbers := missing(packets, b.ssrc); len(numbers) > 0 {
				c.tell(RepairRequested{o.slot, numbers})
			}
			if reported && now.Sub(report) >= reportPause {
				report = now
				r.Slot = o.slot
				c.tell(r)
			}
		})
	})
}

func clockRate(s media.Slot) uint32 {
	if s.Video() {
		return videoClock
	}
	return audioClock
}

// readRTCP gives what read reads to handle, until the stream or the connection ends. Packets that
// cannot be read are passed over: a peer must not be able to end the loop.
func (c *Conn) readRTCP(read func([]byte) (int, interceptor.Attributes, error), handle func([]rtcp.Packet)) {
	b := make([]byte, receiveMTU)
	for {
		n, attributes, err := read(b)
		if err == nil {
			var packets []rtcp.Packet
			if packets, err = attributes.GetRTCPPackets(b[:n]); err == nil {
				handle(packets)
				continue
			}
		}
		if c.over(err) {
			return
		}
	}
}

// over tells whether an error of reading means the end. If it does not, it waits a moment.
func (c *Conn) over(err error) bool {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, net.ErrClosed) {
		return true
	}
	pause := time.NewTimer(faultPause)
	defer pause.Stop()
	select {
	case <-c.closing:
		return true
	case <-pause.C:
		return false
	}
}
