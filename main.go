// Command confab holds calls in a window, in a terminal, or serves their signaling.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"confab/conference"
	"confab/conference/media/audio"
	"confab/conference/signaling"
	"confab/conference/signaling/antmedia"
	"confab/conference/signaling/lan"
	"confab/conference/signaling/memory"
	"confab/conference/signaling/native"
	"confab/conference/signaling/nats"
	"confab/conference/signaling/seal"
	"confab/conference/signaling/socketio"
	"confab/ui"
	"confab/ui/console"
	_ "confab/ui/locale" // before Fyne is initialised
	"confab/ui/sentence"
	"confab/ui/settings"
)

// version is set by the build.
var version = "development"

// Exit codes.
const (
	exitOK = iota
	exitFailure
	exitUsage
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// drivers are the ways of signaling, by the URL's scheme. An invitation goes by one of the others.
func drivers(nearby *lan.Network) signaling.Registry {
	r := signaling.Registry{
		"ws": native.Open, "wss": native.Open,
		"antmedia+ws": antmedia.Open, "antmedia+wss": antmedia.Open,
		"socketio+http": socketio.Open, "socketio+https": socketio.Open,
		"nats": nats.Open, "tls": nats.Open, "nats+ws": nats.Open, "nats+wss": nats.Open,
		"lan":    nearby.Open,
		"memory": memory.NewHub().Open,
	}
	r[signaling.InvitationScheme] = seal.Open(r)
	return r
}

// run does what the command line says and gives the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, notes io.Writer) int {
	o, err := parse(args, os.LookupEnv, notes)
	switch {
	case errors.Is(err, errHelp):
		return exitOK
	case err != nil:
		fmt.Fprintln(notes, "confab: "+err.Error()+". See 'confab --help'.")
		return exitUsage
	}
	log, closeLog, err := o.logger(notes)
	if err != nil {
		fmt.Fprintln(notes, "confab: "+sentence.For(err))
		return exitFailure
	}
	defer closeLog()
	switch o.command {
	case "join":
		err = o.join(ctx, in, out, notes, log)
	case "invite":
		err = o.invite(out)
	case "serve":
		err = console.Serve(ctx, o.listen, o.server(log), notes)
	case "devices":
		err = console.Devices(o.json, out, notes, log)
	case "demo":
		err = o.demo(ctx, out, notes, log)
	default:
		err = o.window(ctx, log)
	}
	if err != nil {
		fmt.Fprintln(notes, "confab: "+sentence.For(err))
		return exitFailure
	}
	return exitOK
}

// join holds a call without a window; its own fatal line is on out already.
func (o *options) join(ctx context.Context, in io.Reader, out, notes io.Writer, log *slog.Logger) error {
	if !o.headless {
		return o.window(ctx, log)
	}
	return console.Join(ctx, console.JoinOptions{
		Client: conference.Options{
			Name: o.name, Signaling: o.signalingURL(), Password: o.password, Speaker: o.speaker,
			ICEServers: o.iceServers, RelayOnly: o.relayOnly, HideAddresses: o.hideAddresses,
			Record: o.record, MaxUplink: o.maxUplink, Measure: true, Logger: log,
		},
		Drivers: drivers(o.localNetwork(log, tellAddresses(notes))), Room: o.room, Camera: o.camera, Microphone: o.microphone, Screen: o.screen,
		Width: o.size.width, Height: o.size.height, FrameRate: o.fps, MaxBitrate: o.maxBitrate, Processing: o.processing,
		Duration: o.duration, Logger: log,
	}, in, out)
}

// window holds calls in a window.
func (o *options) window(ctx context.Context, log *slog.Logger) (err error) {
	if err := checkDisplay(); err != nil {
		return err
	}
	path := o.settings
	if path == "" {
		if path, err = settings.Path(); err != nil {
			log.Warn("settings are not kept", "err", err)
		}
	}
	nearby := o.localNetwork(log, nil)
	local := conference.NewLocalMedia(conference.LocalMediaOptions{MaxBitrate: o.maxBitrate, Processing: o.processing, Logger: log})
	sound := audio.NewDevices(log)
	defer func() { err = errors.Join(err, local.Close(), sound.Close()) }()
	return ui.Run(ctx, ui.Options{
		Dial:         ui.Dial(conference.Options{Local: local, Devices: sound, Record: o.record, MaxUplink: o.maxUplink, Logger: log}, drivers(nearby)),
		Nearby:       nearby.Browse,
		Media:        local,
		Devices:      ui.SystemDevices(sound),
		SettingsPath: path, Name: o.name, Room: o.roomField(), Signaling: o.signaling, Password: o.password, Join: o.joinNow || o.command == "join",
		Microphone: o.microphone, Camera: o.camera, Screen: o.screen, Speaker: o.speaker,
		Width: o.size.width, Height: o.size.height, FramesPerSecond: o.fps, Processing: o.processing,
		ICEServers: o.iceServers, RelayOnly: o.relayOnly, HideAddresses: o.hideAddresses,
		Version: version, Logger: log,
	})
}
