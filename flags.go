package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"confab/conference"
	"confab/conference/server"
	"confab/conference/signaling"
	"confab/conference/transport"
)

const usage = `Confab holds calls face to face, peer to peer.

  confab [INVITATION]          the window
  confab join --headless       a call without a window: JSON lines out, JSON commands in
  confab join INVITATION       a call that somebody invited to, such as confab://host/room#key
  confab invite                an invitation to a new call that no server can listen to
  confab serve                 a signaling server
  confab devices               cameras, microphones, speakers, screens
  confab demo                  a whole call on this machine

`

// environmentPrefix begins the names of environment variables: CONFAB_MAX_BITRATE is --max-bitrate.
const environmentPrefix = "CONFAB_"

// maxConfig bounds a configuration file, in bytes.
const maxConfig = 1 << 20

var errHelp = errors.New("help was shown")

// options are what the command line, the environment and the configuration file say.
type options struct {
	command string

	signaling, room, name, password     string
	invitation                          string // the text; what it says is in signaling, room and sealKey
	sealKey                             string // of the invitation; empty: signals are not sealed
	camera, microphone, speaker, screen string
	record, config, settings            string
	size                                size
	fps                                 float64
	maxBitrate, maxUplink               int
	processing                          conference.Processing
	iceServers                          iceServers
	relayOnly, hideAddresses            bool
	page                                bool
	lanInterfaces                       string // names, separated by commas
	headless, joinNow                   bool
	duration                            time.Duration
	listen, certFile, keyFile           string
	maxPeers                            int
	serving                             server.Options // what has no field of its own
	json                                bool
	picture                             string
	logLevel                            slog.Level
	logFile                             string
}

// size is a picture's, as 1280x720.
type size struct{ width, height int }

func (s *size) String() string {
	if s == nil || s.width == 0 {
		return ""
	}
	return fmt.Sprintf("%dx%d", s.width, s.height)
}

func (s *size) Set(text string) error {
	w, h, ok := strings.Cut(text, "x")
	width, err1 := strconv.Atoi(w)
	height, err2 := strconv.Atoi(h)
	if !ok || err1 != nil || err2 != nil || width < 16 || height < 16 || width > 4096 || height > 4096 {
		return errors.New("want a size in pixels like 1280x720, 16 to 4096 each")
	}
	s.width, s.height = width, height
	return nil
}

// iceServers are STUN and TURN servers, one for each time that the flag is given.
type iceServers []signaling.ICEServer

func (s *iceServers) String() string { return "" }

func (s *iceServers) Set(text string) error {
	server, err := transport.ParseICEServer(text)
	if err != nil {
		return err
	}
	*s = append(*s, server)
	return nil
}

// off is a flag that is on unless it is given as --name=false.
type off bool

func (o *off) String() string   { return strconv.FormatBool(o == nil || !bool(*o)) }
func (o *off) IsBoolFlag() bool { return true }

func (o *off) Set(text string) error {
	on, err := strconv.ParseBool(text)
	*o = off(!on)
	return err
}

// commands and the flags that only they have; the others are for window and join.
var commands = []string{"join", "invite", "serve", "devices", "demo"}

// parse reads the command line, then the environment and the configuration file for what the command
// line does not say.
func parse(args []string, environment func(string) (string, bool), notes io.Writer) (*options, error) {
	o := &options{}
	if len(args) > 0 && args[0] == "help" {
		args = append([]string{"--help"}, args[1:]...)
	}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") && !signaling.IsInvitation(args[0]) {
		if o.command = args[0]; !slices.Contains(commands, o.command) {
			return nil, fmt.Errorf("unknown command %q", o.command)
		}
		args = args[1:]
	}
	if len(args) > 0 && signaling.IsInvitation(args[0]) && o.calls() {
		o.invitation, args = args[0], args[1:]
	}
	f := o.flags()
	f.SetOutput(io.Discard)
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(notes, usage)
		f.SetOutput(notes)
		f.PrintDefaults()
		return nil, errHelp
	} else if err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("unexpected %q", f.Arg(0))
	}
	if err := fillIn(f, environment); err != nil {
		return nil, err
	}
	if err := o.readInvitation(); err != nil {
		return nil, err
	}
	return o, o.check()
}

