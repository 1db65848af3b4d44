package main_test

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"confab/conference/signaling/lan/lantest"
)

// village starts a call on each host of a lab, in one room and without a server, and waits until all have met.
func village(t *testing.T, l *lantest.Lab, names ...string) []*process {
	t.Helper()
	var calls []*process
	for i, name := range names {
		calls = append(calls, visit(t, l, i+1, name))
	}
	for _, p := range calls {
		p.meets(others(p, calls)...)
	}
	goOn(calls...)
	return calls
}

// visit starts a call on one host.
func visit(t *testing.T, l *lantest.Lab, host int, name string) *process {
	t.Helper()
	line := l.Command(host, append([]string{
		program(t), "join", "--headless", "--signaling", "lan:", "--lan-interfaces", "eth0",
		"--room", "village", "--name", name, "--password", "sesame", "--speaker", "none",
	}, small...)...)
	return start(t, name, line[0], nil, line[1:]...)
}

// TestACallOfFourHostsWithoutAServer: on one switch, without a way out, four meet, see and hear each other,
// also after one was cut off.
func TestACallOfFourHostsWithoutAServer(t *testing.T) {
	l := lantest.NewLab(t, 4)
	calls := village(t, l, "Ana", "Ben", "Cleo", "Dora")
	if want := "--signaling lan:10.77.0.1."; !strings.Contains(calls[0].said(), want) {
		t.Errorf("%s says %q, want %q", calls[0].name, calls[0].said(), want)
	}

	ben, rest := calls[1], []*process{calls[0], calls[2], calls[3]}
	gone, cut := marks(calls), time.Now()
	l.Cut(2, true)
	for _, p := range rest {
		p.wait("gave up "+ben.name, func(all []line) bool { return slices.ContainsFunc(all[gone[p]:], ends(ben.name)) })
	}
	t.Logf("who was cut off is given up after %v", time.Since(cut).Round(time.Millisecond))
	goOn(rest...)

	back, plugged := marks(calls), time.Now()
	l.Cut(2, false)
	for _, p := range rest {
		p.wait("met "+ben.name+" again", func(all []line) bool { return slices.ContainsFunc(all[back[p]:], connects(ben.name)) })
	}
	t.Logf("who is back is connected to all after %v", time.Since(plugged).Round(time.Millisecond))
	goOn(calls...)
	for _, p := range calls {
		p.leaves()
	}
}

// TestACallWithoutAServerOutlivesItsSignaling: when nothing passes between the hosts but the media itself, the call
// goes on, also with what is new in it, and nothing is set up anew afterwards.
func TestACallWithoutAServerOutlivesItsSignaling(t *testing.T) {
	l := lantest.NewLab(t, 4)
	calls := village(t, l, "Ana", "Ben", "Cleo")
	before, from := marks(calls), time.Now()
	for i := range calls {
		l.RefuseTCP(i+1, true)
	}
	goOn(calls...)
	calls[0].tell(`{"do":"share","source":"test","on":true}`)
	for _, p := range calls[1:] {
		p.gets("pictures of the screen", "Ana", screen, 10)
	}
	outlast(from, calls...)
	for i := range calls {
		l.RefuseTCP(i+1, false)
	}
	dora := visit(t, l, 4, "Dora")
	dora.meets("Ana", "Ben", "Cleo")
	for _, p := range calls {
		p.meets("Dora")
		for _, name := range others(p, calls) {
			checkUnchanged(t, p, before[p], name)
		}
	}
	calls = append(calls, dora)
	goOn(calls...)
	for _, p := range calls {
		p.leaves()
	}
}

// TestAComputerThatSleptIsBackInTheCall: a suspended machine is missed, and is back in the call when it wakes.
func TestAComputerThatSleptIsBackInTheCall(t *testing.T) {
	l := lantest.NewLab(t, 2)
	calls := village(t, l, "Ana", "Ben")
	before := marks(calls)
	if err := calls[1].cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	calls[0].wait("gave up Ben", func(all []line) bool { return slices.ContainsFunc(all[before[calls[0]]:], ends("Ben")) })
	awake := marks(calls)
	if err := calls[1].cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	calls[0].wait("met Ben again", func(all []line) bool { return slices.ContainsFunc(all[awake[calls[0]]:], connects("Ben")) })
	goOn(calls...)
	for _, p := range calls {
		p.leaves()
	}
}

// connects tells whether a line says that the connection to somebody was established.
func connects(name string) func(line) bool {
	return func(l line) bool { return about(name)(l) && l.State == "connected" }
}
