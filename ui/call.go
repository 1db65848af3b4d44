package ui

import (
	"context"
	"net/url"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"confab/assets"
	"confab/conference"
	"confab/conference/media/capture"
	"confab/ui/look"
	"confab/ui/sentence"
	"confab/ui/settings"
)

// callScreen is the screen of a call. It renders the call's snapshots and keeps nothing of its own but what
// was already said to the user.
type callScreen struct {
	w    *Window
	call Call
	host string // of the signaling server, for people; empty: there is none

	invitation string // into this call
	stop       context.CancelFunc
	over       bool // closed; late posts are ignored

	view    *fyne.Container
	header  *header
	gallery *gallery
	tools   *tools
	notices *notices
	alone   *alone
	bars    *bars
	hint    *hint
	chat    *chat

	failed map[string]bool   // whose failure was said
	names  map[string]string // of those who were here at the last snapshot
}

func newCallScreen(w *Window, call Call, r Request) *callScreen {
	c := &callScreen{w: w, call: call, host: r.Signaling, invitation: r.inviting(), failed: make(map[string]bool)}
	if u, err := url.Parse(r.Signaling); err == nil && (u.Host != "" || u.Scheme == "lan") {
		c.host = u.Host
	}
	c.header = newHeader(c.host, r.Key != "")
	c.gallery = newGallery(w.o.Media, call, r.Name)
	c.gallery.large = w.settings.Arrangement == settings.Speaker
	c.tools = newTools(w)
	c.notices = newNotices()
	c.alone = newAlone(r, w.app.Clipboard)
	c.bars = newBars(c.header.view, c.tools.bar)
	c.hint = newHint()
	c.chat = newChat(c, c.tools.chat)
	c.tools.chat.SetOnTapped(c.chat.toggle)
	c.view = container.New(callLayout{c.bars}, c.bars.area, c.gallery.view, c.alone.card, c.bars.shade, c.header.view,
		c.tools.bar, c.notices.view, c.hint.card, c.chat.card)
	return c
}

// enter begins to show the call.
func (c *callScreen) enter() {
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	events := c.call.Subscribe(ctx, "channel:changed", "channel:left", "chat:message", "error")
	c.w.ended.Go(func() {
		for e := range events {
			c.event(e)
		}
		c.w.gate.Post(c.render) // the last snapshot, which says why it ended
	})
	c.setSpeaker(c.w.speakerSpec())
	c.render()
	c.refresh()
}

// event passes on what happened; it runs on the goroutine that reads the events.
func (c *callScreen) event(e conference.Event) {
	switch e := e.(type) {
	case conference.Problem:
		c.w.gate.Post(func() { c.notices.add(sentence.For(e.Err)) })
	case conference.ChatMessage:
		c.w.gate.Post(func() { c.chat.receive(e) })
	default:
		c.w.gate.Post(c.render) // at most one Changed waits, so snapshots are skipped when this is slow
	}
}

// close ends the showing; it does not leave the call.
func (c *callScreen) close() {
	c.over = true
	c.stop()
	c.gallery.close()
}

// render shows the snapshot of now.
func (c *callScreen) render() {
	if c.over || c.w.quitting {
		return
	}
	s := c.call.Snapshot()
	if s.Left {
		c.w.backToLobby(or(s.LeftErr, sentence.ErrRoomOver))
		return
	}
	c.header.render(s)
	c.gallery.render(s)
	c.alone.show(len(s.Participants) == 0)
	c.hint.render(s.Microphone)
	c.say(s)
	arrange(c.view)
}

// say tells once whose connection failed and who left.
func (c *callScreen) say(s *conference.Snapshot) {
	now := make(map[string]string, len(s.Participants))
	for _, p := range s.Participants {
		id := string(p.ID)
		now[id] = p.Name
		broken := p.State == conference.StateFailing || p.State == conference.StateFailed
		if broken && !c.failed[id] {
			c.notices.add(sentence.ForPeer(p.Name, or(p.Err, conference.ErrPathLost)))
		}
		c.failed[id] = broken
	}
	for id, name := range c.names {
		if _, here := now[id]; !here {
			c.notices.add(sentence.PeerLeft(name))
			delete(c.failed, id)
		}
	}
	c.names = now
}

