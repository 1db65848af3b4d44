package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"confab/conference"
)

// patience is how long a test waits for what must come. It is no figure of the program's: a machine that
// compiles or tests other things meanwhile makes everything slow.
const patience = 90 * time.Second

// line is one JSON line of `confab join --headless`, of whatever event.
type line struct {
	Time    time.Time `json:"time"`
	Event   string    `json:"event"`
	Room    string    `json:"room"`
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	State   string    `json:"state"`
	Kind    string    `json:"kind"`
	Source  string    `json:"source"`
	Message string    `json:"message"`
	Fatal   bool      `json:"fatal"`
	Reason  string    `json:"reason"`
	Error   string    `json:"error"`
	conference.Stats

	text string // as it was written
}

// process is a program of the test's own, whose output is followed. It is killed when the test ends.
type process struct {
	t    *testing.T
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser

	exited chan struct{}
	err    error // of Wait, once exited is closed

	mu     sync.Mutex
	moved  chan struct{} // closed when anything was written, and made anew
	out    []byte        // the begun line of standard output
	lines  []line
	notes  bytes.Buffer // standard error
	unread []string     // lines of standard output that are no JSON
}

// start starts path in an environment of its own, to which env is added.
func start(t *testing.T, name, path string, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, name: name, cmd: exec.Command(path, args...), exited: make(chan struct{}), moved: make(chan struct{})}
	p.cmd.Env = environment(env...)
	p.cmd.Stdout, p.cmd.Stderr = writer(p.output), writer(p.note)
	p.cmd.SysProcAttr = dieWithParent()
	p.cmd.WaitDelay = 5 * time.Second // a child of its own that holds the pipes must not hold the test
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	var waited sync.WaitGroup
	waited.Go(func() {
		p.err = p.cmd.Wait()
		close(p.exited)
	})
	t.Cleanup(func() {
		p.kill()
		waited.Wait()
		if t.Failed() {
			t.Logf("%s\n%s", p.tail(8), p.said())
		}
	})
	return p
}

// writer takes what a process writes.
type writer func([]byte)

func (w writer) Write(b []byte) (int, error) {
	w(b)
	return len(b), nil
}

func (p *process) output(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out = append(p.out, b...)
	for {
		text, rest, whole := bytes.Cut(p.out, []byte("\n"))
		if !whole {
			break
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil || l.Event == "" || l.Time.IsZero() {
			p.unread = append(p.unread, string(text))
		}
		l.text = string(text)
		p.lines = append(p.lines, l)
		p.out = rest
	}
	p.wake()
}

func (p *process) note(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notes.Write(b)
	p.wake()
}

// wake tells those who wait that there is more to see; p.mu is held.
func (p *process) wake() {
	close(p.moved)
	p.moved = make(chan struct{})
}

// said is standard error so far.
func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.notes.String()
}

// seen are the lines so far; mark is how many they are.
func (p *process) seen() []line {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lines[:len(p.lines):len(p.lines)]
}

func (p *process) mark() int { return len(p.seen()) }

// wait waits until ok of the lines so far, and fails if the program ends before or patience does.
func (p *process) wait(what string, ok func([]line) bool) {
	p.t.Helper()
	p.waitFor(what, func() bool { return ok(p.seen()) })
}

func (p *process) waitFor(what string, ok func() bool) {
	p.t.Helper()
	over := time.NewTimer(patience)
	defer over.Stop()
	for {
		p.mu.Lock()
		moved := p.moved
		p.mu.Unlock()
		if ok() {
			return
		}
		select {
		case <-moved:
		case <-p.exited:
			if ok() {
				return
			}
			p.t.Fatalf("%s ended (%v) before it %s", p.name, p.err, what)
		case <-over.C:
			p.t.Fatalf("%s never %s", p.name, what)
		}
	}
}

// tail shows the last lines, for a test that has failed.
func (p *process) tail(n int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%s, the last of %d lines:", p.name, len(p.lines))
	for _, l := range p.lines[max(0, len(p.lines)-n):] {
		fmt.Fprintf(&b, "\n  %.600s", l.text)
	}
	return b.String()
}

// tell gives a command to a call without a window.
func (p *process) tell(command string) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, command+"\n"); err != nil {
		p.t.Fatalf("tell %s to %s: %v", p.name, command, err)
	}
}

// kill ends the process as kill -9 does. One that has ended stays as it is.
func (p *process) kill() {
	select {
	case <-p.exited:
	default:
		_ = p.cmd.Process.Kill() // it may end by itself meanwhile
		<-p.exited
	}
}

// exit waits for the end of the process and gives its code. A process that does not end shows where its
// goroutines are.
func (p *process) exit() int {
	p.t.Helper()
	select {
	case <-p.exited:
	case <-time.After(patience):
		_ = p.cmd.Process.Signal(syscall.SIGQUIT) // it may end by itself meanwhile
		select {
		case <-p.exited:
		case <-time.After(patience / 10):
		}
		p.t.Fatalf("%s does not end", p.name)
	}
	return exitCode(p.err)
}

// leaves tells a call to end and checks that it ends well.
func (p *process) leaves() {
	p.t.Helper()
	p.tell(`{"do":"leave"}`)
	p.endsWell()
}

// endsWell waits for the end of a call and checks its last line, its code and that it wrote JSON alone.
func (p *process) endsWell() {
	p.t.Helper()
	if code := p.exit(); code != 0 {
		p.t.Errorf("%s: exit code %d, want 0", p.name, code)
	}
	lines := p.seen()
	if len(lines) == 0 || lines[len(lines)-1].Event != "left" {
		p.t.Errorf("%s: the last line is no left line", p.name)
	}
	if len(p.unread) > 0 {
		p.t.Errorf("%s: not a JSON line with time and event: %q", p.name, p.unread)
	}
}

// signaling is a `confab serve` of the test's own.
type signaling struct {
	*process
	url string // for --signaling
}

// address is in the line that tells where the server listens.
var address = regexp.MustCompile(`listens on (\S+)\. Join with --signaling (\S+)\n`)

// serve starts a server; listen is an address with a port, or port 0.
func serve(t *testing.T, listen string, args ...string) *signaling {
	t.Helper()
	s := &signaling{process: start(t, "server", program(t), nil, append([]string{"serve", "--listen", listen}, args...)...)}
	s.waitFor("said where it listens", func() bool { return address.MatchString(s.said()) })
	s.url = address.FindStringSubmatch(s.said())[2]
	return s
}

// listen is the address that the server listens on.
func (s *signaling) listen() string { return address.FindStringSubmatch(s.said())[1] }

// join starts a call without a window, by path, that sends what more asks for. Nothing is heard of it by
// the machine's own devices.
func join(t *testing.T, path, url, room, name string, more ...string) *process {
	t.Helper()
	args := []string{"join", "--headless", "--signaling", url, "--room", room, "--name", name, "--speaker", "none"}
	return start(t, name, path, nil, append(args, more...)...)
}

// small is what participants send in tests that measure nothing.
var small = []string{"--camera", "test", "--microphone", "test", "--size", "320x180", "--fps", "15"}
