package receive

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtp"

	"confab/conference/media/codec/vp8rtp"
)

const rtt = 40 * time.Millisecond

var epoch = time.Unix(1000, 0)

// stream makes the packets of a sender with the pattern 0-2-1-2 of temporal layers, two a frame. The
// first byte of a frame's data tells key frames (RFC 6386 section 9.1), the second is its number.
type stream struct {
	sequence  uint16
	stamp     uint32
	pictureID uint16
	tl0       uint8
	ssrc      uint32
	number    byte
	n         int // since the last key frame

	plain   bool // no PictureID, no layers: a sender unlike ours
	pidOnly bool
	unmark  bool // no marker bits
}

func (s *stream) frame(key bool) []*rtp.Packet {
	if key {
		s.n = 0
	}
	layer := [...]uint8{0, 2, 1, 2}[s.n%4]
	d := vp8rtp.Descriptor{
		HasPictureID: !s.plain, HasTL0PICIDX: !s.plain && !s.pidOnly, HasTemporalID: !s.plain && !s.pidOnly,
		PictureID: s.pictureID, TemporalID: layer, LayerSync: s.n%4 == 1 || s.n%4 == 2,
		NonReference: layer == 2 && !s.plain && !s.pidOnly,
	}
	if layer == 0 {
		s.tl0++
	}
	d.TL0PICIDX = s.tl0
	var packets []*rtp.Packet
	for i := range 2 {
		piece := []byte{1, s.number}
		if key {
			piece[0] = 0
		}
		d.Start = i == 0
		packets = append(packets, &rtp.Packet{
			Header:  rtp.Header{SequenceNumber: s.sequence, Timestamp: s.stamp, SSRC: s.ssrc, Marker: i == 1 && !s.unmark},
			Payload: append(d.AppendTo(nil), piece...),
		})
		s.sequence++
	}
	s.stamp += 3000
	s.pictureID = (s.pictureID + 1) & vp8rtp.PictureIDMask
	s.number++
	s.n++
	return packets
}

// rig drives an assembler.
type rig struct {
	*assembler
	t       *testing.T
	now     time.Time
	got     []byte // numbers of the frames given
	repairs []uint16
	plis    int
}

func newRig(t *testing.T) *rig { return &rig{assembler: newAssembler(), t: t, now: epoch} }

func (r *rig) poll() {
	for {
		f, ok := r.pop(r.now, rtt)
		if !ok {
			break
		}
		if len(f.data) > 1 {
			r.got = append(r.got, f.data[1])
		}
	}
	r.repairs = r.assembler.repairs(r.now, rtt, r.repairs)
	if r.wantsKeyFrame(r.now, rtt) {
		r.plis++
	}
	if due := r.deadline(r.now, rtt); !due.IsZero() && !due.After(r.now) {
		r.t.Fatalf("at %v: to look again at %v", r.now.Sub(epoch), due.Sub(epoch))
	}
	r.verify()
}

// verify checks what always holds.
func (r *rig) verify() {
	holes := 0
	for n := r.next; n <= r.high; n++ {
		if s := r.slot(n); s.state == empty {
			r.t.Fatalf("packet %d between %d and %d is empty", n, r.next, r.high)
		} else if s.state == missing {
			holes++
		}
	}
	if holes != r.missing || r.high-r.next >= ringSize || r.next > r.high+1 {
		r.t.Fatalf("%d of %d missing, %d to %d", holes, r.missing, r.next, r.high)
	}
}

func (r *rig) push(packets ...*rtp.Packet) {
	for _, p := range packets {
		r.assembler.push(r.now, p)
		r.poll()
	}
}

// wait lets time pass, as the owner's goroutine sees it.
func (r *rig) wait(d time.Duration) {
	end := r.now.Add(d)
	for n := 0; ; n++ {
		due := r.deadline(r.now, rtt)
		if due.IsZero() || due.After(end) {
			break
		}
		r.now = due
		r.poll()
		if n > 1000 {
			r.t.Fatal("the deadline does not move on")
		}
	}
	r.now = end
}

func (r *rig) want(what string, numbers ...byte) {
	r.t.Helper()
	if diff := cmp.Diff(numbers, r.got); diff != "" {
		r.t.Errorf("%s: frames (-want +got):\n%s", what, diff)
	}
	r.got = nil
}

