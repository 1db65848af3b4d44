package main_test

import (
	"encoding/json"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestCommandLine runs the scripts in testdata/script, each in a folder of its own. Beside the commands of
// testscript they have
//
//	confab CODE ARG...    run the program; it must end with this exit code
//	failed SENTENCE       the last call without a window said so, once, on both streams, as its last words
//	misused TEXT          the last run said this of its command line in one line, and nothing else
//
// and these servers in the environment: URL (with a guest in the room "locked", whose password is
// "sesame"), FULL_URL (with two guests, as many as it takes, in the room "full"), WEB_URL (serves HTTP; WEB is its
// host), TLS (the host of one with a certificate of its own making), SILENT_URL (answers nothing), CLOSED_URL (nobody listens). JOIN are the first words of a call without a
// window and without devices.
func TestCommandLine(t *testing.T) {
	path := program(t)
	env := servers(t)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		Deadline:            time.Now().Add(2 * patience), // a call that hangs fails its script
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, env...)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"confab": func(ts *testscript.TestScript, neg bool, args []string) {
				if neg || len(args) == 0 {
					ts.Fatalf("usage: confab CODE ARG...")
				}
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				if code := exitCode(ts.Exec(path, strings.Fields(strings.Join(args[1:], " "))...)); code != want {
					ts.Fatalf("exit code %d, want %d", code, want)
				}
			},
			"failed":  failed,
			"misused": misused,
		},
	})
}

// servers starts what the scripts talk to, and gives the environment that names it.
func servers(t *testing.T) []string {
	t.Helper()
	open, full := serve(t, "127.0.0.1:0"), serve(t, "127.0.0.1:0", "--max-peers", "2")
	none := []string{"--camera", "none", "--microphone", "none"}
	for _, guest := range []*process{
		join(t, program(t), open.url, "locked", "Ana", append(none, "--password", "sesame")...),
		join(t, program(t), full.url, "full", "Ben", none...),
		join(t, program(t), full.url, "full", "Cleo", none...),
	} {
		guest.wait("joined", func(all []line) bool { return len(all) > 0 && all[0].Event == "joined" })
	}
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(t.Output(), "", 0) // of clients that do not trust it
	secure.StartTLS()
	t.Cleanup(secure.Close)
	silent, closed := listener(t), listener(t)
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	env := environment(
		"URL="+open.url, "FULL_URL="+full.url, "WEB_URL=ws"+strings.TrimPrefix(web.URL, "http"),
		"WEB="+web.Listener.Addr().String(), "TLS="+secure.Listener.Addr().String(),
		"SILENT_URL=ws://"+silent.Addr().String(), "CLOSED_URL=ws://"+closed.Addr().String(),
		"JOIN=join --headless --name Nora --camera none --microphone none --speaker none",
		"DISPLAY=", "WAYLAND_DISPLAY=",
	)
	return env
}

// listener listens, and takes nothing in.
func listener(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// failed checks the last words of a call that could not go on.
func failed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: failed SENTENCE")
	}
	fatal := 0
	var last line
	for text := range strings.Lines(ts.ReadFile("stdout")) {
		last = line{}
		ts.Check(json.Unmarshal([]byte(text), &last))
		if last.Fatal {
			fatal++
		}
	}
	if fatal != 1 || last.Event != "error" || last.Message != args[0] {
		ts.Fatalf("%d fatal lines, the last line is %s %q; want one, the last, with %q", fatal, last.Event, last.Message, args[0])
	}
	if notes := ts.ReadFile("stderr"); notes != "confab: "+args[0]+"\n" {
		ts.Fatalf("standard error %q, want %q", notes, "confab: "+args[0])
	}
}

// misused checks what is said of a command line that makes no sense.
func misused(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: misused TEXT")
	}
	want := "confab: " + args[0] + ". See 'confab --help'.\n"
	if out, notes := ts.ReadFile("stdout"), ts.ReadFile("stderr"); out != "" || notes != want {
		ts.Fatalf("standard output %q, standard error %q; want nothing, %q", out, notes, want)
	}
}
