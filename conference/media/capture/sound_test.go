package capture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference/media"
	"confab/conference/media/capture"
)

// record reads blocks of sound into one slice.
func record(t *testing.T, src capture.AudioSource, blocks int) []int16 {
	t.Helper()
	var out []int16
	for range blocks {
		f, err := src.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f.Samples[:]...)
	}
	return out
}

// waveFile writes a file of 16-bit mono sound.
func waveFile(t *testing.T, rate uint32, samples []int16) string {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00")
	binary.Write(&b, binary.LittleEndian, []uint32{rate, 2 * rate, 0x00100002})
	b.WriteString("data")
	binary.Write(&b, binary.LittleEndian, uint32(2*len(samples)))
	binary.Write(&b, binary.LittleEndian, samples)
	path := filepath.Join(t.TempDir(), "sound.wav")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestChirpBeginsWithEachSecondOfTheWallClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(1234*time.Millisecond + 567*time.Microsecond)
		src := capture.NewChirp()
		defer src.Close()
		first, err := src.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if d := time.Since(first.Captured); d != 2*media.FrameDuration {
			t.Errorf("first block came %v after its first sample, want 20 ms, together with the second", d)
		}
		sound := append(first.Samples[:], record(t, src, 199)...)
		offset, score, ok := capture.FindChirp(sound[:72000])
		heard := first.Captured.Add(time.Duration(offset) * time.Second / media.SampleRate)
		if !ok || score < 0.999 || heard.Sub(heard.Round(time.Second)).Abs() > 21*time.Microsecond {
			t.Errorf("chirp at %v (score %.3f, %v), want at a full second", heard, score, ok)
		}
		if again, _, _ := capture.FindChirp(sound[offset+4800:]); again+4800 != 48000 {
			t.Errorf("next chirp after %d samples, want 48000", again+4800)
		}
	})
}

func TestChirpIsFoundInNoiseAndNotInSilence(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	sound := make([]int16, 30000)
	if _, score, ok := capture.FindChirp(sound); ok || score != 0 {
		t.Errorf("silence scored %v", score)
	}
	for i := range sound {
		sound[i] = int16(random.NormFloat64() * 1000)
	}
	if _, score, ok := capture.FindChirp(sound); ok || score > 0.1 {
		t.Errorf("noise scored %v", score)
	}
	for i, v := range capture.Chirp() {
		sound[12345+i] += v / 4 // 6 dB above the noise
	}
	if offset, score, ok := capture.FindChirp(sound); !ok || offset != 12345 {
		t.Errorf("chirp in noise at %d (score %.2f, %v), want 12345", offset, score, ok)
	}
	if _, _, ok := capture.FindChirp(sound[:4799]); ok {
		t.Error("a chirp was found in less than its length")
	}
}

func TestAudioFilePlaysInRealTimeAndLoops(t *testing.T) {
	sound := make([]int16, 1000)
	for i := range sound {
		sound[i] = int16(i + 1)
	}
	path := waveFile(t, media.SampleRate, sound)
	synctest.Test(t, func(t *testing.T) {
		src, err := capture.OpenAudioFile(path)
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		start := time.Now()
		got := record(t, src, 20)
		if d := time.Since(start); d != 200*time.Millisecond {
			t.Errorf("20 blocks took %v, want 200 ms", d)
		}
		for i, v := range got {
			if want := int16(i%1000 + 1); v != want {
				t.Fatalf("sample %d is %d, want %d", i, v, want)
			}
		}
		time.Sleep(150 * time.Millisecond) // late, as on a busy machine: nothing is lost
		if got := record(t, src, 15); got[0] != 20*480%1000+1 || time.Since(start) != 360*time.Millisecond {
			t.Errorf("after 150 ms: sample %d at %v", got[0], time.Since(start))
		}
		time.Sleep(time.Hour) // too late: goes on with what plays now
		if got, want := record(t, src, 1)[0], int16((360035*480)%1000+1); got != want {
			t.Errorf("after an hour: sample %d, want %d", got, want)
		}
	})
}

func TestAudioFileOfAnotherRateKeepsItsPitch(t *testing.T) {
	sound := make([]int16, 44100)
	for i := range sound {
		sound[i] = int16(10000 * math.Sin(2*math.Pi*441*float64(i)/44100))
	}
	path := waveFile(t, 44100, sound)
	synctest.Test(t, func(t *testing.T) {
		src, err := capture.OpenAudioFile(path)
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		got := record(t, src, 150)
		for i := 480; i < len(got); i++ { // also across the end of the file
			want := 10000 * math.Sin(2*math.Pi*441*float64(i)/48000)
			if math.Abs(float64(got[i])-want) > 10 {
				t.Fatalf("sample %d is %d, want %.0f", i, got[i], want)
			}
		}
	})
}

func TestClosedSoundIsAtItsEnd(t *testing.T) {
	file, err := capture.OpenAudioFile(waveFile(t, 8000, make([]int16, 10)))
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range []capture.AudioSource{file, capture.NewChirp()} {
		for range 2 {
			if err := src.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
		if _, err := src.Read(t.Context()); !errors.Is(err, io.EOF) {
			t.Errorf("Read: %v, want EOF", err)
		}
	}
}
