package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"confab/conference"
	"confab/conference/media/audio"
	"confab/conference/media/capture"
	"confab/conference/media/yuv"
	"confab/ui"
	"confab/ui/console"
)

// demo holds a call of three on this machine: two participants without a window, and the window. It ends
// with a table and a picture of the window.
func (o *options) demo(ctx context.Context, out, notes io.Writer, log *slog.Logger) (err error) {
	executable, err := os.Executable()
	if err != nil {
		return fmt.Errorf("demonstration: %w", err)
	}
	stopDisplay, err := ensureDisplay()
	if err != nil {
		return err
	}
	defer stopDisplay()
	fmt.Fprintf(out, "A call of three on this machine, for %v.\n", o.duration)
	d, err := console.StartDemo(ctx, executable, notes)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()

	ctx, quit := context.WithCancel(ctx)
	defer quit()
	calls := make(chan figures, 1)
	result := make(chan error, 1)
	local := conference.NewLocalMedia(conference.LocalMediaOptions{Logger: log})
	sound := audio.NewDevices(log)
	defer func() { err = errors.Join(err, local.Close(), sound.Close()) }()
	dial := ui.Dial(conference.Options{Local: local, Devices: sound, Measure: true, Logger: log}, drivers(o.localNetwork(log, nil)))
	err = ui.Run(ctx, ui.Options{
		Dial:  watched(dial, calls),
		Media: local, Devices: ui.SystemDevices(sound),
		Name: "You", Room: d.Room, Signaling: d.URL, Join: true,
		Camera: "test:You", Microphone: "test", Speaker: "none", Width: 640, Height: 360,
		Version: version, Logger: log,
		Shown: func() {
			go func() { // its result is received below
				defer quit()
				result <- o.show(ctx, d, calls, out)
			}()
		},
		Exit: func(int) {}, // what is left to do here ends the process
	})
	quit() // whoever closed the window does not want to wait
	return errors.Join(err, <-result)
}

// figures are a call's statistics.
type figures interface{ Stats() conference.Stats }

// watched passes the calls that dial gives on to whoever wants their figures.
func watched(dial ui.Dialer, calls chan<- figures) ui.Dialer {
	return func(ctx context.Context, r ui.Request) (ui.Call, error) {
		call, err := dial(ctx, r)
		if f, ok := call.(figures); ok && err == nil {
			calls <- f
		}
		return call, err
	}
}

// show lets the call last, and reports on it.
func (o *options) show(ctx context.Context, d *console.Demo, calls <-chan figures, out io.Writer) error {
	over := time.NewTimer(o.duration)
	defer over.Stop()
	var call figures
	select {
	case call = <-calls:
	case <-over.C:
		return console.ErrNobodySeen
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-over.C:
	case <-ctx.Done():
	}
	err := d.Report("You", call.Stats(), out)
	taking, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(err, o.takePicture(taking, out))
}

// takePicture keeps what the display shows. Fyne's own capture reads a buffer that was swapped away.
func (o *options) takePicture(ctx context.Context, out io.Writer) error {
	screen, err := capture.OpenScreen(ctx, "default", capture.VideoOptions{})
	if err != nil {
		return fmt.Errorf("picture of the window: %w", err)
	}
	frame, err := screen.Read(ctx)
	if err != nil {
		return errors.Join(fmt.Errorf("picture of the window: %w", err), screen.Close())
	}
	img := image.NewRGBA(image.Rect(0, 0, frame.Width, frame.Height))
	yuv.ToRGBA(img, frame)
	frame.Release()
	if err := errors.Join(screen.Close(), os.MkdirAll(filepath.Dir(o.picture), 0o755)); err != nil {
		return fmt.Errorf("picture of the window: %w", err)
	}
	file, err := os.Create(o.picture)
	if err != nil {
		return fmt.Errorf("picture of the window: %w", err)
	}
	if err := errors.Join(png.Encode(file, img), file.Close()); err != nil {
		return fmt.Errorf("picture of the window: %w", err)
	}
	fmt.Fprintf(out, "The window: %s\n", o.picture)
	return nil
}

// ensureDisplay starts a display of our own where the system has none, on Linux.
func ensureDisplay() (stop func(), err error) {
	stop = func() {}
	if runtime.GOOS != "linux" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != "" {
		return stop, nil
	}
	read, write, err := os.Pipe()
	if err != nil {
		return stop, fmt.Errorf("start a display: %w", err)
	}
	defer read.Close()
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp")
	x.ExtraFiles = []*os.File{write}
	err = x.Start()
	write.Close()
	if err != nil {
		return stop, fmt.Errorf("there is no display, and Xvfb cannot be started: %w", err)
	}
	stop = func() {
		_ = x.Process.Signal(os.Interrupt)
		_ = x.Wait()
	}
	number, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		stop()
		return func() {}, fmt.Errorf("start a display by Xvfb: %w", err)
	}
	return stop, os.Setenv("DISPLAY", ":"+strings.TrimSpace(number))
}
