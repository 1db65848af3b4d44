package ui_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"confab/ui"
)

// patience is how long a test waits for what must happen.
const patience = 10 * time.Second

// person is somebody in front of the window: reads it, taps and types. The test's goroutine is the UI
// goroutine, so what is posted is carried out while the person waits.
type person struct {
	*testing.T

	window  *ui.Window
	canvas  fyne.Canvas
	media   *fakeMedia
	devices *fakeDevices
	path    string // of the settings
	exits   chan int

	mu     sync.Mutex
	posted []func()
	calls  []*fakeCall
	dialed []ui.Request
	answer func(ctx context.Context, r ui.Request) error // of the next dials; nil: they succeed
}

// sit opens the window in front of a person.
func sit(t *testing.T, change func(o *ui.Options)) *person {
	t.Helper()
	p := &person{
		T: t, media: newFakeMedia(), devices: newFakeDevices(), exits: make(chan int, 1),
		path: filepath.Join(t.TempDir(), "settings.json"),
	}
	o := ui.Options{
		Dial: p.dial, Media: p.media, Devices: p.devices, SettingsPath: p.path, Post: p.post,
		Exit: func(code int) { p.exits <- code },
	}
	if change != nil {
		change(&o)
	}
	p.window = ui.NewWindow(test.NewTempApp(t), o)
	p.canvas = p.window.FyneWindow().Canvas()
	p.window.Show()
	t.Cleanup(p.quit)
	return p
}

// quit closes the window and waits until it is through.
func (p *person) quit() {
	p.window.Quit()
	p.window.Wait()
}

func (p *person) post(f func()) {
	p.mu.Lock()
	p.posted = append(p.posted, f)
	p.mu.Unlock()
}

func (p *person) dial(ctx context.Context, r ui.Request) (ui.Call, error) {
	p.mu.Lock()
	p.dialed = append(p.dialed, r)
	answer := p.answer
	p.mu.Unlock()
	if answer != nil {
		if err := answer(ctx, r); err != nil {
			return nil, err
		}
	}
	c := newFakeCall(r)
	p.mu.Lock()
	p.calls = append(p.calls, c)
	p.mu.Unlock()
	return c, nil
}

func (p *person) setAnswer(answer func(ctx context.Context, r ui.Request) error) {
	p.mu.Lock()
	p.answer = answer
	p.mu.Unlock()
}

// call is the one that was joined last, nil before.
func (p *person) call() *fakeCall {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.calls) == 0 {
		return nil
	}
	return p.calls[len(p.calls)-1]
}

func (p *person) requests() []ui.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.dialed)
}

// work carries out what was posted.
func (p *person) work() {
	for {
		p.mu.Lock()
		work := p.posted
		p.posted = nil
		p.mu.Unlock()
		if len(work) == 0 {
			return
		}
		for _, f := range work {
			f()
		}
	}
}

// wait carries out what is posted and ticks until a condition holds.
func (p *person) wait(what string, holds func() bool) {
	p.Helper()
	deadline := time.Now().Add(patience)
	for {
		p.work()
		p.window.Tick(time.Now())
		if holds() {
			return
		}
		if time.Now().After(deadline) {
			p.Fatalf("%s: did not happen; the window shows:\n%s", what, strings.Join(p.texts(), "\n"))
		}
		time.Sleep(time.Millisecond) // lets others work; what is waited for is the condition
	}
}

// found is an object that can be seen, with its place on the canvas.
type found struct {
	object fyne.CanvasObject
	at     fyne.Position
}

// visible are all objects that can be seen, of the overlay if there is one.
func (p *person) visible() []found {
	top := p.canvas.Overlays().Top()
	if top == nil {
		top = p.canvas.Content()
	}
	var all []found
	var walk func(o fyne.CanvasObject, at fyne.Position)
	walk = func(o fyne.CanvasObject, at fyne.Position) {
		if o == nil || !o.Visible() {
			return
		}
		at = at.Add(o.Position())
		all = append(all, found{o, at})
		switch o := o.(type) {
		case *fyne.Container:
			for _, child := range o.Objects {
				walk(child, at)
			}
		case fyne.Widget:
			for _, child := range test.WidgetRenderer(o).Objects() {
				walk(child, at)
			}
		}
	}
	walk(top, fyne.Position{})
	return all
}

// texts are all texts that can be read.
func (p *person) texts() []string {
	var texts []string
	for _, f := range p.visible() {
		if t, ok := f.object.(*canvas.Text); ok && t.Text != "" {
			texts = append(texts, t.Text)
		}
	}
	return texts
}

// reads tells whether a text can be read, however it is broken into lines.
func (p *person) reads(text string) bool {
	return strings.Contains(strings.Join(p.texts(), " "), text)
}

// sees waits until a text can be read.
func (p *person) sees(text string) {
	p.Helper()
	p.wait("see "+text, func() bool { return p.reads(text) })
}

// sawGo waits until a text cannot be read any more.
func (p *person) sawGo(text string) {
	p.Helper()
	p.wait("see no more "+text, func() bool { return !p.reads(text) })
}

// where is the middle of a text.
func (p *person) where(text string) fyne.Position {
	p.Helper()
	for _, f := range p.visible() {
		if t, ok := f.object.(*canvas.Text); ok && t.Text == text {
			size := t.Size()
			if t.Alignment == fyne.TextAlignLeading {
				size.Width = min(size.Width, t.MinSize().Width)
			}
			return f.at.AddXY(size.Width/2, size.Height/2)
		}
	}
	p.Fatalf("%q cannot be seen; the window shows:\n%s", text, strings.Join(p.texts(), "\n"))
	return fyne.Position{}
}

// tap taps where a text stands.
func (p *person) tap(text string) {
	p.Helper()
	p.sees(text)
	test.TapCanvas(p.canvas, p.where(text))
}

// fill types into the field below a label, in place of what is there.
func (p *person) fill(label, text string) {
	p.Helper()
	below := p.where(label)
	var entry textField
	var best float32
	for _, f := range p.visible() {
		e, ok := f.object.(textField)
		if ok && f.at.Y > below.Y && (entry == nil || f.at.Y < best) {
			entry, best = e, f.at.Y
		}
	}
	if entry == nil {
		p.Fatalf("no field below %q", label)
	}
	entry.SetText("")
	p.canvas.Focus(entry)
	test.Type(entry, text)
}

// textField is any kind of entry.
type textField interface {
	fyne.CanvasObject
	fyne.Focusable
	SetText(text string)
	SelectedText() string
}

// press presses a key, where the focus is.
func (p *person) press(key fyne.KeyName) {
	e := &fyne.KeyEvent{Name: key}
	if f := p.canvas.Focused(); f != nil {
		f.TypedKey(e)
	} else {
		p.canvas.OnTypedKey()(e)
	}
}

// typeKeys types letters, where the focus is.
func (p *person) typeKeys(letters string) {
	for _, r := range letters {
		if f := p.canvas.Focused(); f != nil {
			f.TypedRune(r)
		} else {
			p.canvas.OnTypedRune()(r)
		}
	}
}

// join joins a room by the keyboard and waits until the call is shown.
func (p *person) join() *fakeCall {
	p.Helper()
	p.fill("Your name", "Eve")
	p.fill("Room, or paste an invitation", "stand-up")
	p.fill("Through", "ws://localhost:8443")
	p.press(fyne.KeyReturn)
	p.sees("Leave")
	return p.call()
}
