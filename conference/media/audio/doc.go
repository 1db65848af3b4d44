// Package audio is the way of sound: devices, mixer, adaptive playout.
//
// Each peer's Opus packets go into a [Playout], which makes an even stream of 10 ms frames of them:
// it waits as long as the network's jitter demands and no longer, repairs with the copies that Opus
// packets carry, conceals what is missing, and stretches time so that the sender's clock, the
// network's delay and our sound card stay together. A [Mixer] adds the streams of all peers under a
// limiter that never clips. [Devices] owns microphones and speakers at their own rates, watches them, and
// moves to the default device and back when one is unplugged.
//
//	packets ─ Playout ─┐
//	packets ─ Playout ─┼─ Mixer ─ limiter ─ pump ─ resampler ─ ring ─ device callback
//	packets ─ Playout ─┘
//
// The speaker sets the pace. Its pump calls the mixer, which pulls every playout once for each 10 ms
// that the device has consumed; "none" and files have a clock of their own. Nothing on this way waits
// for anybody or allocates. A device's callback runs on a thread of the sound system and only copies
// samples out of or into a ring, with a ramp of 5 ms where they are torn. What it took is told to whoever
// asked for it: the reference of an echo canceller.
package audio
