package main_test

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"
)

// What a call of three may expect of the machine. It takes a fifth of two processors itself.
const (
	quietShare = 0.4         // of the machine, that others may use at the beginning of a measurement
	busyShare  = 0.5         // of the machine; where others use more, figures say nothing of the program
	quietWait  = time.Minute // for others to end; the tests of other packages run meanwhile
)

// processorTime is how long all processors together have been working, and how long they have been there:
// Linux tells (proc_stat(5)). Elsewhere both are 0, and no machine is busy.
func processorTime() (worked, there time.Duration) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	for i, field := range bytes.Fields(line) {
		n, err := strconv.ParseInt(string(field), 10, 64)
		if err != nil || i > 8 { // the word "cpu"; guests, which are counted as user already
			continue
		}
		d := time.Duration(n) * 10 * time.Millisecond
		there += d
		if i != 4 && i != 5 { // idle, waiting for a disk
			worked += d
		}
	}
	return worked, there
}

// share is how much of the machine was used from one moment to another, without what we have used ourselves.
func share(worked, there, worked2, there2, ours time.Duration) float64 {
	if there2 <= there {
		return 0
	}
	return float64(worked2-worked-ours) / float64(there2-there)
}

// waitForQuiet waits until others leave enough of the machine for a measurement, but not for ever.
func waitForQuiet(t *testing.T) {
	t.Helper()
	each := time.NewTicker(2 * time.Second)
	defer each.Stop()
	used := 0.0
	for over := time.Now().Add(quietWait); time.Now().Before(over); {
		worked, there := processorTime()
		<-each.C
		worked2, there2 := processorTime()
		if used = share(worked, there, worked2, there2, 0); used <= quietShare {
			return
		}
	}
	t.Logf("the machine does not become quiet: others use %s of it", percent(used))
}

// othersUse measures, from now until the result is called with the processor time that we have used, how
// much of the machine others have used.
func othersUse() func(ours time.Duration) float64 {
	worked, there := processorTime()
	return func(ours time.Duration) float64 {
		worked2, there2 := processorTime()
		return share(worked, there, worked2, there2, ours)
	}
}

// used is how much processor time the calls have taken, as they say it.
func used(calls []*process) time.Duration {
	sum := 0.0
	for _, p := range calls {
		last := 0.0
		for _, l := range p.seen() {
			last = max(last, l.CPUSeconds)
		}
		sum += last
	}
	return time.Duration(sum * float64(time.Second))
}

// percent is a share for people.
func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }
