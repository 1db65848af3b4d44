package server_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/url"
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

// flooder is a process that floods a server when it is told to.
type flooder struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out io.Reader
}

// startFlooder starts the process, which ends when the test does. It takes what the processor has left, as a flood
// that comes from elsewhere takes nothing of it.
func startFlooder(t *testing.T, url string) *flooder {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f := &flooder{cmd: exec.Command("chrt", "--other", "0", "nice", "-n", "5", path)}
	f.cmd.Env = append(os.Environ(), floodOf+"="+url, "GOMAXPROCS=1")
	f.cmd.Stderr = os.Stderr
	if f.in, err = f.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if f.out, err = f.cmd.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := f.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.in.Close()
		if err := f.cmd.Wait(); err != nil {
			t.Errorf("flood: %v", err)
		}
	})
	return f
}

// begin begins a flood; end ends it and tells how much it has sent.
func (f *flooder) begin(t *testing.T) (end func() floodCost) {
	t.Helper()
	tell := func() {
		t.Helper()
		if _, err := fmt.Fprintln(f.in); err != nil {
			t.Fatal(err)
		}
	}
	used := timeOf(t, []servant{{pid: f.cmd.Process.Pid}})
	tell()
	return func() (c floodCost) {
		t.Helper()
		tell()
		if _, err := fmt.Fscan(f.out, &c.messages, &c.attempts); err != nil {
			t.Errorf("flood: %v", err)
		}
		c.sent = timeOf(t, []servant{{pid: f.cmd.Process.Pid}}) - used
		return c
	}
}

// runFlooder is that process: each two lines of in begin a flood and end it.
func runFlooder(target string, in io.Reader, out io.Writer) error {
	u, err := url.Parse(target)
	if err != nil {
		return err
	}
	line := make([]byte, 1)
	for number := byte(0); ; number++ {
		if _, err := io.ReadFull(in, line); err != nil {
			return nil // whoever started us is no more
		}
		ctx, cancel := context.WithCancel(context.Background())
		go func() { // ends with the flood, which waits for it
			_, _ = io.ReadFull(in, line)
			cancel()
		}()
		messages, attempts := flood(ctx, u.Host, number, floodedBy)
		fmt.Fprintln(out, messages, attempts)
	}
}

// flood sends what no client sends from so many connections, ten to an address of 127.1.0.0/16 that no flood of
// another number has, as fast as the server takes it; who is cut off comes back after a tenth of a second. It
// returns when ctx has ended.
func flood(ctx context.Context, address string, number byte, connections int) (messages, attempts int64) {
	var m, a atomic.Int64
	var flooding sync.WaitGroup
	for i := range connections {
		flooding.Go(func() {
			from := &net.TCPAddr{IP: net.IPv4(127, 1, number, byte(1+i/10))}
			for n := i; ctx.Err() == nil; n++ {
				a.Add(1)
				m.Add(rave(ctx, address, from, nonsense[n%len(nonsense)]))
				pause(ctx, 100*time.Millisecond)
			}
		})
	}
	flooding.Wait()
	return m.Load(), a.Load()
}

// volley is some frames, made once: who floods has little work.
type volley struct {
	frames []byte
	count  int64
}

// nonsense are the kinds of floods: no JSON, messages that are too large, signals to nobody, pings, and a message
// beyond all limits.
var nonsense = []volley{
	repeat(16, websocket.TextMessage, `{"type":"signal","to":[[[[`),
	repeat(1, websocket.TextMessage, `{"type":"update","metadata":{"x":"`+strings.Repeat("x", 200_000)+`"}}`),
	repeat(16, websocket.TextMessage, `{"type":"signal","to":"p_nobody","conn":"c","data":{}}`),
	repeat(16, websocket.PingMessage, strings.Repeat("x", 125)),
	repeat(1, websocket.BinaryMessage, strings.Repeat("\xff", 2<<20)),
}

func repeat(count, kind int, payload string) volley {
	return volley{bytes.Repeat(frame(kind, payload), count), int64(count)}
}

// frame is a client's frame (RFC 6455 section 5.2), with a mask of zeros.
func frame(kind int, payload string) []byte {
	const final, masked = 0x80, 0x80
	b := []byte{final | byte(kind), masked}
	switch n := len(payload); {
	case n < 126:
		b[1] |= byte(n)
	case n < 1<<16:
		b[1] |= 126
		b = binary.BigEndian.AppendUint16(b, uint16(n))
	default:
		b[1] |= 127
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}

const upgradeRequest = "GET / HTTP/1.1\r\nHost: confab\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
	"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: confab.v1\r\n\r\n"

// rave is one connection of a flooder, which joins a room of its own and floods until it is cut off.
func rave(ctx context.Context, address string, from net.Addr, with volley) (sent int64) {
	c, err := (&net.Dialer{LocalAddr: from}).DialContext(ctx, "tcp", address)
	if err != nil {
		return 0
	}
	defer c.Close()
	if err := c.(*net.TCPConn).SetWriteBuffer(64 << 10); err != nil { // what the server does not read need not be copied, either
		return 0
	}
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	if _, err := io.WriteString(c, upgradeRequest); err != nil {
		return 0
	}
	if n, err := c.Read(make([]byte, 1024)); err != nil || n == 1024 { // the server says nothing more before hello
		return 0
	}
	var reading sync.WaitGroup
	defer reading.Wait()
	defer c.Close()
	reading.Go(func() { _, _ = io.Copy(io.Discard, c) })
	key := signaling.NewKey()
	hello := frame(websocket.TextMessage, fmt.Sprintf(`{"type":"hello","protocol":[1],"key":%q}`, key))
	join := frame(websocket.TextMessage, `{"type":"join","room":"flood `+key+`","name":"flood"}`)
	for say := append(hello, join...); ; say = with.frames {
		if _, err := c.Write(say); err != nil {
			return sent
		}
		sent += with.count
	}
}
