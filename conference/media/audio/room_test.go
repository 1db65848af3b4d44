package audio_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// room is a private PulseAudio daemon with one speaker, "spk", which is a null sink, and one
// microphone, "mic", which hears it.
type room struct {
	dir    string
	daemon *exec.Cmd
	said   *bytes.Buffer // what the daemon wrote
}

const roomScript = `load-module module-native-protocol-unix socket=%s/native auth-anonymous=1
load-module module-null-sink sink_name=spk rate=48000 sink_properties=device.description=Loudspeaker
load-module module-remap-source master=spk.monitor source_name=mic source_properties=device.description=Microphone
`

// enter starts a room and points the sound library at it.
func enter(t *testing.T) *room {
	t.Helper()
	if _, err := exec.LookPath("pulseaudio"); err != nil {
		t.Skip("this test needs the program pulseaudio: run make deps")
	}
	r := nowhere(t)
	script := fmt.Sprintf(roomScript, r.dir)
	if err := os.WriteFile(filepath.Join(r.dir, "room.pa"), []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	r.start(t)
	t.Cleanup(r.stop)
	return r
}

// nowhere points the sound library at a place where no daemon is.
func nowhere(t *testing.T) *room {
	t.Helper()
	dir, err := os.MkdirTemp("", "room") // short: a socket's path has 108 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	t.Setenv("HOME", dir)
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Setenv("PULSE_SERVER", "unix:"+dir+"/native")
	for _, name := range []string{"PULSE_SOURCE", "PULSE_SINK"} {
		t.Setenv(name, "") // puts it back afterwards
		os.Unsetenv(name)
	}
	return &room{dir: dir}
}

func (r *room) start(t *testing.T) {
	t.Helper()
	r.said = &bytes.Buffer{}
	r.daemon = exec.Command("pulseaudio", "-n", "-F", filepath.Join(r.dir, "room.pa"),
		"--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes")
	r.daemon.Stdout, r.daemon.Stderr = r.said, r.said
	if err := r.daemon.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the sound daemon to answer", func() bool {
		out, err := exec.Command("pactl", "list", "short", "sources").Output()
		return err == nil && strings.Contains(string(out), "mic")
	})
}

// awake keeps the loudspeaker going as a real one does. A null sink that nobody wants sound of at once
// prepares two seconds of silence, and whoever comes then waits for their end.
func (r *room) awake(t *testing.T) {
	t.Helper()
	player := exec.Command("pacat", "--playback", "--device=spk", "--latency-msec=10", "/dev/zero")
	if err := player.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = player.Process.Kill()
		_ = player.Wait()
	})
}

// stop kills the daemon.
func (r *room) stop() {
	if r.daemon != nil {
		_ = r.daemon.Process.Kill()
		_ = r.daemon.Wait()
		r.daemon = nil
	}
}

// plug loads a module and returns how to unload it.
func (r *room) plug(t *testing.T, module ...string) (pull func()) {
	t.Helper()
	number := r.control(t, append([]string{"load-module"}, module...)...)
	return func() {
		t.Helper()
		r.control(t, "unload-module", number)
	}
}

func (r *room) control(t *testing.T, arguments ...string) string {
	t.Helper()
	out, err := exec.Command("pactl", arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("pactl %v: %v: %s", arguments, err, out)
	}
	return strings.TrimSpace(string(out))
}

// eventually waits for a condition, at most 20 s.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !condition() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
