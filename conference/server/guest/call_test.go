package guest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// enter opens the page of a room, and joins.
func (p *page) enter(address, room, name string) {
	p.t.Helper()
	p.run(fmt.Sprintf("await page.goto(%q)", "http://"+address+"/r/"+room+"#pin=secret"))
	p.shows("document.querySelector('#preview video')?.videoWidth")
	p.fill("name", name)
	p.click("join")
	p.shows("!document.querySelector('#call').hidden")
}

// plate is the tile with somebody's name, as an expression.
func plate(name string) string {
	return fmt.Sprintf("[...document.querySelectorAll('.tile.camera')].find(t => t.querySelector('.name').textContent === '%s')", name)
}

func TestThePageIsAMemberLikeAnyOther(t *testing.T) {
	p := newPage(t)
	address, _ := serve(t, "127.0.0.1:0")
	people := []*person{
		newPerson(t, "Ana", address, "stand-up"), newPerson(t, "Ben", address, "stand-up"),
		newPerson(t, "Chen", address, "stand-up"),
	}
	ana := people[0]
	p.run(fmt.Sprintf("await page.goto(%q)", "http://"+address+"/r/stand-up"))
	p.shows("document.querySelector('#preview video')?.videoWidth")
	p.picture("lobby", 1280, 800)
	p.picture("lobby", 800, 600)
	p.enter(address, "stand-up", "Dina Li")
	p.sees(3, 30)
	for _, one := range people {
		one.sees(3, 30)
	}
	p.picture("grid", 1280, 800)
	p.picture("grid", 800, 600)

	ana.does(`{"do":"mute","kind":"audio","on":true}`)
	p.shows("!" + plate("Ana") + ".querySelector('.mark').hidden")
	p.click("mute")
	var last figures
	ana.statistics("a second's silence of the page", func(_, now map[string]figures) bool {
		since := last
		last = now["Dina Li"]
		return since.Name != "" && !last.hears(since)
	})
	p.click("mute")
	ana.sees(3, 1)
	ana.does(`{"do":"mute","kind":"audio","on":false}`)
	p.shows(plate("Ana") + ".querySelector('.mark').hidden")

	ana.does(`{"do":"chat","text":"Hello <b>Dina</b>"}`)
	p.shows("!document.querySelector('#unread').hidden")
	p.click("chat-button")
	p.shows("document.querySelector('.messages p')?.textContent === 'Hello <b>Dina</b>'")
	p.run("await page.fill('#chat textarea', 'Hello Ana'); await page.press('#chat textarea', 'Enter')")
	for _, one := range people {
		one.waits("chat of the page", func(l line) bool { return l.Event == "chat" && l.Text == "Hello Ana" })
	}
	p.picture("chat", 1280, 800)
	p.picture("chat", 800, 600)
	p.click("chat-button")
	sharing(p, people)

	p.mends("Ben")
	p.sees(3, 10)
	p.click("leave")
	for _, one := range people {
		one.statistics("the page's leaving", func(_, now map[string]figures) bool { return len(now) == 2 })
	}
	p.click("join")
	p.sees(3, 30)
	for _, one := range people {
		one.sees(3, 30)
	}
	if address := value[string](p, "location.hash"); address != "#pin=secret" {
		t.Errorf("what follows the # became %q", address)
	}
}

// sharing: screens, from the page and to it.
func sharing(p *page, people []*person) {
	p.t.Helper()
	p.click("share")
	for _, one := range people {
		one.statistics("the page's screen", func(before, now map[string]figures) bool {
			return now["Dina Li"].Screen.FramesDecoded > 0 && now["Dina Li"].Screen.FrameWidth > 0
		})
	}
	p.click("share")
	p.shows("document.querySelector('#sharing').hidden")

	people[1].does(`{"do":"share","source":"test","on":true}`)
	p.shows("document.querySelector('.tile.screen video')?.videoWidth > 0")
	await(p.t, "pictures of a screen", func() (string, bool) {
		links := value[[]link](p, "links()")
		return fmt.Sprintf("%+v", links), slices.ContainsFunc(links, func(l link) bool { return l.Screen >= 10 })
	})
	await(p.t, "small pictures for small tiles", func() (string, bool) {
		links := value[[]link](p, "links()")
		return fmt.Sprintf("%+v", links), !slices.ContainsFunc(links, func(l link) bool { return l.Height != 180 })
	})
	p.picture("share", 1280, 800)
	p.picture("share", 800, 600)
	people[1].does(`{"do":"share","source":"test","on":false}`)
	p.shows("!document.querySelector('.tile.screen')")
}

