package server_test

import (
	"context"
	"fmt"
	"net"

	"confab/conference/server"
	"confab/conference/signaling"
	"confab/conference/signaling/native"
)

func Example() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s, err := server.New(server.Options{MaxPeers: 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()

	drivers := signaling.Registry{"ws": native.Open, "wss": native.Open}
	var sessions []signaling.Session
	for _, name := range []string{"Alice", "Bob"} {
		d, err := drivers.Open(ctx, "ws://"+l.Addr().String(), signaling.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		session, err := d.Join(ctx, "demo", signaling.Peer{Name: name})
		if err != nil {
			fmt.Println(err)
			return
		}
		sessions = append(sessions, session)
	}
	joined := (<-sessions[0].Messages()).(signaling.PeerJoined)
	fmt.Println(joined.Peer.Name, "is here;", sessions[1].Present()[0].Name, "was here before")
	for _, session := range sessions {
		session.Leave(ctx)
	}
	cancel()
	fmt.Println("served:", <-ended)
	// Output:
	// Bob is here; Alice was here before
	// served: <nil>
}
