package server_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"
)

// The load test is asked for by naming the program that serves: make bench-serve.
var (
	servingProgram   = flag.String("serve.program", "", "confab that is put under load")
	servingTime      = flag.Duration("serve.time", time.Minute, "how long")
	servingRooms     = flag.Int("serve.rooms", 500, "rooms of four")
	servingRate      = flag.Int("serve.rate", 2000, "signals a second")
	servingInstances = flag.Int("serve.instances", 1, "servers that share the rooms; each room has members at all of them")
)

// What serving may take on loopback, with the load of everybody in the same machine.
const (
	maxRelayP99   = 20 * time.Millisecond
	maxFloodShare = 1.5   // of the delay without the flood
	maxPerMember  = 40000 // bytes
	floodedBy     = 50    // connections, of a process of their own

	// In percent: the crowd's own collections would be half of those that signals wait for, and no server's.
	crowdGC = 1000
)

// TestServingUnderLoad has a crowd of members use servers of their own processes, in turn with a flood of
// nonsense and without. Misses are marked in the table and fail nothing, but a lost message does.
func TestServingUnderLoad(t *testing.T) {
	if *servingProgram == "" {
		t.Skip("not asked for: make bench-serve")
	}
	percent := debug.SetGCPercent(crowdGC)
	t.Cleanup(func() { debug.SetGCPercent(percent) })
	servers := startServers(t, *servingInstances)
	idle := memoryOf(t, servers)
	ctx := t.Context()
	var urls []string
	for _, s := range servers {
		urls = append(urls, s.url)
	}
	begin := time.Now()
	c, err := gather(ctx, urls, *servingRooms, 4)
	t.Cleanup(c.disperse)
	if err != nil {
		t.Fatal(err)
	}
	joined := time.Since(begin)

	used, since := timeOf(t, servers), time.Now()
	talking, hush := context.WithTimeout(ctx, *servingTime)
	defer hush()
	var working sync.WaitGroup
	working.Go(func() {
		if err := c.talk(talking, *servingRate); err != nil {
			c.fault(err)
		}
	})
	flooder, echo := startFlooder(t, urls[0]), startEcho(t)
	working.Go(func() {
		if err := c.listen(talking, echo); err != nil {
			c.fault(err)
		}
	})
	var of floodCost
	quiet := int64(0) // most memory without a flood
	for slice := *servingTime / 6; talking.Err() == nil; {
		pause(talking, slice)
		if talking.Err() == nil {
			quiet = max(quiet, memoryOf(t, servers))
		}
		calmly, from := timeOf(t, servers), time.Now()
		end := flooder.begin(t)
		c.phase.Store(flooded)
		pause(talking, slice)
		of.add(end())
		pause(talking, time.Second) // the flood's last drops
		c.phase.Store(calm)
		of.served += timeOf(t, servers) - calmly
		of.lasted += time.Since(from)
	}
	working.Wait()
	calmly := share(timeOf(t, servers)-used-of.served, time.Since(since)-of.lasted)
	for wait := 0; c.missing() > 0 && wait < 100; wait++ {
		pause(ctx, 50*time.Millisecond)
	}
	report(c, joined, float64(quiet-idle)/float64(len(c.members)), calmly, of)
	if missing := c.missing(); missing != 0 {
		t.Errorf("%d signals were lost", missing)
	}
	for _, err := range c.faults {
		t.Error(err)
	}
}

// floodCost is what floods have sent, and what that took.
type floodCost struct {
	messages, attempts int64
	lasted             time.Duration
	served, sent       time.Duration // processor time of the servers meanwhile, and of the flood's processes
}

func (f *floodCost) add(one floodCost) {
	f.messages += one.messages
	f.attempts += one.attempts
	f.sent += one.sent
}

// share is a part of one processor, in percent.
func share(used, of time.Duration) string {
	return fmt.Sprintf("%.0f %% of one", 100*float64(used)/float64(of))
}

