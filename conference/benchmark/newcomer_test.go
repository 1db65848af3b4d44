package benchmark_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"confab/conference"
	"confab/conference/media/capture"
	"confab/conference/signaling"
	"confab/conference/signaling/native"
)

// newcomer joins a call again and again from this process, to be timed more finely than the lines of a
// participant tell. Its camera and microphone are open before, as they are in the lobby.
type newcomer struct {
	local     *conference.LocalMedia
	url, room string
}

func newNewcomer(t *testing.T, url, room, camera string, width, height int) *newcomer {
	t.Helper()
	local := conference.NewLocalMedia(conference.LocalMediaOptions{})
	t.Cleanup(func() {
		if err := local.Close(); err != nil {
			t.Error(err)
		}
	})
	source, err := capture.OpenVideo(t.Context(), camera, capture.VideoOptions{Width: width, Height: height, Pool: local.Pool()})
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(local.SetVideo(conference.Camera, source), local.SetAudio(conference.Microphone, capture.NewChirp()))
	if err != nil {
		t.Fatal(err)
	}
	return &newcomer{local: local, url: url, room: room}
}

// join joins, waits for the first decoded picture of anybody, leaves, and tells how long it took to see.
func (n *newcomer) join(ctx context.Context) (d time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	client, err := conference.NewClient(conference.Options{
		Name: "newcomer", Signaling: n.url, Local: n.local, Speaker: "none",
	}, signaling.Registry{"ws": native.Open})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	start := time.Now()
	channel, err := client.Join(ctx, n.room)
	if err != nil {
		return 0, err
	}
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for seen(channel.Stats()) == 0 {
		select {
		case <-look.C:
		case <-ctx.Done():
			return 0, errors.New("the newcomer sees nobody")
		}
	}
	return time.Since(start), nil
}

// times joins so many times and gives the durations, shortest first.
func (n *newcomer) times(t *testing.T, count int) []time.Duration {
	t.Helper()
	var all []time.Duration
	for range count {
		d, err := n.join(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	slices.Sort(all)
	return all
}

// quantile is that of sorted durations.
func quantile(sorted []time.Duration, q float64) time.Duration {
	return sorted[int(q*float64(len(sorted)-1)+0.5)]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