func TestFramesAreGivenAtTheirLastPacket(t *testing.T) {
	r, s := newRig(t), &stream{}
	key := s.frame(true)
	r.push(key[0])
	r.want("half a key frame")
	r.push(key[1])
	r.want("a key frame", 0)
	next := s.frame(false)
	r.push(next[1])
	r.push(next[0])
	r.want("packets in disorder", 1)
	if len(r.repairs) != 0 {
		r.t.Errorf("repairs %v of packets that were only late", r.repairs)
	}
}

func TestNumbersWrap(t *testing.T) {
	r, s := newRig(t), &stream{sequence: 1<<16 - 9, pictureID: 1<<15 - 5, tl0: 253, stamp: 1<<32 - 10_000}
	r.push(s.frame(true)...)
	for i := 1; i < 60; i++ {
		p := s.frame(false)
		r.now = r.now.Add(33 * time.Millisecond)
		if i%4 == 3 { // the second frame of layer 2 is lost, for good
			continue
		}
		r.push(p...)
	}
	r.wait(time.Second)
	var want []byte
	for i := range byte(60) {
		if i%4 != 3 {
			want = append(want, i)
		}
	}
	r.want("three of four", want...)
	if r.plis != 0 {
		t.Errorf("%d requests for key frames", r.plis)
	}
}

func TestALostUpperFrameIsWaitedForThenSkipped(t *testing.T) {
	for name, c := range map[string]struct {
		lost []int // of frames 1 to 8 after the key frame, 2-1-2-0-2-1-2-0
		want []byte
	}{
		"of the top":              {[]int{1}, []byte{2, 4, 5, 6, 7, 8}}, // 3 refers to who knows what
		"of the middle":           {[]int{2}, []byte{1, 4, 5, 6, 7, 8}},
		"both of a period":        {[]int{1, 2, 3}, []byte{4, 5, 6, 7, 8}},
		"one of the top and next": {[]int{3}, []byte{1, 2, 4, 5, 6, 7, 8}},
	} {
		t.Run(name, func(t *testing.T) {
			r, s := newRig(t), &stream{}
			r.push(s.frame(true)...)
			r.want("key frame", 0)
			for i := 1; i <= 8; i++ {
				p := s.frame(false)
				r.now = r.now.Add(33 * time.Millisecond)
				if !slices.Contains(c.lost, i) {
					r.push(p...)
				}
			}
			r.wait(time.Second)
			r.want("after the wait", c.want...)
			if r.plis != 0 {
				t.Errorf("%d requests for key frames", r.plis)
			}
			if got, most := len(r.repairs), 2*len(c.lost)*6; got < 2*len(c.lost) || got > most {
				t.Errorf("%d repairs asked for", got)
			}
		})
	}
}

func TestAFrameKnownToBeNobodysReferenceHarmsNobody(t *testing.T) {
	r, s := newRig(t), &stream{}
	r.push(s.frame(true)...)
	p := s.frame(false)
	r.push(p[0]) // the first half of a frame of layer 2 says what it is
	r.push(s.frame(false)...)
	r.push(s.frame(false)...)
	r.want("before the wait", 0)
	r.wait(160 * time.Millisecond)
	r.want("after the wait", 2, 3)
}

func TestALostBaseFrameNeedsAKeyFrame(t *testing.T) {
	for name, s := range map[string]*stream{
		"ours": {}, "without numbers": {plain: true}, "with PictureID": {pidOnly: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.push(s.frame(true)...)
			for range 3 {
				r.push(s.frame(false)...)
			}
			r.want("before", 0, 1, 2, 3)
			s.frame(false) // lost
			for range 20 {
				r.now = r.now.Add(33 * time.Millisecond)
				r.push(s.frame(false)...)
			}
			if r.want("broken"); r.plis < 1 || r.plis > 2 {
				t.Errorf("%d requests for key frames in 660 ms", r.plis)
			}
			key := s.number
			r.push(s.frame(true)...)
			r.push(s.frame(false)...)
			r.want("after a key frame", key, key+1)
			plis := r.plis
			if r.wait(5 * time.Second); r.plis != plis {
				t.Error("a key frame is asked for though one has come")
			}
		})
	}
}

