package echo_test

import (
	"math"
	"math/rand/v2"

	"confab/conference/media/audio/echo"
)

// scenario is a call through one room. Times are in seconds, delays too.
type scenario struct {
	name          string
	drift         float64 // millionths by which the loudspeaker's clock is faster
	wander        float64 // greatest swing of the delay, over half a minute
	delay         float64 // from the report of a sound to its arrival, without the way through the air
	reverberation float64
	echo          float64 // dB over the near talker
	drive         float64 // of the loudspeaker; 0: 2.2, a distortion of -27 dB
	moving        bool    // the loudspeaker is moved between 5 and 8 s

	// At the step: by how much the delay changes, how long the loudspeaker plays nothing, how much of the
	// microphone is lost.
	change, speakerAway, microphoneAway float64

	stutter float64 // seconds between two gaps of 1 to 10 ms that the loudspeaker has, which nobody tells; 0: none

	late int    // blocks by which reports come late, in bursts
	seed uint64 // of talkers, room and noise
}

// plan is who talks when, in seconds.
type plan struct{ both, near, again, step, end float64 }

var (
	// whole is the plan of the table, brief that of the tests.
	whole = plan{both: 25, near: 40, again: 46, step: 54, end: 66}
	brief = plan{both: 11, near: 16, again: 17.5, step: 20, end: 24}
	// first is the far talker alone, and nothing else.
	first = plan{both: 11, near: 11, again: 11, step: 11, end: 11}
)

// recording is what the devices deliver, and the truth.
type recording struct {
	scenario
	plan
	far        []float32 // given to the loudspeaker
	microphone []float32
	near       []float32 // at the microphone
	reported   []int     // samples of far that are reported as played when a block of the microphone comes
}

// place is the sample of the loudspeaker that belongs to sample m of the microphone.
//
//go:norace
func (s scenario) place(p plan, m int) float64 {
	now := float64(m) / sampleRate
	at := float64(m) * (1 + s.drift*1e-6)
	if now > p.step {
		at += (s.microphoneAway - min(now-p.step, s.speakerAway)) * sampleRate
	}
	if s.stutter > 0 {
		for gap := 1; float64(gap)*s.stutter < now; gap++ {
			at -= min((now-float64(gap)*s.stutter)*sampleRate, s.gap(gap))
		}
	}
	return at
}

// gap is how long the nth gap is, in samples.
func (s scenario) gap(n int) float64 { return []float64{312, 57, 120, 480, 80}[n%5] }

// lag is how long a sound is on its way at sample m, in samples.
//
//go:norace
func (s scenario) lag(p plan, m int) float64 {
	now := float64(m) / sampleRate
	lag := s.delay + s.wander*math.Sin(2*math.Pi*now/30)
	if now >= p.step {
		lag += s.change
	}
	return lag * sampleRate
}

// record plays the scenario.
func (s scenario) record(p plan, far, near talker) *recording {
	random := rand.New(rand.NewPCG(s.seed, 3))
	samples := int(p.end*sampleRate) / block * block
	r := &recording{scenario: s, plan: p}
	r.far = far(samples+2*sampleRate, 2*s.seed)
	silence(r.far, p.near, p.again)
	talk := near(samples, 2*s.seed+1)
	silence(talk, 0, p.both)
	silence(talk, p.again, p.end)
	drive := s.drive
	if drive == 0 {
		drive = 2.2
	}
	air := loudspeaker(r.far, drive)
	sound := convolve(air, response(s.reverberation, speakerAt, micAt, random))
	if s.moving {
		blend(sound, convolve(air, response(s.reverberation, speakerNow, micAt, random)), 5, 8)
	}
	r.near = convolve(talk, response(s.reverberation, talkerAt, micAt, random))
	heard := make([]float32, samples)
	for m := range heard {
		if now := float64(m) / sampleRate; now > p.step && now < p.step+s.speakerAway {
			continue
		}
		heard[m] = sample(sound, s.place(p, m)-s.lag(p, m)+sincHalf)
	}
	scale(heard, talkLevel*math.Pow(10, s.echo/20)/activeLevel(heard))
	if p.near > p.both {
		scale(r.near, talkLevel/activeLevel(r.near))
	}
	r.microphone = mix(heard, r.near, random)
	r.report(random)
	return r
}

// silence takes out what is said between two instants.
func silence(x []float32, from, to float64) {
	clear(x[min(int(from*sampleRate), len(x)):min(int(to*sampleRate), len(x))])
}

// blend turns x into y between two instants.
//
//go:norace
func blend(x, y []float32, from, to float64) {
	for i := range x {
		part := min(max((float64(i)/sampleRate-from)/(to-from), 0), 1)
		x[i] += float32(part) * (y[i] - x[i])
	}
}

