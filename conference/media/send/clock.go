package send

import (
	"time"

	"confab/conference/media"
)

// maxSlip is how far the sample clock may be off the capture clock before it jumps: devices deliver in
// bursts, and two clocks drift apart, which receivers handle better than jumps.
const maxSlip = 100 * time.Millisecond

// sampleClock counts the samples of a source as its RTP timestamp, so that packets follow each other
// exactly, and follows the capture times over pauses.
type sampleClock struct {
	started bool
	ticks   uint32    // 48 kHz, of the next sample
	at      time.Time // when the sample at ticks was captured, by counting
}

// block takes one block of media.FrameSamples and returns the tick of its first sample, when that was
// captured, without the jitter of the device, and whether the clock jumped there: the block does not
// follow the one before.
func (c *sampleClock) block(captured time.Time) (ticks uint32, at time.Time, jumped bool) {
	slip := captured.Sub(c.at)
	if !c.started || slip > maxSlip || slip < -maxSlip {
		next := media.Ticks(captured, media.SampleRate)
		if c.started && int32(next-c.ticks) < 0 {
			next = c.ticks // never back
		}
		c.ticks, c.at, c.started, jumped = next, captured, true, true
	}
	ticks, at = c.ticks, c.at
	c.ticks += media.FrameSamples
	c.at = c.at.Add(media.FrameDuration)
	// The count follows the capture clock slowly: 60 ppm between two clocks are 36 ms in ten minutes.
	c.at = c.at.Add(captured.Sub(c.at.Add(-media.FrameDuration)) / 256)
	return ticks, at, jumped
}
