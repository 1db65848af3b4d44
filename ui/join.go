package ui

import (
	"context"
	"slices"
	"time"

	"confab/conference"
	"confab/ui/look"
	"confab/ui/sentence"
)

// joinPatience bounds the joining of a room.
const joinPatience = 20 * time.Second

// keptServers is how many signaling URLs are offered again.
const keptServers = 5

// Join joins the room that the form asks for. What is missing or goes wrong is said below the form, whose
// fields keep their content. While a join is under way it does nothing.
func (w *Window) Join() {
	if w.cancel != nil || w.call != nil || w.quitting {
		return
	}
	r, err := w.lobby.form.request()
	if err == nil {
		r.ICEServers, err = parseICEServers(w.settings.ICEServers)
	}
	if err != nil {
		w.lobby.form.say(sentence.For(err), look.Danger)
		w.lobby.form.focus()
		return
	}
	r.ICEServers = append(r.ICEServers, w.o.ICEServers...)
	r.RelayOnly = w.settings.RelayOnly || w.o.RelayOnly
	r.HideAddresses = w.settings.HideAddresses || w.o.HideAddresses

	w.lobby.form.say("", look.Danger)
	w.win.Canvas().Unfocus() // so that Escape reaches the window
	w.lobby.form.setJoining(true)
	ctx, cancel := context.WithTimeout(context.Background(), joinPatience)
	w.cancel = cancel
	w.joins++
	n := w.joins
	w.ended.Go(func() {
		defer cancel()
		call, err := w.o.Dial(ctx, r)
		taken := make(chan struct{})
		w.gate.Post(func() { close(taken); w.joined(n, r, call, err) })
		select {
		case <-taken:
		case <-w.over: // and perhaps nobody takes the call in any more
			if call != nil {
				w.leaveLate(call)
			}
		}
	})
}

// joined takes in the outcome of join number n.
func (w *Window) joined(n int, r Request, call Call, err error) {
	if n != w.joins || w.cancel == nil || w.quitting { // it was cancelled
		if call != nil {
			w.calls.enqueue("", func(context.Context) { w.leaveLate(call) })
		}
		return
	}
	w.cancel = nil
	w.lobby.form.setJoining(false)
	if err != nil {
		w.log.Error("room not joined", "room", r.Room, "err", err)
		w.lobby.form.say(sentence.For(err), look.Danger)
		w.lobby.form.focus()
		return
	}
	w.log.Info("room joined", "room", r.Room)
	w.remember(r)
	w.lobby.leave()
	w.call = newCallScreen(w, call, r)
	w.show(w.call.view)
	w.call.enter()
}

// cancelJoin gives up a join under way.
func (w *Window) cancelJoin() {
	if w.cancel == nil {
		return
	}
	w.cancel()
	w.cancel = nil
	w.lobby.form.setJoining(false)
	w.lobby.form.focus()
}

// leaveLate leaves a call that came after nobody wanted it any more.
func (w *Window) leaveLate(call Call) {
	ctx, cancel := context.WithTimeout(context.Background(), leavePatience)
	defer cancel()
	if err := call.Leave(ctx); err != nil {
		w.log.Warn("room was not left well", "err", err)
	}
}

// remember keeps where we went, for the next time. What the command line filled in is not kept.
func (w *Window) remember(r Request) {
	keep := func(setting *string, value, flag string) {
		if value != flag {
			*setting = value
		}
	}
	keep(&w.settings.Name, r.Name, w.o.Name)
	keep(&w.settings.Room, r.Room, w.o.Room)
	keep(&w.settings.Signaling, r.Signaling, w.o.Signaling)
	if r.Signaling != lanURL {
		w.keepServer(r.Signaling)
	}
	w.save()
}

// keepServer offers a signaling URL first, from now on.
func (w *Window) keepServer(url string) {
	servers := slices.DeleteFunc(slices.Clone(w.settings.Servers), func(s string) bool { return s == url })
	w.settings.Servers = append([]string{url}, servers...)[:min(len(servers)+1, keptServers)]
	w.lobby.form.offerServers()
}

// leaveCall leaves the room and goes back to the lobby; the goodbye is said meanwhile.
func (w *Window) leaveCall() {
	if w.call == nil {
		return
	}
	call := w.call.call
	w.calls.enqueue("", func(context.Context) { w.leaveLate(call) })
	w.backToLobby(nil)
}

// backToLobby shows the lobby with the reason why the call is over; nil: we left.
func (w *Window) backToLobby(reason error) {
	w.talk.release()
	w.call.close()
	w.call = nil
	w.closeSettings()
	w.win.SetFullScreen(false)
	w.studio.setScreen(false, "", w.cameraOptions())
	if !w.studio.wanted(conference.Microphone) { // muted: the lobby does not keep it open for that
		w.studio.releaseMicrophone()
		if w.o.Microphone == "" {
			w.settings.MicrophoneOn = false
		}
	}
	w.lobby.enter()
	w.show(w.lobby.view)
	w.lobby.form.say(sentence.Left(reason), look.Warning)
	w.lobby.form.focus()
}
