package ui_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"confab/conference"
)

// morning is a time of day that is written 10:02 everywhere.
var morning = time.Date(2026, 3, 2, 10, 2, 0, 0, time.Local)

// write lets somebody write something.
func (c *fakeCall) write(name, text string, at time.Time) {
	m := conference.ChatMessage{Text: text, At: at}
	m.Client.Name = name
	c.tell(m)
}

// wrote is what we wrote.
func (c *fakeCall) wrote() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.written)
}

// refuse says what becomes of what we write.
func (c *fakeCall) refuse(err error) {
	c.mu.Lock()
	c.unread = err
	c.mu.Unlock()
}

// say types into the field that has the focus, and sends it.
func (p *person) say(text string) {
	p.Helper()
	if p.canvas.Focused() == nil {
		p.Fatal("nothing can be written: no field has the focus")
	}
	test.Type(p.canvas.Focused(), text)
	p.press(fyne.KeyReturn)
}

func TestChatIsReadAndWritten(t *testing.T) {
	p := sit(t, nil)
	call := p.join()
	call.enter("p1", "Ana", conference.StateConnected)
	call.write("Ana", "Slides are in the shared folder.", morning)
	p.sees("Ana: Slides are in the shared folder.")
	p.tap("Chat")
	p.sees("Ana · 10:02")
	p.sawGo("Ana: Slides are in the shared folder.")
	call.write("Ana", "Both of them.", morning.Add(20*time.Second))
	p.sees("Both of them.")
	if n := strings.Count(strings.Join(p.texts(), "\n"), "Ana · 10:02"); n != 1 {
		t.Errorf("her name stands %d times over two messages of one minute", n)
	}
	if p.reads("Ana: Both of them.") {
		t.Error("what is seen in the panel is said as a notice, too")
	}
	p.say("Thanks, mum") // and no letter of it mutes anybody
	p.sees("You · ")
	p.sees("Thanks, mum")
	if got := call.wrote(); !slices.Equal(got, []string{"Thanks, mum"}) {
		t.Errorf("sent: %q", got)
	}
	p.say("  ")
	p.press(fyne.KeyEscape)
	p.sawGo("You · ")
	p.typeKeys("c")
	p.sees("You · ")
	if got := call.wrote(); len(got) != 1 {
		t.Errorf("sent: %q", got)
	}
}

func TestChatSaysWhomItDidNotReach(t *testing.T) {
	p := sit(t, nil)
	call := p.join()
	p.typeKeys("c")
	call.refuse(fmt.Errorf("send chat: %w", &conference.NotReachedError{Names: []string{"Ben"}}))
	p.say("hello")
	p.sees("hello")
	p.sees("The message did not reach Ben.")
	call.refuse(nil)
	p.say("again")
	p.sees("again")
}

func TestWhatCannotBeSentStaysInTheField(t *testing.T) {
	p := sit(t, nil)
	call := p.join()
	p.typeKeys("c")
	call.refuse(fmt.Errorf("send chat: %w", context.DeadlineExceeded))
	p.say("hello")
	p.sees("That took too long.")
	call.refuse(nil)
	p.press(fyne.KeyReturn)
	p.sees("You · ")
	if got := call.wrote(); !slices.Equal(got, []string{"hello", "hello"}) {
		t.Errorf("sent: %q", got)
	}
}

func TestChatFitsEveryWindow(t *testing.T) {
	p := sit(t, nil)
	call := p.join()
	call.enter("p1", "Ana", conference.StateConnected)
	p.typeKeys("c")
	call.write("Ana", strings.Repeat("Slides are in the shared folder. ", 3), morning)
	call.write("Ana", strings.Repeat("x", 100), morning)
	call.write(strings.Repeat("A very long name ", 8), "Thanks", morning)
	p.sees("Thanks")
	p.everySize("chat", p.textsFit)
}

// Somebody who reads what was said before is not thrown to the end by what is said now.
func TestReadingIsNotDisturbed(t *testing.T) {
	p := sit(t, nil)
	call := p.join()
	p.typeKeys("c")
	for i := range 40 {
		call.write("Ana", fmt.Sprintf("line %d", i), morning)
		p.sees(fmt.Sprintf("line %d", i))
	}
	at := p.where("line 39")
	if height := p.canvas.Size().Height; at.Y > height {
		t.Errorf("the newest message is at %v of %v", at.Y, height)
	}
	test.Scroll(p.canvas, at, 0, 300)
	before := p.where("line 30")
	call.write("Ana", "line 40", morning)
	p.sees("line 40")
	if after := p.where("line 30"); after != before {
		t.Errorf("what was read moved from %v to %v", before, after)
	}
}
