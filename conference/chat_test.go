package conference_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference"
	"confab/conference/data"
	"confab/conference/signaling"
)

// letters are the chat messages that somebody gets.
func letters(t *testing.T, p *person) <-chan conference.Event {
	return p.channel.Subscribe(t.Context(), "chat")
}

func expectLetter(t *testing.T, from <-chan conference.Event, name, text string) {
	t.Helper()
	timeout := time.NewTimer(5 * time.Second)
	defer timeout.Stop()
	select {
	case e := <-from:
		if m, ok := e.(conference.ChatMessage); !ok || m.Client.Name != name || m.Text != text {
			t.Errorf("got %+v, want %q of %s", e, text, name)
		}
	case <-timeout.C:
		t.Errorf("%q of %s did not come", text, name)
	}
}

func TestChatReachesOneOrAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage(t, "Ana", "Ben", "Chen")
		ana, ben, chen := v.people[0], v.people[1], v.people[2]
		for i := range v.people {
			for j, name := range []string{"Ana", "Ben", "Chen"} {
				if i != j {
					v.await(5*time.Second, i, name, "connected")
				}
			}
		}
		toBen, toChen := letters(t, ben), letters(t, chen)
		eventually(t, 5*time.Second, func() (string, bool) { // the control channels open a little later
			err := ana.channel.SendChat(t.Context(), "", " hello\u202e all ")
			return "not everybody is reached", err == nil
		})
		expectLetter(t, toBen, "Ana", "hello all")
		expectLetter(t, toChen, "Ana", "hello all")
		if err := ana.channel.SendChat(t.Context(), chen.id(), "only you"); err != nil {
			t.Fatal(err)
		}
		expectLetter(t, toChen, "Ana", "only you")
		if err := ana.channel.SendChat(t.Context(), "", "ends"); err != nil {
			t.Fatal(err)
		}
		expectLetter(t, toBen, "Ana", "ends") // and nothing before it
	})
}

func TestChatThatReachesNobodySaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage(t, "Ana")
		ana := v.people[0].channel
		for what, c := range map[string]struct {
			to   signaling.PeerID
			text string
			want error
		}{
			"alone":    {"", "hello", conference.ErrNotReached},
			"stranger": {"p_nobody", "hello", conference.ErrNoClient},
			"empty":    {"", " \n", data.ErrChat},
			"too long": {"", strings.Repeat("x", data.MaxChat+1), data.ErrChat},
		} {
			if err := ana.SendChat(t.Context(), c.to, c.text); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", what, err, c.want)
			}
		}
		var missed *conference.NotReachedError
		if err := ana.SendChat(t.Context(), "", "hello"); !errors.As(err, &missed) || len(missed.Names) != 0 {
			t.Errorf("alone: %v, want a NotReachedError without names", err)
		}
		if err := ana.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := ana.SendChat(t.Context(), "", "hello"); !errors.Is(err, conference.ErrLeft) {
			t.Errorf("after leaving: %v, want ErrLeft", err)
		}
	})
}
