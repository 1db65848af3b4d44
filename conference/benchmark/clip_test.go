package benchmark_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"confab/conference/media"
	"confab/conference/media/capture/pattern"
	"confab/conference/media/capture/y4m"
	"confab/conference/media/codec/vpx"
	"confab/conference/media/record"
	"confab/conference/media/yuv"
)

// What both sides send.
const (
	clipRate  = 30 // pictures per second
	clipName  = "benchmark"
	clipParts = 60 // different pictures; they are played forth and back, so that nothing jumps
	grain     = 2  // levels of luma either way: cameras have some, and it costs bits
)

// clip is a file of pictures, each of which says its number.
type clip struct {
	path     string
	pictures []*media.VideoFrame // by number
}

// newClip draws somebody who sways before a background that drifts, with so many levels of noise.
func newClip(t *testing.T, width, height, grain int) *clip {
	t.Helper()
	c := &clip{path: filepath.Join(t.TempDir(), "clip.y4m")}
	painter := pattern.NewPainter(width, height, clipName)
	random := rand.New(rand.NewPCG(1, 2))
	var pool media.Pool
	for n := range uint32(clipParts) {
		f := pool.Frame(width, height)
		painter.Draw(f, n, time.Unix(0, 0))
		for y := range height {
			row := f.Y[y*f.StrideY:][:width]
			for x, v := range row {
				row[x] = byte(min(max(int(v)+random.IntN(2*grain+1)-grain, 16), 235))
			}
		}
		c.pictures = append(c.pictures, f)
	}
	if err := c.write(); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *clip) write() error {
	file, err := os.Create(c.path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, 1<<20)
	fmt.Fprintf(w, "YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420jpeg\n", c.pictures[0].Width, c.pictures[0].Height, clipRate)
	for n := range 2*clipParts - 2 {
		writePicture(w, c.pictures[min(n, 2*clipParts-2-n)])
	}
	return errors.Join(w.Flush(), file.Close()) // bufio keeps the errors of writing
}

func writePicture(w io.Writer, f *media.VideoFrame) {
	fmt.Fprintln(w, "FRAME")
	chroma := (f.Width + 1) / 2
	for y := range f.Height {
		w.Write(f.Y[y*f.StrideY:][:f.Width])
	}
	for _, plane := range [][]byte{f.U, f.V} {
		for y := range (f.Height + 1) / 2 {
			w.Write(plane[y*f.StrideUV:][:chroma])
		}
	}
}

// likeness is how much received pictures resemble those of a clip.
type likeness struct {
	pictures int     // that were compared
	strange  int     // whose code could not be read
	squares  float64 // sum over pictures of their mean squared difference in luma
}

// decibels is the PSNR of luma; NaN of no picture.
func (l likeness) decibels() float64 {
	return 10 * math.Log10(255*255/max(l.squares/float64(l.pictures), 1e-3))
}

// compare adds one received picture. One of another size is scaled to the clip's, as it would be shown.
func (c *clip) compare(l *likeness, f *media.VideoFrame) {
	code, ok := pattern.ReadCode(f)
	if !ok || code.Source != pattern.SourceOf(clipName) || code.Frame >= clipParts {
		l.strange++
		return
	}
	sent := c.pictures[code.Frame]
	if f.Width != sent.Width || f.Height != sent.Height {
		var pool media.Pool
		scaled := pool.Frame(sent.Width, sent.Height)
		defer scaled.Release()
		yuv.Scale(scaled, f)
		f = scaled
	}
	sum := 0
	for y := range sent.Height {
		want := sent.Y[y*sent.StrideY:][:sent.Width]
		for x, v := range f.Y[y*f.StrideY:][:sent.Width] {
			d := int(v) - int(want[x])
			sum += d * d
		}
	}
	l.pictures++
	l.squares += float64(sum) / float64(sent.Width*sent.Height)
}

// compareY4M adds the pictures of a file.
func (c *clip) compareY4M(l *likeness, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	r, err := y4m.NewReader(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var pool media.Pool
	f := pool.Frame(r.Width, r.Height)
	defer f.Release()
	for {
		err := r.Read(f)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		c.compare(l, f)
	}
}

// compareRecording adds the last pictures of a recording, so many as span a duration. All before them
// are decoded as well: they build on each other.
func (c *clip) compareRecording(l *likeness, path string, last time.Duration) error {
	frames, err := recorded(path)
	if err != nil {
		return err
	}
	decoder, err := vpx.NewDecoder(nil)
	if err != nil {
		return err
	}
	defer decoder.Close()
	end := frames[len(frames)-1].Ticks
	for n, frame := range frames {
		f, err := decoder.Decode(frame.Data)
		if err != nil {
			return fmt.Errorf("picture %d of %s: %w", n, path, err)
		}
		if time.Duration(end-frame.Ticks)*time.Second/90_000 < last {
			c.compare(l, f)
		}
		f.Release()
	}
	return nil
}

// recorded reads the frames of a recording, at least one.
func recorded(path string) ([]record.IVFFrame, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r, err := record.NewIVFReader(bufio.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var all []record.IVFFrame
	for {
		frame, err := r.Next()
		if errors.Is(err, io.EOF) && len(all) > 0 {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, frame)
	}
}

func TestPicturesOfTheClipAreFoundAgain(t *testing.T) {
	c := newClip(t, 320, 180, grain)
	var same, scaled likeness
	if err := c.compareY4M(&same, c.path); err != nil {
		t.Fatal(err)
	}
	if same.pictures != 2*clipParts-2 || same.strange != 0 || same.squares != 0 {
		t.Errorf("the clip against itself: %+v", same)
	}
	var pool media.Pool
	small := pool.Frame(240, 136)
	defer small.Release()
	yuv.Scale(small, c.pictures[7])
	c.compare(&scaled, small)
	if d := scaled.decibels(); scaled.pictures != 1 || d < 20 || d > 45 {
		t.Errorf("a smaller picture: %+v, %.1f dB", scaled, d)
	}
}
