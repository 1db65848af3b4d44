package audio_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"confab/conference/media"
	"confab/conference/media/audio"
)

// logBook keeps what is logged.
type logBook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// stereo loads a sink of two channels at a rate of its own, and a microphone that hears its right one.
func (r *room) stereo(t *testing.T, rate int) (sink, source string) {
	t.Helper()
	sink, source = fmt.Sprint("sink", rate), fmt.Sprint("source", rate)
	r.plug(t, "module-null-sink", "sink_name="+sink, fmt.Sprint("rate=", rate), "channels=2")
	r.plug(t, "module-remap-source", "master="+sink+".monitor", "source_name="+source, "remix=no",
		"channels=1", "channel_map=mono", "master_channel_map=front-right")
	return sink, source
}

func TestDevicesRunAtTheirOwnRateAndChannels(t *testing.T) {
	r := enter(t)
	for _, rate := range []int{16000, 44100, 96000, 192000} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			sink, source := r.stereo(t, rate)
			var book logBook
			d := audio.NewDevices(slog.New(slog.NewTextHandler(&book, nil)))
			defer d.Close()
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
			for _, want := range []string{fmt.Sprintf("rate=%d channels=2", rate), fmt.Sprintf("rate=%d channels=1", rate)} {
				if !strings.Contains(book.String(), want) {
					t.Errorf("no device was opened with %s:\n%s", want, book.String())
				}
			}
			hearChirps(t, m, p, 2, 0.95)
		})
	}
}

// outages measures for how long nothing was heard, in the time of the sound: at a speaker by the zeros that
// its device consumed, at a microphone by the instants at which sound was captured.
type outages struct {
	mu      sync.Mutex
	played  int // samples with sound, since take
	silent  int // samples without, in a row
	longest int
}

// speaker is a hum that counts what becomes of it.
func (o *outages) speaker() audio.SpeakerOptions {
	return audio.SpeakerOptions{
		Fill: func(_ time.Time, out *media.AudioFrame) {
			for i := range out.Samples {
				out.Samples[i] = 500
			}
		},
		Played: func(samples []int16) {
			o.mu.Lock()
			defer o.mu.Unlock()
			for _, v := range samples {
				if o.silent++; v != 0 {
					o.silent = 0
					o.played++
				}
				o.longest = max(o.longest, o.silent)
			}
		},
	}
}

// heard tells whether the speaker has played for a second since take, and plays.
func (o *outages) heard() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.silent == 0 && o.played > media.SampleRate
}

// take gives the longest silence since the last time.
func (o *outages) take() time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	longest := o.longest
	o.longest, o.played = 0, 0
	return time.Duration(longest) * time.Second / media.SampleRate
}

// headphones are a speaker that can be unplugged.
var headphones = []string{"module-remap-sink", "master=spk", "sink_name=head_out", "sink_properties=device.description=Headphones"}

func TestASpeakerIsHeardAgainSoonAfterItsDeviceWent(t *testing.T) {
	r := enter(t)
	pull := r.plug(t, headphones...)
	r.control(t, "set-default-sink", "spk")
	r.awake(t)
	d := newDevices(t)
	var o outages
	s, err := d.OpenSpeaker("Headphones", o.speaker())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	eventually(t, "the headphones to play", o.heard)
	o.take()
	pull()
	wantProblem(t, d)
	eventually(t, "the loudspeaker to play", o.heard)
	t.Logf("silent for %v after the headphones were unplugged", o.take())
	r.plug(t, headphones...)
	wantProblem(t, d)
	eventually(t, "the headphones to play again", o.heard)
	t.Logf("silent for %v when they were back", o.take())
}

// wantProblem waits for any problem to be told.
func wantProblem(t *testing.T, d *audio.Devices) {
	t.Helper()
	select {
	case err := <-d.Problems():
		t.Log(err)
	case <-time.After(20 * time.Second):
		t.Fatal("no problem was told")
	}
}

func TestChangesOfTheRoomAreTold(t *testing.T) {
	r := enter(t)
	d := newDevices(t)
	changes := d.Changes(t.Context())
	told := func(what, name string, want bool) {
		t.Helper()
		deadline := time.After(20 * time.Second)
		for {
			devices, err := d.List()
			if err != nil {
				t.Fatal(err)
			}
			there := false
			for _, device := range devices {
				there = there || device.Name == name
			}
			if there == want {
				return
			}
			select {
			case <-changes:
			case <-deadline:
				t.Fatalf("not told that %s", what)
			}
		}
	}
	told("there is a loudspeaker", "Loudspeaker", true)
	pull := r.plug(t, headphones...)
	told("headphones came", "Headphones", true)
	pull()
	told("headphones went", "Headphones", false)
}
