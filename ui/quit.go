package ui

import (
	"context"
	"time"
)

// Patience at the end, each for one step.
const (
	leavePatience   = 2 * time.Second // for saying good-bye to the room, and keeping the settings
	releasePatience = 2 * time.Second // for devices, some of whose drivers hang
	quitPatience    = 2 * time.Second // for Fyne, whose quit hangs once in 300
)

// Quit ends the window: it leaves the room, releases the devices, closes the gate and ends Fyne's loop, in
// this order, without waiting. If Fyne does not end in time, Options.Exit ends the process. Any number
// of times, on the UI goroutine.
func (w *Window) Quit() {
	if w.quitting {
		return
	}
	w.win.Hide() // it looks closed at once
	w.stop()
	w.ended.Go(func() {
		w.release()
		w.watchdog.Store(time.AfterFunc(quitPatience, func() { w.o.Exit(0) }))
		w.gate.last(w.app.Driver().Quit) // app.Quit closes windows, and panics if Fyne has just ended by itself
	})
}

// stop ends what moves, and has the room left.
func (w *Window) stop() {
	w.quitting = true
	close(w.over)
	w.clock.stop()
	w.cancelJoin()
	w.lobby.form.nearby.end()
	w.save()
	if w.call != nil {
		call := w.call.call
		w.call.close()
		w.calls.enqueue("", func(context.Context) { w.leaveLate(call) })
	}
}

// release waits until rooms are left and settings kept, and gives the devices back. It takes at most
// leavePatience + releasePatience.
func (w *Window) release() {
	left := make(chan struct{})
	w.calls.enqueue("", func(context.Context) { close(left) })
	select {
	case <-left:
	case <-time.After(leavePatience):
		w.log.Error("room is not left in time")
	}
	released := make(chan struct{})
	go func() { // not waited for beyond the deadline: a driver that hangs would hold the process
		defer close(released)
		if err := w.studio.close(); err != nil {
			w.log.Warn("device was not released well", "err", err)
		}
		w.calls.close()
		w.sound.close()
	}()
	select {
	case <-released:
	case <-time.After(releasePatience):
		w.log.Error("devices are not released in time")
	}
}

// Wait waits for Quit to be through, once Fyne's loop has ended, and calls the watchdog off. Where Fyne ended
// by itself, as it does at SIGTERM, it does what Quit does besides.
func (w *Window) Wait() {
	w.gate.Close()
	if !w.quitting {
		w.stop()
		w.release()
	}
	w.ended.Wait()
	if t := w.watchdog.Load(); t != nil {
		t.Stop()
	}
}
