package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// echoSize is about that of the crowd's signals.
const echoSize = 700

// runEcho is a process that sends back what it is sent: what the machine itself needs for that, whatever else goes
// on there, is what a server's delays are compared with. It ends with its standard input.
func runEcho(in io.Reader, out io.Writer) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintln(out, l.Addr())
	go func() { // ends with the process
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go io.Copy(c, c)
		}
	}()
	_, _ = io.Copy(io.Discard, in)
	return nil
}

// startEcho starts the process, which ends with the test, and gives its address.
func startEcho(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	cmd.Env = append(os.Environ(), echoes+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("echo: %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("echo does not start: %v", err)
	}
	return strings.TrimSpace(line)
}

// listen measures echoes over some connections, each ten a second, until ctx ends.
func (c *crowd) listen(ctx context.Context, address string) error {
	var listening sync.WaitGroup
	defer listening.Wait()
	for range 20 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		listening.Go(func() {
			defer conn.Close()
			b := make([]byte, echoSize)
			for pause(ctx, 100*time.Millisecond); ctx.Err() == nil; pause(ctx, 100*time.Millisecond) {
				begin, phase := time.Now(), c.phase.Load()
				if _, err := conn.Write(b); err != nil {
					c.fault(err)
					return
				}
				if _, err := io.ReadFull(conn, b); err != nil {
					c.fault(err)
					return
				}
				c.echoed(phase, time.Since(begin))
			}
		})
	}
	return nil
}

func (c *crowd) echoed(phase int32, delay time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.echoes[phase] = append(c.echoes[phase], delay)
}