// report prints the table.
func report(c *crowd, joined time.Duration, perMember float64, calmly string, of floodCost) {
	fmt.Printf("%s/%s, %d processors, %d members in %d rooms at %d server(s), %d signals a second; %d joined within %.1f s; the flood: %d messages over %d connections\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), len(c.members), *servingRooms, *servingInstances, *servingRate,
		len(c.members), joined.Seconds(), of.messages, of.attempts)
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	row := func(what, figure, goal string, met bool) {
		mark := "✗"
		if met {
			mark = "✓"
		}
		if goal == "" {
			mark = ""
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", what, figure, goal, mark)
	}
	ms := func(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond)) }
	p99, under := c.quantile(&c.delays[calm], 0.99), c.quantile(&c.delays[flooded], 0.99)
	fmt.Fprintln(w, "  \tfigure\tgoal\t")
	row("signals sent", fmt.Sprint(c.sent.Load()), "", true)
	row("signals lost", fmt.Sprint(c.missing()), "none", c.missing() == 0)
	row("relay, p50", ms(c.quantile(&c.delays[calm], 0.5)), "", true)
	row("relay, p99", ms(p99), "under "+ms(maxRelayP99), p99 < maxRelayP99)
	row("relay, slowest", ms(c.quantile(&c.delays[calm], 1)), "", true)
	row("a bare echo on the same machine, p99", ms(c.quantile(&c.echoes[calm], 0.99)), "", true)
	row("relay under a flood, p50", ms(c.quantile(&c.delays[flooded], 0.5)), "", true)
	row("relay under a flood, p99", ms(under), fmt.Sprintf("at most %.1f times that without", maxFloodShare), float64(under) <= maxFloodShare*float64(p99))
	row("a bare echo under a flood, p99", ms(c.quantile(&c.echoes[flooded], 0.99)), "", true)
	row("processor time without a flood", calmly, "", true)
	row("processor time under a flood", share(of.served, of.lasted), "", true)
	row("processor time of the flood itself, on the same machine", share(of.sent, of.lasted), "", true)
	row("memory of a member", fmt.Sprintf("%.1f kB", perMember/1000), fmt.Sprintf("under %d kB", maxPerMember/1000), perMember < maxPerMember)
	w.Flush()
}

// pause waits for a time or the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// servant is a process that serves.
type servant struct {
	pid int
	url string
}

var joinWith = regexp.MustCompile(`Join with --signaling (\S+)`)

func startServers(t *testing.T, count int) []servant {
	t.Helper()
	var all []servant
	args := []string{
		"serve", "--listen", "127.0.0.1:0", "--max-connections", "10000", "--log-level", "error",
		"--trust-proxy", "127.0.0.1", // the crowd has no limits of an address, the flood has
	}
	if count > 1 {
		args = append(args, "--cluster", natsCluster(t, 1)[0])
	}
	for range count {
		all = append(all, startServer(t, args))
	}
	return all
}

// startServer starts one and waits until it listens; it is told to end when the test does.
func startServer(t *testing.T, args []string) servant {
	t.Helper()
	cmd := exec.Command(*servingProgram, args...)
	notes, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		if err := cmd.Wait(); err != nil {
			t.Errorf("server: %v", err)
		}
	})
	r := bufio.NewReader(notes)
	for {
		line, err := r.ReadString('\n')
		if m := joinWith.FindStringSubmatch(line); m != nil {
			go io.Copy(os.Stderr, r) // ends with the process
			return servant{cmd.Process.Pid, m[1]}
		}
		if err != nil {
			t.Fatalf("server did not start: %v", err)
		}
	}
}

// memoryOf is what the servers use, in bytes: their proportional set size.
func memoryOf(t *testing.T, servers []servant) (sum int64) {
	t.Helper()
	for _, s := range servers {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", s.pid))
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := bytes.Cut(text, []byte("\nPss:"))
		kib, err := strconv.ParseInt(strings.Fields(string(rest))[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += kib << 10
	}
	return sum
}

// timeOf is the processor time that the servers have used so far.
func timeOf(t *testing.T, servers []servant) (sum time.Duration) {
	t.Helper()
	const tick = 10 * time.Millisecond // USER_HZ
	for _, s := range servers {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.pid))
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		for _, field := range strings.Fields(rest)[11:13] { // utime, stime
			n, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			sum += time.Duration(n) * tick
		}
	}
	return sum
}
