package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"confab/conference/media"
	"confab/conference/media/capture/resample"
	"confab/conference/media/capture/wav"
)

// soundPace is the pace of all sources of sound: blocks of 10 ms that can be had when they are over, two
// at a time, since a packet has two and each awakening costs. A reader may be 200 ms late, which a busy
// machine is, and loses nothing; later, he goes on with now.
func soundPace() pace { return pace{num: 100, den: 1, slack: 20, delay: 1, together: 2} }

// audioFile plays a file of sound in real time, at 48 kHz mono, over and over.
type audioFile struct {
	path   string
	file   *os.File
	reader *wav.Reader
	fill   func([]float32) error // the next 48 kHz samples
	pace   pace
	closing

	resampler *resample.Resampler // nil at 48 kHz
	next      int64               // block to play next if none is left out
	block     [media.FrameSamples]float32
}

// OpenAudioFile opens a WAVE file, 16-bit PCM or float, mono or stereo, of 8 to 192 kHz. It plays in real
// time and loops. The error is ErrNoFile, ErrDenied or ErrFormat.
func OpenAudioFile(path string) (AudioSource, error) {
	file, err := openFile(path)
	if err != nil {
		return nil, err
	}
	a, err := newAudioFile(path, file)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("open %q: %w", path, formatError(err))
	}
	return a, nil
}

func newAudioFile(path string, file *os.File) (*audioFile, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	r, err := wav.NewReader(file, info.Size())
	if err != nil {
		return nil, err
	}
	a := &audioFile{path: path, file: file, reader: r, pace: soundPace(), closing: newClosing()}
	a.fill = a.loop
	if r.Rate != media.SampleRate {
		a.resampler = resample.New(r.Rate, media.SampleRate, a.loop)
		a.fill = a.resampler.Read
	}
	return a, nil
}

// Read implements AudioSource.
func (a *audioFile) Read(ctx context.Context) (media.AudioFrame, error) {
	tick, at, err := a.pace.wait(ctx, a.done)
	if err != nil {
		return media.AudioFrame{}, err
	}
	if tick != a.next {
		a.jump(tick)
	}
	a.next = tick + 1
	if err := a.fill(a.block[:]); err != nil {
		select {
		case <-a.done:
			return media.AudioFrame{}, io.EOF // closed meanwhile
		default:
			return media.AudioFrame{}, fmt.Errorf("play %q: %w", a.path, formatError(err))
		}
	}
	f := media.AudioFrame{Captured: at}
	for i, v := range a.block {
		f.Samples[i] = int16(min(max(v*32768, -32768), 32767))
	}
	return f, nil
}

// jump goes to where a block is in the file.
func (a *audioFile) jump(block int64) {
	sample := block * media.FrameSamples * int64(a.reader.Rate) / media.SampleRate
	a.reader.SeekTo(sample % a.reader.Samples)
	if a.resampler != nil {
		a.resampler.Reset()
	}
}

// loop fills dst from the file, from its start again after its end.
func (a *audioFile) loop(dst []float32) error {
	for len(dst) > 0 {
		n, err := a.reader.Read(dst)
		if errors.Is(err, io.EOF) {
			a.reader.SeekTo(0)
			continue
		}
		if err != nil {
			return err
		}
		dst = dst[n:]
	}
	return nil
}

// Close implements AudioSource.
func (a *audioFile) Close() error { return a.shut(a.file.Close) }
