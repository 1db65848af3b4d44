package conferencetest

import (
	"context"
	"io"
	"math"
	"sync"
	"time"

	"confab/conference/media"
	"confab/conference/media/capture"
)

// Voice is a microphone in front of somebody who never pauses: harmonics of a voice that rises and falls,
// four syllables a second. Its packets never cease, unlike those of a pause, because it is sent as it is.
type Voice struct {
	once sync.Once
	done chan struct{} // closed by Close

	start time.Time // of the first block; zero before
	next  int       // block
	phase float64   // of the ground tone, in turns
	loud  float64   // at the end of the last block
}

var _ capture.Measured = (*Voice)(nil)

// NewVoice begins to speak when it is first read.
func NewVoice() *Voice { return &Voice{done: make(chan struct{})} }

// Measured implements capture.Measured.
func (v *Voice) Measured() {}

// Read implements capture.AudioSource: a block can be had when its last sample was spoken.
func (v *Voice) Read(ctx context.Context) (media.AudioFrame, error) {
	if v.start.IsZero() {
		v.start = time.Now()
	}
	at := v.start.Add(time.Duration(v.next) * media.FrameDuration)
	timer := time.NewTimer(time.Until(at.Add(media.FrameDuration)))
	defer timer.Stop()
	select {
	case <-v.done:
		return media.AudioFrame{}, io.EOF
	case <-ctx.Done():
		return media.AudioFrame{}, ctx.Err()
	case <-timer.C:
	}
	f := media.AudioFrame{Captured: at}
	v.speak(&f, float64(v.next)*media.FrameDuration.Seconds())
	v.next++
	return f, nil
}

// partials are how many harmonics a voice has.
const partials = 12

// speak fills the block that begins at t seconds.
func (v *Voice) speak(f *media.AudioFrame, t float64) {
	pitch := 130 + 25*math.Sin(2*math.Pi*0.7*t)          // Hz
	formant := 700 + 400*math.Sin(2*math.Pi*2*t)         // Hz; harmonics near it are louder
	loud := 1200 * (0.55 + 0.45*math.Sin(2*math.Pi*4*t)) // of the loudest one
	if v.phase == 0 {
		v.loud = loud
	}
	var share [partials]float64
	for n := range share {
		distance := (float64(n+1)*pitch - formant) / 500
		share[n] = math.Exp(-distance * distance)
	}
	for i := range f.Samples {
		v.phase += pitch / media.SampleRate
		sum := 0.0
		for n, s := range share {
			sum += s * math.Sin(2*math.Pi*float64(n+1)*v.phase)
		}
		rise := float64(i) / media.FrameSamples // no steps between blocks
		f.Samples[i] = int16(sum * (v.loud + (loud-v.loud)*rise))
	}
	v.loud = loud
}

// Close implements capture.AudioSource.
func (v *Voice) Close() error {
	v.once.Do(func() { close(v.done) })
	return nil
}