// refresh shows what is switched on.
func (c *callScreen) refresh() {
	c.tools.refresh()
	c.gallery.refresh()
}

// tick shows what moves.
func (c *callScreen) tick(now time.Time) {
	c.header.tick(now, c.call.Snapshot().Joined)
	c.gallery.tick(now, func(key string, ask func()) {
		c.w.calls.enqueue(key, func(context.Context) { ask() })
	})
	c.notices.tick(now)
	c.chat.now = now
	if c.bars.tick(now, c.w.win.FullScreen()) {
		arrange(c.view)
	}
}

// setArrangement shows the main speaker large, or all of one size.
func (c *callScreen) setArrangement(a settings.Arrangement) {
	c.gallery.large = a == settings.Speaker
	c.gallery.render(c.call.Snapshot())
	c.refresh()
}

// setSpeaker moves the sound to a loudspeaker.
func (c *callScreen) setSpeaker(spec string) {
	call, w := c.call, c.w
	w.sound.enqueue("speaker", func(context.Context) {
		if err := call.SetSpeaker(spec); err != nil {
			w.log.Error("device does not work", "device", capture.Speaker.String(), "err", err)
			w.gate.Post(func() {
				if !c.over {
					c.notices.add(sentence.ForDevice(capture.Speaker, err))
				}
			})
		}
	})
}

// tools is the toolbar of a call. Its buttons say what is, not what was pressed.
type tools struct {
	w                                        *Window
	bar                                      *look.Toolbar
	mic, camera, share, chat, layout, screen *look.ToolButton
}

func newTools(w *Window) *tools {
	t := &tools{
		w:      w,
		mic:    look.NewToolButton(assets.Mic, "Mute", w.toggleMicrophone),
		camera: look.NewToolButton(assets.Camera, "Camera", w.toggleCamera),
		share:  look.NewToolButton(assets.Share, "Share", w.toggleScreen),
		chat:   look.NewToolButton(assets.Chat, sentence.Chat, nil),
		layout: look.NewToolButton(assets.Layout, "Layout", w.toggleArrangement),
		screen: look.NewToolButton(assets.FullScreen, "Full screen", w.toggleFullScreen),
	}
	t.mic.SetMenu(func() look.Menu { return w.deviceMenu(capture.Microphone, w.microphoneSpec(), w.useMicrophone) })
	t.camera.SetMenu(func() look.Menu { return w.deviceMenu(capture.Camera, w.cameraSpec(), w.useCamera) })
	leave := look.NewToolButton(assets.Leave, "Leave", w.leaveCall)
	leave.SetDanger(true)
	invite := look.NewToolButton(assets.People, "Invite", w.copyInvitation)
	gear := look.NewToolButton(assets.Settings, "Settings", w.openSettings)
	t.bar = look.NewToolbar(t.mic, t.camera, t.share, t.chat, t.layout, t.screen, invite, gear, leave)
	return t
}

func (t *tools) refresh() {
	m := t.w.o.Media
	mic, camera, screen := m.Active(conference.Microphone), m.Active(conference.Camera), m.Active(conference.Screen)
	t.mic.SetIcon(pickIcon(mic, assets.Mic, assets.MicOff))
	t.mic.SetLabel(pick(mic, "Mute", "Unmute"))
	t.camera.SetIcon(pickIcon(camera, assets.Camera, assets.CameraOff))
	t.camera.SetLabel(pick(camera, "Camera", "Camera off"))
	t.share.SetIcon(pickIcon(screen, assets.StopShare, assets.Share))
	t.share.SetLabel(pick(screen, "Stop", "Share"))
	t.share.SetActive(screen)
	t.layout.SetActive(t.w.settings.Arrangement == settings.Speaker)
	t.bar.Refresh()
}

func pick(on bool, yes, no string) string {
	if on {
		return yes
	}
	return no
}
