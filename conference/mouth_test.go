package conference_test

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"confab/conference"
	"confab/conference/media"
	"confab/conference/media/audio"
	"confab/conference/signaling"
	"confab/conference/signaling/memory"
)

var mouthTable = flag.Bool("mouth.table", false, "measure the time from mouth to ear in a PulseAudio room, in real time")

// mouthToEarGoal is how long sound may take from the air before one person's microphone to the air before
// the other's loudspeaker, in ms; 95 of 100 seconds are better.
const mouthToEarGoal = 120

// The room has one sound card with two channels, so that a recording of both is in step by itself: what
// is said is on the left one, which Ana's microphone hears, and what Ben's loudspeaker plays on the right.
const roomScript = `load-module module-native-protocol-unix socket=%s/native auth-anonymous=1
load-module module-null-sink sink_name=room rate=48000 channels=2 channel_map=front-left,front-right
load-module module-remap-sink sink_name=mouth master=room channels=1 channel_map=mono master_channel_map=front-left remix=no
load-module module-remap-sink sink_name=ear master=room channels=1 channel_map=mono master_channel_map=front-right remix=no sink_properties=device.description=Ear
load-module module-remap-source source_name=microphone master=room.monitor channels=1 channel_map=mono master_channel_map=front-left remix=no source_properties=device.description=Microphone
`

// enterRoom starts a private sound daemon and points the sound library at it.
func enterRoom(t *testing.T) {
	t.Helper()
	dir, err := os.MkdirTemp("", "room") // short: a socket's path has 108 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, name := range []string{"HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"} {
		t.Setenv(name, dir)
	}
	t.Setenv("PULSE_SERVER", "unix:"+dir+"/native")
	script := filepath.Join(dir, "room.pa")
	if err := os.WriteFile(script, fmt.Appendf(nil, roomScript, dir), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, nil, nil, "pulseaudio", "-n", "-F", script, "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes")
	eventually(t, 20*time.Second, func() (string, bool) {
		out, err := exec.Command("pactl", "list", "short", "sources").Output()
		return "the sound daemon does not answer", err == nil && strings.Contains(string(out), "microphone")
	})
	// A loudspeaker that nobody plays on prepares two seconds of silence, and whoever comes waits for its end.
	start(t, nil, nil, "pacat", "--playback", "--device=room", "--latency-msec=10", "/dev/zero")
}

