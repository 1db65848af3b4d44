package wav_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"confab/conference/media/capture/wav"
)

// file is a WAVE file with the given fmt fields, a chunk of odd length before the sound, and samples of
// whatever type the caller has.
func file(encoding, channels, bits uint16, rate uint32, samples any) []byte {
	var data, b bytes.Buffer
	binary.Write(&data, binary.LittleEndian, samples)
	b.WriteString("RIFF\x00\x00\x00\x00WAVEfmt ")
	size := uint16(channels * bits / 8)
	binary.Write(&b, binary.LittleEndian, uint32(16))
	for _, v := range []any{encoding, channels, rate, rate * uint32(size), size, bits} {
		binary.Write(&b, binary.LittleEndian, v)
	}
	b.WriteString("LIST\x03\x00\x00\x00abc\x00data")
	binary.Write(&b, binary.LittleEndian, uint32(data.Len()))
	b.Write(data.Bytes())
	return b.Bytes()
}

func open(t *testing.T, b []byte) *wav.Reader {
	t.Helper()
	r, err := wav.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSamplesOfEveryEncodingAreReadAsMono(t *testing.T) {
	want := []float32{0.5, -0.25, 1}
	tests := map[string][]byte{
		"PCM mono":     file(1, 1, 16, 44100, []int16{16384, -8192, 32767}),
		"PCM stereo":   file(1, 2, 16, 44100, []int16{16384, 16384, -16384, 0, 32767, 32767}),
		"float mono":   file(3, 1, 32, 44100, []float32{0.5, -0.25, 7}), // clamped
		"float stereo": file(3, 2, 32, 44100, []float32{1, 0, -0.5, 0, 1, 1}),
	}
	for name, b := range tests {
		r := open(t, b)
		if r.Rate != 44100 || r.Samples != 3 {
			t.Errorf("%s: %+v, %d samples", name, r.Format, r.Samples)
		}
		for range 2 {
			got := make([]float32, 5)
			n, err := r.Read(got)
			if n != 3 || err != nil {
				t.Fatalf("%s: Read = %d, %v", name, n, err)
			}
			for i := range want {
				if math.Abs(float64(got[i]-want[i])) > 1e-4 {
					t.Errorf("%s: sample %d = %v, want %v", name, i, got[i], want[i])
				}
			}
			if _, err := r.Read(got); !errors.Is(err, io.EOF) {
				t.Errorf("%s: Read at the end: %v, want EOF", name, err)
			}
			r.SeekTo(0)
		}
	}
}

func TestNotANumberIsSilence(t *testing.T) {
	r := open(t, file(3, 1, 32, 48000, []float32{float32(math.NaN()), float32(math.Inf(-1))}))
	got := make([]float32, 2)
	if _, err := r.Read(got); err != nil || got[0] != 0 || got[1] != -1 {
		t.Errorf("Read = %v, %v, want 0 and -1", got, err)
	}
}

func TestUnfinishedFilePlaysAsFarAsItGoes(t *testing.T) {
	b := file(1, 1, 16, 8000, []int16{1, 2, 3, 4})
	binary.LittleEndian.PutUint32(b[len(b)-12:], 0xFFFFFFFF) // a writer that did not come back
	if r := open(t, b[:len(b)-1]); r.Samples != 3 {
		t.Errorf("%d samples, want the 3 whole ones", r.Samples)
	}
}

func TestExtensibleFormatIsUnderstood(t *testing.T) {
	b := make([]byte, 40)
	binary.LittleEndian.PutUint16(b, 0xFFFE)
	binary.LittleEndian.PutUint16(b[2:], 2)
	binary.LittleEndian.PutUint32(b[4:], 192000)
	binary.LittleEndian.PutUint16(b[14:], 32)
	binary.LittleEndian.PutUint16(b[24:], 3)
	want := wav.Format{Rate: 192000, Channels: 2, Float: true}
	if f, err := wav.ParseFormat(b); err != nil || f != want {
		t.Errorf("ParseFormat = %+v, %v, want %+v", f, err, want)
	}
}

func TestFileThatCannotBePlayedSaysWhy(t *testing.T) {
	good := file(1, 1, 16, 48000, []int16{1})
	tests := map[string]struct {
		file []byte
		want string
	}{
		"empty":        {nil, "not a WAVE file"},
		"text":         {[]byte(strings.Repeat("x", 100)), "not a WAVE file"},
		"header alone": {good[:12], "data chunk"},
		"cut in fmt":   {good[:30], "fmt chunk"},
		"no sound":     {good[:len(good)-1], "no sound"},
		"8 bits":       {file(1, 1, 8, 48000, []int16{1}), "16-bit PCM"},
		"24 bits":      {file(1, 1, 24, 48000, []int16{1}), "24 bits"},
		"mu-law":       {file(7, 1, 8, 8000, []int16{1}), "encoding 7"},
		"5.1":          {file(1, 6, 16, 48000, []int16{1}), "6 channels"},
		"no channel":   {file(1, 0, 16, 48000, []int16{1}), "0 channels"},
		"slow":         {file(1, 1, 16, 7999, []int16{1}), "7999"},
		"fast":         {file(1, 1, 16, 1<<31, []int16{1}), "2147483648"},
		"data first":   {append([]byte("RIFF\x00\x00\x00\x00WAVEdata\x02\x00\x00\x00"), 1, 2), "before fmt"},
		"huge fmt":     {[]byte("RIFF\x00\x00\x00\x00WAVEfmt \xFF\xFF\xFF\xFF"), "fmt chunk of"},
		"chunks":       {append(good[:12:12], bytes.Repeat([]byte("JUNK\x00\x00\x00\x00"), 200)...), "first 100 chunks"},
	}
	for name, test := range tests {
		_, err := wav.NewReader(bytes.NewReader(test.file), int64(len(test.file)))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, test.want)
		}
	}
}
