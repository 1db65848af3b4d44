package main_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestInvitedPeopleMeetInASealedCall holds a call of three real processes by an invitation, to one of whom it
// has the form of a page's address. Then somebody comes with another key, and somebody with none.
func TestInvitedPeopleMeetInASealedCall(t *testing.T) {
	path := program(t)
	server := serve(t, "127.0.0.1:0")
	out, err := exec.Command(path, "invite", "--signaling", server.url, "--room", "sealed").Output()
	if err != nil {
		t.Fatal(err)
	}
	invitation := strings.TrimSpace(string(out))
	_, key, ok := strings.Cut(invitation, "#")
	if !ok || len(key) != 32 {
		t.Fatalf("the invitation is %q", invitation)
	}
	come := func(name string, by ...string) *process {
		args := slices.Concat([]string{"join"}, by, []string{"--headless", "--name", name, "--camera", "none", "--microphone", "none", "--speaker", "none"})
		return start(t, name, path, nil, args...)
	}
	page := "http" + strings.TrimPrefix(server.url, "ws") + "/r/sealed#" + key
	ana, ben, cleo := come("Ana", invitation), come("Ben", page), come("Cleo", "--room", invitation)
	people := []*process{ana, ben, cleo}
	for _, p := range people {
		for _, other := range people {
			if p != other {
				p.wait("met "+other.name, func(lines []line) bool {
					return slices.ContainsFunc(lines, func(l line) bool { return l.Event == "peer" && l.Name == other.name && l.State == "connected" })
				})
			}
		}
	}
	hears := func(p *process, sentence string) {
		t.Helper()
		p.wait("said "+sentence, func(lines []line) bool {
			return slices.ContainsFunc(lines, func(l line) bool { return l.Event == "error" && strings.Contains(l.Message, sentence) })
		})
	}
	wrong := come("Wrong", strings.Replace(invitation, "#"+key, "#0123456789abcdefghijklmnopqrstuv", 1))
	hears(wrong, "has another invitation")
	hears(ana, "Somebody has another invitation")
	none := come("None", "--signaling", server.url, "--room", "sealed")
	hears(none, "This call is for those with its invitation.")
	hears(ana, "None came without the invitation")
	for _, p := range []*process{wrong, none, ana, ben, cleo} {
		p.leaves()
		shown := []string{p.said()}
		for _, l := range p.seen() {
			shown = append(shown, l.text)
		}
		if strings.Contains(strings.Join(shown, "\n"), key) {
			t.Errorf("%s shows the key", p.name)
		}
	}
	if strings.Contains(server.said(), key) {
		t.Error("the server knows the key")
	}
}

func TestInvitationThatIsNotWholeIsRefused(t *testing.T) {
	for _, args := range [][]string{
		{"join", "confab://h/r#0123", "--headless", "--name", "Ana"},
		{"invite"},
		{"invite", "--signaling", "antmedia+ws://h:5080/App/websocket"},
	} {
		out, err := exec.Command(program(t), args...).CombinedOutput()
		if exitCode(err) == 0 || strings.Contains(string(out), "0123") {
			t.Errorf("%v: %v, %s", args, err, out)
		}
	}
}
