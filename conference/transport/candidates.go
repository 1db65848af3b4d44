package transport

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"

	"confab/conference/signaling"
)

const (
	// firstBatch is how long the first candidates wait after their description: those of our own
	// interfaces come within it, and joining waits for nothing else.
	firstBatch = 5 * time.Millisecond
	// nextBatch is how long the later ones wait, which come from servers.
	nextBatch = 30 * time.Millisecond
	// maxRemoteCandidates are taken of one generation, and kept for one that has not come yet. Each
	// one is checked from each address of ours.
	maxRemoteCandidates = 200
	// idle is longer than anything waits: run's timer when there is nothing to wait for.
	idle = time.Hour
)

// gathered collects our candidates until they are told. While a description is being made they are
// held: they belong to it, and their user name fragment stands in it.
type gathered struct {
	mu       sync.Mutex
	fragment string
	held     bool
	later    bool // the first batch of this generation has been told
	complete bool // there will be no more of this generation
	due      time.Time
	waiting  []signaling.Candidate
}

// hold keeps back what comes from now on. With fresh, what was found before is of no use any more.
func (g *gathered) hold(fresh bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = true
	if fresh {
		g.waiting, g.later, g.complete = nil, false, false
	}
}

// release lets the candidates of a description go.
func (g *gathered) release(fragment string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = false
	if fragment != "" {
		g.fragment = fragment
	}
	g.due = time.Now().Add(firstBatch)
}

// add takes a candidate, or the news that there are no more (nil).
func (g *gathered) add(found *signaling.Candidate) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if found == nil {
		g.complete = true
		return
	}
	if len(g.waiting) == 0 {
		wait := firstBatch
		if g.later {
			wait = nextBatch
		}
		g.due = time.Now().Add(wait)
	}
	g.waiting = append(g.waiting, *found)
}

// take gives the batch that is due, and how long to wait for the next.
func (g *gathered) take(now time.Time) ([]signaling.Candidate, time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held || len(g.waiting) == 0 {
		return nil, idle
	}
	// The first batch waits in any case: it must not overtake the description that has just been made.
	if now.Before(g.due) && !(g.complete && g.later) {
		return nil, g.due.Sub(now)
	}
	n := min(len(g.waiting), signaling.MaxCandidates)
	batch := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	for i := range batch {
		fragment := g.fragment
		batch[i].UsernameFragment = &fragment
	}
	g.later = true
	if len(g.waiting) > 0 {
		return batch, 0
	}
	return batch, idle
}

// foundCandidate is called by pion for each candidate of ours, and with nil after the last one.
func (c *Conn) foundCandidate(found *webrtc.ICECandidate) {
	if found == nil {
		c.local.add(nil)
		c.poke()
		return
	}
	init := found.ToJSON()
	c.local.add(&signaling.Candidate{
		Candidate:     init.Candidate,
		SDPMid:        init.SDPMid,
		SDPMLineIndex: init.SDPMLineIndex,
	})
	c.poke()
}

// remoteCandidates decides what to do with the other side's candidates. pion drops those that come
// before their description, and takes those of a former generation for new ones.
type remoteCandidates struct {
	fragments []string // of the description in force; none: it has not come yet
	taken     int      // of this generation
	kept      []signaling.Candidate
}

// begin starts the generation of a description and gives those kept that are of it. Without fragments
// all are kept from now on.
func (r *remoteCandidates) begin(fragments []string) []signaling.Candidate {
	if fragments != nil && slices.Equal(fragments, r.fragments) {
		return nil // the same generation still
	}
	r.fragments, r.taken = fragments, 0
	var ready []signaling.Candidate
	kept := r.kept
	r.kept = nil
	for _, one := range kept {
		if r.accepts(one) {
			ready = append(ready, one)
		}
	}
	return ready
}

// accepts tells whether a candidate may go to pion now; if not, it is kept for a description to come
// (of what is kept, the oldest goes first) or is one too many.
func (r *remoteCandidates) accepts(one signaling.Candidate) bool {
	fragment := fragmentOf(one)
	switch {
	case len(r.fragments) == 0 || fragment != "" && !slices.Contains(r.fragments, fragment):
		if len(r.kept) == maxRemoteCandidates {
			r.kept = r.kept[1:]
		}
		r.kept = append(r.kept, one)
		return false
	case r.taken == maxRemoteCandidates:
		return false
	}
	r.taken++
	return true
}

// fragmentOf is the user name fragment a candidate says it belongs to, or nothing.
func fragmentOf(one signaling.Candidate) string {
	if one.UsernameFragment != nil {
		return *one.UsernameFragment
	}
	fields := strings.Fields(one.Candidate)
	for i := 0; i+1 < len(fields); i++ {
		if fields[i] == "ufrag" {
			return fields[i+1]
		}
	}
	return ""
}

// AddCandidates takes addresses of the other side. Those of a description that has not come yet (by
// their user name fragment) are kept for it, 200 at most, and those beyond 200 a description are
// ignored. Those that cannot be read are left out, and the error, which wraps ErrCandidate, names them;
// the others are used all the same.
func (c *Conn) AddCandidates(candidates []signaling.Candidate) error {
	if !c.takeTurn() {
		return ErrClosed
	}
	defer c.leaveTurn()
	var errs []error
	for i, one := range candidates {
		if one.Candidate == "" {
			continue // there will be no more (RFC 8838 section 13): we do not wait for the end
		}
		if err := readable(one); err != nil {
			errs = append(errs, fmt.Errorf("%w: candidate %d, %.80q: %v", ErrCandidate, i, one.Candidate, err))
			continue
		}
		if c.agreed.remote.accepts(one) {
			errs = append(errs, c.giveCandidate(one))
		}
	}
	return errors.Join(errs...)
}

func readable(one signaling.Candidate) error {
	if len(one.Candidate) > signaling.MaxCandidate {
		return fmt.Errorf("%d bytes, at most %d", len(one.Candidate), signaling.MaxCandidate)
	}
	if one.UsernameFragment != nil && len(*one.UsernameFragment) > maxICEKey {
		return fmt.Errorf("user name fragment has %d bytes, at most %d", len(*one.UsernameFragment), maxICEKey)
	}
	return checkCandidate(one.Candidate)
}

// checkCandidate tells whether pion can read a candidate line. Kinds and networks it does not know are
// no fault: it passes over them.
func checkCandidate(text string) error {
	_, err := ice.UnmarshalCandidate(strings.TrimPrefix(text, "candidate:"))
	if errors.Is(err, ice.ErrUnknownCandidateTyp) || errors.Is(err, ice.ErrDetermineNetworkType) {
		return nil
	}
	return err
}

func (c *Conn) giveCandidate(one signaling.Candidate) error {
	err := c.pc.AddICECandidate(webrtc.ICECandidateInit{Candidate: one.Candidate})
	if err != nil {
		return fmt.Errorf("%w: %.80q: %v", ErrCandidate, one.Candidate, err)
	}
	return nil
}