func TestARepairInTimeSavesTheStream(t *testing.T) {
	for name, s := range map[string]*stream{"ours": {}, "without numbers": {plain: true}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.push(s.frame(true)...)
			lost := s.frame(false)
			next := s.frame(false)
			r.push(lost[0])
			r.push(next...)
			r.wait(3 * time.Millisecond)
			if len(r.repairs) != 0 {
				t.Error("a repair is asked for before 4 ms: the packet may be late")
			}
			r.wait(rtt) // a request may be lost: it comes twice
			if diff := cmp.Diff([]uint16{lost[1].SequenceNumber, lost[1].SequenceNumber}, r.repairs); diff != "" {
				t.Errorf("repairs (-want +got):\n%s", diff)
			}
			r.want("before the repair", 0)
			r.push(lost[1])
			r.want("after the repair", 1, 2)
			r.push(lost[1], next[0])
			r.want("duplicates")
			if r.wait(time.Second); r.plis != 0 {
				t.Errorf("%d requests for key frames", r.plis)
			}
			if r.counts.expected != r.counts.unique {
				t.Errorf("%+v, want nothing lost", r.counts)
			}
		})
	}
}

func TestMarkersAreNotNeeded(t *testing.T) {
	r, s := newRig(t), &stream{unmark: true}
	for i := range 4 {
		r.push(s.frame(i == 0)...)
	}
	r.want("each frame ends where the next one starts", 0, 1, 2)
}

// A browser drops what waits for too long to be sent and numbers the rest without gaps.
func TestFramesWithoutTheirEndAreNotDecoded(t *testing.T) {
	r, s := newRig(t), &stream{}
	begin := func() { // a frame whose second packet is never sent
		r.push(s.frame(false)[0])
		s.sequence--
	}
	r.push(s.frame(true)...)
	begin() // of a layer that nobody needs
	r.push(s.frame(false)...)
	r.push(s.frame(false)...)
	r.want("the others of the upper layers", 0, 2, 3)
	if r.plis != 0 {
		t.Errorf("%d requests for key frames, want none", r.plis)
	}
	begin() // of the base
	r.push(s.frame(false)...)
	r.push(s.frame(false)...)
	r.want("nothing after a base frame without its end")
	if r.plis != 1 {
		t.Errorf("%d requests for key frames, want 1", r.plis)
	}
	r.push(s.frame(true)...)
	r.want("a key frame", 7)
}

func TestPaddingIsNoFrame(t *testing.T) {
	r, s := newRig(t), &stream{}
	r.push(s.frame(true)...)
	padding := &rtp.Packet{Header: rtp.Header{SequenceNumber: s.sequence, Timestamp: s.stamp - 3000}}
	s.sequence++
	r.push(padding)
	r.push(s.frame(false)...)
	s.sequence++ // padding that is lost
	r.push(s.frame(false)...)
	r.want("frames around padding", 0, 1, 2)
}

func TestTooMuchLossIsGivenUp(t *testing.T) {
	r, s := newRig(t), &stream{}
	r.push(s.frame(true)...)
	s.sequence += maxMissing + 1
	s.pictureID += 50
	s.tl0 += 13
	r.push(s.frame(false)...)
	if r.missing != 0 || r.plis != 1 || len(r.repairs) != 0 {
		t.Errorf("%d missing, %d requests for key frames, %d repairs", r.missing, r.plis, len(r.repairs))
	}
	key := s.number
	r.push(s.frame(true)...)
	r.want("after a key frame", 0, key)
}

func TestRequestsForKeyFramesSlowDown(t *testing.T) {
	r, s := newRig(t), &stream{}
	s.frame(true) // never arrives
	r.push(s.frame(false)...)
	if r.plis != 0 {
		t.Error("a key frame is asked for before the first one could come")
	}
	if r.wait(time.Second); r.plis < 3 || r.plis > 4 {
		t.Errorf("%d requests in the first second", r.plis)
	}
	if r.wait(time.Minute); r.plis < 12 || r.plis > 25 {
		t.Errorf("%d requests in a minute without an answer", r.plis)
	}
	r.push(s.frame(true)...)
	plis := r.plis
	r.assembler.failed(r.now, r.number)
	if r.wait(10 * time.Second); r.plis < plis+6 {
		t.Errorf("%d requests after a failure", r.plis-plis)
	}
}

