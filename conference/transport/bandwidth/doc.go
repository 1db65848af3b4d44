// Package bandwidth estimates what a path carries, from when packets left and when they arrived.
//
// An [Estimator] is arithmetic: no goroutine, no clock, no I/O. Its owner tells it what the other side
// reported (transport-cc feedback), every 10 ms that time has passed, and obeys the [Decision] that
// comes back: how much may be sent, how fast it may leave, and what to do at once.
//
// The measure is the queueing delay: a packet's one-way delay minus the least of the last 10 s, so the
// two ends' clocks need not agree. Its smallest value over the newest arrivals is the standing queue;
// what stands longer than 35 ms (and the path's own jitter) is of our making. The rules, in the order
// in which they are asked:
//
//	outage    no feedback at all: hold everything back; begin anew with the first (outage.go)
//	probe     a short train at three times the budget measures what the path could carry (probe.go)
//	collapse  the queue fills at once: the path became slow; its new rate is measured, begin anew (collapse.go)
//	drain     after a collapse: less than the path carries, until the queue is gone (drain.go)
//	overuse   a queue stands: ease off (overuse.go)
//	plateau   where the path's limit is known, and nobody else uses it, a little queue is enough to ease
//	          off a little: the budget stays just below (plateau.go)
//	loss      what a short, full queue loses is as good as a standing one; random loss is nothing
//	          until it is too much (loss.go)
//	growth    otherwise the budget grows, as far as what is received proves it (growth.go)
//
// A peer that does not tell when packets arrived is followed by its receiver reports, once a second
// (coarse.go).
//
// All rates are in bits per second on the wire: IP and UDP headers included, everything to one peer.
package bandwidth
