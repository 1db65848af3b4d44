package interop_test

import (
	"slices"
	"testing"
)

const stream = "stream1"

// sdkURL is the hub's as a page with the SDK has it.
func (h *hub) sdkURL() string { return "ws://" + h.address + "/LiveApp/websocket" }

// together checks that both see and hear each other.
func together(ana *person, p *page) {
	ana.t.Helper()
	ana.sees(30)
	p.sees(30)
}

func TestAPageWithAntMediasSDKMeetsConfab(t *testing.T) {
	for name, confabFirst := range map[string]bool{"Confab comes first": true, "the page comes first": false} {
		t.Run(name, func(t *testing.T) {
			b, h := startBrowser(t), newHub(t)
			ana := newPerson(t, "Ana", "antmedia+"+h.sdkURL())
			p := b.open("antmedia.html", h.sdkURL(), stream)
			if confabFirst {
				ana.join(stream)
				p.do("call.join()")
			} else {
				p.do("call.join()")
				ana.join(stream)
			}
			together(ana, p)
			ana.says("hello page <b>")
			p.reads("hello page <b>")
			p.do(`call.say("hello Confab")`)
			ana.reads("hello Confab")
			restarts(ana, p)

			p.do("call.leave()")
			ana.alone()
			p.do("call.join()")
			together(ana, p)
			ana.leave()
			await(t, "the page's being alone", func() (string, bool) {
				s := p.figures().State
				return s, s == "none"
			})
			ana.join(stream)
			together(ana, p)
			p.close() // without a word
			ana.alone()
		})
	}
}

// restarts checks that a call outlives ICE restarts from either side.
func restarts(ana *person, p *page) {
	ana.t.Helper()
	ana.note()
	old := p.figures()
	p.do("call.restart()")
	p.renews(old)
	together(ana, p)

	old = p.figures()
	ana.network.off.Store(true) // for as long as ICE needs to notice, and we to offer anew
	p.renews(old)
	ana.network.off.Store(false)
	together(ana, p)
	ana.held()
}

func TestACallWithAPageOfAntMediasSDKOutlivesTheServer(t *testing.T) {
	b, h := startBrowser(t), newHub(t)
	ana := newPerson(t, "Ana", "antmedia+"+h.sdkURL())
	p := b.open("antmedia.html", h.sdkURL(), stream)
	ana.join(stream)
	p.do("call.join()")
	together(ana, p)
	ana.note()
	h.kill()
	ana.lacksServer(true)
	together(ana, p)
	ana.says("still here")
	p.reads("still here")
	h.start()
	ana.lacksServer(false)
	together(ana, p)
	// The SDK does not join again by itself; some pages do.
	p.do("call.join()")
	together(ana, p)
	restarts(ana, p)
}

func TestTwoPagesWithAntMediasSDKMeetThroughConfabsServer(t *testing.T) {
	b, h := startBrowser(t), newHub(t)
	one, two := b.open("antmedia.html", h.sdkURL(), stream), b.open("antmedia.html", h.sdkURL(), stream)
	three := b.open("antmedia.html", h.sdkURL(), stream)
	one.do("call.join()")
	two.do("call.join()")
	one.sees(30)
	two.sees(30)
	three.do("call.join()")
	await(t, "the third one's refusal", func() (string, bool) {
		told := value[[]string](three, "call.told")
		return "", slices.Contains(told, "streamIdInUse")
	})
	one.do(`call.say("hello")`)
	two.reads("hello")
	two.do("call.leave()")
	three.do("call.join()")
	one.sees(30)
	three.sees(30)
}
