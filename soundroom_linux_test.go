package main_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"confab/conference/media"
)

// soundRoom is a private PulseAudio daemon with the sound devices of two people. Ana speaks into a built-in
// microphone and a headset's at once and has a loudspeaker and the headset's phones, Ben has one of each.
// Nobody hears the other but through a call.
type soundRoom struct {
	t      *testing.T
	script string

	daemon, ana, ben *exec.Cmd // the last two are what they say
}

// A sink that takes no rewinds renders 50 ms at a time; others prepare two seconds of silence while nobody
// plays on them, and whoever comes waits for its end, which no loudspeaker does.
const soundRoomScript = `load-module module-native-protocol-unix socket=%s/native auth-anonymous=1
load-module module-null-sink rate=48000 norewinds=1 sink_name=loudspeaker sink_properties=device.description=Loudspeaker
load-module module-null-sink rate=48000 norewinds=1 sink_name=cups
load-module module-null-sink rate=48000 norewinds=1 sink_name=ear sink_properties=device.description=Ear
load-module module-null-sink rate=48000 norewinds=1 sink_name=mouth_a
load-module module-null-sink rate=48000 norewinds=1 sink_name=mouth_b
load-module module-remap-source source_name=builtin master=mouth_a.monitor source_properties=device.description=Microphone
load-module module-remap-source source_name=other master=mouth_b.monitor source_properties=device.description=Other
set-default-sink loudspeaker
set-default-source builtin
load-module module-remap-sink sink_name=headphones master=cups sink_properties=device.description=Headphones
load-module module-remap-source source_name=headset master=mouth_a.monitor source_properties=device.description=Headset
`

// needSoundRoom skips a test where there is nothing to build a room of.
func needSoundRoom(t *testing.T) {
	t.Helper()
	for _, program := range []string{"pulseaudio", "pactl", "pacat", "parec"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("this test needs the program %s: run make deps", program)
		}
	}
}

// enterSoundRoom starts a room and points the sound library at it.
func enterSoundRoom(t *testing.T) *soundRoom {
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
	for _, name := range []string{"PULSE_SOURCE", "PULSE_SINK"} {
		t.Setenv(name, "") // puts it back afterwards
		os.Unsetenv(name)
	}
	r := &soundRoom{t: t, script: filepath.Join(dir, "room.pa")}
	if err := os.WriteFile(r.script, fmt.Appendf(nil, soundRoomScript, dir), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.kill)
	r.start()
	return r
}

// start starts the daemon, and both people begin to speak.
func (r *soundRoom) start() {
	r.t.Helper()
	r.daemon = r.run(nil, nil, "pulseaudio", "-n", "-F", r.script, "--daemonize=no", "--exit-idle-time=-1",
		"--use-pid-file=no", "--disable-shm=yes")
	r.eventually("the sound daemon answers", func() bool {
		out, err := exec.Command("pactl", "list", "short", "sources").Output()
		return err == nil && strings.Contains(string(out), "headset")
	})
	speak := func(mouth string, pitch float64) *exec.Cmd {
		return r.run(&talk{pitch: pitch}, nil, "pacat", "--playback", "--device="+mouth, "--raw", "--format=s16le",
			"--rate=48000", "--channels=1", "--latency-msec=40")
	}
	r.ana, r.ben = speak("mouth_a", 190), speak("mouth_b", 110)
}

// kill kills the daemon, and what depends on it.
func (r *soundRoom) kill() {
	for _, c := range []*exec.Cmd{r.daemon, r.ana, r.ben} {
		_ = c.Process.Kill() // or it has ended
		_ = c.Wait()
	}
}

// run starts a program of the room.
func (r *soundRoom) run(in io.Reader, out io.Writer, name string, arguments ...string) *exec.Cmd {
	r.t.Helper()
	c := exec.Command(name, arguments...)
	c.Stdin, c.Stdout, c.SysProcAttr = in, out, dieWithParent()
	c.WaitDelay = time.Second // what it says or hears ends with it
	if err := c.Start(); err != nil {
		r.t.Fatal(err)
	}
	return c
}

// control tells the daemon something.
func (r *soundRoom) control(arguments ...string) string {
	r.t.Helper()
	out, err := exec.Command("pactl", arguments...).CombinedOutput()
	if err != nil {
		r.t.Fatalf("pactl %v: %v: %s", arguments, err, out)
	}
	return string(out)
}

