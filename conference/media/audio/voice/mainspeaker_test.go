package voice_test

import (
	"fmt"
	"testing"

	"confab/conference/media/audio/voice"
)

// meeting is a call of members who speak at times, in steps of 20 ms.
type meeting struct {
	speaker voice.MainSpeaker
	now     string
	steps   int
}

// hold lets the meeting go on for some seconds. Who speaks has syllables of 160 ms and pauses of 60.
func (m *meeting) hold(seconds float64, members []string, speaking ...string) {
	for range int(seconds * 50) {
		for _, id := range members {
			level, voiced := uint8(70), false
			for _, s := range speaking {
				if s == id && m.steps%11 < 8 {
					level, voiced = 25, true
				}
			}
			m.speaker.Step(id, level, voiced)
		}
		if m.steps++; m.steps%voice.DecideSteps == 0 {
			m.now = m.speaker.Decide()
		}
	}
}

func (m *meeting) want(t *testing.T, want string) {
	t.Helper()
	if m.now != want {
		t.Errorf("after %.1f s the main speaker is %q, want %q", float64(m.steps)/50, m.now, want)
	}
}

func TestTheMainSpeakerIsWhoSpeaks(t *testing.T) {
	var m meeting
	all := []string{"a", "b", "c"}
	m.hold(3, all)
	m.want(t, "")
	m.hold(1.2, all, "a")
	m.want(t, "a")
	m.hold(5, all, "a")
	m.hold(1.2, all, "b")
	m.want(t, "b")
	m.hold(4, all)
	m.want(t, "b")
	m.hold(1.2, all, "c")
	m.want(t, "c")
}

func TestACoughAndAYesDoNotTakeOver(t *testing.T) {
	var m meeting
	all := []string{"a", "b"}
	m.hold(4, all, "a")
	for range 5 {
		m.hold(0.2, all, "a", "b")
		m.want(t, "a")
		m.hold(1.5, all, "a")
		m.hold(0.5, all, "a", "b")
		m.hold(1.5, all, "a")
		m.want(t, "a")
	}
}

func TestTwoAtOnceDoNotFlicker(t *testing.T) {
	var m meeting
	all := []string{"a", "b"}
	m.hold(3, all, "a")
	for range 20 {
		m.hold(0.5, all, "a", "b")
		m.want(t, "a")
	}
}

func TestMembersComeAndGo(t *testing.T) {
	var m meeting
	m.hold(3, []string{"a", "b"}, "a")
	m.want(t, "a")
	m.speaker.Remove("a")
	m.speaker.Remove("nobody")
	m.hold(0.6, []string{"b"})
	m.want(t, "")
	m.hold(1.5, []string{"b", "c"}, "c")
	m.want(t, "c")
	m.hold(1.5, []string{"b", "c", "a"}, "a")
	m.want(t, "a")
}

// With DTX, or when the network dies, no packets come at all: that must not keep a word alive.
func TestWhoseStepsDoNotArriveIsSilent(t *testing.T) {
	var m meeting
	m.hold(3, []string{"a", "b"}, "a")
	m.want(t, "a")
	m.hold(1.5, []string{"b"}, "b")
	m.want(t, "b")
	m.hold(1.5, []string{"a"}, "a")
	m.want(t, "a")
}

func TestPacketsThatComeInBurstsAreNotSilence(t *testing.T) {
	var s voice.MainSpeaker
	now, waiting := "", 0
	for i := range 1000 {
		if waiting++; i%4 == 0 { // 80 ms at once
			for range waiting {
				s.Step("a", 25, true)
			}
			waiting = 0
		}
		s.Step("b", 70, false)
		if i%voice.DecideSteps != 0 {
			continue
		}
		if now = s.Decide(); i > 100 && now != "a" {
			t.Fatalf("after %d ms the main speaker is %q", 20*i, now)
		}
	}
}

func TestEqualsAreToldApartTheSameWayEachTime(t *testing.T) {
	for range 20 {
		var m meeting
		all := make([]string, 8)
		for i := range all {
			all[i] = fmt.Sprint("member ", i)
		}
		m.hold(2, all, all...)
		m.want(t, "member 0")
	}
}
