package settings_test

import (
	"errors"
	"testing"

	"confab/conference/signaling"
	"confab/ui/settings"

	"github.com/google/go-cmp/cmp"
)

func TestICEServersAreReadAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]signaling.ICEServer{
		"stun:example.org":          {URLs: []string{"stun:example.org"}},
		" stuns:example.org:5349\n": {URLs: []string{"stuns:example.org:5349"}},
		"turn:eve:secret@example.org:3478?transport=tcp": {
			URLs: []string{"turn:example.org:3478?transport=tcp"}, Username: "eve", Credential: "secret",
		},
		"turns:eve:a:b@c@[2001:db8::1]:443": {
			URLs: []string{"turns:[2001:db8::1]:443"}, Username: "eve", Credential: "a:b@c",
		},
		"turn:e%3Ave:%40@h": {URLs: []string{"turn:h"}, Username: "e:ve", Credential: "@"},
	} {
		t.Run(text, func(t *testing.T) {
			got, err := settings.ParseICEServer(text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatIsNoICEServerIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "example.org", "http://example.org", "stun:", "stun::", "stun://example.org", "turn:example.org",
		"turn:eve@example.org", "stun:eve:secret@example.org", "turn:eve:%zz@example.org", "turn:a:b@", "stun:a b",
	} {
		if s, err := settings.ParseICEServer(text); !errors.Is(err, settings.ErrICEServer) {
			t.Errorf("ParseICEServer(%q) = %v, %v, want ErrICEServer", text, s, err)
		}
	}
}

func TestListOfICEServersSkipsEmptyLines(t *testing.T) {
	got, err := settings.ParseICEServers([]string{"", "stun:a", " ", "stun:b"})
	if err != nil || len(got) != 2 {
		t.Errorf("ParseICEServers = %v, %v", got, err)
	}
	if _, err := settings.ParseICEServers([]string{"stun:a", "nonsense"}); !errors.Is(err, settings.ErrICEServer) {
		t.Errorf("ParseICEServers = %v, want ErrICEServer", err)
	}
}
