package pace

import "time"

// Limits of what each source of pictures gets, in bits per second.
const (
	// screenFloor is what a shared screen gets before the camera gets more than cameraFloor: text that
	// cannot be read is of no use.
	screenFloor = 500_000
	cameraFloor = 60_000
	// screenShare is the screen's part of what is left beyond.
	screenShare = 0.7
	// leastRate is what an encoder is told at least.
	leastRate = 20_000
)

// divide shares what a path has for pictures, in bits per second, between a camera and a screen that
// could use so much; 0: does not flow. What one does not need the other gets.
func divide(total, cameraDemand, screenDemand int) (camera, screen int) {
	switch {
	case screenDemand == 0:
		return total, 0
	case cameraDemand == 0:
		return 0, total
	}
	least := min(cameraFloor, total/5, cameraDemand)
	screen = min(total-least, max(screenFloor, int(screenShare*float64(total))), screenDemand)
	camera = total - screen
	if camera > cameraDemand {
		camera, screen = cameraDemand, total-cameraDemand
	}
	return camera, screen
}

// forPictures is what a path of a budget, in bits per second on the wire, has for encoded pictures
// beside sound and repairs. Headers take 4 %, and a little is kept back.
func forPictures(budget, sound, repairs int) int {
	// However much is repaired, pictures go on: they would stop, and be repaired for ever.
	repairs = min(repairs, budget*4/10)
	return max(leastRate, (budget-sound-repairs)*96/100-10_000)
}

const (
	// queueGoal is how much may wait before encoders are told less, as time at the pace, and queueDrain
	// how long they get to make up for what is beyond.
	queueGoal  = 30 * time.Millisecond
	queueDrain = 600 * time.Millisecond
)

// lessQueue takes from a rate, in bits per second, what drains a queue of so many bytes that leaves at a
// pace in bits per second.
func lessQueue(rate, bytes, pace int) int {
	excess := bytes*8 - int(float64(pace)*queueGoal.Seconds())
	if excess > 0 {
		rate -= int(float64(excess) / queueDrain.Seconds())
	}
	return max(leastRate, rate)
}
