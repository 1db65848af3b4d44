package main_test

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"confab/conference/media"
)

var overRooms = flag.Bool("rooms.table", false, "hold a call over loudspeakers in two rooms of PulseAudio, in real time")

// airScript is two rooms: at the microphones is the air, with a mouth and what the walls throw back in each
// room, and the loudspeakers are a sink of their own. PulseAudio would go in circles if the walls gave to the
// sink that they hear. Whoever's devices are gone is given others, which nobody hears.
const airScript = `load-module module-native-protocol-unix socket=%s/native auth-anonymous=1
load-module module-null-sink sink_name=air rate=48000 channels=4 channel_map=aux0,aux1,aux2,aux3
load-module module-null-sink sink_name=ears rate=48000 channels=2 channel_map=aux0,aux1
load-module module-null-sink sink_name=elsewhere rate=48000 channels=1
load-module module-null-source source_name=nothing rate=48000 channels=1
set-default-sink elsewhere
set-default-source nothing
load-module module-remap-sink sink_name=mouths master=air channels=2 channel_map=front-left,front-right master_channel_map=aux0,aux2 remix=no
`

// wallScript is the walls of one room: what its loudspeaker plays comes back after 80 ms as loud as it was,
// and after 130 ms 10 dB softer. It is told the channels of loudspeaker and walls.
const wallScript = `load-module module-remap-source source_name=heard%[1]d master=ears.monitor channels=1 channel_map=mono master_channel_map=aux%[1]d remix=no
load-module module-remap-sink sink_name=near%[2]d master=air channels=1 channel_map=mono master_channel_map=aux%[2]d remix=no
load-module module-remap-sink sink_name=far%[2]d master=air channels=1 channel_map=mono master_channel_map=aux%[2]d remix=no
set-sink-volume far%[2]d 44650
load-module module-loopback source=heard%[1]d sink=near%[2]d latency_msec=80 adjust_time=0 source_dont_move=1 sink_dont_move=1
load-module module-loopback source=heard%[1]d sink=far%[2]d latency_msec=130 adjust_time=0 source_dont_move=1 sink_dont_move=1
`

// place is a room with somebody in it.
type place struct {
	name        string // of the devices
	mouth, wall int    // channels of the air
	ear         int    // of the loudspeakers
}

var anasRoom, bensRoom = place{"ana", 0, 1, 0}, place{"ben", 2, 3, 1}

// needRooms skips a test where there is nothing to build rooms of.
func needRooms(t *testing.T) {
	t.Helper()
	if !*overRooms {
		t.Skip("takes a minute of real time; ask for it with -rooms.table")
	}
	for _, name := range []string{"pulseaudio", "pactl", "pacat", "parec", "espeak-ng"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("no %s: there are no rooms to hold a call in", name)
		}
	}
}

// buildRooms starts a private sound daemon and points all programs at it.
func buildRooms(t *testing.T) {
	t.Helper()
	dir, err := os.MkdirTemp("", "rooms") // short: a socket's path has 108 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, name := range []string{"HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"} {
		t.Setenv(name, dir)
	}
	t.Setenv("PULSE_SERVER", "unix:"+dir+"/native")
	script := []string{fmt.Sprintf(airScript, dir)}
	for _, p := range []place{anasRoom, bensRoom} {
		script = append(script, fmt.Sprintf(wallScript, p.ear, p.wall))
	}
	path := filepath.Join(dir, "rooms.pa")
	if err := os.WriteFile(path, []byte(strings.Join(script, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	runs(t, nil, nil, "pulseaudio", "-n", "-F", path, "--daemonize=no", "--exit-idle-time=-1",
		"--use-pid-file=no", "--disable-shm=yes", "--high-priority=no", "--realtime=no")
	until(t, "the sound daemon answers", func() bool {
		out, err := exec.Command("pactl", "list", "short", "sinks").Output()
		return err == nil && strings.Contains(string(out), fmt.Sprintf("far%d", bensRoom.wall))
	})
	// A loudspeaker that nobody wants sound of at once prepares two seconds of silence, and whoever comes
	// then waits for their end.
	for _, sink := range []string{"air", "ears", "elsewhere"} {
		runs(t, nil, nil, "pacat", "--playback", "--device="+sink, "--latency-msec=10", "/dev/zero")
	}
}

// runs runs a program until the test ends.
func runs(t *testing.T, in *bytes.Reader, out *recorder, name string, args ...string) {
	t.Helper()
	c := exec.Command(name, args...)
	if in != nil {
		c.Stdin = in
	}
	if out != nil {
		c.Stdout = out
	}
	c.SysProcAttr = dieWithParent()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill() // it may have ended
		_ = c.Wait()
	})
}