// mix is what the microphone gives: with a room's noise 40 dB below the talkers, in 16 bits.
//
//go:norace
func mix(echo, near []float32, random *rand.Rand) []float32 {
	out := make([]float32, len(echo))
	low := 0.0
	for i := range out {
		white := random.NormFloat64()
		low += 0.15 * (white - low)
		v := float64(echo[i]+near[i]) + talkLevel*0.01*(0.6*low+0.25*white)
		out[i] = float32(math.Round(v*32768) / 32768)
	}
	return out
}

// report sets what is reported as played at each block: whole blocks, late in bursts.
func (r *recording) report(random *rand.Rand) {
	late, most := 0, 2*block
	for m := 0; m+block <= len(r.microphone); m += block {
		switch {
		case r.late == 0:
		case late > 0 && random.IntN(3) > 0: // as late as before
		case random.IntN(20) == 0:
			late = random.IntN(r.late + 1)
		default:
			late = 0
		}
		whole := int(r.place(r.plan, m+block))/block + 1
		most = min(max(most, (whole-late)*block), len(r.far))
		r.reported = append(r.reported, most)
	}
}

// through is what a canceller makes of the recording; it comes 10 ms late, which is taken back.
func (r *recording) through(c *echo.Canceller) []float32 {
	out := make([]float32, len(r.microphone)+block)
	told := 0
	for b, reported := range r.reported {
		c.Render(r.far[told:reported])
		told = reported
		c.Process(r.microphone[b*block:(b+1)*block], out[b*block:(b+1)*block], nil)
	}
	return out[block:]
}

// enhancement is the echo return loss enhancement between two instants, in dB, noise included.
func (r *recording) enhancement(out []float32, from, to float64) float64 {
	a, b := int(from*sampleRate), int(to*sampleRate)
	return 10 * math.Log10((energy(r.microphone[a:b])+1e-12)/(energy(out[a:b])+1e-12))
}

// recovery is how long after the step the enhancement is above 25 dB for 1.5 s, wherever there is echo.
func (r *recording) recovery(out []float32) float64 {
	const stretch, loud = 0.5, 0.03 * talkLevel * talkLevel * 0.5 * sampleRate
	good := 0.0 // seconds
	for at := r.step; at < r.end-stretch; at += 0.05 {
		a, b := int(at*sampleRate), int((at+stretch)*sampleRate)
		if energy(r.microphone[a:b]) > loud && r.enhancement(out, at, at+stretch) < 25 {
			good = 0
		} else if good += 0.05; good > 1.5 {
			return at - 1.5 - r.step
		}
	}
	return r.end - r.step
}

// segmental is the segmental signal to noise ratio of the near talker between two instants: the mean over
// stretches of 20 ms in which he talks, each between -10 and 35 dB.
func (r *recording) segmental(out []float32, from, to float64) float64 {
	const stretch = 20 * millisecond
	most := 0.0
	each := func(visit func(near, out []float32)) {
		for i := int(from * sampleRate); i+stretch <= int(to*sampleRate); i += stretch {
			visit(r.near[i:i+stretch], out[i:i+stretch])
		}
	}
	each(func(near, _ []float32) { most = max(most, energy(near)) })
	sum, n := 0.0, 0.0
	each(func(near, out []float32) {
		e, wrong := energy(near), 1e-12
		if e < most*1e-3 {
			return
		}
		for i, v := range near {
			wrong += float64(v-out[i]) * float64(v-out[i])
		}
		sum += min(max(10*math.Log10(e/wrong), -10), 35)
		n++
	})
	return sum / n
}

// figures are what is asked of a recording.
type figures struct {
	early, ten, late float64 // enhancement at 5 s, at 10 s, and before the step
	double, before   float64 // segmental ratio in double talk: of what comes out, of the microphone
	alone            float64 // segmental ratio of the near talker alone
	recovery         float64 // seconds
	drift            float64 // as found, less the true one: millionths
}

func (r *recording) judge(c *echo.Canceller) figures {
	out := r.through(c)
	f := figures{early: r.enhancement(out, 4, 6), ten: r.enhancement(out, 9, 11)}
	f.drift = c.Stats().Drift - r.scenario.drift
	if r.near != nil && r.plan.near > r.both {
		f.before = r.segmental(r.microphone, r.both+1, r.plan.near)
		f.double = r.segmental(out, r.both+1, r.plan.near)
		f.alone = r.segmental(out, r.plan.near+0.4, r.again-0.2)
	}
	if r.step > r.again+1 {
		f.late = r.enhancement(out, r.again+0.7, r.step)
	}
	if r.end > r.step+3 {
		f.recovery = r.recovery(out)
	}
	return f
}
