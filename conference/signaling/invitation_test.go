package signaling_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"confab/conference/signaling"
)

const (
	invitationKey = "0123456789abcdefghijklmnopqrstuv"
	invitationPin = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
)

// invitations are those that are understood, by their text.
var invitations = map[string]signaling.Invitation{
	"confab://example.org/stand-up#" + invitationKey:                          {Server: "wss://example.org", Room: "stand-up", Key: invitationKey},
	"confab://192.0.2.1:8443/r?via=ws#" + invitationKey:                       {Server: "ws://192.0.2.1:8443", Room: "r", Key: invitationKey},
	"confab://[2001:db8::1]:1/a%2Fb%20c?path=%2Fcalls#" + invitationKey:       {Server: "wss://[2001:db8::1]:1/calls", Room: "a/b c", Key: invitationKey},
	"confab://h/r?path=%2Fsocket.io%2F&via=socketio%2Bhttp":                   {Server: "socketio+http://h/socket.io/", Room: "r"},
	"confab://h/r#" + invitationKey + "&pin=" + invitationPin:                 {Server: "wss://h#pin=" + invitationPin, Room: "r", Key: invitationKey},
	"confab:///r?via=lan#" + invitationKey:                                    {Server: "lan:", Room: "r", Key: invitationKey},
	"confab://192.0.2.7:26632/r?via=lan#" + invitationKey:                     {Server: "lan://192.0.2.7:26632", Room: "r", Key: invitationKey},
	"confab://u:p@h:4222/r?query=servers%3Da%252Cb&via=nats#" + invitationKey: {Server: "nats://u:p@h:4222?servers=a%2Cb", Room: "r", Key: invitationKey},
	"confab://h/%2E%2E#" + invitationKey:                                      {Server: "wss://h", Room: "..", Key: invitationKey},
	"confab://h/r":                                                            {Server: "wss://h", Room: "r"},
	"confab://h/r#pin=" + invitationPin:                                       {Server: "wss://h#pin=" + invitationPin, Room: "r"},
}

func TestInvitationIsReadAndWrittenAsItWas(t *testing.T) {
	for text, want := range invitations {
		got, err := signaling.ParseInvitation(" " + text + "\n")
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
		if again := got.String(); again != text {
			t.Errorf("%s is written as %s", text, again)
		}
	}
}

func TestInvitationToAServerHoldsWhatItsURLSaysAndNothingElse(t *testing.T) {
	for server, want := range map[string]string{
		"wss://h/":                     "confab://h/r",
		"wss://h#top":                  "confab://h/r",
		"lan:192.0.2.7:26632":          "confab://192.0.2.7:26632/r?via=lan",
		"wss://h#pin=" + invitationPin: "confab://h/r#pin=" + invitationPin,
	} {
		i := signaling.Invitation{Server: server, Room: "r"}
		if got := i.String(); got != want {
			t.Errorf("to %s: %s, want %s", server, got, want)
		}
	}
}

func TestAddressOfAPageIsAnInvitation(t *testing.T) {
	for text, want := range map[string]signaling.Invitation{
		"https://example.org/r/stand-up#" + invitationKey:                {Server: "wss://example.org", Room: "stand-up", Key: invitationKey},
		"http://localhost:8443/r/a%2Fb#" + invitationKey:                 {Server: "ws://localhost:8443", Room: "a/b", Key: invitationKey},
		"https://h/calls/r/x#" + invitationKey + "&pin=" + invitationPin: {Server: "wss://h/calls#pin=" + invitationPin, Room: "x", Key: invitationKey},
		"https://h/r/x": {Server: "wss://h", Room: "x"},
	} {
		got, err := signaling.ParseInvitation(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
		if page, ok := got.Page(); !ok || page != text {
			t.Errorf("%s is written as %s, %v", text, page, ok)
		}
	}
}

func TestWhatIsNoWholeInvitationIsRefusedWithoutShowingItsKey(t *testing.T) {
	for _, text := range []string{
		"", "stand-up", "confab:", "confab://", "confab://h", "confab://h/", "confab:///r#" + invitationKey,
		"confab://h/a/b#" + invitationKey,
		"confab://h/r#" + invitationKey[1:], "confab://h/r#" + invitationKey + "w", "confab://h/r#" + invitationKey + "&pin=1",
		"confab://h/r#" + invitationKey + "&" + invitationKey, "confab://h/r#" + strings.Repeat("+", 32),
		"confab://h/r?via=#" + invitationKey, "confab://h/r?via=ws&via=wss#" + invitationKey, "confab://h/r?password=x#" + invitationKey,
		"confab://h/r?via=confab#" + invitationKey, "confab://h/r?via=WS#" + invitationKey, "confab://h/r?path=x#" + invitationKey,
		"confab://h:x/r#" + invitationKey, "confab://::/r#" + invitationKey, "confab://h/%zz#" + invitationKey, "confab://h/%00#" + invitationKey,
		"ws://h/r#" + invitationKey, "https://h/room#" + invitationKey, "https://h/r/#" + invitationKey, "https://h/r/a?b#" + invitationKey,
		"https://h/r/" + strings.Repeat("a", 129), "confab://h/r#" + strings.Repeat("a", 3000),
	} {
		_, err := signaling.ParseInvitation(text)
		if !errors.Is(err, signaling.ErrInvitation) {
			t.Errorf("%s: %v, want ErrInvitation", text, err)
		} else if strings.Contains(err.Error(), invitationKey[1:]) {
			t.Errorf("%s: the error shows the key: %v", text, err)
		}
	}
}

func TestURLIsShownWithoutWhatIsSecret(t *testing.T) {
	for raw, want := range map[string]string{
		"confab://h/r#" + invitationKey: "confab://h/r",
		"nats://u:secret@h":             "nats://u:xxxxx@h",
		"nats:u:secret@h":               "nats:xxxxx@h",
		"ws://h:x#" + invitationKey:     "a malformed URL",
	} {
		if got := signaling.Redact(raw); got != want {
			t.Errorf("Redact(%s) = %s, want %s", raw, got, want)
		}
	}
}

// FuzzParseInvitation checks that what is read is written so that the same is read again.
func FuzzParseInvitation(f *testing.F) {
	for text := range invitations {
		f.Add(text)
	}
	f.Add("https://h/calls/r/x#" + invitationKey)
	f.Fuzz(func(t *testing.T, text string) {
		i, err := signaling.ParseInvitation(text)
		if err != nil {
			return
		}
		again, err := signaling.ParseInvitation(i.String())
		if err != nil || again.Room != i.Room || again.Key != i.Key || again.String() != i.String() {
			t.Errorf("%q is read as %+v, written as %q and read as %+v, %v", text, i, i.String(), again, err)
		}
		if page, ok := i.Page(); ok {
			if again, err := signaling.ParseInvitation(page); err != nil || again.Key != i.Key || again.Room != i.Room {
				t.Errorf("%q has the page %q, which is read as %+v, %v", text, page, again, err)
			}
		}
	})
}
