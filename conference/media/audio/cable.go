package audio

import (
	"sync/atomic"
	"time"

	"confab/conference/media"
	"confab/conference/media/capture"
	"confab/conference/media/capture/resample"
)

const (
	// minRate and maxRate bound the rates at which devices are opened, in samples per second: a telephone
	// headset's to a studio's. One that asks for others is opened at 48 kHz.
	minRate, maxRate = 8000, 384000
	// maxChannels is how many channels a device may have; of one with more the system makes one.
	maxChannels = 32
	// cableHolds is how much sound fits in between a device and us: more than a pump keeps there, or than
	// may wait for a reader.
	cableHolds = 300 * time.Millisecond
)

// cable is the way of sound between one opened device and one goroutine of ours: a ring at the device's own
// rate, mono, with the changes of rate and of the number of channels. The methods for the device are
// called by its callback, on a thread of the sound system: they copy, and never wait or allocate.
type cable struct {
	rate, channels int // of the device; never change

	ring *pcm

	// Owned by the callback.
	mono [512]int16
	seam seam

	hush  atomic.Bool // a speaker: play nothing any more
	still atomic.Bool // and what it played has died away

	// Owned by the goroutine that reads a microphone or fills a speaker.
	stream *resample.Stream
	native []int16   // at the device's rate; 10 ms, and what the stream needs to begin with
	far    []float32 // likewise
	near   [block]float32
}

// newCable makes the cable of a device of so many samples per second and channels.
func newCable(kind capture.Kind, rate, channels int) *cable {
	c := &cable{
		rate: rate, channels: channels, seam: newSeam(rate),
		ring: newPCM(int(cableHolds * time.Duration(rate) / time.Second)),
	}
	if kind == capture.Speaker {
		c.stream = resample.NewStream(media.SampleRate, rate)
	} else {
		c.stream = resample.NewStream(rate, media.SampleRate)
	}
	longest := block*rate/media.SampleRate + 1
	if kind == capture.Microphone {
		longest = c.stream.Needed(block) + 1
	}
	c.native, c.far = make([]int16, longest), make([]float32, longest)
	return c
}

// fits tells whether a cable can be made.
func fits(rate, channels int) bool {
	return rate >= minRate && rate <= maxRate && channels >= 1 && channels <= maxChannels
}

// ours is a number of the device's samples in samples of 48 kHz.
func (c *cable) ours(n uint64) uint64 { return n * media.SampleRate / uint64(c.rate) }

// theirs is a number of samples of 48 kHz in the device's.
func (c *cable) theirs(n int) int { return n * c.rate / media.SampleRate }

// capture takes in what the device has recorded, interleaved. Of two channels or more the first two are
// mixed: a microphone has no more that belong together.
func (c *cable) capture(in []int16) {
	if c.channels == 1 {
		c.ring.write(in)
		return
	}
	for len(in) >= c.channels {
		n := min(len(in)/c.channels, len(c.mono))
		for i := range c.mono[:n] {
			c.mono[i] = int16((int(in[i*c.channels]) + int(in[i*c.channels+1])) >> 1)
		}
		c.ring.write(c.mono[:n])
		in = in[n*c.channels:]
	}
}

// play gives the device what it plays next, interleaved: the same on the first two channels, which are the
// front ones, and silence on others.
func (c *cable) play(out []int16) {
	if c.channels == 1 {
		c.next(out)
		return
	}
	for len(out) >= c.channels {
		n := min(len(out)/c.channels, len(c.mono))
		c.next(c.mono[:n])
		for i, v := range c.mono[:n] {
			frame := out[i*c.channels:][:c.channels]
			frame[0], frame[1] = v, v
			clear(frame[2:])
		}
		out = out[n*c.channels:]
	}
	clear(out)
}

// next gives the next samples to play. Sound that runs out, or is to end, dies away.
func (c *cable) next(x []int16) {
	if c.hush.Load() {
		c.seam.gap(x)
		if c.seam.fall == 0 {
			c.still.Store(true)
		}
		return
	}
	ready := c.ring.read(x)
	c.seam.join(x[:ready])
	if ready < len(x) {
		c.seam.gap(x[ready:])
	}
}

// waiting is how much a microphone has recorded that is not taken yet, in samples of 48 kHz.
func (c *cable) waiting() int { return int(c.ours(uint64(c.ring.ready()))) }

// skip leaves out all of a microphone's sound but the newest, so many samples of 48 kHz.
func (c *cable) skip(but int) {
	c.ring.skip(max(c.ring.ready()-c.theirs(but), 0))
	c.stream.Reset() // it would join what does not belong together
}

// take gives the oldest 10 ms of a microphone; false if they are not complete.
func (c *cable) take(out *[block]int16) bool {
	needed := c.stream.Needed(block)
	if c.ring.ready() < needed {
		return false
	}
	native := c.native[:needed]
	c.ring.read(native)
	for i, v := range native {
		c.far[i] = float32(v)
	}
	c.stream.Process(c.near[:], c.far[:needed])
	quantize(out[:], c.near[:])
	return true
}

// put appends 10 ms to what a speaker plays.
func (c *cable) put(x *[block]int16) {
	for i, v := range x {
		c.near[i] = float32(v)
	}
	n, _ := c.stream.Process(c.far, c.near[:])
	quantize(c.native[:n], c.far[:n])
	c.ring.write(c.native[:n])
}

// quantize makes samples of numbers; what is too great for them becomes the greatest.
func quantize(dst []int16, src []float32) {
	for i, v := range src {
		switch {
		case v >= 1<<15-1:
			dst[i] = 1<<15 - 1
		case v <= -1<<15:
			dst[i] = -1 << 15
		case v < 0:
			dst[i] = int16(v - 0.5)
		default:
			dst[i] = int16(v + 0.5)
		}
	}
}
