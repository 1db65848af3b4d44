package audio_test

import (
	"flag"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"confab/conference/media/audio"
	"confab/conference/media/capture/resample"
)

var wantDevicesTable = flag.Bool("devices.table", false, "measure devices of all rates and what is heard of changes, and print it")

// deviceRow is one measurement with its goals.
type deviceRow struct {
	what  string
	cells []deviceCell
}

// deviceCell is one figure.
type deviceCell struct {
	text string
	goal string // empty: none
	met  bool
}

func (c deviceCell) String() string {
	switch {
	case c.goal == "":
		return c.text
	case c.met:
		return c.text + " " + c.goal + " ✓"
	}
	return c.text + " " + c.goal + " ✗"
}

func atMost(value, goal float64, format, unit string) deviceCell {
	return deviceCell{fmt.Sprintf(format, value) + unit, "≤" + fmt.Sprintf(format, goal), value <= goal}
}

func atLeast(value, goal float64, format, unit string) deviceCell {
	return deviceCell{fmt.Sprintf(format, value) + unit, "≥" + fmt.Sprintf(format, goal), value >= goal}
}

// writeDevices writes rows under a heading.
func writeDevices(t *testing.T, heading string, rows []deviceRow) {
	t.Helper()
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, heading)
	for _, r := range rows {
		fmt.Fprint(w, r.what)
		for _, c := range r.cells {
			fmt.Fprint(w, "\t", c)
		}
		fmt.Fprintln(w)
	}
	w.Flush() // to memory
	t.Log("\n" + b.String())
}

func TestDevicesTable(t *testing.T) {
	if !*wantDevicesTable {
		t.Skip("takes a minute; ask for it with -devices.table")
	}
	var rows []deviceRow
	for _, rate := range []int{16000, 22050, 32000, 44100, 47952, 88200, 96000, 192000} {
		rows = append(rows, qualityRow(rate))
	}
	writeDevices(t, "rate\tflat (0.1 dB) to\taliases and images\tlater by\tcost there and back, a block of 10 ms", rows)
	r := enter(t)
	rows = nil
	for _, rate := range []int{16000, 44100, 96000, 192000} {
		rows = append(rows, r.chirpRow(t, rate))
	}
	writeDevices(t, "device, stereo\tlikeness of chirps\tfrom fill to read", rows)
	writeDevices(t, "change\tsilent for", r.changeRows(t))
}

// throughRate passes half a second of a sine of 48 kHz through two streams, to a rate and back.
func throughRate(rate int, hertz float64) []float32 {
	in, middle, out := make([]float32, 24000), make([]float32, rate/2+1), make([]float32, 24001)
	for i := range in {
		in[i] = float32(math.Sin(2 * math.Pi * hertz * float64(i) / 48000))
	}
	n, _ := resample.NewStream(48000, rate).Process(middle, in)
	n, _ = resample.NewStream(rate, 48000).Process(out, middle[:n])
	return out[2000 : n-2000]
}

// split is the power of a sine in x, and of all the rest, in dB under a sine of amplitude 1.
func split(x []float32, hertz float64) (sineDB, restDB float64) {
	var ss, cc, sc, xs, xc float64
	for i, v := range x {
		s, c := math.Sincos(2 * math.Pi * hertz * float64(i) / 48000)
		ss, cc, sc, xs, xc = ss+s*s, cc+c*c, sc+s*c, xs+float64(v)*s, xc+float64(v)*c
	}
	d := ss*cc - sc*sc
	a, b := (xs*cc-xc*sc)/d, (xc*ss-xs*sc)/d
	rest := 0.0
	for i, v := range x {
		s, c := math.Sincos(2 * math.Pi * hertz * float64(i) / 48000)
		rest += (float64(v) - a*s - b*c) * (float64(v) - a*s - b*c)
	}
	return 20 * math.Log10(math.Hypot(a, b)), 10 * math.Log10(2*rest/float64(len(x))+1e-20)
}

// qualityRow is what becomes of sound that passes a device of a rate.
func qualityRow(rate int) deviceRow {
	lower := float64(min(rate, 48000)) / 2
	flat, worst := 0.0, math.Inf(-1)
	for part := 0.02; part < 1; part += 0.02 {
		sine, rest := split(throughRate(rate, part*lower), part*lower)
		if math.Abs(sine) < 0.1 && flat >= part-0.03 {
			flat = part
		}
		worst = max(worst, rest)
	}
	up, down := resample.NewStream(48000, rate), resample.NewStream(rate, 48000)
	in, middle := make([]float32, 480), make([]float32, rate/100+1)
	began, blocks := time.Now(), 0
	for ; time.Since(began) < 100*time.Millisecond; blocks++ {
		n, _ := up.Process(middle, in)
		down.Process(in, middle[:n])
	}
	cost := time.Since(began).Seconds() * 1e6 / float64(blocks)
	return deviceRow{fmt.Sprint(rate), []deviceCell{
		atLeast(flat*lower, 0.78*lower, "%.0f", " Hz"), atMost(worst, -80, "%.0f", " dB"),
		atMost(down.Delay().Seconds()*1000, 2, "%.1f", " ms"), atMost(cost, 150, "%.0f", " µs"),
	}}
}

// chirpRow plays chirps on one device and hears them on another.
func (r *room) chirpRow(t *testing.T, rate int) deviceRow {
	t.Helper()
	sink, source := r.stereo(t, rate)
	d := newDevices(t)
	p := &chirper{}
	s, err := d.OpenSpeaker(sink, audio.SpeakerOptions{Fill: p.fill})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	m, err := d.OpenMicrophone(source)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var e ear
	var likeness, delays []float64
	for len(delays) < 11 {
		f, err := m.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if c := e.hear(f); c > 0 {
			likeness, delays = append(likeness, c), append(delays, e.began.Sub(p.last()).Seconds()*1000)
		}
	}
	slices.Sort(likeness)
	slices.Sort(delays)
	return deviceRow{fmt.Sprint(rate), []deviceCell{ // medians: a busy machine tears some
		atLeast(likeness[5], 0.98, "%.3f", ""), atMost(delays[5], 60, "%.0f", " ms"),
	}}
}

// changeRows unplugs headphones, plugs them in again, and kills the sound daemon for a second.
func (r *room) changeRows(t *testing.T) []deviceRow {
	t.Helper()
	pull := r.plug(t, headphones...)
	r.control(t, "set-default-sink", "spk")
	d := newDevices(t)
	r.awake(t)
	var o outages
	s, err := d.OpenSpeaker("Headphones", o.speaker())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	eventually(t, "the headphones to play", o.heard)
	o.take()
	silence := func(what string, goal float64, away time.Duration) deviceRow {
		wantProblem(t, d)
		eventually(t, "sound again", o.heard)
		return deviceRow{what, []deviceCell{atMost((o.take() - away).Seconds(), goal, "%.2f", " s")}}
	}
	pull()
	rows := []deviceRow{silence("headphones unplugged, loudspeaker instead", 1, 0)}
	r.plug(t, headphones...)
	rows = append(rows, silence("headphones back", 1, 0))
	began := time.Now()
	r.stop()
	wantProblem(t, d)
	time.Sleep(time.Second) // it is dead for a while
	r.start(t)
	r.awake(t)
	return append(rows, silence("sound daemon died and came back (since then)", 3, time.Since(began)))
}
