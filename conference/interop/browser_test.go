package interop_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// browser is Chromium behind driver.mjs, which runs the course's server, too.
type browser struct {
	t       *testing.T
	driver  *exec.Cmd
	input   io.WriteCloser
	answers *bufio.Scanner
	files   *httptest.Server // where pages come from
}

// reply is a line of the driver.
type reply struct {
	Error string
	Page  int
	Port  int
	Value json.RawMessage
}

// startBrowser starts the driver, or skips the test where there is none. It ends with the test.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	if *browserFolder == "" {
		t.Skip("no browser was asked for: make test-interop")
	}
	folder, err := filepath.Abs(*browserFolder)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"driver.mjs", "node_modules/playwright-core", "node_modules/socket.io", "node_modules/@antmedia/webrtc_adaptor"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Skipf("a package is missing: %v", err)
		}
	}
	chromium := os.Getenv("CHROMIUM")
	if chromium == "" {
		chromium = "/usr/bin/chromium"
	}
	for _, program := range []string{"node", chromium} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("a program is missing: %v", err)
		}
	}
	b := &browser{t: t, driver: exec.Command("node", "driver.mjs"), files: httptest.NewServer(http.FileServer(http.Dir(folder)))}
	t.Cleanup(b.files.Close)
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
	b.answers = bufio.NewScanner(output)
	b.answers.Buffer(nil, 1<<20)
	t.Cleanup(b.end)
	return b
}

// tell gives a command and waits for the answer; the driver bounds how long it takes.
func (b *browser) tell(command map[string]any) reply {
	b.t.Helper()
	r, err := b.ask(command)
	if err != nil {
		b.t.Fatalf("browser: %v: %v", command, err)
	}
	return r
}

func (b *browser) ask(command map[string]any) (reply, error) {
	line, err := json.Marshal(command)
	if err != nil {
		return reply{}, err
	}
	if _, err := b.input.Write(append(line, '\n')); err != nil {
		return reply{}, err
	}
	if !b.answers.Scan() {
		return reply{}, errors.Join(errors.New("driver has ended"), b.answers.Err())
	}
	var r reply
	if err := json.Unmarshal(b.answers.Bytes(), &r); err != nil {
		return reply{}, fmt.Errorf("answer of driver: %w", err)
	}
	if r.Error != "" {
		return reply{}, errors.New(r.Error)
	}
	return r, nil
}

func (b *browser) end() {
	kill := time.AfterFunc(patience, func() { _ = b.driver.Process.Kill() }) // Wait tells
	defer kill.Stop()
	err := b.input.Close()
	for b.answers.Scan() { // before Wait, which closes the pipe
	}
	if err := errors.Join(err, b.driver.Wait()); err != nil {
		b.t.Errorf("driver of browsers: %v", err)
	}
}

// course runs the course's server on a port, 0: any, and gives the port; kill ends it.
func (b *browser) course(port int) (at int, kill func()) {
	b.t.Helper()
	return b.tell(map[string]any{"do": "course", "port": port}).Port, sync.OnceFunc(func() { b.tell(map[string]any{"do": "uncourse"}) })
}

// page is somebody with a page. What it does is an object "call" in it.
type page struct {
	*browser
	number int
}

// open opens a page of the folder that is to meet others at the signaling URL, in the room.
func (b *browser) open(file, signaling, room string) *page {
	b.t.Helper()
	address := b.files.URL + "/" + file + "?" + url.Values{"url": {signaling}, "room": {room}}.Encode()
	p := &page{browser: b, number: b.tell(map[string]any{"do": "open", "url": address}).Page}
	p.do("call.open()")
	return p
}

func (p *page) close() {
	p.t.Helper()
	p.tell(map[string]any{"do": "close", "page": p.number})
}

// do has the page do something, and waits for it.
func (p *page) do(code string) json.RawMessage {
	p.t.Helper()
	return p.tell(map[string]any{"do": "run", "page": p.number, "code": code + ";"}).Value
}

// value is that of an expression of the page's.
func value[T any](p *page, code string) T {
	p.t.Helper()
	var v T
	if err := json.Unmarshal(p.tell(map[string]any{"do": "run", "page": p.number, "code": code}).Value, &v); err != nil {
		p.t.Fatalf("%s: %v", code, err)
	}
	return v
}

// figures are those of a page's connection.
type figures struct {
	State        string
	Frames       int     // decoded
	Energy       float64 // of the sound that was played
	Theirs, Ours string  // ICE user name fragments of the descriptions
}

func (p *page) figures() figures {
	p.t.Helper()
	f := value[*figures](p, "call.figures()")
	if f == nil {
		return figures{State: "none"}
	}
	return *f
}

// sees waits for so many more decoded pictures, and for sound.
func (p *page) sees(pictures int) {
	p.t.Helper()
	first := p.figures()
	await(p.t, fmt.Sprintf("%d pictures and sound for the page", pictures), func() (string, bool) {
		f := p.figures()
		if f.Frames < first.Frames { // a new connection
			first = figures{}
		}
		return fmt.Sprintf("%+v", f), f.Frames-first.Frames >= pictures && f.Energy > first.Energy
	})
}

// renews waits until the other side's ICE credentials are others than those.
func (p *page) renews(old figures) {
	p.t.Helper()
	await(p.t, "an ICE restart", func() (string, bool) {
		f := p.figures()
		return fmt.Sprintf("%+v", f), f.Theirs != old.Theirs && f.Theirs != ""
	})
}

// reads waits for text that has come.
func (p *page) reads(text string) {
	p.t.Helper()
	await(p.t, fmt.Sprintf("%q for the page", text), func() (string, bool) {
		heard := value[[]string](p, "call.heard")
		return fmt.Sprintf("%q", heard), len(heard) > 0 && heard[len(heard)-1] == text
	})
}
