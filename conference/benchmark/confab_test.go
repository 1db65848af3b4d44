package benchmark_test

import (
	"path/filepath"
	"testing"
	"time"
)

// confabs are headless participants in a call.
type confabs []*participant

// processes implements call.
func (all confabs) processes() []int {
	var pids []int
	for _, p := range all {
		pids = append(pids, p.process.Process.Pid)
	}
	return pids
}

// links implements call.
func (all confabs) links() []link {
	var links []link
	for _, p := range all {
		s, at := p.figures()
		for _, peer := range s.Peers {
			links = append(links, link{
				at: time.Duration(at.UnixNano()), frames: peer.Video.FramesDecoded, bytes: peer.Video.BytesReceived,
				width: peer.Video.FrameWidth, height: peer.Video.FrameHeight,
			})
		}
	}
	return links
}

func (all confabs) leave() {
	for _, p := range all {
		p.leave()
	}
}

// gather starts participants until there are so many; all see each other on return.
func (all *confabs) gather(t *testing.T, people int, start func(n int) *participant) {
	t.Helper()
	for n := len(*all); n < people; n++ {
		*all = append(*all, start(n))
	}
	for _, p := range *all {
		p.sees(people - 1)
	}
}

// confabCall holds the call with Confab. The first one records what arrives while it is measured: that
// is how the pictures can be compared afterwards, and costs a little.
func confabCall(t *testing.T, s scenario, c *clip) (f figures) {
	t.Helper()
	url, folder := serve(t), t.TempDir()
	camera := "file:" + c.path
	var all confabs
	defer func() { all.leave() }()
	start := func(n int) *participant {
		args := []string{"--camera", camera}
		if n == 0 {
			args = append(args, "--record", folder)
		}
		return enter(t, url, "measured", nameOf(n), args...)
	}
	all.gather(t, s.people-1, start)
	f.firstPicture = quantile(newNewcomer(t, url, "measured", camera, 0, 0).times(t, timesJoined), 0.5)
	all.gather(t, s.people, start)
	time.Sleep(*warmUp)
	measure(t, all, &f)
	all.leave()
	for n := 1; n < s.people; n++ {
		if err := c.compareRecording(&f.like, filepath.Join(folder, nameOf(n)+".ivf"), *window); err != nil {
			t.Fatal(err)
		}
	}
	f.latency, f.latencyP95 = latencyOf(t, url, s)
	return f
}

// latencyPictures is over how many pictures a participant takes the quantiles of latency.
const latencyPictures = 256

// latencyOf holds the call once more with the test camera, whose pictures carry the time, and gives
// capture to decoded: the worst link's median and 95 % quantile.
func latencyOf(t *testing.T, url string, s scenario) (p50, p95 time.Duration) {
	t.Helper()
	var all confabs
	defer func() { all.leave() }()
	all.gather(t, s.people, func(n int) *participant {
		return enter(t, url, "timed", nameOf(n), "--camera", "test", "--size", s.size())
	})
	time.Sleep((latencyPictures + 45) * time.Second / clipRate) // the first ones are those of a beginning
	for _, p := range all {
		stats, _ := p.figures()
		for _, peer := range stats.Peers {
			if l := peer.Video.LatencyMs; l != nil {
				p50 = max(p50, time.Duration(l.P50*float64(time.Millisecond)))
				p95 = max(p95, time.Duration(l.P95*float64(time.Millisecond)))
			}
		}
	}
	return p50, p95
}