// until waits for a condition, at most as long as patience.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	over, each := time.After(patience), time.NewTicker(5*time.Millisecond)
	defer each.Stop()
	for !ok() {
		select {
		case <-each.C:
		case <-over:
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// plug gives a room a loudspeaker and a microphone, which hears mouth and walls, and returns how to pull
// both out again.
func (p place) plug(t *testing.T) (pull func()) {
	t.Helper()
	var modules []string
	for _, module := range []string{
		fmt.Sprintf("module-remap-sink sink_name=%s-loudspeaker master=ears channels=1 channel_map=mono master_channel_map=aux%d remix=no sink_properties=device.description=%[1]s-loudspeaker", p.name, p.ear),
		fmt.Sprintf("module-remap-source source_name=%s-microphone master=air.monitor channels=2 channel_map=front-left,front-right master_channel_map=aux%d,aux%d remix=no source_properties=device.description=%[1]s-microphone", p.name, p.mouth, p.wall),
	} {
		modules = append(modules, pactl(t, append([]string{"load-module"}, strings.Fields(module)...)...))
	}
	return func() {
		t.Helper()
		for _, m := range modules {
			pactl(t, "unload-module", m)
		}
	}
}

func pactl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("pactl", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("pactl %v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// enters joins the call from a room.
func (p place) enters(t *testing.T, path, url, name string, more ...string) *process {
	t.Helper()
	args := []string{
		"join", "--headless", "--signaling", url, "--room", "loud", "--name", name, "--camera", "none",
		"--speaker", p.name + "-loudspeaker", "--microphone", p.name + "-microphone",
	}
	return start(t, name, path, nil, append(args, more...)...)
}

// recorder keeps what a sink plays, as parec writes it.
type recorder struct {
	width int // channels

	mu    sync.Mutex
	bytes []byte
	first time.Time
	late  []float64 // of each piece, how much later than its length tells it came than the first: seconds
	ends  []int     // of each piece, in samples of the recording
}

func (r *recorder) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bytes = append(r.bytes, b...)
	began := time.Now().Add(-r.lengthLocked())
	if r.first.IsZero() {
		r.first = began
	}
	r.late = append(r.late, began.Sub(r.first).Seconds())
	r.ends = append(r.ends, len(r.bytes)/2/r.width)
	return len(b), nil
}

func (r *recorder) lengthLocked() time.Duration {
	return time.Duration(len(r.bytes)/2/r.width) * time.Second / media.SampleRate
}

func (r *recorder) length() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lengthLocked()
}

// began is when the first sample was played, give or take what most pieces are late. A sink that has no time
// to play leaves something out, mostly while others come and go before the score.
func (r *recorder) began() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.first.Add(time.Duration(median(r.late) * float64(time.Second)))
}

// lateAt is how much later, in seconds, a sample was played than it would have been if the sink had never left
// anything out since began: by the pieces of half a second around it.
func (r *recorder) lateAt(sample int) float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	from, _ := slices.BinarySearch(r.ends, sample-media.SampleRate/4)
	to, _ := slices.BinarySearch(r.ends, sample+media.SampleRate/4)
	if from == to {
		return 0
	}
	return median(r.late[from:to]) - median(r.late)
}

// channels is what was recorded from an instant on, full scale 32768, and its first sample in the recording.
func (r *recorder) channels(from time.Time) (all [][]float64, first int) {
	first = max(int(from.Sub(r.began()).Seconds()*media.SampleRate), 0)
	r.mu.Lock()
	defer r.mu.Unlock()
	all = make([][]float64, r.width)
	for i := 2 * first * r.width; i+2*r.width <= len(r.bytes); i += 2 * r.width {
		for c := range all {
			all[c] = append(all[c], float64(int16(binary.LittleEndian.Uint16(r.bytes[i+2*c:]))))
		}
	}
	return all, first
}

