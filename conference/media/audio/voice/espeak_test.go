package voice_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// espeakVoices are talkers, as in a call: two of the first three speak at a time in the tests, the others
// make the babble.
var espeakVoices = []string{
	"en-us+m3", "en-gb+f2", "en-us+f4", "en-gb-scotland+m7", "en-us+m1",
	"en-029+f5", "de+m2", "fr+f2", "es+m6", "en-gb+m4",
}

const espeakTalkers = 4 // of these

var espeakTexts = []string{
	"The bus to the harbour leaves at half past six. I forgot my umbrella, so we waited under the bridge until the rain was over. Would you mind to read the second paragraph again? There are eleven boxes in the hall, and none of them is ours.",
	"Thank you all for coming. We shall begin with the plan of the new kitchen, then the costs, and the garden last. Peter thinks that the shelf is too high; I would rather keep it. Shall we vote, or does somebody want to speak first?",
	"My sister paints ships and old machines. On Sunday a big yellow crane fell into the river, but nobody was hurt. They pulled it out with three tractors, which took the whole afternoon. The newspaper showed a picture of the fish in the cabin.",
}

var espeakSpeech = sync.OnceValues(func() ([][][]float64, error) {
	program, err := exec.LookPath("espeak-ng")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "talkers")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var all [][][]float64
	for i, name := range espeakVoices {
		file := filepath.Join(dir, fmt.Sprint(i, ".wav"))
		cmd := exec.Command(program, "-v", name, "-s", fmt.Sprint(145+4*i), "-p", fmt.Sprint(30+4*i), "-w", file, espeakTexts[i%len(espeakTexts)])
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%v: %w: %s", cmd.Args, err, out)
		}
		x, hertz, err := readWAV(file)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		all = append(all, cut(resampled(x, hertz)))
	}
	return all, nil
})

// espeak gives the utterances of each voice, or skips the test where the program is missing.
func espeak(t *testing.T) [][][]float64 {
	t.Helper()
	all, err := espeakSpeech()
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("espeak-ng is not installed")
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// readWAV reads 16 bit mono.
func readWAV(name string) (x []float64, hertz int, err error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, 0, err
	}
	const header = 44 // espeak-ng writes nothing but format and data
	if len(b) < header || string(b[36:40]) != "data" {
		return nil, 0, errors.New("not a plain WAV file")
	}
	hertz = int(binary.LittleEndian.Uint32(b[24:]))
	for b = b[header:]; len(b) >= 2; b = b[2:] {
		x = append(x, float64(int16(binary.LittleEndian.Uint16(b)))/32768)
	}
	return x, hertz, nil
}

// resampled brings x to 48 kHz by a sinc of 24 samples.
func resampled(x []float64, hertz int) []float64 {
	const reach = 12
	out := make([]float64, len(x)*rate/hertz)
	for i := range out {
		at := float64(i) * float64(hertz) / rate
		sum := 0.0
		for k := max(int(at)-reach+1, 0); k <= min(int(at)+reach, len(x)-1); k++ {
			d := at - float64(k)
			if d == 0 {
				sum += x[k]
				continue
			}
			sum += x[k] * math.Sin(math.Pi*d) / (math.Pi * d) * (0.5 + 0.5*math.Cos(math.Pi*d/(reach+1)))
		}
		out[i] = sum
	}
	return out
}

// cut divides speech at its pauses of 120 ms.
func cut(x []float64) [][]float64 {
	const pause, margin = 12, 4 // blocks
	powers := blockPowers(x)
	least := 3e-5 * maximum(powers)
	var all [][]float64
	from, quiet := -1, 0
	for i, p := range powers {
		switch {
		case p > least && from < 0:
			from, quiet = max(i-1, 0), 0
		case p > least:
			quiet = 0
		case from >= 0:
			if quiet++; quiet >= pause {
				all = append(all, x[from*blockLength:(i-pause+margin)*blockLength])
				from = -1
			}
		}
	}
	return all
}
