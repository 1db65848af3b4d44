package guest_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// page is somebody with the guest page in Chromium.
type page struct {
	t       *testing.T
	driver  *exec.Cmd
	input   io.WriteCloser
	answers *bufio.Scanner
}

// newPage starts Chromium, or skips the test where there is none. It ends with the test.
func newPage(t *testing.T) *page {
	t.Helper()
	if *browserFolder == "" {
		t.Skip("no browser was asked for: make test-interop")
	}
	folder, err := filepath.Abs(*browserFolder)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"guest.mjs", "node_modules/playwright-core"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Skipf("a file is missing: %v", err)
		}
	}
	chromium := os.Getenv("CHROMIUM")
	if chromium == "" {
		chromium = "/usr/bin/chromium"
	}
	for _, name := range []string{"node", chromium, *program} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("a program is missing: %v", err)
		}
	}
	p := &page{t: t, driver: exec.Command("node", "guest.mjs")}
	p.driver.Dir, p.driver.Stderr = folder, os.Stderr
	output, err := p.driver.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if p.input, err = p.driver.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.driver.Start(); err != nil {
		t.Fatalf("start the driver of Chromium: %v", err)
	}
	p.answers = bufio.NewScanner(output)
	p.answers.Buffer(nil, 1<<20)
	t.Cleanup(p.end)
	return p
}

func (p *page) end() {
	kill := time.AfterFunc(patience, func() { _ = p.driver.Process.Kill() }) // Wait tells
	defer kill.Stop()
	err := p.input.Close()
	for p.answers.Scan() { // before Wait, which closes the pipe
	}
	if err := errors.Join(err, p.driver.Wait()); err != nil {
		p.t.Errorf("driver of Chromium: %v", err)
	}
}

// run runs code of the driver's and gives what it returns.
func (p *page) run(code string) json.RawMessage {
	p.t.Helper()
	line, err := json.Marshal(map[string]string{"code": code})
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.input.Write(append(line, '\n')); err != nil {
		p.t.Fatal(err)
	}
	var answer struct {
		Value json.RawMessage
		Error string
	}
	if !p.answers.Scan() {
		p.t.Fatalf("driver has ended: %v", p.answers.Err())
	}
	if err := json.Unmarshal(p.answers.Bytes(), &answer); err != nil {
		p.t.Fatal(err)
	}
	if answer.Error != "" {
		p.t.Fatalf("%s: %s", code, answer.Error)
	}
	return answer.Value
}

// value is what an expression in the page gives.
func value[T any](p *page, expression string) T {
	p.t.Helper()
	var v T
	if err := json.Unmarshal(p.run(fmt.Sprintf("return page.evaluate(%q)", expression)), &v); err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// shows waits until an expression in the page is true.
func (p *page) shows(expression string) {
	p.t.Helper()
	await(p.t, expression, func() (string, bool) {
		return value[string](p, "document.body.innerText"), value[bool](p, "Boolean("+expression+")")
	})
}

func (p *page) click(id string) {
	p.t.Helper()
	p.run(fmt.Sprintf("await page.click(%q)", "#"+id))
}

func (p *page) fill(id, text string) {
	p.t.Helper()
	p.run(fmt.Sprintf("await page.fill(%q, %q)", "#"+id, text))
}

// link is what comes from one of the others: decoded pictures, and sound.
type link struct {
	Energy         float64
	Camera, Screen int
	Height         int // of the camera's picture
}

// sees waits for so many more pictures, and for sound, of so many others.
func (p *page) sees(others, pictures int) {
	p.t.Helper()
	var first []link
	await(p.t, fmt.Sprintf("%d pictures and sound of %d", pictures, others), func() (string, bool) {
		links := value[[]link](p, "links()")
		if len(links) != len(first) {
			first = links
		}
		good := len(links) == others
		for i, l := range links {
			good = good && l.Camera-first[i].Camera >= pictures && l.Energy > first[i].Energy
		}
		return fmt.Sprintf("%+v of %+v", links, first), good
	})
}

// picture takes a picture of the page, if somebody wants to look.
func (p *page) picture(name string, width, height int) {
	p.t.Helper()
	if *pictures == "" {
		return
	}
	folder, err := filepath.Abs(*pictures)
	if err != nil {
		p.t.Fatal(err)
	}
	path := filepath.Join(folder, fmt.Sprintf("%s-%dx%d.png", name, width, height))
	p.run(fmt.Sprintf("await page.setViewportSize({width: %d, height: %d}); await page.mouse.move(5, 5); await page.waitForTimeout(700); await page.screenshot({path: %q})", width, height, path))
	p.run("await page.setViewportSize({width: 1280, height: 800})")
}
