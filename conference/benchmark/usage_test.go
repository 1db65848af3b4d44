package benchmark_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// clockTick is the unit of times in /proc/PID/stat: USER_HZ, 100 a second wherever Linux runs Go.
const clockTick = 10 * time.Millisecond

// usage is what processes with all their descendants use.
type usage struct {
	processes int
	cpu       time.Duration // user and system since their starts, those included that have ended and were waited for
	pss       int64         // bytes, proportional set size: a page that n share counts as 1/n of a page for each
}

// usageOf reads /proc for the trees that start at roots.
func usageOf(roots []int) (usage, error) {
	children, cpu, err := processes()
	if err != nil {
		return usage{}, err
	}
	var u usage
	todo := append([]int(nil), roots...)
	for len(todo) > 0 {
		pid := todo[len(todo)-1]
		todo = append(todo[:len(todo)-1], children[pid]...)
		pss, err := pssOf(pid)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // it has ended meanwhile
		}
		if err != nil {
			return usage{}, err
		}
		u.processes++
		u.cpu += cpu[pid]
		u.pss += pss
	}
	if u.processes < len(roots) {
		return u, fmt.Errorf("%d processes live of %v", u.processes, roots)
	}
	return u, nil
}

// processes gives the children and the processor time of every process.
func processes() (children map[int][]int, cpu map[int]time.Duration, err error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, nil, err
	}
	children, cpu = make(map[int][]int), make(map[int]time.Duration)
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			return nil, nil, err
		}
		parent, used, err := parseStat(b)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path, err)
		}
		children[parent] = append(children[parent], pid)
		cpu[pid] = used
	}
	return children, cpu, nil
}

// parseStat reads a line of /proc/PID/stat, proc(5). The second field is a name in brackets that may
// hold anything.
func parseStat(b []byte) (parent int, cpu time.Duration, err error) {
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:])) // from the third field on
	if len(fields) < 15 {
		return 0, 0, fmt.Errorf("%d fields", len(fields))
	}
	if parent, err = strconv.Atoi(fields[1]); err != nil {
		return 0, 0, err
	}
	for _, f := range fields[11:15] { // utime, stime, cutime, cstime
		ticks, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, 0, err
		}
		cpu += time.Duration(ticks) * clockTick
	}
	return parent, cpu, nil
}

func pssOf(pid int) (int64, error) {
	path := fmt.Sprintf("/proc/%d/smaps_rollup", pid)
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "Pss:" {
			kilobytes, err := strconv.ParseInt(f[1], 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, nil // a zombie has no memory
}

func TestUsageReadsTheFieldsBehindAnyName(t *testing.T) {
	line := "12 (a ) (b) S 7 12 12 0 -1 4194560 1 2 3 4 50 25 20 5 20 0 1 0 100 1000 10"
	parent, cpu, err := parseStat([]byte(line))
	if parent != 7 || cpu != time.Second || err != nil {
		t.Errorf("parseStat = %d, %v, %v, want 7, 1s", parent, cpu, err)
	}
	if _, _, err := parseStat([]byte("12 (a) S 7")); err == nil {
		t.Error("a torn line was read")
	}
}

func TestUsageOfThisProcessIsSeen(t *testing.T) {
	if _, err := os.Stat("/proc/self/smaps_rollup"); err != nil {
		t.Skip("no Linux")
	}
	u, err := usageOf([]int{os.Getpid()})
	if err != nil || u.processes < 1 || u.pss < 1<<20 {
		t.Errorf("usageOf this process = %+v, %v", u, err)
	}
}
