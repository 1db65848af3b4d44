package benchmark_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// browsers are Chromium pages in a call, each in a browser of its own, behind driver.mjs.
type browsers struct {
	t       *testing.T
	driver  *exec.Cmd
	input   io.WriteCloser
	answers *bufio.Scanner
	ending  sync.Once

	version string
	pids    []int // one root a participant
}

// answer is a line of the driver.
type answer struct {
	Error        string
	Version      string
	PIDs         []int
	Milliseconds float64
	Figures      [][]browserFigures
	Files        []string
}

// browserFigures are those of one connection of a page, by the names of webrtc-stats; delays in seconds.
type browserFigures struct {
	Seconds                 float64 // of the page's clock
	Codec                   string
	FrameWidth, FrameHeight int
	FramesDecoded           uint64
	BytesReceived           uint64
	TotalProcessingDelay    float64 // from the first packet of a picture until it is decoded
	FramesEncoded           uint64
	TotalEncodeTime         float64
	PacketsSent             uint64
	TotalPacketSendDelay    float64
	RoundTripTime           float64
}

// startBrowsers starts a browser a participant and opens their cameras. They end with the test.
func startBrowsers(t *testing.T, folder string, s scenario, c *clip) *browsers {
	t.Helper()
	b := &browsers{t: t, driver: exec.Command("node", "driver.mjs")}
	b.driver.Dir, b.driver.Stderr = folder, os.Stderr
	output, err := b.driver.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if b.input, err = b.driver.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := b.driver.Start(); err != nil {
		t.Fatalf("start the driver of browsers: %v", err)
	}
	t.Cleanup(b.end)
	b.answers = bufio.NewScanner(output)
	b.answers.Buffer(nil, 1<<24)
	a := b.tell(map[string]any{"do": "start", "people": s.people, "clip": c.path, "width": s.width, "height": s.height})
	b.version, b.pids = a.Version, a.PIDs
	return b
}

// tell gives a command and waits for the answer; the driver bounds how long it takes.
func (b *browsers) tell(command map[string]any) answer {
	b.t.Helper()
	a, err := b.ask(command)
	if err != nil {
		b.t.Fatalf("browsers: %v: %v", command["do"], err)
	}
	return a
}

func (b *browsers) ask(command map[string]any) (answer, error) {
	line, err := json.Marshal(command)
	if err != nil {
		return answer{}, err
	}
	if _, err := b.input.Write(append(line, '\n')); err != nil {
		return answer{}, err
	}
	if !b.answers.Scan() {
		return answer{}, errors.Join(errors.New("driver has ended"), b.answers.Err())
	}
	var a answer
	if err := json.Unmarshal(b.answers.Bytes(), &a); err != nil {
		return answer{}, fmt.Errorf("answer of driver: %w", err)
	}
	if a.Error != "" {
		return answer{}, errors.New(a.Error)
	}
	return a, nil
}

// end closes all browsers. Any number of times.
func (b *browsers) end() {
	b.ending.Do(func() {
		kill := time.AfterFunc(patience, func() { _ = b.driver.Process.Kill() }) // Wait tells
		defer kill.Stop()
		err := b.input.Close()
		for b.answers != nil && b.answers.Scan() { // before Wait, which closes the pipe
		}
		if err := errors.Join(err, b.driver.Wait()); err != nil {
			b.t.Errorf("driver of browsers: %v", err)
		}
	})
}

// gather has all join, the last one a number of times, and gives how long that one waited for its first
// decoded picture, shortest first.
func (b *browsers) gather(people, times int) []time.Duration {
	b.t.Helper()
	for n := range people - 1 {
		b.tell(map[string]any{"do": "join", "page": n})
	}
	var waits []time.Duration
	for n := range times {
		if n > 0 {
			b.tell(map[string]any{"do": "leave", "page": people - 1})
		}
		a := b.tell(map[string]any{"do": "join", "page": people - 1})
		waits = append(waits, time.Duration(a.Milliseconds*float64(time.Millisecond)))
	}
	slices.Sort(waits)
	return waits
}

// processes implements call.
func (b *browsers) processes() []int { return b.pids }

// links implements call.
func (b *browsers) links() []link {
	b.t.Helper()
	var all []link
	for _, page := range b.tell(map[string]any{"do": "figures"}).Figures {
		for _, f := range page {
			if f.Codec != "video/VP8" {
				b.t.Fatalf("browsers send %q, not video/VP8", f.Codec)
			}
			all = append(all, link{
				at: time.Duration(f.Seconds * float64(time.Second)), frames: f.FramesDecoded, bytes: f.BytesReceived,
				width: f.FrameWidth, height: f.FrameHeight, stages: f,
			})
		}
	}
	return all
}

// awaitFullSize waits until every picture arrives in the size of the clip: a browser begins with less
// and asks the network for a while. It tells how long that took.
func (b *browsers) awaitFullSize(s scenario) time.Duration {
	b.t.Helper()
	start := time.Now()
	look := time.NewTicker(500 * time.Millisecond)
	defer look.Stop()
	for !wholeSize(b.links(), s) {
		if time.Since(start) > patience {
			b.t.Fatalf("browsers never send the full size of %dx%d", s.width, s.height)
		}
		<-look.C
	}
	return time.Since(start)
}

// stageDelay sums up the means of what getStats knows between two moments on the way of a picture:
// encoding, the sender's pacer, half a round trip, and from the first packet until it is decoded.
func stageDelay(before, after []link) time.Duration {
	var encode, pacer, path, decode float64 // seconds
	mean := func(total float64, n uint64) float64 { return total / float64(max(n, 1)) / float64(len(after)) }
	for i := range after {
		a, b := before[i].stages, after[i].stages
		encode += mean(b.TotalEncodeTime-a.TotalEncodeTime, b.FramesEncoded-a.FramesEncoded)
		pacer += mean(b.TotalPacketSendDelay-a.TotalPacketSendDelay, b.PacketsSent-a.PacketsSent)
		path += mean(b.RoundTripTime/2, 1)
		decode += mean(b.TotalProcessingDelay-a.TotalProcessingDelay, b.FramesDecoded-a.FramesDecoded)
	}
	return time.Duration((encode + pacer + path + decode) * float64(time.Second))
}

// likeness grabs pictures that the first page gets of each other one and compares them with the clip.
func (b *browsers) likeness(c *clip) likeness {
	b.t.Helper()
	const grabbed = 20 // pictures a link
	a := b.tell(map[string]any{"do": "grab", "page": 0, "count": grabbed, "file": filepath.Join(b.t.TempDir(), "grabbed")})
	var l likeness
	for _, path := range a.Files {
		if err := c.compareY4M(&l, path); err != nil {
			b.t.Fatal(err)
		}
	}
	return l
}
