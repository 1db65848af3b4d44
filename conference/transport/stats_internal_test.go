package transport

import (
	"testing"
	"time"

	"github.com/pion/rtcp"
)

func TestRoundTripIsReadFromReports(t *testing.T) {
	now := time.Date(2026, 11, 21, 8, 0, 0, 123456789, time.UTC)
	middle := middleNTP(now)
	tests := map[string]struct {
		lastReport, delay uint32
		want              time.Duration
	}{
		"quarter of a second":        {middle - 1<<15, 1 << 14, 250 * time.Millisecond},
		"nothing heard of ours":      {0, 5, 7},
		"delay longer than the time": {middle - 10, 1 << 20, 7},
		"an hour":                    {middle - 3600<<16, 0, 7},
	}
	for name, test := range tests {
		r := rtcp.ReceptionReport{LastSenderReport: test.lastReport, Delay: test.delay, FractionLost: 64, Jitter: 480}
		got := readReport(r, audioClock, now, 7)
		if got.RoundTripTime != test.want || got.FractionLost != 0.25 || got.Jitter != 10*time.Millisecond {
			t.Errorf("%s: %+v, want a round trip of %v, loss 0.25, jitter 10 ms", name, got, test.want)
		}
	}
	// The 16 bits of seconds wrap every 18 hours.
	wrap := now.Add(time.Duration(1<<16-int(middle>>16)) * time.Second)
	r := rtcp.ReceptionReport{LastSenderReport: middleNTP(wrap.Add(-time.Second))}
	if got := readReport(r, audioClock, wrap, 0); got.RoundTripTime != time.Second {
		t.Errorf("over the wrap: %v, want 1 s", got.RoundTripTime)
	}
}

func TestNTPTimesOfBothErasAreRead(t *testing.T) {
	for _, want := range []time.Time{
		time.Date(2000, 1, 1, 0, 0, 0, 500000000, time.UTC),
		time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC),
		time.Date(2036, 2, 7, 6, 28, 17, 0, time.UTC), // a second into the second era
		time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		ntp := uint64(uint32(want.Unix()+ntpEpoch))<<32 | uint64(want.Nanosecond())<<32/uint64(time.Second)
		if got := fromNTP(ntp); got.Sub(want).Abs() > time.Nanosecond {
			t.Errorf("%v read as %v", want, got.UTC())
		}
	}
}
