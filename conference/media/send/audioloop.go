package send

import (
	"context"
	"slices"
	"time"

	"confab/conference/media"
	"confab/conference/media/codec"
	"confab/conference/media/codec/opus"
)

// audioLoop owns an Audio's encoder and peers; its run goroutine alone touches it.
type audioLoop struct {
	audio *Audio
	o     AudioOptions

	encoder codec.AudioEncoder // nil until the first packet, and after a failure
	retry   time.Time          // no new encoder before
	failing bool               // the failure has been reported
	loss    float64            // what the encoder was told

	outlets []*audioOutlet
	muted   bool
	clock   sampleClock
	pcm     []int16            // the first half of a packet, or nothing
	voice   bool               // in pcm
	pause   bool               // nothing in pcm is worth sending
	packet  media.EncodedSound // the next one: the time of the first sample of pcm, and whether it follows silence
	rest    rest
	sounded bool // the packet before holds sound

	// Scratch memory.
	blocks []Block
}

func (l *audioLoop) run(ctx context.Context) {
	defer close(l.audio.done)
	defer l.end()
	l.packet.Start = true
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.audio.ready:
		}
		in := l.audio.take(l.blocks[:0], len(l.pcm)/media.FrameSamples)
		l.blocks = in.blocks
		if in.muted != l.muted {
			l.muted = in.muted
			l.silence()
			l.mute()
		}
		for _, seen := range in.seen {
			close(seen)
		}
		for _, p := range in.added {
			l.outlets = append(l.outlets, &audioOutlet{peer: p})
			l.o.Logger.Info("peer gets sound", "slot", l.o.Slot, "peer", p.id)
		}
		l.readWishes()
		for i := range in.blocks {
			l.block(&in.blocks[i])
		}
	}
}

// silence drops a half packet.
func (l *audioLoop) silence() { l.pcm = l.pcm[:0] }

func (l *audioLoop) readWishes() {
	loss := 0.0
	l.outlets = slices.DeleteFunc(l.outlets, func(o *audioOutlet) bool {
		closed, lost, mean := o.peer.takeWish()
		if closed {
			close(o.peer.gone)
			return true
		}
		loss = max(loss, lost)
		o.repeats = mean > repeatFrom
		return false
	})
	l.setLoss(loss)
}

func (l *audioLoop) setLoss(loss float64) {
	if l.encoder == nil || loss == l.loss {
		return
	}
	if err := l.encoder.SetLoss(loss); err != nil {
		l.fail(time.Now(), encodeError("set loss of", err))
		return
	}
	l.loss = loss
}

// block takes 10 ms; two make a packet.
func (l *audioLoop) block(b *Block) {
	captured := b.Captured
	if captured.IsZero() {
		captured = time.Now()
	}
	ticks, at, jumped := l.clock.block(captured)
	if jumped || len(l.outlets) == 0 {
		l.silence()
		l.packet.Start = true
	}
	if len(l.outlets) == 0 {
		l.rest = rest{}
		return
	}
	if len(l.pcm) == 0 {
		l.packet.RTPTime, l.packet.Captured = ticks, at
		l.voice, l.pause = false, true
	}
	if b.Pause {
		b.silence()
	}
	l.pcm = append(l.pcm, b.Samples[:]...)
	l.voice, l.pause = l.voice || b.Voice, l.pause && b.Pause
	if len(l.pcm) < packetBlocks*media.FrameSamples {
		return
	}
	l.next(time.Now())
	l.pcm = l.pcm[:0]
}

// encode makes the packet of what pcm holds.
func (l *audioLoop) encode(now time.Time) bool {
	if l.encoder == nil && !l.open(now) {
		return false
	}
	if err := l.encoder.SetDTX(l.pause); err != nil {
		l.fail(now, encodeError("set DTX of", err))
		return false
	}
	packet, err := l.encoder.Encode(l.packet.Data[:0], l.pcm)
	if err != nil {
		l.fail(now, encodeError("encode", err))
		return false
	}
	l.failing = false
	l.packet.Data = packet
	l.packet.Again = l.sounded && !l.packet.Start && !opus.HasFEC(packet)
	l.sounded = len(packet) > restLength
	l.packet.Level = media.SoundLevelOf(l.pcm, l.voice)
	l.audio.packetsEncoded.Add(1)
	l.audio.encodeTime.Add(int64(time.Since(now)))
	return true
}

// send gives the packet to all peers.
func (l *audioLoop) send() {
	for _, o := range l.outlets {
		o.send(&l.packet)
	}
	l.packet.Start = false
}

func (l *audioLoop) open(now time.Time) bool {
	if now.Before(l.retry) {
		return false
	}
	e, err := l.o.NewEncoder()
	if err != nil {
		l.fail(now, encodeError("make encoder of", err))
		return false
	}
	l.encoder, l.loss = e, 0
	l.readWishes()
	return l.encoder != nil
}

// fail gives up the encoder and reports the first failure of a row.
func (l *audioLoop) fail(now time.Time, err error) {
	l.closeEncoder()
	l.retry = now.Add(retryEncoder)
	if !l.failing {
		l.failing = true
		l.o.Report(err)
	}
}

func (l *audioLoop) closeEncoder() {
	if l.encoder == nil {
		return
	}
	if err := l.encoder.Close(); err != nil {
		l.o.Logger.Warn("close encoder", "slot", l.o.Slot, "err", err)
	}
	l.encoder, l.sounded = nil, false
}

func (l *audioLoop) end() {
	l.closeEncoder()
	for _, p := range l.audio.take(nil, 0).added {
		close(p.gone)
	}
	for _, o := range l.outlets {
		close(o.peer.gone)
	}
}
