package nats_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"confab/conference/signaling"
)

// TestClusterOfTheDocumentCarriesARoom starts the three servers of docs/nats.md as they are written there, but for
// their addresses, certificates and passwords; the last two are what somebody fills in.
func TestClusterOfTheDocumentCarriesARoom(t *testing.T) {
	text, err := os.ReadFile("../../../docs/nats.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "```\nserver_name:")
	block, _, ok := strings.Cut("server_name:"+block, "```")
	if !ok {
		t.Fatal("docs/nats.md has no configuration")
	}
	var clients, routes [3]string
	for i := range clients {
		clients[i], routes[i] = fmt.Sprint("127.0.0.1:", free(t)), fmt.Sprint("127.0.0.1:", free(t))
	}
	block = regexp.MustCompile(`(?m)^(tls|websocket|client_advertise).*$`).ReplaceAllString(block, "")
	for i := range routes {
		block = strings.ReplaceAll(block, fmt.Sprintf("nats-%d.example.org:6222", i+1), routes[i])
	}
	var servers []*natsserver.Server
	for i := range clients {
		own := strings.NewReplacer("nats-1", fmt.Sprint("nats-", i+1), "0.0.0.0:4222", clients[i], "0.0.0.0:6222", routes[i], "$2a$11$…", "secret")
		path := filepath.Join(t.TempDir(), "nats.conf")
		if err := os.WriteFile(path, []byte(own.Replace(block)), 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := natsserver.ProcessConfigFile(path)
		if err != nil {
			t.Fatal(err)
		}
		servers = append(servers, serve(t, *o))
	}
	await(t, "the cluster", func() bool {
		for _, s := range servers {
			if s.NumRoutes() < 2 {
				return false
			}
		}
		return true
	})
	var all []signaling.Session
	for i, name := range []string{"Ana", "Ben", "Cleo"} {
		all = append(all, join(t, "nats://confab:secret@"+clients[i]+"?prefix=calls.", "kitchen", name))
	}
	for _, s := range all {
		meets(t, s, 2)
	}
}
