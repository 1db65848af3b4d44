package main

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"confab/conference/signaling/lan"
)

// localNetwork is the network for calls without a server, on the interfaces that the command line allows.
// Nothing is opened or sent before somebody looks for a call. reachable: see [lan.Options].
func (o *options) localNetwork(log *slog.Logger, reachable func(urls []string)) *lan.Network {
	var names []string
	if o.lanInterfaces != "" {
		names = strings.Split(o.lanInterfaces, ",")
	}
	return lan.New(lan.Options{Interfaces: names, Reachable: reachable, Logger: log})
}

// tellAddresses gives what says on notes how others come into a call without a server where they do not
// find it.
func tellAddresses(notes io.Writer) func(urls []string) {
	return func(urls []string) {
		if len(urls) > 0 {
			fmt.Fprintf(notes, "confab: Who does not find the call on this network can join with --signaling %s.\n", strings.Join(urls, " or "))
		}
	}
}
