package conference_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"confab/conference"
	"confab/conference/media/capture"
	"confab/conference/signaling"
	"confab/conference/signaling/memory"
)

// person is one client with its media, for tests.
type person struct {
	*conference.Client
	local   *conference.LocalMedia
	channel *conference.Channel
}

// meet makes a client that sends the test picture and the chirp, and has it join the room.
func meet(t *testing.T, drivers signaling.Registry, url, room, name string, change ...func(*conference.Options)) *person {
	t.Helper()
	p := &person{local: conference.NewLocalMedia(conference.LocalMediaOptions{})}
	t.Cleanup(func() {
		if err := p.local.Close(); err != nil {
			t.Errorf("%s: close media: %v", name, err)
		}
		if n := p.local.Pool().Outstanding(); n != 0 {
			t.Errorf("%s: %d frames were not released", name, n)
		}
	})
	src, err := capture.OpenVideo(t.Context(), "test:"+name, capture.VideoOptions{Width: 320, Height: 180, FramesPerSecond: 15, Pool: p.local.Pool()})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.local.SetVideo(conference.Camera, src); err != nil {
		t.Fatal(err)
	}
	if err := p.local.SetAudio(conference.Microphone, capture.NewChirp()); err != nil {
		t.Fatal(err)
	}
	o := conference.Options{Name: name, Signaling: url, Local: p.local, Speaker: "none", Measure: true}
	for _, f := range change {
		f(&o)
	}
	if p.Client, err = conference.NewClient(o, drivers); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		err := p.Close()
		for again := 0; errors.Is(err, context.DeadlineExceeded) && again < 10; again++ {
			err = p.Close() // the machine is too busy for its deadline: what counts is that it ends
		}
		if err != nil {
			t.Errorf("%s: close: %v", name, err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if p.channel, err = p.Join(ctx, room); err != nil {
		t.Fatalf("%s joins: %v", name, err)
	}
	return p
}

// eventually waits until ok, whose words tell what is missing.
func eventually(t *testing.T, within time.Duration, ok func() (string, bool)) {
	t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		missing, done := ok()
		if done {
			return
		}
		select {
		case <-deadline.C:
			t.Fatalf("after %v: %s", within, missing)
		case <-tick.C:
		}
	}
}

// seesAll tells whether each decodes pictures and sound of each of the others.
func seesAll(people []*person, frames uint64) (string, bool) {
	for _, p := range people {
		s := p.channel.Stats()
		if len(s.Peers) != len(people)-1 {
			return fmt.Sprintf("%s has %d peers", p.channel.Snapshot().Self.Name, len(s.Peers)), false
		}
		for _, q := range s.Peers {
			if q.Video.FramesDecoded < frames || q.Audio.PacketsReceived < 10 || q.Audio.AudioLevel == 0 && q.Audio.TotalSamplesReceived == 0 {
				return fmt.Sprintf("%s of %s: %s, %d frames, %d packets of sound", p.channel.Snapshot().Self.Name, q.Name, q.State, q.Video.FramesDecoded, q.Audio.PacketsReceived), false
			}
		}
	}
	return "", true
}

func TestFourInARoomSeeAndHearEachOther(t *testing.T) {
	hub := memory.NewHub()
	drivers := signaling.Registry{"memory": hub.Open}
	var people []*person
	for _, name := range []string{"Ana", "Ben", "Chen", "Dina"} {
		people = append(people, meet(t, drivers, "memory:", "stand-up", name))
	}
	eventually(t, 2*time.Minute, func() (string, bool) { return seesAll(people, 10) })
	for _, p := range people {
		if e := p.channel.Stats().Outbound.Encoders; len(e) != 1 {
			t.Errorf("%s has %d encoders for 3 peers, want 1: %+v", p.channel.Snapshot().Self.Name, len(e), e)
		}
	}
	if err := people[0].channel.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, 5*time.Second, func() (string, bool) {
		n := len(people[1].channel.Snapshot().Participants)
		return fmt.Sprintf("%d participants", n), n == 2
	})
}
