package main_test

import (
	"slices"
	"syscall"
	"testing"
)

// TestMembersOutliveARestartOfTheServer: told to end, the server sends its members away and ends well; they
// go on meanwhile, come back to the next one by themselves, and are who they were.
func TestMembersOutliveARestartOfTheServer(t *testing.T) {
	s := serve(t, "127.0.0.1:0")
	calls := []*process{
		join(t, program(t), s.url, "restart", "Ana", small...), join(t, program(t), s.url, "restart", "Ben", small...),
	}
	for _, p := range calls {
		p.meets(others(p, calls)...)
	}
	at := s.listen()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := s.exit(); code != 0 {
		t.Errorf("server: exit code %d, want 0", code)
	}
	goOn(calls...)
	before := make(map[*process]int)
	for _, p := range calls {
		before[p] = p.mark()
	}
	again := serve(t, at)
	cleo := join(t, program(t), again.url, "restart", "Cleo", small...)
	cleo.meets("Ana", "Ben")
	for _, p := range calls {
		p.meets("Cleo")
		if slices.ContainsFunc(p.seen()[before[p]:], func(l line) bool { return (ends("Ana")(l) || ends("Ben")(l)) }) {
			t.Errorf("%s has lost somebody", p.name)
		}
	}
	for _, p := range append(calls, cleo) {
		p.leaves()
	}
}
