package ui

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"confab/conference"
	"confab/conference/media/capture"
	"confab/ui/sentence"
)

// studio opens and closes the devices whose media we send. What is switched on is not kept here: it is
// asked of [Media], which knows; only orders under way are. Orders are carried out one after the other on
// a worker's goroutine, and repeated orders for one device become one. Its methods are safe from any
// goroutine, and none but close waits.
type studio struct {
	media   Media
	devices Devices
	log     *slog.Logger
	changed func()                        // something may look different now; any goroutine
	problem func(k capture.Kind, e error) // something did not work, for the user; any goroutine
	others  func()                        // the devices are others now; any goroutine
	worker  *worker
	mutes   *worker // mutes and unmutes, behind no device
	sounds  *worker // plays the test sound
	stop    context.CancelFunc
	done    sync.WaitGroup

	microphone string // spec of the open one; the worker's goroutine only

	mu     sync.Mutex
	muting *order                     // of the microphone's sound, under way
	orders map[conference.Slot]*order // under way
	open   map[conference.Slot]bool   // after the last order
}

// order is what was asked for and is not done yet.
type order struct{ on bool }

// newStudio starts a studio; close ends it. It owns neither media nor devices.
func newStudio(m Media, d Devices, log *slog.Logger, changed func(), problem func(capture.Kind, error), others func()) *studio {
	ctx, stop := context.WithCancel(context.Background())
	s := &studio{
		media: m, devices: d, log: log, changed: changed, problem: problem, others: others,
		worker: newWorker(), mutes: newWorker(), sounds: newWorker(), stop: stop,
		orders: make(map[conference.Slot]*order), open: make(map[conference.Slot]bool),
	}
	s.done.Go(func() { s.watch(ctx) })
	return s
}

// watch passes on what happens to sources by themselves: unplugged, exchanged, mended, or at their end.
func (s *studio) watch(ctx context.Context) {
	sounds, cameras := s.devices.Changes(ctx), s.devices.CameraChanges(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case _, open := <-sounds:
			if !open {
				sounds = nil // they are closed
			} else {
				s.others()
			}
		case _, open := <-cameras:
			if !open {
				cameras = nil
			} else {
				s.others()
			}
		case err := <-s.media.Problems():
			s.report(s.lost(), err)
			s.changed()
		case err := <-s.devices.Problems():
			s.report(0, err) // it names its device itself
			s.changed()
		}
	}
}

// lost is the kind of device that was open after the last order and is not any more; 0 if there is none.
func (s *studio) lost() capture.Kind {
	s.mu.Lock()
	defer s.mu.Unlock()
	for slot, kind := range kinds {
		if s.open[slot] && !s.media.Open(slot) {
			s.open[slot] = false
			return kind
		}
	}
	return 0
}

// kinds are the devices of the slots that have one.
var kinds = map[conference.Slot]capture.Kind{
	conference.Microphone: capture.Microphone,
	conference.Camera:     capture.Camera,
	conference.Screen:     capture.Screen,
}

// pending tells whether an order for the slot is under way.
func (s *studio) pending(slot conference.Slot) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.orders[slot] != nil
}

// wanted tells whether the slot is on, or will be when its order is carried out.
func (s *studio) wanted(slot conference.Slot) bool {
	s.mu.Lock()
	o := s.orders[slot]
	if o == nil && slot == conference.Microphone {
		o = s.muting
	}
	s.mu.Unlock()
	if o != nil {
		return o.on
	}
	return s.media.Active(slot)
}

// order enqueues what switches a slot on or off.
func (s *studio) order(slot conference.Slot, on bool, do func(context.Context)) {
	o := &order{on}
	s.mu.Lock()
	s.orders[slot] = o
	s.mu.Unlock()
	s.worker.enqueue(slot.String(), func(ctx context.Context) {
		do(ctx)
		s.mu.Lock()
		s.open[slot] = s.media.Open(slot)
		if s.orders[slot] == o { // else a newer one waits
			delete(s.orders, slot)
		}
		s.mu.Unlock()
		s.changed()
	})
}

// setMicrophone lets the microphone's sound flow, and opens it if it is not open yet. Off, it only mutes:
// the device stays open, so that unmuting takes no time. Muting waits for no device.
func (s *studio) setMicrophone(on bool, spec string) {
	s.mute(!on)
	s.order(conference.Microphone, on, func(context.Context) {
		if on && !(s.media.Open(conference.Microphone) && s.microphone == spec) {
			s.report(capture.Microphone, s.openMicrophone(spec))
		}
	})
}

// mute is the one who mutes and unmutes the microphone: the newest order is carried out last.
func (s *studio) mute(muted bool) {
	o := &order{!muted}
	s.mu.Lock()
	s.muting = o
	s.mu.Unlock()
	s.mutes.enqueue("mute", func(context.Context) {
		s.media.SetMuted(conference.Microphone, muted)
		s.mu.Lock()
		if s.muting == o { // else a newer one waits
			s.muting = nil
		}
		s.mu.Unlock()
		s.changed()
	})
}

// openMicrophone puts the microphone of a spec in the place of the one that is open.
func (s *studio) openMicrophone(spec string) error {
	src, err := s.devices.OpenMicrophone(spec)
	if err != nil {
		return err
	}
	if src == nil {
		return sentence.ErrLeftOut
	}
	s.microphone = spec
	return s.media.SetAudio(conference.Microphone, src)
}

// releaseMicrophone closes the microphone.
func (s *studio) releaseMicrophone() {
	s.order(conference.Microphone, false, func(context.Context) {
		s.report(capture.Microphone, s.media.SetAudio(conference.Microphone, nil))
	})
}

// setCamera opens the camera, or closes it: a camera that is switched off has no light on.
func (s *studio) setCamera(on bool, spec string, o capture.VideoOptions) {
	o.Report = s.mended(capture.Camera)
	s.setVideo(conference.Camera, on, func(ctx context.Context) (capture.VideoSource, error) {
		return s.devices.OpenCamera(ctx, spec, o)
	})
}

// setScreen starts or ends the sharing of a screen.
func (s *studio) setScreen(on bool, spec string, o capture.VideoOptions) {
	o.Report = s.mended(capture.Screen)
	s.setVideo(conference.Screen, on, func(ctx context.Context) (capture.VideoSource, error) {
		return s.devices.OpenScreen(ctx, spec, o)
	})
}

// mended is what a source of pictures tells by that it has helped itself.
func (s *studio) mended(kind capture.Kind) func(error) {
	return func(err error) { s.media.Report(sentence.OfDevice(kind, err)) }
}

func (s *studio) setVideo(slot conference.Slot, on bool, open func(context.Context) (capture.VideoSource, error)) {
	kind := kinds[slot]
	s.order(slot, on, func(ctx context.Context) {
		// The old source goes first: many cameras open only once.
		if err := s.media.SetVideo(slot, nil); err != nil {
			s.log.Warn("device did not close well", "device", kind.String(), "err", err)
		}
		if !on {
			return
		}
		src, err := open(ctx)
		if err == nil && src == nil {
			err = sentence.ErrLeftOut
		}
		if err == nil {
			s.media.SetMuted(slot, false)
			err = s.media.SetVideo(slot, src)
		}
		s.report(kind, err)
	})
}

// playTestSound plays something by a loudspeaker. A second order while it plays is one more, not two.
func (s *studio) playTestSound(spec string) {
	s.sounds.enqueue("test", func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second) // a loudspeaker that never asks for sound
		defer cancel()
		s.report(capture.Speaker, s.devices.PlayTestSound(ctx, spec))
	})
}

// list asks for the devices of now and hands them to found, on another goroutine.
func (s *studio) list(found func([]capture.Device)) {
	s.worker.enqueue("list", func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		devices, err := s.devices.List(ctx)
		if err != nil { // some kinds may be missing; what was found is shown
			s.log.Warn("listing devices", "err", err)
		}
		found(devices)
	})
}

// report tells the user, unless nothing is wrong or the studio is closing anyway. k is 0 for an error that names
// its device itself.
func (s *studio) report(k capture.Kind, err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	s.log.Error("device does not work", "device", k.String(), "err", err)
	s.problem(k, err)
}

// close drops waiting orders, waits for the one under way, and releases the devices.
func (s *studio) close() error {
	s.stop()
	s.done.Wait()
	s.sounds.close()
	s.mutes.close()
	s.worker.close()
	err := errors.Join(
		s.media.SetVideo(conference.Camera, nil),
		s.media.SetVideo(conference.Screen, nil),
		s.media.SetAudio(conference.Microphone, nil),
	)
	if err != nil {
		return fmt.Errorf("release devices: %w", err)
	}
	return nil
}
