package server_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"testing"

	"go.uber.org/goleak"

	"confab/conference/server"
)

// instanceOf makes this program a server of its own, in the cluster of the NATS servers that it names.
const instanceOf = "CONFAB_TEST_INSTANCE_OF"

// floodOf makes it a flooder of the server at that URL, until its standard input ends.
const floodOf = "CONFAB_TEST_FLOOD_OF"

// echoes makes it one that sends back what it is sent.
const echoes = "CONFAB_TEST_ECHOES"

func TestMain(m *testing.M) {
	if url := os.Getenv(instanceOf); url != "" {
		if err := runInstance(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if url := os.Getenv(floodOf); url != "" {
		if err := runFlooder(url, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if os.Getenv(echoes) != "" {
		if err := runEcho(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// runInstance serves until it is killed, or until whoever started it is no more.
func runInstance(url string) error {
	s, err := server.New(server.Options{Cluster: server.Cluster{URL: url}})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	ctx, cancel := context.WithCancel(context.Background())
	go func() { // ends with the process
		_, _ = os.Stdin.Read(make([]byte, 1))
		cancel()
	}()
	return s.Serve(ctx, l)
}
