package main_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// folder is where the program is built, once per run and only if a test wants it.
var folder string

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "confab-e2e-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// Fyne, which the program links, has started goroutines already.
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent(), goleak.Cleanup(func(code int) {
		if err := os.RemoveAll(folder); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(code)
	}))
}

// program is the path of the program under test, built with the race detector if the tests are.
func program(t testing.TB) string {
	t.Helper()
	if raced() {
		return built(t, racedProgram)
	}
	return built(t, productProgram)
}

// product is the path of the program as it is delivered, for what is measured in real time.
func product(t testing.TB) string {
	t.Helper()
	return built(t, productProgram)
}

// The flags are those of `make build` and of `go test -race`, so that the builds share their caches.
var (
	productProgram = sync.OnceValues(func() (string, error) { return build("confab", "-trimpath") })
	racedProgram   = sync.OnceValues(func() (string, error) { return build("confab-race", "-race") })
)

func built(t testing.TB, program func() (string, error)) string {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func build(name string, flags ...string) (string, error) {
	path := filepath.Join(folder, name)
	args := append(append([]string{"build"}, flags...), "-ldflags", "-X main.version=test", "-o", path, ".")
	out, err := exec.Command("go", args...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return path, err
}

// raced tells whether the tests run with the race detector.
func raced() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// environment is what the program is started with: no settings of the developer's own, no session bus.
func environment(more ...string) []string {
	env := slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "CONFAB_") })
	env = append(env, "LANG=en_US.UTF-8", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent", "LIBGL_ALWAYS_SOFTWARE=1")
	env = append(env, "CONFAB_LAN_INTERFACES=none") // tests send nothing to the network they run on
	return append(env, more...)
}

// exitCode is that of a process that has ended: -1 if a signal ended it.
func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -2
}
