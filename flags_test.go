package main

import (
	"errors"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"confab/conference/server"
)

// parsed are options as the command line words, the environment and a configuration file give them.
func parsed(t *testing.T, words string, environment map[string]string, config string) (*options, error) {
	t.Helper()
	args := strings.Fields(words)
	if config != "" {
		path := filepath.Join(t.TempDir(), "config.json")
		if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--config", path)
	}
	lookup := func(name string) (string, bool) {
		text, ok := environment[name]
		return text, ok
	}
	o, err := parse(args, lookup, io.Discard)
	if o != nil {
		o.config = "" // its path differs each time
	}
	return o, err
}

// comparing looks into options.
var comparing = cmp.Options{
	cmp.AllowUnexported(options{}, size{}),
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
}

// whole is a command line of a call without a window, to which a test adds.
const whole = "join --headless --signaling ws://h --room r --name n "

func wholeOptions(change func(*options)) *options {
	o := &options{command: "join", headless: true, signaling: "ws://h", room: "r", name: "n", logLevel: slog.LevelWarn}
	change(o)
	return o
}

func TestCommandLinesMeanWhatTheySay(t *testing.T) {
	for name, c := range map[string]struct {
		words string
		want  *options
	}{
		"nothing is the window": {"", &options{logLevel: slog.LevelWarn}},
		"window that joins":     {"--join --room r", &options{joinNow: true, room: "r", logLevel: slog.LevelWarn}},
		"sources": {
			whole + "--camera file:a.y4m --microphone file:a.wav --speaker none --screen test --size 640x360 --fps 29.97 --record out",
			wholeOptions(func(o *options) {
				o.camera, o.microphone, o.speaker, o.screen = "file:a.y4m", "file:a.wav", "none", "test"
				o.size, o.fps, o.record = size{640, 360}, 29.97, "out"
			}),
		},
		"what is done to the sound": {
			whole + "--echo-cancellation=false --noise-suppression=true --automatic-volume=false",
			wholeOptions(func(o *options) { o.processing.EchoOff, o.processing.VolumeOff = true, true }),
		},
		"limits": {
			whole + "--max-bitrate 2500000 --duration 1m30s --log-level debug --log-file l.txt",
			wholeOptions(func(o *options) {
				o.maxBitrate, o.duration, o.logLevel, o.logFile = 2_500_000, 90*time.Second, slog.LevelDebug, "l.txt"
			}),
		},
		"paths": {
			whole + "--ice-server stun:s.example --ice-server turn:u:p@t.example:3478?transport=tcp --relay-only --hide-addresses",
			wholeOptions(func(o *options) {
				o.relayOnly, o.hideAddresses = true, true
				o.iceServers = iceServers{
					{URLs: []string{"stun:s.example"}},
					{URLs: []string{"turn:t.example:3478?transport=tcp"}, Username: "u", Credential: "p"},
				}
			}),
		},
		"server":  {"serve --listen :1 --max-peers 3", &options{command: "serve", listen: ":1", maxPeers: 3, logLevel: slog.LevelWarn}},
		"default": {"serve", &options{command: "serve", listen: ":8443", maxPeers: 8, logLevel: slog.LevelWarn}},
		"guarded server": {
			"serve --self-signed k.pem --limit-joins 9 --trust-proxy 10.0.0.0/8 --trust-proxy ::1 --turn :3478 --turn-address 192.0.2.1 --turn-ports 5000-6000 --turn-lifetime 1h",
			&options{
				command: "serve", listen: ":8443", maxPeers: 8, logLevel: slog.LevelWarn, serving: server.Options{
					SelfSigned: "k.pem", Limits: server.Limits{Joins: 9},
					Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")},
					Relay: server.Relay{
						Listen: ":3478", Address: netip.MustParseAddr("192.0.2.1"), Ports: [2]uint16{5000, 6000}, Lifetime: time.Hour,
					},
				},
			},
		},
		"one server of several": {
			"serve --cluster nats://a:4222,nats://b:4222 --cluster-name east",
			&options{
				command: "serve", listen: ":8443", maxPeers: 8, logLevel: slog.LevelWarn,
				serving: server.Options{Cluster: server.Cluster{URL: "nats://a:4222,nats://b:4222", Name: "east"}},
			},
		},
		"devices": {"devices --json", &options{command: "devices", json: true, logLevel: slog.LevelWarn}},
		"demo":    {"demo --picture p.png", &options{command: "demo", picture: "p.png", duration: 15 * time.Second, logLevel: slog.LevelWarn}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parsed(t, c.words, nil, "")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, comparing); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestTheNearestSourceOfASettingWins(t *testing.T) {
	for name, c := range map[string]struct {
		words       string
		environment map[string]string
		config      string
		want        string // the room
	}{
		"default":                     {want: ""},
		"file":                        {config: `{"room":"file"}`, want: "file"},
		"environment over file":       {environment: map[string]string{"CONFAB_ROOM": "environment"}, config: `{"room":"file"}`, want: "environment"},
		"flag over all":               {words: "--room flag", environment: map[string]string{"CONFAB_ROOM": "environment"}, config: `{"room":"file"}`, want: "flag"},
		"flag that is empty":          {words: "--room=", environment: map[string]string{"CONFAB_ROOM": "environment"}, config: `{"room":"file"}`, want: ""},
		"empty environment is none":   {environment: map[string]string{"CONFAB_ROOM": "", "CONFAB_FPS": ""}, config: `{"room":"file"}`, want: "file"},
		"others' environment is none": {environment: map[string]string{"ROOM": "theirs", "CONFAB_E2E_DURATION": "20s"}, want: ""},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := parsed(t, c.words, c.environment, c.config)
			if err != nil {
				t.Fatal(err)
			}
			if o.room != c.want {
				t.Errorf("room %q, want %q", o.room, c.want)
			}
		})
	}
}

