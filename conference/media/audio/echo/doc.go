// Package echo takes the sound of the loudspeaker out of what the microphone hears.
//
// A Canceller is told what the loudspeaker has played (Render) and given the microphone's sound in blocks
// of 10 ms (Process), which it returns 10 ms later without the echo. The two devices have clocks of their
// own and nobody knows how long the sound is on its way, so it works in this order:
//
//  1. The timeline follows where in what was played the present lies, through late reports, stalls and
//     lost sound of either device.
//  2. The search finds the delay of the echo by correlation, 16 times a second.
//  3. The aligner lets a reader fetch what was played from there, between the samples and at a rate of
//     its own; it notices when the delay has changed, and tries the new one on the last 120 ms with the filter as
//     it was when last it was good. The drift loop steers that rate by the phase between
//     the echo and its estimate, to about one millionth.
//  4. The filter learns the way from the loudspeaker to the microphone, with a part for the loudspeaker's
//     distortion, and its estimate of the echo is subtracted. It is a Kalman filter: it knows how sure it
//     is of itself, and needs nobody to tell it when both ends talk.
//  5. The suppressor takes out what is left, as far as nobody near talks, and fills in comfort noise.
//  6. The guard presses the far talker down while the delay is unknown or the estimate is wrong.
//
// A microphone that hears no echo, a headset's, passes untouched: the delay is never found. Nothing here
// starts a goroutine, reads a clock or allocates after New.
//
// The race detector does not watch the loops over samples and bins (go:norace): they touch what belongs to
// the caller of Process alone, and watched they take 30 times as long, so that no call could be tested.
package echo
