package transport

import (
	"fmt"
	"testing"
	"time"

	"confab/conference/signaling"
)

func candidateOf(fragment string, n int) signaling.Candidate {
	return signaling.Candidate{Candidate: fmt.Sprint(n), UsernameFragment: &fragment}
}

func TestCandidatesOfAGenerationAreBounded(t *testing.T) {
	var r remoteCandidates
	r.begin([]string{"now"})
	accepted := 0
	for n := range 1000 {
		if r.accepts(candidateOf("now", n)) {
			accepted++
		}
	}
	if accepted != maxRemoteCandidates {
		t.Errorf("%d accepted, want %d", accepted, maxRemoteCandidates)
	}
	for n := range 1000 {
		if r.accepts(candidateOf("next", n)) {
			t.Fatal("a candidate of another generation was accepted")
		}
	}
	if len(r.kept) != maxRemoteCandidates {
		t.Errorf("%d kept, want %d", len(r.kept), maxRemoteCandidates)
	}
	ready := r.begin([]string{"next"})
	if len(ready) != maxRemoteCandidates || ready[0].Candidate != "800" {
		t.Errorf("%d candidates are ready, the first %v; want the newest %d", len(ready), ready[0], maxRemoteCandidates)
	}
	if again := r.begin([]string{"next"}); len(again) != 0 || r.taken != maxRemoteCandidates {
		t.Errorf("the same description again gives %d candidates, %d taken", len(again), r.taken)
	}
}

func TestFragmentIsReadFromEitherPlace(t *testing.T) {
	inside := signaling.Candidate{Candidate: "candidate:1 1 udp 1 10.0.0.1 9 typ host generation 0 ufrag abcd network-id 1"}
	if got := fragmentOf(inside); got != "abcd" {
		t.Errorf("fragment %q, want abcd", got)
	}
	if got := fragmentOf(signaling.Candidate{Candidate: "candidate:1 ufrag"}); got != "" {
		t.Errorf("fragment %q, want none", got)
	}
}

func TestFoundCandidatesWaitForTheirDescriptionAndComeInBatches(t *testing.T) {
	var g gathered
	g.hold(true)
	g.add(&signaling.Candidate{Candidate: "a"})
	g.add(nil)
	if batch, _ := g.take(time.Now().Add(time.Hour)); batch != nil {
		t.Errorf("%v was given while the description is being made", batch)
	}
	g.release("frag")
	now := time.Now()
	if batch, wait := g.take(now); batch != nil || wait <= 0 || wait > firstBatch {
		t.Errorf("take = %v, wait %v; want nothing for up to %v", batch, wait, firstBatch)
	}
	batch, _ := g.take(now.Add(firstBatch))
	if len(batch) != 1 || *batch[0].UsernameFragment != "frag" {
		t.Errorf("batch %v, want one candidate of frag", batch)
	}
	for range signaling.MaxCandidates + 1 {
		g.add(&signaling.Candidate{Candidate: "b"})
	}
	batch, wait := g.take(now.Add(time.Minute))
	if len(batch) != signaling.MaxCandidates || wait != 0 {
		t.Errorf("%d candidates, wait %v; want %d and the rest at once", len(batch), wait, signaling.MaxCandidates)
	}
	if batch, wait := g.take(now.Add(time.Minute)); len(batch) != 1 || wait != idle {
		t.Errorf("%d candidates, wait %v; want the last one", len(batch), wait)
	}
}