func TestAKeyFrameOnItsWayIsNotAskedForAgain(t *testing.T) {
	r, s := newRig(t), &stream{}
	key := s.frame(true)
	first := key[0]
	r.push(first)
	for i := range 20 { // a large one over a slow link, a packet each 90 ms
		p := *key[1]
		p.SequenceNumber = first.SequenceNumber + 1 + uint16(i)
		p.Marker = i == 19
		r.wait(90 * time.Millisecond)
		r.push(&p)
	}
	if r.want("at its end", 0); r.plis != 0 {
		t.Errorf("%d requests for key frames", r.plis)
	}
}

func TestStreamsBeginAnew(t *testing.T) {
	r, s := newRig(t), &stream{}
	r.push(s.frame(true)...)
	r.want("first", 0)
	odd := s.frame(false)[0]
	odd.SequenceNumber += 20_000
	r.push(odd)
	s.sequence -= 2
	s.pictureID--
	r.push(s.frame(false)...)
	r.want("an odd packet alone changes nothing", 2)
	s.sequence += 30_000
	r.push(s.frame(true)...)
	r.want("a jump, confirmed", 3)
	s.ssrc++
	s.sequence -= 100
	r.push(s.frame(true)...)
	r.want("another SSRC", 4)
	s.ssrc++
	r.push(s.frame(false)...)
	if r.want("another SSRC without a key frame"); r.chain.needKey == false {
		t.Error("no key frame is needed")
	}
}

func TestTheBeginningOfAStreamMayComeInDisorder(t *testing.T) {
	r, s := newRig(t), &stream{}
	key, next := s.frame(true), s.frame(false)
	for _, p := range []*rtp.Packet{next[1], key[1], next[0], key[0]} {
		r.push(p)
		r.wait(time.Millisecond)
	}
	r.want("at its first packet", 0, 1)
	r = newRig(t)
	r.push(key[1])
	r.wait(time.Second)
	if r.plis == 0 {
		t.Error("half a frame, and no key frame is asked for")
	}
}

func TestLayersAreShedWithoutHarm(t *testing.T) {
	r, s := newRig(t), &stream{}
	r.push(s.frame(true)...)
	r.limit = 0
	for range 5 {
		r.push(s.frame(false)...)
	}
	r.want("base layer", 0, 4)
	r.limit = allLayers
	for range 7 {
		r.push(s.frame(false)...)
	}
	r.want("all layers again", 6, 7, 8, 9, 10, 11, 12)
	if r.plis != 0 || r.chain.needKey {
		t.Error("a key frame is asked for")
	}
}

func TestAFullRingGoesOnWithAKeyFrame(t *testing.T) {
	r, s := newRig(t), &stream{}
	key := s.frame(true)
	for range 2 * ringSize { // a frame without end
		p := *key[0]
		p.SequenceNumber = s.sequence
		s.sequence++
		p.Marker = false
		r.push(&p)
	}
	r.push(s.frame(true)...)
	if !strings.HasSuffix(fmt.Sprint(r.got), fmt.Sprint(s.number-1)+"]") {
		t.Errorf("frames %v, want the last one", r.got)
	}
}

func TestTheTimeOfRepairsIsLearnt(t *testing.T) {
	var trip repairTrip
	now := time.Unix(1000, 0)
	if d := trip.of(30 * time.Millisecond); d != 30*time.Millisecond {
		t.Errorf("before the first repair: %v", d)
	}
	for range 50 {
		trip.arrived(now, &slot{asks: 2, asked: now.Add(-85 * time.Millisecond)})
	}
	if d := trip.of(30 * time.Millisecond); d < 99*time.Millisecond || d > 100*time.Millisecond {
		t.Errorf("repairs that take 100 ms from the first request: %v", d)
	}
	trip.arrived(now, &slot{asks: 3, asked: now})
	if d := trip.of(200 * time.Millisecond); d != 200*time.Millisecond {
		t.Errorf("a path that takes longer: %v", d)
	}
	for range 50 {
		trip.arrived(now, &slot{asks: 1, asked: now.Add(-time.Hour)})
	}
	if d := trip.of(0); d > maxTrip {
		t.Errorf("learnt %v, at most %v", d, maxTrip)
	}
}