// pull unplugs the headset, phones and microphone, and gives what plugs it in again.
func (r *soundRoom) pull() (plug func()) {
	r.t.Helper()
	var modules [][]string
	for line := range strings.Lines(r.control("list", "short", "modules")) {
		if f := strings.Fields(line); strings.Contains(line, "=headphones ") || strings.Contains(line, "=headset ") {
			modules = append(modules, f)
		}
	}
	if len(modules) != 2 {
		r.t.Fatalf("the headset is %q", modules)
	}
	for _, m := range modules {
		r.control("unload-module", m[0])
	}
	return func() {
		for _, m := range modules {
			r.control(append([]string{"load-module"}, m[1:]...)...)
		}
	}
}

// eventually waits for what must come.
func (r *soundRoom) eventually(what string, ok func() bool) {
	r.t.Helper()
	over := time.NewTimer(patience)
	defer over.Stop()
	each := time.NewTicker(5 * time.Millisecond)
	defer each.Stop()
	for !ok() {
		select {
		case <-each.C:
		case <-over.C:
			r.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// talk is somebody who never pauses, as samples of 16 bits at 48 kHz: harmonics that rise and fall, four
// syllables a second.
type talk struct {
	pitch float64 // Hz
	phase float64 // turns
	at    int     // samples
}

// Read implements io.Reader.
func (k *talk) Read(b []byte) (int, error) {
	n := min(len(b)&^1, 2*media.FrameSamples)
	for i := 0; i < n; i += 2 {
		t := float64(k.at) / media.SampleRate
		pitch := k.pitch * (1 + 0.2*math.Sin(2*math.Pi*0.63*t))
		k.phase += pitch / media.SampleRate
		formant := 900 + 500*math.Sin(2*math.Pi*1.31*t)
		v := 0.0
		for h := 1.0; h <= 12; h++ {
			d := (h*pitch - formant) / 500
			v += math.Exp(-d*d) * math.Sin(2*math.Pi*h*k.phase)
		}
		v *= 4000 * (0.55 + 0.45*math.Sin(2*math.Pi*4*t))
		binary.LittleEndian.PutUint16(b[i:], uint16(int16(v)))
		k.at++
	}
	return n, nil
}

// ear hears what sinks of a room play, and notes how long it is silent.
type ear struct {
	room  *soundRoom
	sinks []string

	recorders []*exec.Cmd

	mu      sync.Mutex
	loud    int           // blocks with sound
	heard   time.Time     // when there was the last one
	longest time.Duration // without any
}

// hear listens to sinks until the end of the test.
func (r *soundRoom) hear(sinks ...string) *ear {
	e := &ear{room: r, sinks: sinks}
	e.listen()
	r.t.Cleanup(e.stop)
	return e
}

// listen begins to listen, also anew when the daemon is another one.
func (e *ear) listen() {
	for _, sink := range e.sinks {
		e.recorders = append(e.recorders, e.room.run(nil, &block{ear: e}, "parec", "--device="+sink+".monitor", "--raw", "--format=s16le",
			"--rate=48000", "--channels=1", "--latency-msec=20"))
	}
}

// stop ends the recordings.
func (e *ear) stop() {
	for _, c := range e.recorders {
		_ = c.Process.Kill() // or it has ended
		_ = c.Wait()
	}
	e.recorders = nil
}

// block is the part of a recording of which it is not known yet whether there is sound in it.
type block struct {
	ear *ear
	sum float64
	n   int
	odd []byte
}

const (
	blockSamples = 10 * media.SampleRate / 1000
	audibleLevel = 0.003 // -50 dB below full scale
)

// Write implements io.Writer.
func (k *block) Write(b []byte) (int, error) {
	all := append(k.odd, b...)
	for ; len(all) >= 2; all = all[2:] {
		v := float64(int16(binary.LittleEndian.Uint16(all))) / 32768
		k.sum += v * v
		if k.n++; k.n == blockSamples {
			if k.sum/blockSamples > audibleLevel*audibleLevel {
				k.ear.note(time.Now())
			}
			k.sum, k.n = 0, 0
		}
	}
	k.odd = append(k.odd[:0], all...)
	return len(b), nil
}

func (e *ear) note(now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.longest, e.heard = max(e.longest, now.Sub(e.heard)), now
	e.loud++
}

// from begins to measure at an instant.
func (e *ear) from(t time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.longest, e.heard = 0, t
}

// blocks is how many blocks of 10 ms with sound were heard so far.
func (e *ear) blocks() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.loud
}

// silent is how long nothing was heard at the longest since from.
func (e *ear) silent() time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.longest
}