// start runs a program until the end of the test.
func start(t *testing.T, in *bytes.Reader, out *bytes.Buffer, name string, arguments ...string) (stop func()) {
	t.Helper()
	c := exec.Command(name, arguments...)
	if in != nil {
		c.Stdin = in
	}
	if out != nil {
		c.Stdout = out
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	stop = func() {
		if !ended {
			ended = true
			_ = c.Process.Kill()
			_ = c.Wait()
		}
	}
	t.Cleanup(stop)
	return stop
}

// speech is some seconds of a voice, as PCM of 16 bits at 48 kHz.
func speech(seconds int) *bytes.Reader {
	var b bytes.Buffer
	k := 0.0
	phase := 0.0
	for range seconds * media.SampleRate {
		t := k / media.SampleRate
		pitch := 140 + 30*math.Sin(2*math.Pi*0.63*t) + 12*math.Sin(2*math.Pi*1.9*t)
		phase += 2 * math.Pi * pitch / media.SampleRate
		formant := 900 + 500*math.Sin(2*math.Pi*1.31*t)
		v := 0.0
		for h := 1.0; h <= 14; h++ {
			d := (h*pitch - formant) / 500
			v += math.Exp(-d*d) * math.Sin(h*phase)
		}
		v *= 4000 * math.Sqrt(max(0, 0.5+0.5*math.Sin(2*math.Pi*3.7*t))) // syllables
		_ = binary.Write(&b, binary.LittleEndian, int16(v))              // into memory
		k++
	}
	return bytes.NewReader(b.Bytes())
}

// TestMouthToEarTable has Ana speak into a microphone and records what she says and what Ben hears, both
// at once. The whole chain of a call lies between, over real sockets of the loopback.
func TestMouthToEarTable(t *testing.T) {
	if !*mouthTable {
		t.Skip("takes 40 s of real time: run with -mouth.table")
	}
	enterRoom(t)
	drivers := signaling.Registry{"memory": memory.NewHub().Open}
	ana, ben := meetOnDevices(t, drivers, "Ana", "Microphone", "none"), meetOnDevices(t, drivers, "Ben", "none", "Ear")
	stop := start(t, speech(40), nil, "pacat", "--playback", "--device=mouth", "--raw", "--format=s16le", "--rate=48000", "--channels=1", "--latency-msec=20")
	eventually(t, 30*time.Second, func() (string, bool) { return "Ben does not hear Ana", ben.sees(ana).Speaking })
	var recorded bytes.Buffer
	end := start(t, nil, &recorded, "parec", "--device=room.monitor", "--raw", "--format=s16le", "--rate=48000", "--channels=2", "--latency-msec=20")
	<-time.After(30 * time.Second) // of real time: this is a measurement
	end()
	stop()

	lags, alike := mouthToEar(recorded.Bytes())
	if len(lags) < 20 {
		t.Fatalf("what was said is found again in %d seconds of 30", len(lags))
	}
	slices.Sort(lags)
	at := func(q float64) float64 { return lags[int(q*float64(len(lags)-1))] }
	mark := "✓"
	if at(0.95) > mouthToEarGoal {
		mark = "✗"
	}
	s := ben.channel.Stats().Peers[0].Audio
	t.Logf("\nmouth to ear, loopback, PulseAudio: p50 %.0f ms, p95 %.0f ms (at most %d %s), greatest %.0f ms; %d s, correlation %.2f; playout %.0f ms, concealed %.2f %%",
		at(0.5), at(0.95), mouthToEarGoal, mark, at(1), len(lags), alike,
		1000*s.JitterBufferDelay/float64(max(s.JitterBufferEmittedCount, 1)), 100*float64(s.ConcealedSamples)/float64(max(s.TotalSamplesReceived, 1)))
}

// meetOnDevices is meet with sound devices and no camera.
func meetOnDevices(t *testing.T, drivers signaling.Registry, name, microphone, speaker string) *person {
	t.Helper()
	devices := audio.NewDevices(nil)
	t.Cleanup(func() {
		if err := devices.Close(); err != nil {
			t.Error(err)
		}
	})
	p := meet(t, drivers, "memory:", "r", name, func(o *conference.Options) { o.Devices, o.Speaker = devices, speaker })
	src, err := devices.OpenMicrophone(microphone)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.local.SetAudio(conference.Microphone, src); err != nil {
		t.Fatal(err)
	}
	if err := p.local.SetVideo(conference.Camera, nil); err != nil {
		t.Fatal(err)
	}
	return p
}

// mouthToEar finds the left channel of a recording again in the right one, second by second. It gives how
// much later each second came, in ms, and their mean correlation.
func mouthToEar(recording []byte) (lags []float64, alike float64) {
	const (
		every  = 6 // samples that are taken together: 8 kHz
		rate   = media.SampleRate / every
		window = rate
		most   = rate / 2
	)
	n := len(recording) / 4 / every
	left, right := make([]float64, n), make([]float64, n)
	for i := range n * every {
		left[i/every] += float64(int16(binary.LittleEndian.Uint16(recording[4*i:])))
		right[i/every] += float64(int16(binary.LittleEndian.Uint16(recording[4*i+2:])))
	}
	for from := 0; from+window+most <= n; from += window {
		said := left[from : from+window]
		best, at := 0.0, 0
		for lag := range most {
			if c := correlation(said, right[from+lag:][:window]); c > best {
				best, at = c, lag
			}
		}
		if best > 0.5 {
			lags = append(lags, 1000*float64(at)/rate)
			alike += best
		}
	}
	return lags, alike / float64(max(len(lags), 1))
}

func correlation(a, b []float64) float64 {
	var ab, aa, bb float64
	for i, v := range a {
		ab += v * b[i]
		aa += v * v
		bb += b[i] * b[i]
	}
	return ab / math.Sqrt(aa*bb+1)
}
