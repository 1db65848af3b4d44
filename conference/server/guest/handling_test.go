package guest_test

import (
	"fmt"
	"testing"
)

// withOne has the page in a call with one more page, other, of a member with a name.
func (p *page) withOne(address, room, name string) {
	p.t.Helper()
	p.enter(address, room, "Dina")
	p.run(fmt.Sprintf(`globalThis.other = await context.newPage()
		await other.goto(page.url())
		await other.fill('#name', %q)
		await other.click('#join')`, name))
	p.shows("[...document.querySelectorAll('.tile.camera video')].some(v => v.videoWidth)")
}

// press presses keys, one after the other.
func (p *page) press(keys ...string) {
	p.t.Helper()
	for _, k := range keys {
		p.run(fmt.Sprintf("await page.keyboard.press(%q)", k))
	}
}

// focus waits until an element of this ID has the focus.
func (p *page) focus(id string) {
	p.t.Helper()
	p.shows(fmt.Sprintf("document.activeElement.id === %q", id))
}

// named waits until a button is called so, for those who hear it.
func (p *page) named(id, name string) {
	p.t.Helper()
	p.shows(fmt.Sprintf("document.querySelector('#%s').ariaLabel === %q", id, name))
}

func TestACallIsHeldWithTheKeyboardAlone(t *testing.T) {
	p := newPage(t)
	address, _ := serve(t, "127.0.0.1:0")
	p.run(fmt.Sprintf("await page.goto(%q)", "http://"+address+"/r/keys"))
	p.shows("document.querySelector('#preview video')?.videoWidth")
	p.focus("name")
	p.run("await page.keyboard.type('Dina')")
	p.press("Enter")
	p.focus("room-name")
	p.press("m", "v")
	p.named("mute", "Unmute (M)")
	p.named("camera", "Camera on (V)")
	p.press("V")
	p.named("camera", "Camera off (V)")

	p.press("c")
	p.shows("document.activeElement.tagName === 'TEXTAREA'")
	p.run("await page.keyboard.type('mvsc')")
	p.named("camera", "Camera off (V)")
	p.shows("document.activeElement.value === 'mvsc'")
	p.run("await page.fill('#chat textarea', 'ö'.repeat(2001))")
	p.press("Enter")
	p.shows("document.querySelector('#chat > .trouble').textContent.startsWith('This is too long')")
	p.press("Escape")
	p.focus("chat-button")
	p.shows("document.querySelector('#chat').hidden")

	p.press("Tab", "Enter")
	p.shows("document.activeElement.matches('#devices select')")
	p.press("m")
	p.named("mute", "Unmute (M)")
	p.press("Escape")
	p.focus("devices-button")
	p.press("Tab", "Enter")
	p.focus("join")
	p.shows("document.querySelector('#join-note').textContent === 'You left the call.'")
}

func TestAMicrophoneThatIsUnpluggedIsReplaced(t *testing.T) {
	p := newPage(t)
	address, _ := serve(t, "127.0.0.1:0")
	p.withOne(address, "unplugged", "Eve")
	p.sees(1, 5)
	// unplug has a device of ours end, as the browser tells it.
	unplug := `globalThis.unplug = kind => {
		const line = connections[0].getTransceivers().find(t => t.sender.track?.kind === kind)
		line.sender.track.stop()
		line.sender.track.dispatchEvent(new Event('ended'))
	}`
	value[any](p, unplug+"; unplug('audio')")
	p.shows("document.querySelector('#toast').textContent.startsWith('The microphone was unplugged. Another one is used now: ')")
	p.named("mute", "Mute (M)")
	p.run("globalThis.page0 = page; page = other")
	p.sees(1, 5)
	p.run("page = page0")
	value[any](p, "unplug('video')")
	p.shows("document.querySelector('#toast').textContent.startsWith('The camera is gone')")
	p.named("camera", "Camera on (V)")

	p.click("devices-button")
	camera := value[string](p, "[...document.querySelector('#devices .camera').options].at(-1).value")
	p.run(fmt.Sprintf("await page.selectOption('#devices .camera', %q)", camera))
	p.named("camera", "Camera off (V)")
	p.run("page = other")
	p.sees(1, 5)
}

func TestAPhoneThatOpensOneCameraAtATimeChangesIt(t *testing.T) {
	p := newPage(t)
	address, _ := serve(t, "127.0.0.1:0")
	p.run(`await page.addInitScript(() => {
		const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
		const cameras = []
		navigator.mediaDevices.getUserMedia = async wish => {
			if (wish.video && cameras.some(c => c.readyState === 'live')) throw new DOMException('', 'NotReadableError')
			const stream = await open(wish)
			cameras.push(...stream.getVideoTracks())
			return stream
		}
	})`)
	p.withOne(address, "cameras", "Eve")
	sent := "connections[0].getTransceivers()[1].sender.track?.id"
	before := value[string](p, sent)
	p.click("devices-button")
	p.run("await page.selectOption('#devices .camera', {index: 0})")
	p.shows(fmt.Sprintf("%s && %s !== %q", sent, sent, before))
	p.run("page = other")
	p.sees(1, 5)
}

func TestWhereSoundCannotBeMeasuredACallIsHeldAllTheSame(t *testing.T) {
	p := newPage(t)
	address, _ := serve(t, "127.0.0.1:0")
	p.run("await page.addInitScript(() => { globalThis.AudioContext = class { constructor() { throw new Error('no loudspeaker') } } })")
	p.withOne(address, "silent", "Eve")
	p.sees(1, 5)
}

