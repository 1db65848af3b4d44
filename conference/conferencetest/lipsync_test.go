package conferencetest_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference"
	"confab/conference/conferencetest"
	"confab/conference/media"
	"confab/conference/media/capture"
	"confab/conference/media/capture/pattern"
	"confab/conference/media/capture/wav"
)

// skewLimit is how far sound may be from its picture either way (ITU-R BT.1359: 45 ms too early is
// noticed; later is put up with for longer).
const skewLimit = 45 * ms

// Ana claps once a second, as it were: the picture tells when it was taken, and at each full second there
// is a chirp. Ben sees and hears both within skewLimit of each other.
func TestSoundAndPicturesComeTogether(t *testing.T) {
	clip := conferencetest.NewClip(320, 180, "Ana")
	for name, c := range map[string]conferencetest.Conditions{
		"LAN":                             {Delay: ms / 2},
		"20 ms + 30 ms jitter, 5 % loss":  {Delay: 20 * ms, Jitter: 30 * ms, Loss: 0.05},
		"20 ms, 10 % loss in bursts of 5": {Delay: 20 * ms, Loss: 0.1, Burst: 5},
		"1 Mbit/s, 60 ms, 2 % loss":       {BitsPerSecond: 1000 * kilobit, Queue: 300 * ms, Delay: 60 * ms, Loss: 0.02},
	} {
		t.Run(name, func(t *testing.T) {
			s := studio{clip: clip, path: c, seconds: 20, file: filepath.Join(t.TempDir(), "ben.wav")}
			synctest.Test(t, func(t *testing.T) {
				if err := s.call(t.Context()); err != nil {
					t.Fatal(err)
				}
			})
			skews := s.skews(t, 6)
			t.Logf("sound after its picture: %v", skews)
			if len(skews) < 10 {
				t.Fatalf("%d chirps of some 13 were heard", len(skews))
			}
			slices.SortFunc(skews, func(a, b time.Duration) int { return int(a.Abs() - b.Abs()) })
			if p90 := skews[len(skews)*9/10]; p90.Abs() > skewLimit {
				t.Errorf("90 %% of chirps are within %v of their picture, want %v", p90.Abs(), skewLimit)
			}
		})
	}
}

// studio is a call in which Ana shows and plays what can be measured.
type studio struct {
	clip    *conferencetest.Clip
	path    conferencetest.Conditions
	seconds int
	file    string // what Ben heard

	began time.Time // when Ben's ears opened
	seen  []sight
}

// sight is a picture that Ben saw.
type sight struct{ taken, shown time.Time }

func (s *studio) call(ctx context.Context) (err error) {
	there := conferencetest.NewCable(conferencetest.NewLink(s.path, 2))
	back := conferencetest.NewCable(conferencetest.NewLink(s.path, 3))
	room, err := conferencetest.NewRoom(conferencetest.RoomOptions{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, room.Close(), there.Close(), back.Close()) }()
	ana, err := room.Enter(ctx, conferencetest.PersonOptions{Name: "Ana", Cable: there, Clip: s.clip})
	if err != nil {
		return err
	}
	if err := ana.Local.SetAudio(conference.Microphone, capture.NewChirp()); err != nil {
		return err
	}
	s.began = time.Now()
	ben, err := room.Enter(ctx, conferencetest.PersonOptions{
		Name: "Ben", Cable: back, Change: func(o *conference.Options) { o.Speaker = "file:" + s.file },
	})
	if err != nil {
		return err
	}
	s.look(ben)
	return nil
}

// look notes what Ben sees.
func (s *studio) look(ben *conferencetest.Person) {
	w := &watch{run: &run{width: 320, height: 180}}
	end := s.began.Add(time.Duration(s.seconds) * time.Second)
	for now := time.Now(); now.Before(end); now = time.Now() {
		time.Sleep(lookEvery) // virtual time
		if w.media == nil {
			w.media = w.lookAt(ben, "Ana")
		}
		picture := w.picture()
		if picture == nil {
			continue
		}
		if c, ok := pattern.ReadCodeRGBA(picture, picture.Rect); ok {
			s.seen = append(s.seen, sight{c.At, now})
		}
	}
}

// skews tell, of each chirp from so many seconds on, how much later it was heard than the pictures were
// seen that were taken with it.
func (s *studio) skews(t *testing.T, from int) (all []time.Duration) {
	t.Helper()
	f, err := os.Open(s.file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sound := readAll(t, f)
	for second := s.began.Truncate(time.Second).Add(time.Duration(from) * time.Second); ; second = second.Add(time.Second) {
		first := int(second.Sub(s.began).Seconds() * media.SampleRate)
		if first+media.SampleRate > len(sound) {
			return all
		}
		offset, _, ok := capture.FindChirp(sound[first : first+media.SampleRate])
		seen, any := s.latencyAt(second)
		if ok && any {
			all = append(all, (time.Duration(offset)*time.Second/media.SampleRate - seen).Round(ms/10))
		}
	}
}

// latencyAt is the median time from taking to showing of the pictures taken within a fifth of a second.
func (s *studio) latencyAt(t time.Time) (time.Duration, bool) {
	var all []time.Duration
	for _, p := range s.seen {
		if p.taken.Sub(t).Abs() <= 200*ms {
			all = append(all, p.shown.Sub(p.taken))
		}
	}
	if len(all) == 0 {
		return 0, false
	}
	slices.Sort(all)
	return all[len(all)/2], true
}

// readAll reads 48 kHz sound.
func readAll(t *testing.T, f *os.File) []int16 {
	t.Helper()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	r, err := wav.NewReader(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, r.Samples)
	if n, err := r.Read(x); n < len(x) {
		t.Fatalf("read %d of %d samples: %v", n, len(x), err)
	}
	sound := make([]int16, len(x))
	for i, v := range x {
		sound[i] = int16(v * 32767)
	}
	return sound
}
