package sentence_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
	"testing"

	"confab/conference"
	"confab/conference/media/audio"
	"confab/conference/media/capture"
	"confab/conference/mesh"
	"confab/conference/signaling"
	"confab/conference/signaling/socket"
	"confab/conference/signaling/socketio"
	"confab/ui/sentence"
)

func TestNoErrorHasNoSentence(t *testing.T) {
	if s := sentence.For(nil); s != "" {
		t.Errorf("For(nil) = %q", s)
	}
}

func TestSentenceIsFoundThroughWrapping(t *testing.T) {
	wrapped := fmt.Errorf("join %q: %w", "r", fmt.Errorf("dial: %w", signaling.ErrRoomFull))
	want := "The room is full. Try again when somebody has left."
	for name, err := range map[string]error{
		"bare":    signaling.ErrRoomFull,
		"wrapped": wrapped,
		"joined":  errors.Join(errors.New("close: broken pipe"), wrapped),
	} {
		t.Run(name, func(t *testing.T) {
			if got := sentence.For(err); got != want {
				t.Errorf("For = %q, want %q", got, want)
			}
		})
	}
}

func TestSentenceNamesTheDevice(t *testing.T) {
	err := fmt.Errorf("open %q: %w", "usb-1", capture.ErrBusy)
	for kind, want := range map[capture.Kind]string{
		capture.Camera:     "The camera is used by another program. Close it there, or choose another one.",
		capture.Microphone: "The microphone is used by another program. Close it there, or choose another one.",
		capture.Speaker:    "The loudspeaker is used by another program. Close it there, or choose another one.",
		0:                  "The device is used by another program. Close it there, or choose another one.",
	} {
		if got := sentence.ForDevice(kind, err); got != want {
			t.Errorf("ForDevice(%v) = %q, want %q", kind, got, want)
		}
	}
}

func TestSentenceNamesThePerson(t *testing.T) {
	got := sentence.ForPeer("Ben", fmt.Errorf("connection 3: %w", mesh.ErrPathLost))
	want := "The connection to Ben was lost and did not come back. It returns by itself when the network does."
	if got != want {
		t.Errorf("ForPeer = %q, want %q", got, want)
	}
}

func TestSentenceNamesWhomAMessageDidNotReach(t *testing.T) {
	for want, names := range map[string][]string{
		sentence.NobodyReads: nil,
		"The message did not reach Ben. There is no connection at the moment, or no chat at the other end.": {"Ben"},
		"The message did not reach Ana, Ben and Chen. There is no connection at the moment, or no chat at the other end.": {
			"Ana", "Ben", "Chen",
		},
	} {
		if got := sentence.For(fmt.Errorf("chat: %w", &conference.NotReachedError{Names: names})); got != want {
			t.Errorf("For = %q, want %q", got, want)
		}
	}
}

func TestNameThatLooksLikeAMarkIsOnlyAName(t *testing.T) {
	got := sentence.ForPeer("{device}", mesh.ErrClosed)
	if want := "The connection to {device} was closed."; got != want {
		t.Errorf("ForPeer = %q, want %q", got, want)
	}
}

func TestServersThatTurnUsAwayAreToldApart(t *testing.T) {
	const elsewhere = "There is a server at this address, but it does not serve Confab calls. Check how the address begins, its port and its path."
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"a page":          {&socket.RefusedError{Status: 404}, elsewhere},
		"a proxy":         {&socket.RefusedError{Status: 502}, "The server lets nobody in at the moment. Try again in a while."},
		"too many people": {&socket.RefusedError{Status: 429}, "The server lets nobody in at the moment. Try again in a while."},
		"closed":          {&socket.ClosedError{Code: 1012}, "The server closed the connection. Try again in a while."},
		"closed, and why": {fmt.Errorf("%w: %w", signaling.ErrKicked, &socket.ClosedError{Code: 4000}), "You were removed from the room."},
		"Socket.IO": {
			fmt.Errorf("%w: %w", &socketio.ServerError{Code: 4}, &socket.RefusedError{Status: 403}),
			"The Socket.IO server refused that. Check the address, and that the server is of this kind.",
		},
		"nobody": {signaling.ErrUnreachable, "The server cannot be reached. Check the address and your network."},
	} {
		if got := sentence.For(fmt.Errorf("join: %w", c.err)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestUnknownErrorIsShownWithItsOwnText(t *testing.T) {
	if got, want := sentence.For(errors.New("disk on fire")), "Something went wrong: disk on fire."; got != want {
		t.Errorf("For = %q, want %q", got, want)
	}
}

func TestExchangedSoundDeviceIsSaidWithItsName(t *testing.T) {
	for want, err := range map[string]error{
		"The microphone was unplugged. Confab uses another one now: Built-in.": &audio.SwitchError{
			Kind: capture.Microphone, From: "Headset", To: "Built-in", Cause: capture.ErrGone,
		},
		"The loudspeaker was unplugged, and there is no other. Plug one in.": &audio.SwitchError{
			Kind: capture.Speaker, From: "Headset", Cause: audio.ErrNoDevice,
		},
		"The microphone is back: Headset.": &audio.SwitchError{Kind: capture.Microphone, From: "Built-in", To: "Headset"},
	} {
		if got := sentence.For(fmt.Errorf("sound: %w", err)); got != want {
			t.Errorf("For = %q, want %q", got, want)
		}
	}
}

func TestReasonStandsAboveThePassingOfTime(t *testing.T) {
	err := fmt.Errorf("%w: %w", signaling.ErrUnreachable, context.DeadlineExceeded)
	if got, want := sentence.For(err), sentence.For(signaling.ErrUnreachable); got != want {
		t.Errorf("For = %q, want %q", got, want)
	}
}

func TestWhatTheSystemRefusesIsSaidByItsName(t *testing.T) {
	at := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}
	for want, err := range map[string]error{
		"Another program listens on 127.0.0.1:80 already. End it, or choose another port.": &net.OpError{
			Op: "listen", Addr: at, Err: os.NewSyscallError("bind", syscall.EADDRINUSE),
		},
		"This user may not listen on 127.0.0.1:80. Choose a port above 1023, or allow it to the program.": &net.OpError{
			Op: "listen", Addr: at, Err: os.NewSyscallError("bind", syscall.EACCES),
		},
		"key.pem does not exist. Check its name.":                    &fs.PathError{Op: "open", Path: "key.pem", Err: syscall.ENOENT},
		"You are not allowed to use key.pem. Check its permissions.": &fs.PathError{Op: "open", Path: "key.pem", Err: syscall.EACCES},
		"That file does not exist. Check its name.":                  fs.ErrNotExist,
	} {
		if got := sentence.For(fmt.Errorf("serve: %w", err)); got != want {
			t.Errorf("For = %q, want %q", got, want)
		}
	}
}
