package console

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"text/tabwriter"
	"time"

	"confab/conference"
	"confab/conference/server"
)

// ErrNobodySeen says that a participant of the demonstration did not see all the others.
var ErrNobodySeen = errors.New("not everybody saw everybody in the demonstration")

// Demo is a call on this machine: a signaling server in this process and two participants without a
// window in processes of their own. The third participant is the caller's.
type Demo struct {
	URL  string // of the signaling server
	Room string

	server sync.WaitGroup
	stop   context.CancelFunc
	ended  error // of the server, once it has ended
	guests []*guest
}

// guest is one participant in a process of its own.
type guest struct {
	name    string
	process *exec.Cmd
	input   io.WriteCloser
	read    sync.WaitGroup

	mu    sync.Mutex
	stats *conference.Stats
}

// StartDemo starts the server on loopback, and the guests by running executable with join.
func StartDemo(ctx context.Context, executable string, notes io.Writer) (*Demo, error) {
	s, err := server.New(server.Options{})
	if err != nil {
		return nil, fmt.Errorf("demonstration: %w", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("demonstration: %w", err)
	}
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	d := &Demo{URL: "ws://" + l.Addr().String(), Room: "demo", stop: stop}
	d.server.Go(func() { d.ended = s.Serve(serving, l) })
	for _, name := range []string{"Ana", "Ben"} {
		g, err := startGuest(executable, d.URL, d.Room, name, notes)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("demonstration: %w", err), d.Close())
		}
		d.guests = append(d.guests, g)
	}
	return d, nil
}

func startGuest(executable, url, room, name string, notes io.Writer) (*guest, error) {
	g := &guest{name: name}
	g.process = exec.Command(executable, "join", "--headless", "--signaling", url, "--room", room, "--name", name,
		"--camera", "test", "--microphone", "test", "--speaker", "none", "--size", "640x360")
	g.process.Stderr = notes
	input, err := g.process.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := g.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := g.process.Start(); err != nil {
		return nil, err
	}
	g.input = input
	g.read.Go(func() { g.follow(output) }) // ends with the process
	return g, nil
}

// follow keeps the newest figures.
func (g *guest) follow(output io.Reader) {
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line statsLine
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Event == "stats" {
			g.mu.Lock()
			g.stats = &line.Stats
			g.mu.Unlock()
		}
	}
}

func (g *guest) figures() *conference.Stats {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stats
}

// leave asks the guest to go, and ends the process if it does not in time.
func (g *guest) leave() error {
	_, err := io.WriteString(g.input, `{"do":"leave"}`+"\n")
	kill := time.AfterFunc(2*leaveTimeout, func() { _ = g.process.Process.Kill() })
	defer kill.Stop()
	g.read.Wait() // before Wait, which closes the pipe
	if wait := g.process.Wait(); wait != nil {
		return fmt.Errorf("%s: %w", g.name, wait)
	}
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// Report writes a table of who sees whom: the guests' view and that of the caller, whose figures are
// own. It returns ErrNobodySeen when somebody is missing.
func (d *Demo) Report(self string, own conference.Stats, out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "SEEN BY\tPEER\tSTATE\tFRAMES DECODED\tSIZE\tRATE\tLOSS\tLATENCY (P50)")
	whole := reportOf(w, self, own, len(d.guests))
	for _, g := range d.guests {
		s := g.figures()
		whole = s != nil && reportOf(w, g.name, *s, len(d.guests)) && whole
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "Encoders of %s: %d for %d peers.\n", self, len(own.Outbound.Encoders), len(own.Peers))
	if !whole {
		return ErrNobodySeen
	}
	return nil
}

func reportOf(w io.Writer, name string, s conference.Stats, peers int) (whole bool) {
	whole = len(s.Peers) == peers
	for _, p := range s.Peers {
		v := p.Video
		loss := 0.0
		if n := float64(v.PacketsReceived) + float64(v.PacketsLost); n > 0 {
			loss = float64(v.PacketsLost) / n
		}
		latency := "-"
		if v.LatencyMs != nil {
			latency = fmt.Sprintf("%.0f ms", v.LatencyMs.P50)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%dx%d\t%.1f/s\t%.1f %%\t%s\n",
			name, p.Name, p.State, v.FramesDecoded, v.FrameWidth, v.FrameHeight, v.FramesPerSecond, 100*loss, latency)
		whole = whole && v.FramesDecoded > 0
	}
	return whole
}

// Close has the guests leave and stops the server. Any number of times.
func (d *Demo) Close() error {
	var errs []error
	for _, g := range d.guests {
		errs = append(errs, g.leave())
	}
	d.guests = nil
	d.stop()
	d.server.Wait()
	return errors.Join(append(errs, d.ended)...)
}