func (o *options) flags() *flag.FlagSet {
	f := flag.NewFlagSet("confab", flag.ContinueOnError)
	f.StringVar(&o.config, "config", "", "JSON `file` with values for these flags by name")
	f.TextVar(&o.logLevel, "log-level", slog.LevelWarn, "debug, info, warn or error")
	f.StringVar(&o.logFile, "log-file", "", "`file` for the log in place of stderr")
	switch o.command {
	case "serve":
		f.StringVar(&o.listen, "listen", ":8443", "`address` to listen on")
		f.IntVar(&o.maxPeers, "max-peers", 8, "members of a room")
		f.StringVar(&o.certFile, "cert", "", "certificate, PEM `file`: with --key, wss is spoken")
		f.StringVar(&o.keyFile, "key", "", "its key, PEM `file`")
		f.Var(&o.iceServers, "ice-server", "STUN or TURN server handed out to clients, may be repeated, like `turn:user:pass@host:port`")
		o.serveFlags(f)
		return f
	case "invite":
		f.StringVar(&o.signaling, "signaling", "", "signaling `URL`, like wss://host:8443")
		f.StringVar(&o.room, "room", "", "`room`, empty: a new one that nobody guesses")
		f.BoolVar(&o.page, "page", false, "the address of a page for those who have only a browser")
		return f
	case "devices":
		f.BoolVar(&o.json, "json", false, "one JSON array in place of a table")
		return f
	case "demo":
		f.StringVar(&o.picture, "picture", "demo.png", "PNG `file` for a picture of the window")
		f.DurationVar(&o.duration, "duration", 15*time.Second, "how long the call lasts")
		return f
	}
	f.StringVar(&o.signaling, "signaling", "", "signaling `URL`, like wss://host:8443")
	f.StringVar(&o.room, "room", "", "`room` to join, or an invitation")
	f.StringVar(&o.name, "name", "", "your `name`")
	f.StringVar(&o.password, "password", "", "the room's password")
	f.StringVar(&o.camera, "camera", "", "ID, default, test, none or file:clip.y4m")
	f.StringVar(&o.microphone, "microphone", "", "ID, default, test, none or file:speech.wav")
	f.StringVar(&o.speaker, "speaker", "", "ID, default, none or file:out.wav")
	f.Var((*off)(&o.processing.EchoOff), "echo-cancellation", "keep what the speaker plays from being sent back")
	f.Var((*off)(&o.processing.NoiseOff), "noise-suppression", "take steady noise out of what the microphone hears")
	f.Var((*off)(&o.processing.VolumeOff), "automatic-volume", "bring speech to one loudness")
	f.StringVar(&o.screen, "screen", "", "screen to share at once: ID, default, test or none")
	f.Var(&o.size, "size", "of the camera's picture, like `1280x720`")
	f.Float64Var(&o.fps, "fps", 0, "the camera's frames per second")
	f.IntVar(&o.maxBitrate, "max-bitrate", 0, "bits per second of one picture, 0: as many as it is worth")
	f.IntVar(&o.maxUplink, "max-uplink", 0, "bits per second of all that is sent, to all, 0: what the paths carry")
	f.Var(&o.iceServers, "ice-server", "STUN or TURN server, may be repeated, like `turn:user:pass@host:port?transport=tcp`")
	f.BoolVar(&o.relayOnly, "relay-only", false, "send through TURN servers only")
	f.BoolVar(&o.hideAddresses, "hide-addresses", false, "tell others mDNS names in place of local addresses")
	f.StringVar(&o.lanInterfaces, "lan-interfaces", "", "`names` of the network interfaces on which calls without a server are found, like eth0,wlan0, or none; empty: all")
	f.StringVar(&o.record, "record", "", "`directory` for pictures and sound of the others")
	if o.command == "join" {
		f.BoolVar(&o.headless, "headless", false, "no window")
		f.DurationVar(&o.duration, "duration", 0, "leave after it, like `20s`")
		return f
	}
	f.BoolVar(&o.joinNow, "join", false, "join at once")
	f.StringVar(&o.settings, "settings", "", "`file` that keeps the window's settings")
	return f
}