func TestSoundThatTheBrowserHoldsBackIsAskedFor(t *testing.T) {
	p := newPage(t)
	address, _ := serve(t, "127.0.0.1:0")
	p.run(`await page.addInitScript(() => {
		const play = HTMLMediaElement.prototype.play
		globalThis.allowed = false
		HTMLMediaElement.prototype.play = function() {
			return allowed || this.muted ? play.call(this) : Promise.reject(new DOMException('', 'NotAllowedError'))
		}
	})`)
	p.withOne(address, "held-back", "Eve")
	p.shows("!document.querySelector('#unheard').hidden")
	p.picture("unheard", 390, 844)
	value[any](p, "allowed = true")
	p.click("unheard")
	p.shows("document.querySelector('#unheard').hidden")
	p.sees(1, 5)
}

func TestNothingIsCutOffOnAPhone(t *testing.T) {
	p := newPage(t)
	address, _ := serve(t, "127.0.0.1:0")
	p.withOne(address, "phone", "דינה לוי")
	p.run("await page.click('#share'); await other.click('#share')")
	p.shows("document.querySelector('.tile.screen video')?.videoWidth > 0")
	p.run("await page.setViewportSize({width: 390, height: 844})")
	p.shows(`[...document.querySelectorAll('#call > header > :not([hidden]), #toolbar button, #call :is(.tile, .plate, .name)')].every(e => {
		const r = e.getBoundingClientRect()
		return r.width > 0 && r.left >= 0 && r.right <= innerWidth && r.top >= 0 && r.bottom <= innerHeight
	})`)
	if width := value[float64](p, "document.querySelector('.tile.screen').getBoundingClientRect().width"); width < 350 {
		t.Errorf("a shared screen is %g pixels wide of 390", width)
	}
	for _, panel := range []string{"devices", "chat"} {
		p.click(panel + "-button")
		p.picture(panel, 390, 844)
		p.click(panel + "-button")
	}
	p.picture("share", 390, 844)
}

func TestWhatOthersAreCalledIsOnlyText(t *testing.T) {
	p := newPage(t)
	address, _ := serve(t, "127.0.0.1:0")
	hostile := "<img src=x onerror=alert(1)>"
	p.withOne(address, "names", hostile+"\u202e<b>x")
	p.shows(plate(hostile + "<b>x"))
}

// TestNonsenseOnTheControlChannelDoesNoHarm has a member say what none says, and then something.
func TestNonsenseOnTheControlChannelDoesNoHarm(t *testing.T) {
	p := newPage(t)
	address, _ := serve(t, "127.0.0.1:0")
	p.run(`await context.addInitScript(() => {
		const make = RTCPeerConnection.prototype.createDataChannel
		RTCPeerConnection.prototype.createDataChannel = function(...how) { return globalThis.channel = make.apply(this, how) }
	})`)
	p.withOne(address, "nonsense", "Eve")
	p.run(`await other.evaluate(() => {
		for (const text of ['', 'null', '[]', '5', '{', 'x'.repeat(99_000), '{"kind":"__proto__"}', '{"kind":"chat","text":5}',
			'{"kind":"chat","text":" "}', '{"kind":"state","name":{},"metadata":5}', '{"kind":"state","metadata":{"mic":"yes","camera":true,"screen":[]}}',
			'{"kind":"view","slot":"__proto__","height":1e999}', '{"kind":"view","slot":"camera","height":-5,"width":"x","visible":true}',
			'{"kind":"candidates","conn":"c_x","n":1,"candidates":[null]}', '{"kind":"offer","conn":5,"n":1}', '{"kind":"answer","conn":"x","n":-1}',
			'{"kind":"chat","text":"<img src=x onerror=alert(1)>\u202e"}']) channel.send(text)
	})`)
	p.shows("document.querySelector('.messages p')?.textContent === '<img src=x onerror=alert(1)>'")
	if n := value[int](p, "document.querySelectorAll('.messages p').length"); n != 1 {
		t.Errorf("%d messages are shown, want 1", n)
	}
	p.shows(plate("Eve"))
	p.sees(1, 5)
}

func TestACameraThatIsHeldUprightIsSentAsLargeAsItIsShown(t *testing.T) {
	p := newPage(t)
	address, _ := serve(t, "127.0.0.1:0")
	p.run(`await page.addInitScript(() => {
		const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
		navigator.mediaDevices.getUserMedia = async wish => {
			const stream = await open(wish)
			const canvas = Object.assign(document.createElement('canvas'), {width: 720, height: 1280})
			const pen = canvas.getContext('2d')
			setInterval(() => { pen.fillStyle = pen.fillStyle === '#336699' ? '#993366' : '#336699'; pen.fillRect(0, 0, 720, 1280) }, 100)
			for (const track of stream.getVideoTracks()) {
				track.stop()
				stream.removeTrack(track)
				stream.addTrack(canvas.captureStream(10).getVideoTracks()[0])
			}
			return stream
		}
	})`)
	p.withOne(address, "upright", "Eve")
	p.shows("connections[0].getTransceivers()[1].sender.getParameters().encodings[0].scaleResolutionDownBy === 1")
	p.run("await other.setViewportSize({width: 200, height: 300})")
	p.shows("connections[0].getTransceivers()[1].sender.getParameters().encodings[0].scaleResolutionDownBy === 720 / 320")
}
