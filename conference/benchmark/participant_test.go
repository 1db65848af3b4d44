package benchmark_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os/exec"
	"sync"
	"testing"
	"time"

	"confab/conference"
	"confab/conference/server"
)

// serve runs a signaling server on loopback in this process, which is not measured, and gives its URL.
func serve(t *testing.T) string {
	t.Helper()
	s, err := server.New(server.Options{})
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
	t.Cleanup(func() {
		stop()
		serving.Wait()
	})
	return "ws://" + l.Addr().String()
}

// participant is a running `confab join --headless`.
type participant struct {
	t       *testing.T
	name    string
	process *exec.Cmd
	input   io.WriteCloser
	notes   bytes.Buffer // standard error; read after the end
	reading sync.WaitGroup
	leaving sync.Once

	mu    sync.Mutex
	moved chan struct{} // closed at the next line
	over  bool
	at    time.Time // of stats
	stats conference.Stats
}

// enter starts a participant. It leaves when the test ends, or by itself should the test be killed.
func enter(t *testing.T, url, room, name string, args ...string) *participant {
	t.Helper()
	p := &participant{t: t, name: name, moved: make(chan struct{})}
	p.process = exec.Command(confab(t), append([]string{
		"join", "--headless", "--signaling", url, "--room", room, "--name", name,
		"--microphone", "test", "--speaker", "none", "--duration", (*warmUp + *window + 5*patience).String(),
	}, args...)...)
	p.process.Stderr = &p.notes
	output, err := p.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if p.input, err = p.process.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.process.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	p.reading.Go(func() { p.read(output) }) // ends with the process
	t.Cleanup(p.leave)
	return p
}

func (p *participant) read(output io.Reader) {
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Time  time.Time
			Event string
			conference.Stats
		}
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Event == "stats" {
			p.mu.Lock()
			p.at, p.stats = line.Time, line.Stats
			p.wakeLocked()
			p.mu.Unlock()
		}
	}
	p.mu.Lock()
	p.over = true
	p.wakeLocked()
	p.mu.Unlock()
}

func (p *participant) wakeLocked() {
	close(p.moved)
	p.moved = make(chan struct{})
}

// figures are the newest ones and when they were read: once a second.
func (p *participant) figures() (conference.Stats, time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stats, p.at
}

// sees waits until pictures of so many others arrive, and of nobody else.
func (p *participant) sees(others int) {
	p.t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		p.mu.Lock()
		moved, over, seen, told := p.moved, p.over, seen(p.stats), !p.at.IsZero()
		p.mu.Unlock()
		switch {
		case told && seen == others:
			return
		case over:
			p.t.Fatalf("%s ended before it saw %d others", p.name, others)
		}
		select {
		case <-moved:
		case <-late.C:
			p.t.Fatalf("%s sees %d others, not %d", p.name, seen, others)
		}
	}
}

// seen is how many others' pictures are decoded.
func seen(s conference.Stats) int {
	n := 0
	for _, peer := range s.Peers {
		if peer.State == conference.StateConnected.String() && peer.Video.FramesDecoded > 0 {
			n++
		}
	}
	return n
}

// leave ends the participant in good order. Any number of times.
func (p *participant) leave() {
	p.leaving.Do(func() {
		_, err := io.WriteString(p.input, `{"do":"leave"}`+"\n")
		kill := time.AfterFunc(patience, func() { _ = p.process.Process.Kill() }) // Wait tells
		defer kill.Stop()
		p.reading.Wait() // before Wait, which closes the pipe
		if wait := p.process.Wait(); wait != nil || err != nil {
			p.t.Errorf("%s ended with %v (%v): %s", p.name, wait, err, p.notes.String())
		}
	})
}

func nameOf(n int) string { return fmt.Sprintf("person-%d", n) }
