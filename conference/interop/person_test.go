package interop_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"confab/conference"
	"confab/conference/conferencetest"
	"confab/conference/signaling"
	"confab/conference/signaling/antmedia"
	"confab/conference/signaling/socketio"
)

// clip is what everybody's camera films; small, so that the machine carries browsers beside it.
var clip = sync.OnceValue(func() *conferencetest.Clip { return conferencetest.NewClip(320, 180, "a") })

// person is somebody with Confab.
type person struct {
	t       *testing.T
	name    string
	client  *conference.Client
	channel *conference.Channel // nil: in no room
	network *network
	chat    <-chan conference.Event
	noted   *conference.RemoteMedia
}

// newPerson opens camera and microphone.
func newPerson(t *testing.T, name, url string) *person {
	t.Helper()
	local := conference.NewLocalMedia(conference.LocalMediaOptions{})
	t.Cleanup(func() {
		if err := local.Close(); err != nil {
			t.Error(err)
		}
	})
	err := errors.Join(
		local.SetVideo(conference.Camera, clip().Open(local.Pool())),
		local.SetAudio(conference.Microphone, conferencetest.NewVoice()))
	if err != nil {
		t.Fatal(err)
	}
	p := &person{t: t, name: name, network: newNetwork(t)}
	p.client, err = conference.NewClient(conference.Options{
		Name: name, Signaling: url, Local: local, Speaker: "none", Net: p.network,
		Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: logLevel})),
	}, signaling.Registry{
		"antmedia+ws": antmedia.Open, "socketio+http": socketio.Open,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.client.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (p *person) try(room string) error {
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	channel, err := p.client.Join(ctx, room)
	if err != nil {
		return err
	}
	p.channel = channel
	p.chat = channel.Subscribe(p.t.Context(), "chat")
	return nil
}

func (p *person) join(room string) {
	p.t.Helper()
	if err := p.try(room); err != nil {
		p.t.Fatal(err)
	}
}

func (p *person) leave() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	if err := p.channel.Leave(ctx); err != nil {
		p.t.Error(err)
	}
}

// other is whom we are connected to.
func (p *person) other() (conference.PeerStats, bool) {
	for _, s := range p.channel.Stats().Peers {
		if s.State == "connected" {
			return s, true
		}
	}
	return conference.PeerStats{}, false
}

// sees waits for so many more decoded pictures, and for sound.
func (p *person) sees(pictures uint64) {
	p.t.Helper()
	first, begun, energy := uint64(0), false, 0.0
	await(p.t, fmt.Sprintf("%d pictures and sound for %s", pictures, p.name), func() (string, bool) {
		s, ok := p.other()
		if !ok {
			begun = false
			return fmt.Sprintf("no connection: %+v", p.channel.Snapshot().Participants), false
		}
		if !begun {
			first, energy, begun = s.Video.FramesDecoded, s.Audio.TotalAudioEnergy, true
			if pictures > s.Video.FramesDecoded { // a new connection
				first, energy = 0, 0
			}
		}
		loud := s.Audio.TotalAudioEnergy-energy > 1e-7 // more than a codec's noise
		return fmt.Sprintf("%d pictures, sound: %v", s.Video.FramesDecoded-first, loud), s.Video.FramesDecoded-first >= pictures && loud
	})
}

// alone waits until nobody else is there.
func (p *person) alone() {
	p.t.Helper()
	await(p.t, p.name+"'s being alone", func() (string, bool) {
		all := p.channel.Snapshot().Participants
		return fmt.Sprintf("%+v", all), len(all) == 0
	})
}

// says sends chat as soon as it can be.
func (p *person) says(text string) {
	p.t.Helper()
	await(p.t, "a way for "+p.name+"'s chat", func() (string, bool) {
		err := p.channel.SendChat(p.t.Context(), "", text)
		return fmt.Sprint(err), err == nil
	})
}

// reads waits for a chat message.
func (p *person) reads(text string) {
	p.t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case e := <-p.chat:
		if m, ok := e.(conference.ChatMessage); !ok || m.Text != text {
			p.t.Errorf("%s reads %+v, want %q", p.name, e, text)
		}
	case <-timer.C:
		p.t.Errorf("%q did not come", text)
	}
}

// lacksServer waits until signaling is interrupted, or works, and everybody can see so.
func (p *person) lacksServer(lost bool) {
	p.t.Helper()
	await(p.t, fmt.Sprintf("signaling of %s lost=%v", p.name, lost), func() (string, bool) {
		err := p.channel.Snapshot().SignalingErr
		return fmt.Sprint(err), (err != nil) == lost
	})
}

// note remembers the connection of now.
func (p *person) note() {
	p.t.Helper()
	p.noted = p.media()
	if p.noted == nil {
		p.t.Errorf("%s has no connection", p.name)
	}
}

// held checks that the connection is the one that was noted.
func (p *person) held() {
	p.t.Helper()
	if now := p.media(); now != p.noted {
		p.t.Errorf("%s's connection was built anew", p.name)
	}
}

// media is what comes from the other one, by one connection.
func (p *person) media() *conference.RemoteMedia {
	for _, other := range p.channel.Snapshot().Participants {
		return other.Media
	}
	return nil
}
