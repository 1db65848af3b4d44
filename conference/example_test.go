package conference_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"confab/conference"
	"confab/conference/media/capture"
	"confab/conference/signaling"
	"confab/conference/signaling/memory"
)

// Two people meet in a room without any window or device: they send the test picture and the test
// sound, and what they hear is played to nobody. A driver of package native in place of memory's would
// bring them together over a network.
func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	drivers := signaling.Registry{"memory": memory.NewHub().Open}

	ana, err := enter(ctx, drivers, "Ana")
	if err != nil {
		log.Fatal(err)
	}
	defer ana.leave()
	events := ana.channel.Subscribe(ctx, "channel:join", "connection:connected", "channel:leave")

	ben, err := enter(ctx, drivers, "Ben")
	if err != nil {
		log.Fatal(err)
	}
	for e := range events {
		switch e := e.(type) {
		case conference.RemoteClientJoin:
			fmt.Println("Ana sees that", e.Client.Name, "is here")
		case conference.StateChange:
			fmt.Println("Ana is", e.To, "to", e.Client.Name)
			ben.leave()
		case conference.RemoteClientLeave:
			fmt.Println("Ana sees that", e.Client.Name, "is gone")
			return
		}
	}
	// Output:
	// Ana sees that Ben is here
	// Ana is connected to Ben
	// Ana sees that Ben is gone
}

// guest is a client in a room, with what it sends.
type guest struct {
	local   *conference.LocalMedia
	client  *conference.Client
	channel *conference.Channel
}

// enter makes a client that sends the test picture and the test sound, and has it join the room.
func enter(ctx context.Context, drivers signaling.Registry, name string) (g *guest, err error) {
	g = &guest{local: conference.NewLocalMedia(conference.LocalMediaOptions{})}
	defer func() {
		if err != nil {
			g.leave()
		}
	}()
	camera, err := capture.OpenVideo(ctx, "test:"+name, capture.VideoOptions{Width: 320, Height: 180, Pool: g.local.Pool()})
	if err != nil {
		return g, err
	}
	if err = errors.Join(g.local.SetVideo(conference.Camera, camera), g.local.SetAudio(conference.Microphone, capture.NewChirp())); err != nil {
		return g, err
	}
	g.client, err = conference.NewClient(conference.Options{
		Name: name, Signaling: "memory:", Local: g.local, Speaker: "none",
	}, drivers)
	if err != nil {
		return g, err
	}
	g.channel, err = g.client.Join(ctx, "stand-up")
	return g, err
}

// leave leaves the room and closes everything.
func (g *guest) leave() {
	if g.client != nil {
		if err := g.client.Close(); err != nil {
			log.Print(err)
		}
	}
	if err := g.local.Close(); err != nil {
		log.Print(err)
	}
}
