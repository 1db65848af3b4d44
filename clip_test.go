package main_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"confab/conference/media"
	"confab/conference/media/capture/pattern"
	"confab/conference/media/capture/resample"
	"confab/conference/media/capture/wav"
	"confab/conference/media/codec/vpx"
	"confab/conference/media/record"
)

// The size and rate of clips.
const (
	clipWidth, clipHeight = 640, 360
	clipRate              = 30 // pictures per second
	clipLength            = 60 // pictures; they are played over and over
)

// clip is what one participant sends: files of its own pictures and speech.
type clip struct {
	name     string
	pictures []*media.VideoFrame // by the number in their code
	speech   []float64           // 48 kHz
	y4m, wav string              // paths
}

// newClip makes the clip of somebody: a moving figure in a colour of their own that carries its number,
// and a sentence in a voice of their own, with pauses.
func newClip(t *testing.T, name, sentence string, pitch int) *clip {
	t.Helper()
	dir := t.TempDir()
	c := &clip{name: name, y4m: filepath.Join(dir, "clip.y4m"), wav: filepath.Join(dir, "clip.wav")}
	painter := pattern.NewPainter(clipWidth, clipHeight, name)
	var pool media.Pool
	for n := range uint32(clipLength) {
		f := pool.Frame(clipWidth, clipHeight)
		painter.Draw(f, n, time.Unix(0, 0))
		c.pictures = append(c.pictures, f)
	}
	if err := writeY4M(c.y4m, c.pictures); err != nil {
		t.Fatal(err)
	}
	samples, err := speak(filepath.Join(dir, "speech.wav"), sentence, pitch)
	if err != nil {
		t.Fatal(err)
	}
	w, err := record.CreateWAV(c.wav)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(samples), w.Close()); err != nil {
		t.Fatal(err)
	}
	c.speech = levels(samples)
	return c
}

// writeY4M writes pictures of one size as YUV4MPEG2.
func writeY4M(path string, pictures []*media.VideoFrame) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, 1<<20)
	fmt.Fprintf(w, "YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420jpeg\n", clipWidth, clipHeight, clipRate)
	for _, f := range pictures {
		fmt.Fprintln(w, "FRAME")
		for _, p := range planes(f) {
			for y := range p.height {
				w.Write(p.pix[y*p.stride:][:p.width]) // bufio keeps the error for Flush
			}
		}
	}
	return errors.Join(w.Flush(), file.Close())
}

// speak has espeak-ng say a sentence and gives it at 48 kHz.
func speak(path, sentence string, pitch int) ([]int16, error) {
	out, err := exec.Command("espeak-ng", "-v", "en", "-p", fmt.Sprint(pitch), "-s", "150", "-w", path, sentence).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("espeak-ng (Debian: apt-get install espeak-ng): %w: %s", err, out)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r, err := wav.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	in := make([]float32, r.Samples)
	if _, err := r.Read(in); err != nil {
		return nil, err
	}
	up := resample.New(r.Rate, media.SampleRate, func(dst []float32) error {
		n := copy(dst, in)
		in = in[n:]
		clear(dst[n:]) // what follows the end is silence
		return nil
	})
	converted := make([]float32, int(r.Samples)*media.SampleRate/r.Rate)
	if err := up.Read(converted); err != nil {
		return nil, err
	}
	samples := make([]int16, len(converted))
	for i, v := range converted {
		samples[i] = int16(math.Round(float64(min(max(v, -1), 1)) * 0.8 * math.MaxInt16))
	}
	return samples, nil
}

// levels are samples as numbers to calculate with.
func levels(samples []int16) []float64 {
	f := make([]float64, len(samples))
	for i, s := range samples {
		f[i] = float64(s)
	}
	return f
}

// plane is one plane of a picture.
type plane struct {
	pix                   []byte
	stride, width, height int
}

func planes(f *media.VideoFrame) []plane {
	cw, ch := (f.Width+1)/2, (f.Height+1)/2
	return []plane{{f.Y, f.StrideY, f.Width, f.Height}, {f.U, f.StrideUV, cw, ch}, {f.V, f.StrideUV, cw, ch}}
}

// likeness is how much a recording resembles what was sent.
type likeness struct {
	pictures int     // that were compared
	smaller  int     // of another tier's size
	strange  int     // without a code of the sender's
	decibels float64 // PSNR over all samples of all planes
	worst    float64 // PSNR of the worst picture
}