// mends has the page believe that its path to somebody, of the oldest connection, is lost, and waits for a new one.
func (p *page) mends(name string) {
	p.t.Helper()
	old := value[string](p, `(() => {
		globalThis.broken = connections.find(c => c.connectionState === 'connected')
		Object.defineProperty(broken, 'connectionState', {value: 'failed', configurable: true})
		globalThis.fragment = () => /a=ice-ufrag:(\S+)/.exec(broken.remoteDescription.sdp)[1]
		const old = fragment()
		broken.onconnectionstatechange()
		return old
	})()`)
	p.shows("[...document.querySelectorAll('.veil strong')].some(e => e.textContent.startsWith('Reconnecting to '))")
	p.picture("mends-"+name, 1280, 800)
	p.shows(fmt.Sprintf("fragment() !== %q", old))
	p.run("await page.evaluate(() => { delete broken.connectionState; broken.onconnectionstatechange() })")
	p.shows("[...document.querySelectorAll('.veil')].every(e => e.hidden)")
}

func TestThePageOffersToWhoComesLater(t *testing.T) {
	p := newPage(t)
	address, kill := serve(t, "127.0.0.1:0")
	p.enter(address, "later", "Dina")
	p.picture("alone", 1280, 800)
	ana := newPerson(t, "Ana", address, "later")
	p.sees(1, 30)
	ana.sees(1, 30)
	p.mends("Ana")
	ana.sees(1, 30)
	p.run(`globalThis.other = await context.newPage()
		await other.goto(page.url())
		await other.fill('#name', 'Eve')
		await other.click('#join')`)
	p.sees(2, 20)
	ana.sees(2, 20)
	p.run("await other.close()")
	p.sees(1, 20)

	kill() // signaling: the call goes on without it
	p.shows("document.querySelector('#server').textContent.includes('Reconnecting')")
	p.sees(1, 30)
	p.picture("no-server", 1280, 800)
	p.click("chat-button")
	p.run("await page.fill('#chat textarea', 'Still here'); await page.press('#chat textarea', 'Enter')")
	ana.waits("chat without a server", func(l line) bool { return l.Event == "chat" && l.Text == "Still here" })
	serve(t, address)
	p.shows("document.querySelector('#server').hidden")
	ana.sees(1, 30)
}

func TestWhatGoesWrongIsSaidInWords(t *testing.T) {
	p := newPage(t)
	address, _ := serve(t, "127.0.0.1:0")
	newPerson(t, "Ana", address, "closed", "--password", "open sesame")
	p.run(fmt.Sprintf("await page.goto(%q)", "http://"+address+"/r/closed"))
	trouble := func(id, want string) {
		t.Helper()
		p.shows(fmt.Sprintf("document.querySelector('#%s').textContent.includes(%q)", id, want))
	}
	p.click("join")
	trouble("join-trouble", "Type your name")
	p.fill("name", "Dina")
	p.click("join")
	trouble("join-trouble", "This room has a password")
	p.fill("password", "wrong")
	p.click("join")
	trouble("join-trouble", "password is not right")
	p.fill("password", "open sesame")
	p.click("join")
	p.shows("!document.querySelector('#call').hidden")
	p.sees(1, 5)

	p.run(fmt.Sprintf("await page.goto('about:blank'); await page.goto(%q)", "http://"+address+"/r/"+strings.Repeat("x", 129)))
	p.fill("name", "Dina")
	p.click("join")
	trouble("join-trouble", "does not allow this room name")

	for name, want := range map[string]string{
		"NotAllowedError": "may not use camera and microphone", "NotFoundError": "No camera was found. You can join without one. No microphone was found", "Insecure": "only to pages with https",
	} {
		p.run(fmt.Sprintf(`await page.addInitScript(name => {
			if (name === 'Insecure') Object.defineProperty(navigator, 'mediaDevices', {value: undefined, configurable: true})
			else if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name))
		}, %q)
		await page.goto('about:blank')
		await page.goto(%q)`, name, "http://"+address+"/r/listeners"))
		trouble("device-trouble", want)
		p.run("await page.close(); page = await context.newPage()")
	}
}