// turn is when somebody talks: seconds of a score.
type turn struct{ from, to float64 }

// score is what Ana and Ben say, and how long the rooms are listened to.
type score struct {
	ana, ben []turn
	seconds  float64
}

// sound is the score for the sink of mouths, with a noise 40 dB below the talkers.
func (s score) sound(t *testing.T) []byte {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	n := int(s.seconds * media.SampleRate)
	out := make([]byte, 4*n)
	for c, turns := range [][]turn{s.ana, s.ben} {
		talk := longTalk(t, c)
		for i := range n {
			v := 30 * random.NormFloat64()
			for _, u := range turns {
				if now := float64(i) / media.SampleRate; now >= u.from && now < u.to {
					v += talk[i%len(talk)]
				}
			}
			binary.LittleEndian.PutUint16(out[4*i+2*c:], uint16(int16(min(max(math.Round(v), -32767), 32767))))
		}
	}
	return out
}

// longTalk is a quarter of a minute of one of two voices, -20 dBFS where they speak.
func longTalk(t *testing.T, voice int) []float64 {
	t.Helper()
	text := [2]string{
		"Good morning, everybody. The seven agents of the meeting arrive at eleven, and nobody has told them which way to take from the harbour. We should send somebody who knows the old town, before the rain begins and the markets close.",
		"We have a problem with the blue boxes. They were moved away from the window, and now the labels cannot be read any more. How many of them did the old miller give to his daughter, and what has become of the others?",
	}[voice]
	samples, err := speak(filepath.Join(t.TempDir(), "talk.wav"), text, 35+40*voice)
	if err != nil {
		t.Fatal(err)
	}
	talk := levels(samples)
	gain := 3277 / activeLevel(talk)
	for i := range talk {
		talk[i] *= gain
	}
	return talk
}

// meeting is a call between two rooms that is being recorded.
type meeting struct {
	ana, ben  *process
	pull      func() // Ben's devices
	air, ears recorder
	begin     time.Duration // of the recording, when the score begins
}

// meet has Ana and Ben join from their rooms, and begins to play the score.
func meet(t *testing.T, s score, more ...string) *meeting {
	t.Helper()
	talk := s.sound(t)
	path := product(t) // before the home, where the compiler keeps its cache, is another one
	buildRooms(t)
	anasRoom.plug(t)
	m := &meeting{pull: bensRoom.plug(t), air: recorder{width: 4}, ears: recorder{width: 2}}
	server := serve(t, "127.0.0.1:0")
	m.ana, m.ben = anasRoom.enters(t, path, server.url, "Ana", more...), bensRoom.enters(t, path, server.url, "Ben", more...)
	both := []*process{m.ana, m.ben}
	for _, p := range both {
		p.waitFor("was connected", func() bool {
			f, _, ok := p.figures(others(p, both)[0])
			return ok && f.State == "connected"
		})
	}
	parec(t, "air.monitor", &m.air)
	parec(t, "ears.monitor", &m.ears)
	until(t, "recordings begin", func() bool { return m.air.length() > 0 && m.ears.length() > 0 })
	m.begin = m.air.length()
	runs(t, bytes.NewReader(talk), nil, "pacat", "--playback", "--device=mouths", "--raw", "--format=s16le",
		"--rate=48000", "--channels=2", "--latency-msec=20")
	return m
}

// parec records a source.
func parec(t *testing.T, source string, to *recorder) {
	t.Helper()
	names := make([]string, to.width)
	for i := range names {
		names[i] = fmt.Sprintf("aux%d", i)
	}
	runs(t, nil, to, "parec", "--device="+source, "--raw", "--format=s16le", "--rate=48000", fmt.Sprintf("--channels=%d", to.width),
		"--channel-map="+strings.Join(names, ","), "--latency-msec=20")
}

// wait waits until so many seconds of the score have been recorded.
func (m *meeting) wait(t *testing.T, seconds float64) {
	t.Helper()
	until(t, fmt.Sprintf("%.1f s are recorded", seconds), func() bool { return m.now() >= seconds })
}

// now is how much of the score has been recorded: seconds.
func (m *meeting) now() float64 { return (m.air.length() - m.begin).Seconds() }
