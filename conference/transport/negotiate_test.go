package transport_test

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"confab/conference/media"
	"confab/conference/signaling"
	"confab/conference/transport"
)

var fingerprintLine = regexp.MustCompile(`a=fingerprint:sha-256 [0-9A-F:]+`)

// forged is the description with the certificate of somebody else.
func forged(sdp string) string {
	return fingerprintLine.ReplaceAllString(sdp, "a=fingerprint:sha-256 "+strings.TrimSuffix(strings.Repeat("AB:", 32), ":"))
}

func TestOfferNamesTheSlotsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := virtualPair(t)
		offer, slots, err := p.offerer.Offer(false)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"0": "mic", "1": "camera", "2": "screen", "3": "screen-audio"}
		if diff := cmp.Diff(want, slots); diff != "" {
			t.Error(diff)
		}
		answer, err := p.answerer.Answer(offer, slots)
		if err != nil {
			t.Fatal(err)
		}
		for name, sdp := range map[string]string{"offer": offer, "answer": answer} {
			if n := strings.Count(sdp, "a=sendrecv"); n != 5 { // the data line too
				t.Errorf("%s has %d lines in both directions, want 5:\n%s", name, n, sdp)
			}
			kinds := regexp.MustCompile(`(?m)^m=(\w+)`).FindAllStringSubmatch(sdp, -1)
			if got := fmt.Sprint(kinds); got != "[[m=audio audio] [m=video video] [m=video video] [m=audio audio] [m=application application]]" {
				t.Errorf("lines of the %s: %v", name, got)
			}
			for _, extension := range []string{"a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level", "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid"} {
				if !strings.Contains(sdp, extension) {
					t.Errorf("%s has no %q", name, extension)
				}
			}
			if strings.Contains(sdp, "video-orientation") || strings.Contains(sdp, "x-confab") {
				t.Errorf("%s offers an extension that we do not honour", name)
			}
		}
	})
}

func TestImpostorIsNamedAsSuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := virtualPair(t)
		offer, slots, err := p.offerer.Offer(false)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := p.answerer.Answer(forged(offer), slots)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.offerer.Accept(answer); err != nil {
			t.Fatal(err)
		}
		if e := waitState(t, p.answerer, transport.StateFailed); !errors.Is(e.Err, transport.ErrIdentity) {
			t.Errorf("failed with %v, want ErrIdentity", e.Err)
		}
		if e := waitState(t, p.offerer, transport.StateFailed); !errors.Is(e.Err, transport.ErrHandshake) {
			t.Errorf("the refused side failed with %v, want ErrHandshake", e.Err)
		}
	})
}

func TestForgedAnswerIsNamedAsSuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := virtualPair(t)
		offer, slots, err := p.offerer.Offer(false)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := p.answerer.Answer(offer, slots)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.offerer.Accept(forged(answer)); err != nil {
			t.Fatal(err)
		}
		if e := waitState(t, p.offerer, transport.StateFailed); !errors.Is(e.Err, transport.ErrIdentity) {
			t.Errorf("failed with %v, want ErrIdentity", e.Err)
		}
	})
}

func TestAnotherCertificateWithinTheSessionIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := virtualPair(t)
		p.connect(t)
		offer, slots, err := p.offerer.Offer(true)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.answerer.Answer(forged(offer), slots); !errors.Is(err, transport.ErrFingerprintChanged) {
			t.Errorf("Answer: %v, want ErrFingerprintChanged", err)
		}
		answer, err := p.answerer.Answer(offer, slots)
		if err != nil {
			t.Fatalf("Answer to the true offer afterwards: %v", err)
		}
		if err := p.offerer.Accept(forged(answer)); !errors.Is(err, transport.ErrFingerprintChanged) {
			t.Errorf("Accept: %v, want ErrFingerprintChanged", err)
		}
		if err := p.offerer.Accept(answer); err != nil {
			t.Fatalf("Accept of the true answer afterwards: %v", err)
		}
		waitState(t, p.offerer, transport.StateConnected)
		waitState(t, p.answerer, transport.StateConnected)
		startSlots(t, p.offerer, p.answerer)
	})
}

func TestStepsOutOfPlaceHarmNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := virtualPair(t)
		if err := p.offerer.Accept("v=0"); !errors.Is(err, transport.ErrState) {
			t.Errorf("Accept without an offer: %v, want ErrState", err)
		}
		if _, _, err := p.answerer.Offer(false); !errors.Is(err, transport.ErrState) {
			t.Errorf("Offer of the answerer: %v, want ErrState", err)
		}
		if _, err := p.offerer.Answer("v=0", nil); !errors.Is(err, transport.ErrState) {
			t.Errorf("Answer of the offerer: %v, want ErrState", err)
		}
		offer, slots, err := p.offerer.Offer(false)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := p.answerer.Answer(offer, slots)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.answerer.Accept(answer); !errors.Is(err, transport.ErrState) {
			t.Errorf("Accept of the answerer: %v, want ErrState", err)
		}
		if err := p.offerer.Accept(answer); err != nil {
			t.Fatal(err)
		}
		if err := p.offerer.Accept(answer); !errors.Is(err, transport.ErrState) {
			t.Errorf("the answer a second time: %v, want ErrState", err)
		}
		waitState(t, p.offerer, transport.StateConnected)
		startSlots(t, p.offerer, p.answerer)
	})
}

// faults are ways to break a description.
var faults = map[string]func(string) string{
	"empty":            func(string) string { return "" },
	"noise":            func(string) string { return "\x00\xff hello" },
	"cut":              func(s string) string { return s[:strings.Index(s, "a=mid:1")] },
	"too long":         func(s string) string { return s + strings.Repeat("a=x\r\n", 20000) },
	"no line":          func(s string) string { return s[:strings.Index(s, "m=")] },
	"too many lines":   func(s string) string { return s + strings.Repeat("m=audio 9 RTP/AVP 0\r\na=mid:x\r\n", 40) },
	"line without mid": func(s string) string { return strings.Replace(s, "a=mid:1\r\n", "", 1) },
	"mid twice":        func(s string) string { return strings.Replace(s, "a=mid:1\r\n", "a=mid:0\r\n", 1) },
	"long mid": func(s string) string {
		return strings.Replace(s, "a=mid:1\r\n", "a=mid:"+strings.Repeat("1", 40)+"\r\n", 1)
	},
	"no ufrag": func(s string) string { return regexp.MustCompile(`a=ice-ufrag:.*\r\n`).ReplaceAllString(s, "") },
	"short ufrag": func(s string) string {
		return regexp.MustCompile(`a=ice-ufrag:.*\r\n`).ReplaceAllString(s, "a=ice-ufrag:a\r\n")
	},
	"no password":       func(s string) string { return regexp.MustCompile(`a=ice-pwd:.*\r\n`).ReplaceAllString(s, "") },
	"no fingerprint":    func(s string) string { return fingerprintLine.ReplaceAllString(s, "a=x") },
	"short fingerprint": func(s string) string { return fingerprintLine.ReplaceAllString(s, "a=fingerprint:sha-256 AB:CD") },
	"odd fingerprint":   func(s string) string { return strings.Replace(forged(s), "AB:AB", "AB:XY", 1) },
	"weak fingerprint": func(s string) string {
		return fingerprintLine.ReplaceAllString(s, "a=fingerprint:sha-1 "+strings.TrimSuffix(strings.Repeat("AB:", 20), ":"))
	},
	"two certificates": func(s string) string { return s + fingerprintLine.FindString(forged(s)) + "\r\n" },
	"payload type": func(s string) string {
		return strings.Replace(s, "m=audio 9 UDP/TLS/RTP/SAVPF 111", "m=audio 9 UDP/TLS/RTP/SAVPF 111 word", 1)
	},
	"payload no codec": func(s string) string {
		return strings.Replace(s, "m=audio 9 UDP/TLS/RTP/SAVPF 111", "m=audio 9 UDP/TLS/RTP/SAVPF 111 99", 1)
	},
	"extension":          func(s string) string { return strings.Replace(s, "a=extmap:3 ", "a=extmap:three ", 1) },
	"bad candidate":      func(s string) string { return s + "a=candidate:1 1 udp 1 10.0.0.1 notaport typ host\r\n" },
	"too many addresses": func(s string) string { return s + strings.Repeat("a=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\n", 201) },
}

func TestUnusableDescriptionIsRefusedAndHarmsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := virtualPair(t)
		for range 2 { // the first negotiation, and one of a connection that is up
			offer, slots, err := p.offerer.Offer(false)
			if err != nil {
				t.Fatal(err)
			}
			for name, spoil := range faults {
				if _, err := p.answerer.Answer(spoil(offer), slots); !errors.Is(err, transport.ErrDescription) {
					t.Errorf("%s: Answer: %v, want ErrDescription", name, err)
				}
			}
			answer, err := p.answerer.Answer(offer, slots)
			if err != nil {
				t.Fatal(err)
			}
			for name, spoil := range faults {
				if err := p.offerer.Accept(spoil(answer)); !errors.Is(err, transport.ErrDescription) {
					t.Errorf("%s: Accept: %v, want ErrDescription", name, err)
				}
			}
			if err := p.offerer.Accept(answer); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		waitState(t, p.offerer, transport.StateConnected)
		startSlots(t, p.offerer, p.answerer)
	})
}

func TestSlotsThatContradictTheLinesAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := virtualPair(t)
		offer, good, err := p.offerer.Offer(false)
		if err != nil {
			t.Fatal(err)
		}
		for name, change := range map[string]func(map[string]string){
			"camera on a line of sound": func(s map[string]string) { s["0"] = "camera"; delete(s, "1") },
			"slot twice":                func(s map[string]string) { s["2"] = "camera" },
		} {
			slots := maps.Clone(good)
			change(slots)
			if _, err := p.answerer.Answer(offer, slots); !errors.Is(err, transport.ErrDescription) {
				t.Errorf("%s: %v, want ErrDescription", name, err)
			}
		}
		if _, err := p.answerer.Answer(offer, good); err != nil {
			t.Error(err)
		}
	})
}

func TestUnknownSlotsAreLeftOutAndTheOthersStillWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := virtualPair(t)
		offer, slots, err := p.offerer.Offer(false)
		if err != nil {
			t.Fatal(err)
		}
		slots["0"], slots["1"] = "theremin", "hologram" // lines before ours, of the same kinds
		answer, err := p.answerer.Answer(offer, slots)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.offerer.Accept(answer); err != nil {
			t.Fatal(err)
		}
		waitState(t, p.offerer, transport.StateConnected)
		waitState(t, p.answerer, transport.StateConnected)
		for _, s := range []media.Slot{media.Screen, media.ScreenAudio} {
			send(t, p.answerer, s, 1)
			if e := next[transport.TrackStarted](t, p.offerer); e.Slot != s {
				t.Errorf("%v arrived as %v", s, e.Slot)
			}
		}
		h, payload := packet(media.Camera, 1)
		if n, err := p.answerer.Outbound(media.Camera).WriteRTP(h, payload); n != 0 || err != nil {
			t.Errorf("WriteRTP in a slot that they do not have = %d, %v, want nothing", n, err)
		}
	})
}

func TestCandidatesBeforeTheirDescriptionAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		offerer := newSide(t, onHost(n.hosts[0]), transport.Offerer)
		answerer := newSide(t, onHost(n.hosts[1]), transport.Answerer)
		offer, slots, err := offerer.Offer(false)
		if err != nil {
			t.Fatal(err)
		}
		for range 300 { // of another life: the oldest make room
			stale, fragment := "candidate:1 1 udp 1 10.0.0.9 9 typ host", "other"
			if err := answerer.AddCandidates([]signaling.Candidate{{Candidate: stale, UsernameFragment: &fragment}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := answerer.AddCandidates(<-offerer.found); err != nil {
			t.Fatal(err)
		}
		answer, err := answerer.Answer(offer, slots)
		if err != nil {
			t.Fatal(err)
		}
		// Only the offerer's candidates are known to anybody: kept, or it ends in failed.
		if err := offerer.Accept(answer); err != nil {
			t.Fatal(err)
		}
		waitState(t, offerer, transport.StateConnected)
		waitState(t, answerer, transport.StateConnected)
	})
}

func TestCandidatesNameTheirGeneration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		s := newSide(t, onHost(n.hosts[0]), transport.Offerer)
		offer, _, err := s.Offer(false)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		found := <-s.found
		if d := time.Since(start); d > 10*time.Millisecond {
			t.Errorf("first candidates after %v, want at most 10 ms", d)
		}
		for _, c := range found {
			if c.UsernameFragment == nil || !strings.Contains(offer, "a=ice-ufrag:"+*c.UsernameFragment) {
				t.Errorf("candidate %v is not of the offer", c)
			}
			if c.SDPMid == nil || *c.SDPMid != "0" {
				t.Errorf("candidate %v is of no line", c)
			}
		}
	})
}

func TestMalformedCandidatesAreNamedAndTheOthersUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		offerer := newSide(t, onHost(n.hosts[0]), transport.Offerer)
		answerer := newSide(t, onHost(n.hosts[1]), transport.Answerer)
		offer, slots, err := offerer.Offer(false)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := answerer.Answer(offer, slots)
		if err != nil {
			t.Fatal(err)
		}
		if err := offerer.Accept(answer); err != nil {
			t.Fatal(err)
		}
		bad := []signaling.Candidate{
			{Candidate: "candidate:what is this"},
			{Candidate: strings.Repeat("candidate:", 200)},
			{Candidate: ""}, // the end of candidates is no fault
		}
		err = answerer.AddCandidates(append(bad, <-offerer.found...))
		if !errors.Is(err, transport.ErrCandidate) || !strings.Contains(err.Error(), "what is this") {
			t.Errorf("AddCandidates: %v, want ErrCandidate that names the bad ones", err)
		}
		waitState(t, offerer, transport.StateConnected)
	})
}
