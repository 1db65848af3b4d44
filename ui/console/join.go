package console

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"confab/conference"
	"confab/conference/media/audio"
	"confab/conference/media/capture"
	"confab/conference/signaling"
	"confab/ui/sentence"
)

// leaveTimeout bounds how long leaving a call may take.
const leaveTimeout = 5 * time.Second

// JoinOptions say how a call without a window is held. Sources and the speaker are named as on the
// command line: an ID, "default", "test", "none" or "file:PATH".
type JoinOptions struct {
	Client     conference.Options // Local and Devices are filled in
	Drivers    signaling.Registry
	Room       string
	Camera     string
	Microphone string
	Screen     string // "none" or empty: nothing is shared at first
	Width      int    // of the camera, pixels; 0: 1280x720
	Height     int
	FrameRate  float64               // of the camera; 0: 30
	MaxBitrate int                   // bits per second and tier; 0: no limit
	Processing conference.Processing // of what the microphone hears; "test" is sent as it is
	Duration   time.Duration         // leave after it; 0: when told to
	Logger     *slog.Logger
}

// call is one call under way.
type call struct {
	options JoinOptions
	lines   *lines
	local   *conference.LocalMedia
	devices *audio.Devices
	client  *conference.Client
	channel *conference.Channel
}

// Join holds a call until somebody says leave, the duration is over, ctx ends, or it cannot go on. It
// returns nil after a clean leave; any other error was written as a fatal line before. Everything that
// it opened is closed when it returns, save the reading of in, which ends with its next line.
func Join(ctx context.Context, o JoinOptions, in io.Reader, out io.Writer) error {
	c := &call{options: o, lines: &lines{out: out}}
	err := c.hold(ctx, in)
	if err != nil {
		c.lines.problem(err, true)
	}
	return errors.Join(err, c.lines.failed())
}

func (c *call) hold(ctx context.Context, in io.Reader) (err error) {
	o := &c.options
	c.local = conference.NewLocalMedia(conference.LocalMediaOptions{MaxBitrate: o.MaxBitrate, Processing: o.Processing, Logger: o.Logger})
	c.devices = audio.NewDevices(o.Logger)
	defer func() { err = errors.Join(err, c.local.Close(), c.devices.Close()) }()
	if err := c.open(ctx); err != nil {
		return err
	}
	o.Client.Local, o.Client.Devices = c.local, c.devices
	c.client, err = conference.NewClient(o.Client, o.Drivers)
	if c.client == nil {
		return err
	}
	defer func() { err = errors.Join(err, c.client.Close()) }()
	if err != nil { // nobody is heard; the call goes on without, and says so
		c.lines.problem(sentence.OfDevice(capture.Speaker, err), false)
	}
	if c.channel, err = c.client.Join(ctx, o.Room); err != nil {
		return err
	}
	c.lines.write(joinedLine{event("joined"), o.Room, c.channel.Snapshot().Self.ID})
	return c.follow(ctx, in)
}

// open opens what the user named. Without any sound device the call goes on, and says so.
func (c *call) open(ctx context.Context) error {
	o := &c.options
	camera, err := capture.OpenVideo(ctx, c.labelled(o.Camera), capture.VideoOptions{
		Width: o.Width, Height: o.Height, FramesPerSecond: o.FrameRate, Pool: c.local.Pool(), Report: c.mended(capture.Camera),
	})
	if err != nil {
		return sentence.OfDevice(capture.Camera, err)
	}
	if err := c.local.SetVideo(conference.Camera, camera); err != nil {
		return err
	}
	if o.Screen != "" {
		if err := c.shareScreen(ctx, o.Screen); err != nil {
			return err
		}
	}
	microphone, err := c.devices.OpenMicrophone(o.Microphone)
	if errors.Is(err, audio.ErrNoDevice) {
		c.lines.problem(err, false)
		return nil
	}
	if err != nil {
		return sentence.OfDevice(capture.Microphone, err)
	}
	return c.local.SetAudio(conference.Microphone, microphone)
}

// mended is what a source of pictures tells by that it has helped itself.
func (c *call) mended(kind capture.Kind) func(error) {
	return func(err error) { c.local.Report(sentence.OfDevice(kind, err)) }
}

// labelled gives a test picture the client's name, which its block code and colour tell.
func (c *call) labelled(spec string) string {
	if spec == "test" {
		return "test:" + c.options.Client.Name
	}
	return spec
}

func (c *call) shareScreen(ctx context.Context, spec string) error {
	src, err := capture.OpenScreen(ctx, c.labelled(spec), capture.VideoOptions{Pool: c.local.Pool(), Report: c.mended(capture.Screen)})
	if err != nil {
		return sentence.OfDevice(capture.Screen, err)
	}
	return c.local.SetVideo(conference.Screen, src)
}

// follow writes what happens until the call is over, and leaves it.
func (c *call) follow(ctx context.Context, in io.Reader) error {
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	if d := c.options.Duration; d > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d)
		defer cancel()
	}
	events := c.channel.Subscribe(context.WithoutCancel(ctx), "connection", "track", "chat", "error", "microphone:no-sound", "channel:signaling", "channel:left")
	go readCommands(in, func(cmd command) bool { return c.obey(ctx, cmd, leave) }, c.refuse) // ends with its input
	left, err := c.report(ctx, events)
	if left {
		return err
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTimeout)
	defer cancel()
	c.lines.write(statsLine{event("stats"), c.channel.Stats()})
	if err := c.channel.Leave(stop); err != nil {
		return err
	}
	for e := range events {
		c.lines.event(e)
	}
	c.lines.write(leftLine{event("left"), "leave"})
	return nil
}

// report writes events and figures until ctx ends or the call is over by itself.
func (c *call) report(ctx context.Context, events <-chan conference.Event) (left bool, err error) {
	each := time.NewTicker(conference.StatsInterval)
	defer each.Stop()
	for {
		select {
		case <-ctx.Done():
			return false, nil
		case e := <-events:
			if l, ok := e.(conference.Left); ok {
				return true, l.Err
			}
			c.lines.event(e)
		case err := <-c.local.Problems():
			c.lines.problem(err, false)
		case err := <-c.devices.Problems():
			c.lines.problem(err, false)
		case <-each.C:
			c.lines.write(statsLine{event("stats"), c.channel.Stats()})
		}
	}
}

// obey carries out one command and tells whether it was the last.
func (c *call) obey(ctx context.Context, cmd command, leave func()) bool {
	quit, err := c.run(ctx, cmd)
	if err != nil {
		c.refuse(err)
	}
	if quit {
		leave()
	}
	return quit
}

func (c *call) refuse(err error) { c.lines.problem(err, false) }