// fillIn sets the flags that the command line left open from the environment, then from the
// configuration file. The first of them that makes no sense is the error.
func fillIn(f *flag.FlagSet, environment func(string) (string, bool)) error {
	given := make(map[string]bool)
	f.Visit(func(g *flag.Flag) { given[g.Name] = true })
	var failed error
	f.VisitAll(func(g *flag.Flag) {
		name := environmentPrefix + strings.ToUpper(strings.ReplaceAll(g.Name, "-", "_"))
		if text, _ := environment(name); text != "" && !given[g.Name] {
			given[g.Name] = true
			if err := f.Set(g.Name, text); err != nil && failed == nil {
				failed = fmt.Errorf("%s=%s: %w", name, text, err)
			}
		}
	})
	if path := f.Lookup("config").Value.String(); path != "" && failed == nil {
		return fillInFile(f, path, given)
	}
	return failed
}

func fillInFile(f *flag.FlagSet, path string, given map[string]bool) error {
	b, err := readConfig(path)
	if err != nil {
		return err
	}
	var values map[string]any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber() // a float64 would write 2500000 as 2.5e+06
	err = d.Decode(&values)
	if _, more := d.Token(); err == nil && !errors.Is(more, io.EOF) {
		err = errors.New("more follows after it")
	}
	if err != nil {
		return fmt.Errorf("configuration file %s is no JSON object: %w", path, err)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if f.Lookup(name) == nil || name == "config" {
			return fmt.Errorf("configuration file %s: no setting is called %q", path, name)
		}
		if given[name] {
			continue
		}
		list, ok := values[name].([]any)
		if !ok {
			list = []any{values[name]}
		}
		for _, one := range list {
			if err := setTo(f, name, one); err != nil {
				return fmt.Errorf("configuration file %s: %s: %w", path, name, err)
			}
		}
	}
	return nil
}

// setTo sets a flag to a value of JSON.
func setTo(f *flag.FlagSet, name string, value any) error {
	switch value := value.(type) {
	case string, bool, json.Number:
		return f.Set(name, fmt.Sprint(value))
	}
	return errors.New("want a text, a number, true or false, or a list of them")
}

func readConfig(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, maxConfig+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("configuration file: %w", err)
	case len(b) > maxConfig:
		return nil, fmt.Errorf("configuration file %s is larger than %d bytes", path, maxConfig)
	}
	return b, nil
}

// check finds what does not go together.
func (o *options) check() error {
	switch {
	case o.command == "serve":
		return o.checkServing()
	case o.fps < 0 || o.fps > 120:
		return fmt.Errorf("--fps %g, want 1 to 120", o.fps)
	case o.maxBitrate < 0:
		return fmt.Errorf("--max-bitrate %d, want 0 or more", o.maxBitrate)
	case o.maxUplink < 0:
		return fmt.Errorf("--max-uplink %d, want 0 or more", o.maxUplink)
	case o.duration < 0:
		return fmt.Errorf("--duration %v, want 0 or more", o.duration)
	case !o.headless:
		return nil
	case o.signaling == "":
		return errors.New("join without --signaling URL")
	case o.room == "":
		return errors.New("join without --room")
	case o.name == "":
		return errors.New("join without --name")
	}
	return nil
}

// logger writes to notes or to the log file.
func (o *options) logger(notes io.Writer) (log *slog.Logger, closeLog func(), err error) {
	closeLog = func() {}
	if o.logFile != "" {
		file, err := os.OpenFile(o.logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, closeLog, fmt.Errorf("log file: %w", err)
		}
		notes, closeLog = file, func() { file.Close() }
	}
	return slog.New(slog.NewTextHandler(notes, &slog.HandlerOptions{Level: o.logLevel})), closeLog, nil
}
