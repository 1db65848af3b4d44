// Package resample changes the rate of sound by windowed-sinc interpolation.
//
// An output sample is the sum of 64 input samples (more when the rate falls), weighted by a sinc under a
// Kaiser window. What is above 0.81 of half the lower rate fades, and from half the lower rate on nothing
// is left: aliases and images are 90 dB down. The position is counted in whole numbers, so that nothing
// drifts: to seconds of input give exactly to seconds of output, for ever.
//
// A [Stream] is given its input as it comes, in any portions, and gives what output can be had of it. A
// [Resampler] fetches its input itself.
package resample
