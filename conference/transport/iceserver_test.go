package transport_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"confab/conference/signaling"
	"confab/conference/transport"
)

func TestICEServersAreReadAsPeopleWriteThem(t *testing.T) {
	good := map[string]signaling.ICEServer{
		"stun:stun.example.org":           {URLs: []string{"stun:stun.example.org"}},
		"stun:192.0.2.1:19302":            {URLs: []string{"stun:192.0.2.1:19302"}},
		"stuns:[2001:db8::1]:5349":        {URLs: []string{"stuns:[2001:db8::1]:5349"}},
		"turn:ann:secret@turn.example":    {URLs: []string{"turn:turn.example"}, Username: "ann", Credential: "secret"},
		"turn:a:b@h:3478?transport=tcp":   {URLs: []string{"turn:h:3478?transport=tcp"}, Username: "a", Credential: "b"},
		"turns:1700000000:x:y@z@h":        {URLs: []string{"turns:h"}, Username: "1700000000", Credential: "x:y@z"},
		"turn:a%3Ab:p%40ss@h:80":          {URLs: []string{"turn:h:80"}, Username: "a:b", Credential: "p@ss"},
		"turn:a:b@[::1]:1?transport=udp":  {URLs: []string{"turn:[::1]:1?transport=udp"}, Username: "a", Credential: "b"},
		"turns:a:b@h:443?transport=tcp":   {URLs: []string{"turns:h:443?transport=tcp"}, Username: "a", Credential: "b"},
		"turn:user:p+w/d=@turn.example:1": {URLs: []string{"turn:turn.example:1"}, Username: "user", Credential: "p+w/d="},
	}
	for text, want := range good {
		got, err := transport.ParseICEServer(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	bad := []string{
		"", "stun", "stun:", "http://h", "turn:h", "turn:user@h", "turn:user:@h", "turn::secret@h", "stun:a:b@h",
		"stun:h:port", "stun:h:0", "stun:h:70000", "turn:a:secret@h?transport=pigeon", "stun:h?x=y",
		"turn:a%zz:secret@h", "turn:a:secret%zz@h", "turn:a:secret@", "turn:a:secret@ho st",
	}
	for _, text := range bad {
		_, err := transport.ParseICEServer(text)
		if !errors.Is(err, transport.ErrICEServer) {
			t.Errorf("%q: %v, want ErrICEServer", text, err)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error repeats the password: %v", text, err)
		}
	}
}

func TestEngineRefusesServersThatCannotWork(t *testing.T) {
	for name, s := range map[string]signaling.ICEServer{
		"no URL":         {},
		"no credentials": {URLs: []string{"turn:h"}},
		"one of two":     {URLs: []string{"stun:h", "gopher:h"}},
	} {
		o := transport.Options{ICEServers: []signaling.ICEServer{s}}
		if _, err := transport.NewEngine(o); !errors.Is(err, transport.ErrICEServer) {
			t.Errorf("%s: %v, want ErrICEServer", name, err)
		}
	}
}
