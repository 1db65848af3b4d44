package server_test

import (
	"bufio"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"confab/conference/server"
	"confab/conference/signaling"
	"confab/conference/signaling/native"
)

// get asks the server's plain side.
func get(t *testing.T, address, path string, header http.Header) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

// figure is the value of one of the server's metrics.
func figure(t *testing.T, address, name string) (value float64) {
	t.Helper()
	response := get(t, address, "/metrics", nil)
	defer response.Body.Close()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			if _, err := fmt.Sscan(text, &value); err != nil {
				t.Fatal(err)
			}
			return value
		}
	}
	t.Fatalf("no metric %s, status %d", name, response.StatusCode)
	return 0
}

// waitFor waits for a condition and gives up after 60 s.
func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	giveUp := time.After(60 * time.Second)
	for !condition() {
		select {
		case <-again.C:
		case <-giveUp:
			t.Fatal("waited in vain")
		}
	}
}

func TestMetricsCountWhatHappens(t *testing.T) {
	address, _ := listening(t, "127.0.0.1:0", server.Options{})
	ann, err := dialTo(t, "ws://"+address, "demo", "Ann", native.Dialer{}, signaling.Options{Password: "x"})
	if err != nil {
		t.Fatal(err)
	}
	ben, err := dialTo(t, "ws://"+address, "demo", "Ben", native.Dialer{}, signaling.Options{Password: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if err := ben.Send(t.Context(), ann.Self(), bye(1)); err != nil {
		t.Fatal(err)
	}
	next[signaling.Received](t, ann)
	if _, err := dialTo(t, "ws://"+address, "demo", "Eve", native.Dialer{}, signaling.Options{}); err == nil {
		t.Fatal("joined without the password")
	}
	for name, want := range map[string]float64{
		"confab_rooms": 1, "confab_members": 2, "confab_members_away": 0, "confab_joins_total": 2,
		"confab_signals_total": 1, `confab_errors_total{code="unauthorized"}`: 1, "confab_connections_total": 3,
	} {
		if got := figure(t, address, name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if figure(t, address, "confab_bytes_received_total") == 0 || figure(t, address, "confab_bytes_sent_total") == 0 {
		t.Error("no bytes are counted")
	}
}

func TestMetricsAreForThisMachineAndWhoeverIsNamed(t *testing.T) {
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	guest := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	for name, c := range map[string]struct {
		options   server.Options
		forwarded string
		want      int
	}{
		"this machine":                   {server.Options{}, "", 200},
		"a proxy that nobody knows":      {server.Options{}, "192.0.2.7", 403},
		"a stranger behind our proxy":    {server.Options{Proxies: loopback}, "192.0.2.7", 403},
		"a watcher behind our proxy":     {server.Options{Proxies: loopback, Watchers: guest}, "192.0.2.7", 200},
		"one who claims to be a watcher": {server.Options{Proxies: loopback, Watchers: guest}, "192.0.2.7, 198.51.100.1", 403},
	} {
		t.Run(name, func(t *testing.T) {
			address, _ := listening(t, "127.0.0.1:0", c.options)
			header := http.Header{}
			if c.forwarded != "" {
				header.Set("X-Forwarded-For", c.forwarded)
			}
			if got := get(t, address, "/metrics", header).StatusCode; got != c.want {
				t.Errorf("status %d, want %d", got, c.want)
			}
		})
	}
}
