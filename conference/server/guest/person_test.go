package guest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"confab/conference/server"
)

// serve starts a server and gives its address. It ends with the test, or with kill.
func serve(t *testing.T, address string) (at string, kill func()) {
	t.Helper()
	s, err := server.New(server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", address)
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
	kill = sync.OnceFunc(func() {
		stop()
		serving.Wait()
	})
	t.Cleanup(kill)
	return l.Addr().String(), kill
}

// line is a JSON line of somebody's.
type line struct {
	Event, ID, Name, State, Text, From, Source, Message string
	Peers                                               []figures
}

// figures are those of a connection, as the one end tells them.
type figures struct {
	ID, Name, State string
	Video, Screen   struct {
		FramesDecoded           int
		FrameWidth, FrameHeight int
	}
	Audio struct{ TotalAudioEnergy float64 }
}

// hears is whether there was more sound since than the noise of a codec: half a thousandth of full scale
// over a second.
func (f figures) hears(since figures) bool {
	return f.Audio.TotalAudioEnergy-since.Audio.TotalAudioEnergy > 2.5e-7
}

// person is somebody with Confab, in a process.
type person struct {
	t       *testing.T
	name    string
	process *exec.Cmd
	input   io.WriteCloser
	reading sync.WaitGroup

	mu    sync.Mutex
	lines []line
}

// newPerson joins the room. It leaves with the test.
func newPerson(t *testing.T, name, address, room string, more ...string) *person {
	t.Helper()
	p := &person{t: t, name: name, process: exec.Command(*program, append([]string{
		"join", "--headless", "--signaling", "ws://" + address, "--room", room, "--name", name,
		"--camera", "test", "--microphone", "test", "--speaker", "none", "--size", "640x360", "--fps", "15",
	}, more...)...)}
	p.process.Stderr = os.Stderr
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
	p.reading.Go(func() { p.read(output) })
	t.Cleanup(p.leave)
	p.waits("being in the room", func(l line) bool { return l.Event == "joined" })
	return p
}

func (p *person) read(output io.Reader) {
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			p.t.Errorf("%s: %v in %s", p.name, err, lines.Bytes())
			continue
		}
		p.mu.Lock()
		p.lines = append(p.lines, l)
		p.mu.Unlock()
	}
}

// leave is told at the end; a program that has ended already hears nothing.
func (p *person) leave() {
	kill := time.AfterFunc(patience, func() { _ = p.process.Process.Kill() }) // Wait tells
	defer kill.Stop()
	_, _ = io.WriteString(p.input, `{"do":"leave"}`+"\n")
	p.reading.Wait()
	if err := p.process.Wait(); err != nil {
		p.t.Errorf("%s: %v", p.name, err)
	}
}

func (p *person) does(command string) {
	p.t.Helper()
	if _, err := io.WriteString(p.input, command+"\n"); err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
}

func (p *person) all() []line {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lines[:len(p.lines):len(p.lines)]
}

// waits waits for a line that is good, from the beginning on.
func (p *person) waits(what string, good func(line) bool) {
	p.t.Helper()
	await(p.t, p.name+": "+what, func() (string, bool) {
		lines := p.all()
		if slices.ContainsFunc(lines, good) {
			return "", true
		}
		return fmt.Sprintf("%d lines", len(lines)), false
	})
}

// statistics waits for figures, told from now on, that are good.
func (p *person) statistics(what string, good func(before, now map[string]figures) bool) {
	p.t.Helper()
	begun := len(p.all())
	var before map[string]figures
	await(p.t, p.name+": "+what, func() (string, bool) {
		for _, l := range p.all()[begun:] {
			begun++
			if l.Event != "stats" {
				continue
			}
			now := map[string]figures{}
			for _, f := range l.Peers {
				now[f.Name] = f
			}
			if before == nil {
				before = now
			}
			if good(before, now) {
				return "", true
			}
		}
		return fmt.Sprintf("%+v", p.last()), false
	})
}

func (p *person) last() []figures {
	var last []figures
	for _, l := range p.all() {
		if l.Event == "stats" {
			last = l.Peers
		}
	}
	return last
}

// sees waits for so many more pictures, and sound, of each of the others.
func (p *person) sees(others, pictures int) {
	p.t.Helper()
	p.statistics(fmt.Sprintf("%d pictures and sound of %d", pictures, others), func(before, now map[string]figures) bool {
		seen := 0
		for name, f := range now {
			if f.State == "connected" && f.hears(before[name]) && f.Video.FramesDecoded-before[name].Video.FramesDecoded >= pictures {
				seen++
			}
		}
		return seen == others
	})
}
