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
// four syllables a second. Its packets never cease, unlike those of a pause.
type Voice struct {
	once sync.Once
	done chan struct{} // closed by Close

	start time.Time // of the first block; zero before
	next  int       // block
	phase float64   // of the ground tone, in turns
}

var _ capture.AudioSource = (*Voice)(nil)

// NewVoice begins to speak when it is first read.
func NewVoice() *Voice { return &Voice{done: make(chan struct{})} }

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
	for i := range f.Samples {
		t := float64(v.next*media.FrameSamples+i) / media.SampleRate
		f.Samples[i] = int16(6000 * v.sample(t))
	}
	v.next++
	return f, nil
}

// sample is the sound at t seconds, between -1 and 1.
func (v *Voice) sample(t float64) float64 {
	pitch := 130 + 25*math.Sin(2*math.Pi*0.7*t) // Hz
	v.phase += pitch / media.SampleRate
	syllable := 0.55 + 0.45*math.Sin(2*math.Pi*4*t)
	sum := 0.0
	for n := 1.0; n <= 12; n++ { // louder around a formant that moves
		formant := 700 + 400*math.Sin(2*math.Pi*2*t)
		distance := (n*pitch - formant) / 500
		sum += math.Sin(2*math.Pi*n*v.phase) * math.Exp(-distance*distance)
	}
	return syllable * sum / 5
}

// Close implements capture.AudioSource.
func (v *Voice) Close() error {
	v.once.Do(func() { close(v.done) })
	return nil
}
