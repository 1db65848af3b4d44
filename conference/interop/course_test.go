package interop_test

import (
	"fmt"
	"testing"
)

const lesson = "1234"

func TestAPageOfTheCourseMeetsConfab(t *testing.T) {
	for name, c := range map[string]struct{ confabFirst, ours bool }{
		"Confab comes first, socket.io":            {confabFirst: true},
		"the page comes first, socket.io":          {},
		"Confab comes first, Confab's server":      {confabFirst: true, ours: true},
		"the page comes first, and our own server": {ours: true},
	} {
		t.Run(name, func(t *testing.T) {
			b := startBrowser(t)
			address := ""
			if c.ours {
				address = newHub(t).address
			} else {
				port, kill := b.course(0)
				defer kill()
				address = fmt.Sprintf("127.0.0.1:%d", port)
			}
			ana := newPerson(t, "Ana", "socketio+http://"+address)
			p := b.open("course.html", "http://"+address, lesson)
			if c.confabFirst {
				ana.join(lesson)
				p.do("call.join()")
			} else {
				p.do("call.join()")
				p.inRoom(1)
				ana.join(lesson)
			}
			together(ana, p)
			await(t, "a WebSocket", func() (string, bool) {
				now := value[string](p, "call.transport()")
				return now, now == "websocket"
			})
			restarts(ana, p)

			ana.leave()
			p.do("call.leave()")
			ana.join(lesson)
			p.do("call.join()")
			together(ana, p)
			p.do("call.leave()")
			ana.alone()
			p.do("call.join()")
			together(ana, p)
		})
	}
}

// TestAPageOfTheCourseWhoseOfferCrossesConfabs: the page, alone, has offered to nobody, and that offer is on its
// way still when Confab joins and offers.
func TestAPageOfTheCourseWhoseOfferCrossesConfabs(t *testing.T) {
	b := startBrowser(t)
	port, kill := b.course(0)
	defer kill()
	address := fmt.Sprintf("127.0.0.1:%d", port)
	ana := newPerson(t, "Ana", "socketio+http://"+address)
	p := b.open("course.html", "http://"+address, lesson)
	p.do("call.late = 500")
	p.do("call.join()")
	p.inRoom(1)
	ana.join(lesson)
	together(ana, p)
	p.do("call.late = 0")
	restarts(ana, p)
}

// inRoom waits until the server has told the page so often who is there, and the page has offered then.
func (p *page) inRoom(times int) {
	p.t.Helper()
	await(p.t, "the room's list", func() (string, bool) {
		n := value[int](p, "call.told.length")
		return fmt.Sprint(n), n >= times
	})
}

func TestACallWithAPageOfTheCourseOutlivesTheServer(t *testing.T) {
	b := startBrowser(t)
	port, kill := b.course(0)
	address := fmt.Sprintf("127.0.0.1:%d", port)
	ana := newPerson(t, "Ana", "socketio+http://"+address)
	p := b.open("course.html", "http://"+address, lesson)
	ana.join(lesson)
	p.do("call.join()")
	together(ana, p)
	ana.note()
	kill()
	ana.lacksServer(true)
	together(ana, p)
	_, kill = b.course(port)
	defer kill()
	ana.lacksServer(false)
	together(ana, p) // the page joins again by itself, and offers anew
	restarts(ana, p)
	ana.held()
}

func TestTwoPagesOfTheCourseMeetThroughConfabsServer(t *testing.T) {
	b, h := startBrowser(t), newHub(t)
	one, two := b.open("course.html", "http://"+h.address, lesson), b.open("course.html", "http://"+h.address, lesson)
	three := b.open("course.html", "http://"+h.address, lesson)
	one.do("call.join()")
	one.inRoom(1)
	two.do("call.join()")
	one.sees(30)
	two.sees(30)
	three.do("call.join()")
	three.inRoom(1)
	if told := value[[]any](three, "call.told"); len(told) != 1 || told[0] != "full" {
		t.Errorf("the third one hears %v, want room_full", told)
	}
	for _, p := range []*page{one, two, three} { // a page of the course has one connection, for one other
		p.do("call.leave()")
	}
	one.do("call.join()")
	one.inRoom(2)
	three.do("call.join()")
	one.sees(30)
	three.sees(30)
}
