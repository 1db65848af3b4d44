package interop_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"confab/conference/server"
	"confab/conference/signaling"
)

// newCluster starts servers that share their rooms over a NATS server in this process. They end with the test.
func newCluster(t *testing.T, count int) (hubs []*hub) {
	t.Helper()
	nats, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: -1, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	nats.Start()
	t.Cleanup(func() {
		nats.Shutdown()
		nats.WaitForShutdown()
	})
	if !nats.ReadyForConnections(patience) {
		t.Fatal("NATS server does not start")
	}
	for range count {
		s, err := server.New(server.Options{Cluster: server.Cluster{URL: nats.ClientURL()}})
		if err != nil {
			t.Fatal(err)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
		var serving sync.WaitGroup
		serving.Go(func() {
			if err := s.Serve(ctx, l); err != nil {
				t.Errorf("signaling server: %v", err)
			}
		})
		h := &hub{t: t, address: l.Addr().String(), kill: sync.OnceFunc(func() {
			stop()
			serving.Wait()
		})}
		t.Cleanup(h.kill)
		hubs = append(hubs, h)
	}
	return hubs
}

func TestAPageWithAntMediasSDKMeetsConfabAtAnotherInstance(t *testing.T) {
	b, hubs := startBrowser(t), newCluster(t, 3)
	ana, ben := newPerson(t, "Ana", "antmedia+"+hubs[0].sdkURL()), newPerson(t, "Ben", "antmedia+"+hubs[2].sdkURL())
	p := b.open("antmedia.html", hubs[1].sdkURL(), stream)
	ana.join(stream)
	p.do("call.join()")
	together(ana, p)
	ana.says("hello page")
	p.reads("hello page")
	restarts(ana, p)
	if err := ben.try(stream); !errors.Is(err, signaling.ErrRoomFull) {
		t.Errorf("a third one: %v, want ErrRoomFull", err)
	}
	ana.note()
	hubs[2].kill() // it may have kept the stream
	restarts(ana, p)
	ana.held()

	p.do("call.leave()")
	ana.alone()
	p.do("call.join()")
	together(ana, p)
	ana.leave()
	ana.join(stream)
	together(ana, p)
	p.close() // without a word
	ana.alone()
}
