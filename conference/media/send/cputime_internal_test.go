package send

import (
	"runtime"
	"testing"
	"time"
)

func TestAThreadThatWorksTakesProcessorTime(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := cpuTime()
	if before == 0 {
		t.Skip("this system does not tell")
	}
	began := time.Now()
	for cpuTime()-before < 20*time.Millisecond {
	}
	if took, by := cpuTime()-before, time.Since(began); took > by+20*time.Millisecond {
		t.Errorf("%v of a processor's time in %v", took, by)
	}
}
