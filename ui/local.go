package ui

import (
	"context"

	"confab/conference"
	"confab/conference/media/capture"
	"confab/ui/sentence"
	"confab/ui/settings"
)

// loadSettings reads the settings and puts what was asked for at the start in their place. It returns a
// sentence when they could not be read.
func (w *Window) loadSettings() (trouble string) {
	w.settings = settings.Default()
	if w.o.SettingsPath == "" {
		return ""
	}
	s, err := settings.Load(w.o.SettingsPath)
	if err != nil {
		w.log.Warn("settings not loaded", "err", err)
	}
	w.settings = s
	return sentence.For(err)
}

// save keeps the settings, on another goroutine.
func (w *Window) save() {
	s, path := w.settings, w.o.SettingsPath
	if path == "" {
		return
	}
	w.calls.enqueue("save", func(context.Context) {
		if err := s.Save(path); err != nil {
			w.log.Error("settings not saved", "err", err)
			w.gate.Post(func() { w.notify(sentence.For(err)) })
		}
	})
}

// or is what the command line says, or else what the settings say.
func or[T comparable](flag, setting T) T {
	var zero T
	if flag != zero {
		return flag
	}
	return setting
}

func (w *Window) microphoneSpec() string { return or(w.o.Microphone, w.settings.Microphone) }
func (w *Window) cameraSpec() string     { return or(w.o.Camera, w.settings.Camera) }
func (w *Window) speakerSpec() string    { return or(w.o.Speaker, w.settings.Speaker) }

func (w *Window) cameraOptions() capture.VideoOptions {
	return capture.VideoOptions{
		Width: or(w.o.Width, w.settings.Width), Height: or(w.o.Height, w.settings.Height),
		FramesPerSecond: or(w.o.FramesPerSecond, w.settings.FramesPerSecond),
	}
}

// processing is what is switched off of the microphone's processing.
func (w *Window) processing() conference.Processing {
	off := w.o.Processing
	return conference.Processing{
		EchoOff:   off.EchoOff || !w.settings.EchoCancellation,
		NoiseOff:  off.NoiseOff || !w.settings.NoiseSuppression,
		VolumeOff: off.VolumeOff || !w.settings.AutomaticVolume,
	}
}

// openConsented opens the devices that were on at the end of the last run, or that the command line names.
func (w *Window) openConsented() {
	if named(w.o.Microphone) || w.o.Microphone == "" && w.settings.MicrophoneOn {
		w.studio.setMicrophone(true, w.microphoneSpec())
	}
	if named(w.o.Camera) || w.o.Camera == "" && w.settings.CameraOn {
		w.setCamera(true)
	}
}

func (w *Window) setCamera(on bool) { w.studio.setCamera(on, w.cameraSpec(), w.cameraOptions()) }

// toggleMicrophone mutes or unmutes; in the lobby it opens or closes the device besides. What was pressed
// twice before it was done is where it was.
func (w *Window) toggleMicrophone() {
	w.talk.held = false // this is the user's last word
	on := !w.studio.wanted(conference.Microphone)
	switch {
	case on || w.call != nil:
		w.studio.setMicrophone(on, w.microphoneSpec())
	default:
		w.studio.releaseMicrophone()
	}
	if w.call == nil && w.o.Microphone == "" {
		w.settings.MicrophoneOn = on
		w.save()
	}
	w.refresh()
}

// toggleCamera opens or closes the camera.
func (w *Window) toggleCamera() {
	on := !w.studio.wanted(conference.Camera)
	w.setCamera(on)
	if w.o.Camera == "" {
		w.settings.CameraOn = on
		w.save()
	}
	w.refresh()
}

// toggleScreen begins or ends sharing a screen.
func (w *Window) toggleScreen() {
	w.studio.setScreen(!w.studio.wanted(conference.Screen), w.o.Screen, capture.VideoOptions{})
	w.refresh()
}

// toggleArrangement shows the main speaker large, or all of one size.
func (w *Window) toggleArrangement() {
	w.settings.Arrangement = map[bool]settings.Arrangement{
		true: settings.Grid, false: settings.Speaker,
	}[w.settings.Arrangement == settings.Speaker]
	w.save()
	if w.call != nil {
		w.call.setArrangement(w.settings.Arrangement)
	}
}

// useMicrophone changes the device; one that is on changes at once.
func (w *Window) useMicrophone(id string) {
	w.o.Microphone, w.settings.Microphone = "", id
	if w.studio.wanted(conference.Microphone) {
		w.studio.setMicrophone(true, id)
	}
	w.save()
}

// useCamera changes the device, or the size of its pictures; one that is on changes at once.
func (w *Window) useCamera(id string) {
	w.o.Camera, w.settings.Camera = "", id
	w.reopenCamera()
}

func (w *Window) reopenCamera() {
	if w.studio.wanted(conference.Camera) {
		w.setCamera(true)
	}
	w.save()
}

// useSpeaker changes the device, at once in a call.
func (w *Window) useSpeaker(id string) {
	w.o.Speaker, w.settings.Speaker = "", id
	if w.call != nil {
		w.call.setSpeaker(id)
	}
	w.save()
}
