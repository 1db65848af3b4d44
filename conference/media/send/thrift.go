package send

import "time"

// thriftSpan is how far ahead of its rate a screen may be before pictures are left out.
const thriftSpan = 150 * time.Millisecond

// thrift makes the frame rate of a screen fall, not its sharpness, where its pictures take more than its
// rate: after a large picture none is encoded until its time is over.
type thrift struct {
	debt float64 // bytes ahead of the rate
	at   time.Time
}

// spend counts an encoded picture.
func (t *thrift) spend(bytes int) { t.debt += float64(bytes) }

// wait is how long no picture should be encoded at a rate in bits per second; 0: one may be.
func (t *thrift) wait(now time.Time, bitsPerSecond int) time.Duration {
	perSecond := max(1, float64(bitsPerSecond)/8)
	if !t.at.IsZero() {
		t.debt = max(0, t.debt-now.Sub(t.at).Seconds()*perSecond)
	}
	t.at = now
	ahead := time.Duration(t.debt / perSecond * float64(time.Second))
	return max(0, ahead-thriftSpan)
}