func TestEveryKindOfSettingCanComeFromFileAndEnvironment(t *testing.T) {
	want := wholeOptions(func(o *options) {
		o.size, o.fps, o.maxBitrate, o.relayOnly, o.duration = size{640, 360}, 29.97, 2_500_000, true, 20*time.Second
		o.iceServers = iceServers{{URLs: []string{"stun:a.example"}}, {URLs: []string{"stun:b.example"}}}
		o.logLevel = slog.LevelInfo
	})
	for name, c := range map[string]struct {
		environment map[string]string
		config      string
	}{
		"file": {config: `{"size":"640x360", "fps":29.97, "max-bitrate":2500000, "relay-only":true, "duration":"20s",
			"ice-server":["stun:a.example","stun:b.example"], "log-level":"info"}`},
		"both": {
			environment: map[string]string{
				"CONFAB_SIZE": "640x360", "CONFAB_FPS": "29.97", "CONFAB_MAX_BITRATE": "2500000", "CONFAB_RELAY_ONLY": "true",
				"CONFAB_DURATION": "20s", "CONFAB_LOG_LEVEL": "info",
			},
			config: `{"ice-server":["stun:a.example","stun:b.example"], "fps":1}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parsed(t, whole, c.environment, c.config)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, comparing); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestWhatMakesNoSenseIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		words       string
		environment map[string]string
		config      string
		want        string // part of the error
	}{
		"unknown command":       {words: "dance", want: `unknown command "dance"`},
		"unknown flag":          {words: "--dance", want: "-dance"},
		"flag of another":       {words: "serve --room r", want: "-room"},
		"no network":            {words: "serve --trust-proxy here", want: "want a network"},
		"no ports":              {words: "serve --turn-ports 9-1", want: "want a range"},
		"no relay address":      {words: "serve --turn-address me", want: "turn-address"},
		"flag without value":    {words: "--room", want: "-room"},
		"word too many":         {words: "devices all", want: `unexpected "all"`},
		"headless, no URL":      {words: "join --headless --room r --name n", want: "--signaling"},
		"headless, no room":     {words: "join --headless --signaling ws://h --name n", want: "--room"},
		"headless, no name":     {words: "join --headless --signaling ws://h --room r", want: "--name"},
		"size of words":         {words: "--size large", want: "1280x720"},
		"size of one side":      {words: "--size 1280", want: "1280x720"},
		"size too small":        {words: "--size 15x15", want: "16 to 4096"},
		"size too large":        {words: "--size 4097x16", want: "16 to 4096"},
		"negative size":         {words: "--size -640x360", want: "1280x720"},
		"too fast":              {words: "--fps 121", want: "1 to 120"},
		"negative rate":         {words: "--fps -1", want: "1 to 120"},
		"negative bitrate":      {words: "--max-bitrate -1", want: "0 or more"},
		"negative duration":     {words: "demo --duration -1s", want: "0 or more"},
		"duration, no unit":     {words: whole + "--duration 20", want: "-duration"},
		"ICE server":            {words: "--ice-server http://h", want: "stun, stuns, turn or turns"},
		"log level":             {words: "--log-level loud", want: "-log-level"},
		"environment":           {environment: map[string]string{"CONFAB_FPS": "many"}, want: "CONFAB_FPS=many"},
		"no file":               {words: "--config /nowhere/c.json", want: "/nowhere/c.json"},
		"file is a folder":      {words: "--config /", want: "configuration file"},
		"file of no JSON":       {config: "room = r", want: "no JSON object"},
		"file of a list":        {config: `["room"]`, want: "no JSON object"},
		"file of two objects":   {config: `{"room":"a"} {"room":"b"}`, want: "more follows"},
		"unknown setting":       {config: `{"dance":1}`, want: `no setting is called "dance"`},
		"file names a file":     {config: `{"config":"x"}`, want: `"config"`},
		"setting of other kind": {config: `{"fps":"many"}`, want: "fps"},
		"setting of nothing":    {config: `{"room":null}`, want: "want a text"},
		"setting of an object":  {config: `{"room":{"a":1}}`, want: "want a text"},
		"list in a list":        {config: `{"ice-server":[["stun:a"]]}`, want: "want a text"},
		"file too large":        {config: `{"room":"` + strings.Repeat("r", maxConfig) + `"}`, want: "larger than"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parsed(t, c.words, c.environment, c.config)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want one with %q", err, c.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error has more than one line: %q", err)
			}
		})
	}
}

func TestHelpIsShownForEachCommand(t *testing.T) {
	for words, want := range map[string]string{
		"--help": "-join", "-h": "-join", "help": "-join", "help serve": "-join",
		"join --help": "-headless", "serve -h": "-listen", "devices --help": "-json", "demo --help": "-picture",
	} {
		t.Run(words, func(t *testing.T) {
			var notes strings.Builder
			_, err := parse(strings.Fields(words), func(string) (string, bool) { return "", false }, &notes)
			if !errors.Is(err, errHelp) || !strings.Contains(notes.String(), want) || !strings.HasPrefix(notes.String(), "Confab") {
				t.Errorf("error %v, help %q", err, notes.String())
			}
		})
	}
}
