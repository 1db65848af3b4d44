// Package receive turns one peer's packets into pictures, and counts what went wrong.
//
// A [Video] is one stream of VP8. Packets are put in order, missing ones are asked for again, and a
// frame is decoded as soon as its last packet is there and everything it refers to has been decoded.
// What no repair brings in time is skipped if the frames after it can do without; else a key frame is
// asked for, again and again until one arrives, and the picture stands until then.
//
// The model: an assembler (a ring of packets, a chain of references, the times of requests) is plain
// arithmetic that takes now and does no I/O. One goroutine owns it and keeps its deadlines; a second
// one decodes, and converts to the pixels of the view. Every frame is decoded; only the newest is
// converted.
//
// Left to others: the sockets, RTCP, sound, and how long ago a picture was taken.
package receive
