package conference_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference"
	"confab/conference/conferencetest"
	"confab/conference/media/capture/pattern"
)

// duet is Ana, who films, and Ben over a path.
type duet struct {
	t           *testing.T
	room        *conferencetest.Room
	there, back *conferencetest.Cable
	ana, ben    *conferencetest.Person
}

func newDuet(t *testing.T, path conferencetest.Conditions, width, height int) *duet {
	t.Helper()
	room, err := conferencetest.NewRoom(conferencetest.RoomOptions{})
	if err != nil {
		t.Fatal(err)
	}
	d := &duet{
		t: t, room: room,
		there: conferencetest.NewCable(conferencetest.NewLink(path, 1)), back: conferencetest.NewCable(conferencetest.NewLink(path, 2)),
	}
	t.Cleanup(func() {
		if err := errors.Join(room.Close(), d.there.Close(), d.back.Close()); err != nil {
			t.Error(err)
		}
	})
	enter := func(o conferencetest.PersonOptions) *conferencetest.Person {
		p, err := room.Enter(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	d.ana = enter(conferencetest.PersonOptions{Name: "Ana", Cable: d.there, Clip: conferencetest.NewClip(width, height, "Ana")})
	d.ben = enter(conferencetest.PersonOptions{Name: "Ben", Cable: d.back})
	return d
}

// carried is what Ana's path to Ben is known to carry, in bits per second; 0: there is none.
func (d *duet) carried() (rate float64) {
	for _, p := range d.ana.Channel.Stats().Peers {
		rate = p.AvailableOutgoingBitrate
	}
	return rate
}

// media is what Ben gets of Ana, once it is there.
func (d *duet) media() (m *conference.RemoteMedia) {
	d.t.Helper()
	eventually(d.t, 10*time.Second, func() (string, bool) {
		for _, p := range d.ben.Channel.Snapshot().Participants {
			m = p.Media
		}
		return "Ana is not there", m != nil
	})
	return m
}

func TestAHiddenPictureIsNotSentAndIsBackAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDuet(t, conferencetest.Conditions{BitsPerSecond: 5_000_000, Queue: 300 * time.Millisecond, Delay: 20 * time.Millisecond}, 640, 360)
		m := d.media()
		surface := m.Surface(conference.Camera)
		show := func(on bool) { m.SetView(conference.Camera, 640, 360, on) }
		// since waits for a picture that was taken after an instant.
		since := func(at time.Time, within time.Duration) {
			t.Helper()
			eventually(t, within, func() (string, bool) {
				img, fresh := surface.Take()
				if !fresh {
					return "no picture", false
				}
				c, ok := pattern.ReadCodeRGBA(img, img.Rect)
				return "no new picture", ok && c.At.After(at)
			})
		}
		show(true)
		since(time.Now(), 10*time.Second)
		for range 5 {
			time.Sleep(2 * time.Second)
			show(false)
			eventually(t, time.Second, func() (string, bool) {
				s := d.ana.Channel.Stats().Outbound
				return "Ana still encodes", len(s.Encoders) == 0
			})
			time.Sleep(200 * time.Millisecond) // what is under way
			before := d.ana.Channel.Stats().Outbound.Peers[0].BytesSent
			time.Sleep(3 * time.Second)
			if sent := d.ana.Channel.Stats().Outbound.Peers[0].BytesSent - before; sent > 0 {
				t.Errorf("%d bytes of a picture that nobody shows", sent)
			}
			show(true)
			since(time.Now(), 300*time.Millisecond)
		}
	})
}

// What a path was never asked to carry is not believed of it, however long nothing goes wrong.
func TestAPathThatIsHardlyUsedIsNotTrustedWithMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDuet(t, conferencetest.Conditions{Delay: 20 * time.Millisecond}, 320, 180)
		d.media().SetView(conference.Camera, 320, 180, true)
		eventually(t, 10*time.Second, func() (string, bool) { return "no path", d.carried() > 0 })
		sent := func() uint64 { return d.ana.Channel.Stats().Outbound.Peers[0].BytesSent }
		before, most := sent(), 0.0
		const length = 25 * time.Second
		for range int(length / (50 * time.Millisecond)) {
			time.Sleep(50 * time.Millisecond)
			most = max(most, d.carried())
		}
		used := float64(sent()-before)*8/length.Seconds() + 60_000 // and the sound
		if most > 3*used {
			t.Errorf("up to %.0f bits per second are believed of a path that carries %.0f", most, used)
		}
	})
}
