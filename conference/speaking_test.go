package conference_test

import (
	"testing"
	"testing/synctest"
	"time"

	"confab/conference"
	"confab/conference/media/capture"
	"confab/conference/signaling"
)

// hush keeps talkers from speaking but one.
func hush(talkers []*talker, but int) {
	for i, k := range talkers {
		k.silent.Store(i != but)
	}
}

// gathering is three people who can speak and do not.
func gathering(t *testing.T) (*village, []*talker) {
	v := newVillage(t, "Ana", "Ben", "Chen")
	var talkers []*talker
	for _, p := range v.people {
		talkers = append(talkers, p.talk(t))
	}
	hush(talkers, -1)
	eventually(t, 10*time.Second, func() (string, bool) {
		for _, p := range v.people {
			for _, q := range p.channel.Snapshot().Participants {
				if q.State != conference.StateConnected {
					return q.Name + " is not connected", false
				}
			}
		}
		return "", true
	})
	time.Sleep(3 * time.Second) // of the room's noise
	return v, talkers
}

func TestWhoSpeaksIsMarkedAndHasTheFloor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, talkers := gathering(t)
		ana, ben, chen := v.people[0], v.people[1], v.people[2]
		for _, p := range v.people {
			for _, q := range p.channel.Snapshot().Participants {
				if q.Speaking || p.channel.Snapshot().MainSpeaker != "" {
					t.Errorf("%s speaks, says a silent room", q.Name)
				}
			}
		}
		hush(talkers, 0)
		d := elapsed(t, time.Second, "nobody sees that Ana speaks", func() bool { return ben.sees(ana).Speaking && chen.sees(ana).Speaking })
		t.Logf("Ana is marked after %v", d)
		elapsed(t, 2*time.Second, "Ana does not know that she speaks", func() bool { return ana.channel.Snapshot().Microphone.Speaking })
		elapsed(t, 2*time.Second, "Ana has not the floor", func() bool {
			return ben.channel.Snapshot().MainSpeaker == ana.id() && chen.channel.Snapshot().MainSpeaker == ana.id()
		})
		if ben.sees(chen).Speaking || ben.channel.Snapshot().Microphone.Speaking {
			t.Error("silent people are marked")
		}

		hush(talkers, 2)
		d = elapsed(t, 3*time.Second, "Chen has not the floor", func() bool { return ben.channel.Snapshot().MainSpeaker == chen.id() })
		t.Logf("Chen has the floor after %v", d)
		elapsed(t, 2*time.Second, "Ana is still marked", func() bool { return !ben.sees(ana).Speaking && ben.sees(chen).Speaking })

		chen.local.SetMuted(conference.Microphone, true)
		d = elapsed(t, 2*time.Second, "Chen is marked although muted", func() bool { return !ben.sees(chen).Speaking })
		t.Logf("Chen's mark is off %v after muting", d)
		if chen.channel.Snapshot().Microphone.Speaking || ben.channel.Snapshot().MainSpeaker != chen.id() {
			t.Error("who was the last to speak keeps the floor, and nobody who is muted speaks")
		}
		if err := chen.channel.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		elapsed(t, 2*time.Second, "somebody who left has the floor", func() bool { return ben.channel.Snapshot().MainSpeaker == "" })
	})
}

func TestWhoSpeaksWhileMutedAndWhoseMicrophoneIsDeadIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, talkers := gathering(t)
		ana, ben := v.people[0], v.people[1]
		events := ana.channel.Subscribe(t.Context(), "microphone")
		others := ben.channel.Subscribe(t.Context(), "microphone")
		var told []string
		take := func() {
			for {
				select {
				case e := <-events:
					told = append(told, e.Topic())
				default:
					return
				}
			}
		}
		ana.local.SetMuted(conference.Microphone, true)
		hush(talkers, 0)
		d := elapsed(t, 3*time.Second, "Ana is not told that she is muted", func() bool { return ana.channel.Snapshot().Microphone.MutedSpeaking })
		t.Logf("told after %v", d)
		time.Sleep(30 * time.Second)
		hush(talkers, -1)
		elapsed(t, 5*time.Second, "Ana is told so while she is silent", func() bool { return !ana.channel.Snapshot().Microphone.MutedSpeaking })
		hush(talkers, 0)
		time.Sleep(10 * time.Second)
		if take(); len(told) != 1 || told[0] != "microphone:muted-speaking" {
			t.Errorf("events %v, want one in a minute", told)
		}
		if ben.sees(ana).Speaking {
			t.Error("Ben sees that Ana speaks, although she is muted")
		}

		ana.local.SetMuted(conference.Microphone, false)
		talkers[0].silent.Store(true)
		talkers[0].dead.Store(true)
		elapsed(t, 6*time.Second, "Ana is not told that her microphone is dead", func() bool { return ana.channel.Snapshot().Microphone.NoSound })
		told = nil
		synctest.Wait()
		if take(); len(told) != 1 || told[0] != "microphone:no-sound" {
			t.Errorf("events %v", told)
		}
		talkers[0].dead.Store(false)
		elapsed(t, 2*time.Second, "and that it lives again", func() bool { return !ana.channel.Snapshot().Microphone.NoSound })
		if err := ana.local.SetAudio(conference.Microphone, nil); err != nil {
			t.Fatal(err)
		}
		off := conference.Processing{EchoOff: true, VolumeOff: true}
		if ana.local.SetProcessing(off); ana.local.Processing() != off {
			t.Errorf("Processing = %+v", ana.local.Processing())
		}
		if s := ana.local.Microphone(); s != (conference.MicrophoneState{}) || ana.local.Level() != 0 {
			t.Errorf("without a microphone: %+v, level %v", s, ana.local.Level())
		}
		select {
		case e := <-others:
			t.Errorf("Ben is told %v of Ana's microphone", e.Topic())
		default:
		}
	})
}

func TestWhatIsToBeMeasuredIsSentAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage(t, "Ana", "Ben")
		leaving := v.sniff(0)
		eventually(t, 10*time.Second, func() (string, bool) { return seesAll(v.people, 10) })
		leaving.take()
		time.Sleep(10 * time.Second)
		levels := leaving.take()
		chirps := 0
		for _, l := range levels {
			if l.Below() < 20 {
				chirps++
			}
		}
		// A chirp has 100 ms at -12 dBFS; without processing its packets and those of the silence after it
		// all leave.
		if len(levels) < 499 || chirps < 40 || chirps > 60 {
			t.Errorf("%d packets in 10 s, %d of chirps", len(levels), chirps)
		}
	})
}

func TestVolumeStaysWithinItsLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage(t, "Ana")
		v.people[0].talk(t)
		v.people = append(v.people, meet(t, signaling.Registry{"memory": v.hub.Open}, "memory:", "r", "Ben", v.host(1)))
		ana, ben := v.people[0], v.people[1]
		eventually(t, 10*time.Second, func() (string, bool) { return "Ana is not heard", ben.sees(ana).Speaking })
		m := ben.sees(ana).Media
		if m.Volume() != 1 {
			t.Errorf("volume is %v at first", m.Volume())
		}
		for _, c := range []struct{ set, want float64 }{{0.25, 0.25}, {-3, 0}, {100, 4}, {1, 1}} {
			m.SetVolume(c.set)
			if m.Volume() != c.want {
				t.Errorf("SetVolume(%v) sets %v", c.set, m.Volume())
			}
		}
	})
}

var _ capture.AudioSource = (*talker)(nil)