// compare decodes an IVF recording and compares it with the clip, picture by picture: their codes tell
// which belong together. The first pictures are left out, which have the bit rate of a beginning.
func (c *clip) compare(path string, skip int) (likeness, error) {
	file, err := os.Open(path)
	if err != nil {
		return likeness{}, err
	}
	defer file.Close()
	r, err := record.NewIVFReader(bufio.NewReader(file))
	if err != nil {
		return likeness{}, err
	}
	decoder, err := vpx.NewDecoder(nil)
	if err != nil {
		return likeness{}, err
	}
	defer decoder.Close()
	like := likeness{worst: math.Inf(1)}
	sum := 0.0
	for n := 0; ; n++ {
		frame, err := r.Next()
		if errors.Is(err, io.EOF) {
			like.decibels = psnr(sum / float64(max(like.pictures, 1)))
			return like, nil
		}
		if err != nil {
			return like, err
		}
		f, err := decoder.Decode(frame.Data)
		if err != nil {
			return like, fmt.Errorf("picture %d of %s: %w", n, path, err)
		}
		mse, ok := c.difference(f)
		switch {
		case n < skip:
		case !ok:
			like.strange++
		case f.Width != clipWidth || f.Height != clipHeight:
			like.smaller++
		default:
			like.pictures++
			sum += mse
			like.worst = min(like.worst, psnr(mse))
		}
		f.Release()
	}
}

// difference is the mean squared difference of a decoded picture from the one that was sent, 0 if it has
// another size; false if it is none of the clip's.
func (c *clip) difference(f *media.VideoFrame) (mse float64, ok bool) {
	code, ok := pattern.ReadCode(f)
	if !ok || code.Source != pattern.SourceOf(c.name) || code.Frame >= clipLength {
		return 0, false
	}
	if f.Width != clipWidth || f.Height != clipHeight {
		return 0, true
	}
	sum, n := 0, 0
	sent := planes(c.pictures[code.Frame])
	for i, got := range planes(f) {
		for y := range got.height {
			want := sent[i].pix[y*sent[i].stride:][:got.width]
			for x, v := range got.pix[y*got.stride:][:got.width] {
				d := int(v) - int(want[x])
				sum += d * d
			}
		}
		n += got.width * got.height
	}
	return float64(sum) / float64(n), true
}

func psnr(mse float64) float64 { return 10 * math.Log10(255*255/max(mse, 1e-3)) }

// Sections of sound that are looked for in a clip.
const (
	sectionLength = media.SampleRate / 2 // samples
	coarse        = 24                   // samples that are taken as one to find the place
	loud          = 500                  // root mean square of a section that holds speech
)

// correlations looks for each section of a recording in the clip's speech, wherever it is, and gives how
// well it fits there: the normalised cross-correlation, 1 for the same. Sections of silence are left out.
func (c *clip) correlations(path string, skip time.Duration) ([]float64, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	samples, err := record.ReadWAV(file, 10*60*media.SampleRate)
	if err != nil {
		return nil, err
	}
	heard := levels(samples)
	round := append(slices.Clone(c.speech), c.speech[:sectionLength+coarse]...) // it starts over at its end
	rough := thinned(round)
	var all []float64
	for at := int(skip.Seconds() * media.SampleRate); at+sectionLength <= len(heard); at += sectionLength {
		section := heard[at:][:sectionLength]
		if rms(section) < loud {
			continue
		}
		place, _ := bestFit(thinned(section), rough, 0, len(rough))
		_, fit := bestFit(section, round, (place-1)*coarse, (place+2)*coarse)
		all = append(all, fit)
	}
	return all, nil
}

// bestFit finds where in long, from a place to before another, short fits best, and how well.
func bestFit(short, long []float64, from, to int) (place int, fit float64) {
	fit = math.Inf(-1)
	own := energy(short)
	for at := max(from, 0); at < to && at+len(short) <= len(long); at++ {
		there := long[at:][:len(short)]
		product := 0.0
		for i, v := range short {
			product += v * there[i]
		}
		if f := product / math.Sqrt(own*energy(there)+1); f > fit {
			place, fit = at, f
		}
	}
	return place, fit
}

// thinned is sound at a rate that is lower by coarse, each sample the mean of so many.
func thinned(x []float64) []float64 {
	out := make([]float64, len(x)/coarse)
	for i := range out {
		for _, v := range x[i*coarse:][:coarse] {
			out[i] += v / coarse
		}
	}
	return out
}

func energy(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return sum
}

func rms(x []float64) float64 { return math.Sqrt(energy(x) / float64(len(x))) }

// median is the middle one of unsorted numbers; 0 of none.
func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}
