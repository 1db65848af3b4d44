package echo_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"confab/conference/media"
	"confab/conference/media/audio"
	"confab/conference/media/audio/echo"
)

var overDevices = flag.Bool("echo.devices", false, "hold a call in real time through a room of PulseAudio")

// roomScript makes a room of PulseAudio: what the loudspeaker plays comes to the microphone after 80 ms and,
// 10 dB softer, after 130 ms; somebody near speaks through a sink of his own. The daemon's sinks have no hardware.
const roomScript = `load-module module-native-protocol-unix socket=%s/native auth-anonymous=1
load-module module-null-sink sink_name=spk rate=48000 channels=1 sink_properties=device.description=Loudspeaker
load-module module-null-sink sink_name=near rate=48000 channels=1 sink_properties=device.description=Talker
load-module module-null-sink sink_name=air rate=48000 channels=1 sink_properties=device.description=Air
load-module module-remap-source master=air.monitor source_name=mic source_properties=device.description=Microphone
set-default-sink spk
set-default-source mic
load-module module-loopback source=spk.monitor sink=air latency_msec=80 adjust_time=0 source_dont_move=1
load-module module-loopback source=spk.monitor sink=air latency_msec=130 adjust_time=0 source_dont_move=1
load-module module-loopback source=near.monitor sink=air latency_msec=60 adjust_time=0 source_dont_move=1
set-sink-input-volume 1 45000
`

// enterRoom starts a private daemon and points the sound library at it.
func enterRoom(t *testing.T, script string) {
	t.Helper()
	if _, err := exec.LookPath("pulseaudio"); err != nil {
		t.Skip("no pulseaudio: no room of devices to test in")
	}
	dir, err := os.MkdirTemp("", "room") // short: a socket's path has 108 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	file := filepath.Join(dir, "room.pa")
	if err := os.WriteFile(file, fmt.Appendf(nil, script, dir), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"HOME": dir, "XDG_RUNTIME_DIR": dir, "XDG_CONFIG_HOME": dir, "PULSE_SERVER": "unix:" + dir + "/native",
	} {
		t.Setenv(name, value)
	}
	daemon := exec.Command("pulseaudio", "-n", "-F", file, "--daemonize=no", "--exit-idle-time=-1",
		"--use-pid-file=no", "--disable-shm=yes", "--high-priority=no", "--realtime=no")
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = daemon.Process.Kill()
		_ = daemon.Wait() // its end is what was asked for
	})
	for deadline := time.Now().Add(20 * time.Second); ; {
		out, err := exec.Command("pactl", "list", "short", "sources").Output()
		if err == nil && strings.Contains(string(out), "mic") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the sound daemon does not answer")
		}
	}
}

// line plays a talk by the microphone's count of samples: devices begin when they like.
type line struct {
	talk  []int16
	at    int
	count *atomic.Int64
	from  int64 // count at which the talk begins
}

func (l *line) fill(_ time.Time, out *media.AudioFrame) {
	clear(out.Samples[:])
	if l.count.Load() > l.from {
		l.at += copy(out.Samples[:], l.talk[min(l.at, len(l.talk)):])
	}
}

// toInt16 is x in 16 bits.
func toInt16(x []float32) []int16 {
	out := make([]int16, len(x))
	for i, v := range x {
		out[i] = int16(math.Round(float64(v) * 32767))
	}
	return out
}

// holdCall plays far through the loudspeaker for so many seconds, and near from an instant of it, and
// returns what the microphone has heard, and what the canceller has made of it.
func holdCall(t *testing.T, seconds, both int, far, near []float32, c *echo.Canceller) (heard, out []float32) {
	t.Helper()
	var count atomic.Int64
	d := audio.NewDevices(nil)
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	var scratch [20 * block]float32
	total := int64(0)
	played := func(samples []int16) {
		total += int64(len(samples))
		for len(samples) > 0 {
			n := min(len(samples), len(scratch))
			for i, v := range samples[:n] {
				scratch[i] = float32(v) / 32768
			}
			c.Render(scratch[:n])
			samples = samples[n:]
		}
	}
	microphone, err := d.OpenMicrophone("Microphone")
	_, err2 := d.OpenSpeaker("Loudspeaker", audio.SpeakerOptions{Fill: (&line{talk: toInt16(far), count: &count}).fill, Played: played})
	_, err3 := d.OpenSpeaker("Talker", audio.SpeakerOptions{Fill: (&line{talk: toInt16(near), count: &count, from: int64(both * sampleRate)}).fill})
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(seconds+20)*time.Second)
	defer cancel()
	var in, clean [block]float32
	for len(heard) < seconds*sampleRate {
		f, err := microphone.Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range f.Samples {
			in[i] = float32(v) / 32768
		}
		c.Process(in[:], clean[:], nil)
		heard, out = append(heard, in[:]...), append(out, clean[:]...)
		count.Add(block)
	}
	return heard, out[block:]
}

// TestAnEchoThroughDevicesIsCancelled is a call through malgo and PulseAudio: far alone for 14 s, both for 10 s.
func TestAnEchoThroughDevicesIsCancelled(t *testing.T) {
	if !*overDevices {
		t.Skip("takes half a minute of real time; ask for it with -echo.devices")
	}
	for _, r := range []struct{ name, script string }{
		{"a room", roomScript},
		// The echo as soon as a sound system can bring it.
		{"no room", strings.Replace(strings.Replace(roomScript, "=80", "=1", 1), "=130", "=20", 1)},
	} {
		t.Run(r.name, func(t *testing.T) {
			enterRoom(t, r.script)
			const alone, whole = 14, 24
			far, near := synthetic(whole*sampleRate, 1), synthetic((whole-alone)*sampleRate, 2)
			c := echo.New(echo.Options{})
			heard, out := holdCall(t, whole, alone, far, near, c)
			rec := &recording{microphone: heard}
			early, late := rec.enhancement(out, 4, 6), rec.enhancement(out, 10, alone-0.5)
			kept, before := keptOf(near, out[alone*sampleRate:]), keptOf(near, heard[alone*sampleRate:])
			t.Logf("echo %.1f dB down after 4 s, %.1f after 10 s; near talker %.1f dB, at the microphone %.1f; %+v",
				early, late, kept, before, c.Stats())
			if late < 30 || kept < 12 {
				t.Errorf("echo %.1f dB down after 10 s, near talker kept at %.1f dB, want 30 and 12", late, kept)
			}
		})
	}
}

// keptOf is the median over seconds of the segmental ratio of a talk in what came out, wherever it lies in
// there: devices lose or repeat a block when the machine is busy.
func keptOf(talk, out []float32) float64 {
	var all []float64
	for from := sampleRate; from+2*sampleRate < min(len(talk), len(out)); from += sampleRate {
		piece := talk[from : from+sampleRate]
		best, at := 0.0, 0
		for lag := range sampleRate { // at most a second late
			sum := 0.0
			for i := 0; i < len(piece); i += 7 {
				sum += float64(piece[i]) * float64(out[from-sampleRate/4+lag+i])
			}
			if sum > best {
				best, at = sum, from-sampleRate/4+lag
			}
		}
		r := recording{near: piece}
		all = append(all, r.segmental(out[at:at+sampleRate], 0, 1))
	}
	slices.Sort(all)
	return all[len(all)/2]
}
