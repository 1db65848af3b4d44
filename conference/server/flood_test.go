package server_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"confab/conference/signaling"
)

// startFlood begins a flood in a process of its own; end ends it and tells how much it has sent.
func startFlood(t *testing.T, url string) (end func() (messages, attempts int64)) {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	cmd.Env = append(os.Environ(), floodOf+"="+url, "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() (messages, attempts int64) {
		t.Helper()
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
		if _, err := fmt.Sscan(out.String(), &messages, &attempts); err != nil {
			t.Errorf("flood says %q: %v", out.String(), err)
		}
		return messages, attempts
	}
}

// flood sends what no client sends from so many connections, ten to an address of 127.1.0.0/16, as fast as
// the server takes it; who is cut off comes back after a tenth of a second. It returns when ctx has ended.
func flood(ctx context.Context, url string, connections int) (messages, attempts int64) {
	var m, a atomic.Int64
	var flooding sync.WaitGroup
	for i := range connections {
		flooding.Go(func() {
			from := &net.TCPAddr{IP: net.IPv4(127, 1, 0, byte(1+i/10))}
			for n := i; ctx.Err() == nil; n++ {
				a.Add(1)
				m.Add(rave(ctx, url, from, n))
				select {
				case <-ctx.Done():
				case <-time.After(100 * time.Millisecond):
				}
			}
		})
	}
	flooding.Wait()
	return m.Load(), a.Load()
}

// rave is one connection of a flooder, by kind: nonsense, messages that are too large, a flood of signals to
// nobody, or one of pings, until it is cut off.
func rave(ctx context.Context, url string, from net.Addr, kind int) (sent int64) {
	d := websocket.Dialer{Subprotocols: []string{"confab.v1"}, NetDialContext: (&net.Dialer{LocalAddr: from}).DialContext}
	ws, _, err := d.DialContext(ctx, url, nil)
	if err != nil {
		return 0
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		for {
			if _, _, err := ws.ReadMessage(); err != nil {
				return
			}
		}
	})
	stop := context.AfterFunc(ctx, func() { ws.Close() })
	defer func() {
		stop()
		ws.Close()
		reading.Wait()
	}()
	key := signaling.NewKey()
	_ = ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"type":"hello","protocol":[1],"key":%q}`, key))
	_ = ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"join","room":"flood `+key+`","name":"flood"}`))
	for {
		var err error
		switch kind % 5 {
		case 0:
			err = ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"signal","to":[[[[`))
		case 1:
			err = ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"update","metadata":{"x":"`+strings.Repeat("x", 200_000)+`"}}`))
		case 2:
			err = ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"signal","to":"p_nobody","conn":"c","data":{}}`))
		case 3:
			err = ws.WriteControl(websocket.PingMessage, bytes.Repeat([]byte("x"), 125), time.Now().Add(time.Second))
		case 4:
			err = ws.WriteMessage(websocket.BinaryMessage, bytes.Repeat([]byte{0xff}, 2<<20))
		}
		if err != nil {
			return sent
		}
		sent++
	}
}
