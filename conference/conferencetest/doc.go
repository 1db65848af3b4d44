// Package conferencetest has the links, clips and rooms that tests and benchmarks of a call need.
//
// A [Link] is one direction of a bad path as plain arithmetic: it says when a packet arrives, or why it
// does not. A [Cable] carries packets over a Link as time goes by, a [Host] is somebody's network with
// such a cable at its end, and a [Room] holds people, each at a host of their own, who send a [Clip]
// and a [Voice]. In a testing/synctest bubble all of it runs in virtual time over a virtual network; the
// same room over real sockets of the loopback takes as long as the call lasts.
//
//	link (pure) ── cable (a goroutine) ── host (a transport.Net) ── person (a real conference.Client)
//
// The tests of this package hold the bench of bad networks: go test -run TestNetworkTable -network.table.
package conferencetest
