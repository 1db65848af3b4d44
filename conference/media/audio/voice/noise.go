package voice

// Constants of the noise estimate (Cohen 2003, "Noise spectrum estimation in adverse environments: improved
// minima controlled recursive averaging"), for steps of 10 ms. The estimate of Gerkmann and Hendriks was
// tried: it takes held vowels for noise and leaves clean speech 18 dB from itself, this one 32 dB.
const (
	smoothPower = 0.1  // share of the new frame
	minimumBias = 1.66 // of the mean of noise over its minimum
	// A bin is free of speech in the first pass below both.
	freePower  = 4.6  // power over the minimum
	freeSmooth = 1.67 // smoothed power over the minimum
	// From 1 to surePower times the minimum of the second pass, absence goes from certain to none.
	surePower    = 3
	noiseMemory  = 0.85
	noiseBias    = 1.35 // speech's absence is found in what is below the mean
	startFrames  = 30   // whose power is taken for noise whatever it is
	startMemory  = 0.7
	settleFrames = 4 // before there is a minimum worth the name
	// mostOverLeast bounds the estimate by the minimum of the second pass. In noise it never bites; without it,
	// who speaks when the microphone opens is taken for noise for as long as 3 s.
	mostOverLeast = 4
	leastNoise    = 1e-12
)

// noise estimates the power of the noise in each bin while somebody may speak.
type noise struct {
	power [Bins]float32 // the estimate
	over  [Bins]float32 // the frame's power over it, at most mostOver

	frames   int
	averaged [Bins]float32 // of the noise, before the bias
	smooth   [Bins]float32 // power over time and neighbours
	minimum  minimum       // of it
	free     [Bins]bool    // of speech, by the first pass
	quiet    [Bins]float32 // smooth without bins that are not free
	quietest minimum       // of it
}

// mostOver limits the ratio of power to noise to 30 dB: more decides nothing.
const mostOver = 1000

// add takes the powers of the next frame in. spoken is what the frame before had of speech, over noise.
func (n *noise) add(power, spoken *[Bins]float32) {
	if n.frames++; n.frames <= 2 { // the first frame is half empty
		n.averaged, n.power = *power, *power
	}
	share := max(smoothPower, 1/float32(max(n.frames-1, 1)))
	for k := range n.smooth {
		n.smooth[k] += share * (mixed(power, k) - n.smooth[k])
	}
	if n.frames <= settleFrames {
		n.quiet = n.smooth
		n.minimum.reset(&n.smooth)
		n.quietest.reset(&n.smooth)
	} else {
		n.minimum.add(&n.smooth)
		n.passOver(power)
		n.quietest.add(&n.quiet)
	}
	n.average(power, spoken)
}

// mixed is bin k with a quarter of each neighbour.
func mixed(power *[Bins]float32, k int) float32 {
	if k == 0 || k == Bins-1 {
		return power[k]
	}
	return 0.5*power[k] + 0.25*(power[k-1]+power[k+1])
}

// passOver smooths the power again, without what the first pass takes for speech.
func (n *noise) passOver(power *[Bins]float32) {
	for k, least := range &n.minimum.least {
		floor := minimumBias * least
		n.free[k] = power[k] < freePower*floor && n.smooth[k] < freeSmooth*floor
	}
	for k := range n.quiet {
		sum, weight := float32(0), float32(0)
		if n.free[k] {
			sum, weight = 2*power[k], 2
		}
		if k > 0 && n.free[k-1] {
			sum, weight = sum+power[k-1], weight+1
		}
		if k < Bins-1 && n.free[k+1] {
			sum, weight = sum+power[k+1], weight+1
		}
		if weight > 0 {
			n.quiet[k] += smoothPower * (sum/weight - n.quiet[k])
		}
	}
}

// average moves the estimate towards the frame as far as speech is absent.
func (n *noise) average(power, spoken *[Bins]float32) {
	starting := n.frames < startFrames
	bias, memory := float32(noiseBias), float32(startMemory)
	if starting {
		bias = 1
	}
	for k, p := range power {
		if !starting {
			speech := n.presence(k, p, spoken[k])
			memory = noiseMemory + (1-noiseMemory)*speech
		}
		n.averaged[k] = min(memory*n.averaged[k]+(1-memory)*p, mostOverLeast*n.quietest.least[k])
		n.power[k] = max(bias*n.averaged[k], leastNoise)
		n.over[k] = min(p/n.power[k], mostOver)
	}
}

// presence is the probability that speech is in bin k, by the second pass.
func (n *noise) presence(k int, power, spoken float32) float32 {
	floor := minimumBias * n.quietest.least[k]
	if n.smooth[k] >= freeSmooth*floor || power >= surePower*floor {
		return 1
	}
	if power <= floor {
		return 0
	}
	absent := (surePower*floor - power) / ((surePower - 1) * floor)
	over := min(power/n.power[k], mostOver)
	prior := priorOf(spoken, over)
	return presence(absent, prior, over*prior/(1+prior))
}
