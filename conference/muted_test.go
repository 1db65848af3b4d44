package conference_test

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"confab/conference"
	"confab/conference/media"
	"confab/conference/media/capture"
	"confab/conference/signaling"
)

// whatHappens is all that may happen to somebody who speaks.
func whatHappens(t *testing.T, ana, ben *person) map[string]func() {
	sharing, changes := false, 0
	return map[string]func(){
		"mute":   func() { ana.local.SetMuted(conference.Microphone, true) },
		"unmute": func() { ana.local.SetMuted(conference.Microphone, false) },
		"device": func() {
			if err := ana.local.SetAudio(conference.Microphone, newTalker()); err != nil {
				t.Error(err)
			}
		},
		"reconnect": func() { ana.channel.Repair(ben.id()) },
		"settings": func() {
			changes++
			ana.local.SetProcessing(conference.Processing{EchoOff: true, NoiseOff: changes%2 == 0, VolumeOff: changes%3 == 0})
		},
		"share": func() {
			var page capture.VideoSource
			if sharing = !sharing; sharing {
				var err error
				o := capture.VideoOptions{Width: 160, Height: 90, FramesPerSecond: 5, Pool: ana.local.Pool()}
				if page, err = capture.OpenScreen(t.Context(), "test", o); err != nil {
					t.Error(err)
					return
				}
			}
			if err := ana.local.SetVideo(conference.Screen, page); err != nil {
				t.Error(err)
			}
		},
	}
}

// allOrders is a chain of names in which every order of them occurs: around each order of all but the last
// name, that name is put between it and itself, and what neighbours have in common is written once.
func allOrders(names []string) []string {
	n := len(names)
	if n == 1 {
		return names
	}
	var chain []string
	fewer := allOrders(names[:n-1])
	for i := 0; i+n-1 <= len(fewer); i++ {
		order := fewer[i : i+n-1]
		if !distinct(order) {
			continue
		}
		next := slices.Concat(order, names[n-1:], order)
		shared := min(len(chain), n)
		for !slices.Equal(chain[len(chain)-shared:], next[:shared]) {
			shared--
		}
		chain = append(chain, next[shared:]...)
	}
	return chain
}

// distinct tells whether no name occurs twice.
func distinct(names []string) bool {
	sorted := slices.Sorted(slices.Values(names))
	return len(slices.Compact(sorted)) == len(names)
}

func TestTheChainHoldsAllOrders(t *testing.T) {
	chain := allOrders([]string{"a", "b", "c", "d", "e", "f"})
	seen := make(map[string]bool)
	for i := 0; i+6 <= len(chain); i++ {
		if distinct(chain[i : i+6]) {
			seen[strings.Join(chain[i:i+6], "")] = true
		}
	}
	if len(seen) != 720 || len(chain) != 873 {
		t.Errorf("%d orders in a chain of %d, want 720 in 873", len(seen), len(chain))
	}
}

// loud tells whether one of the packets may hold sound.
func loud(levels []media.SoundLevel) bool {
	return slices.ContainsFunc(levels, func(l media.SoundLevel) bool { return l != media.Silence })
}

const (
	// step is how long it takes from one thing that happens to the next (no multiple of a packet's 20 ms, so
	// that things happen at any instant of one), onTheWay how long packets are on theirs until they are seen,
	// and drained how long what was heard before goes on at the other end: it is buffered, where the packets
	// are lost that tell its end it dies away, and its meter holds 100 ms.
	step     = 123 * time.Millisecond
	onTheWay = 6 * time.Millisecond
	drained  = 450 * time.Millisecond
)

// TestMutedMeansMutedInAnyOrder lets everything happen in every order and looks at each packet that
// leaves, and at what is heard at the other end. Some are lost, so that packets leave again, too.
func TestMutedMeansMutedInAnyOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage(t, "Ana", "Ben")
		ana, ben := v.people[0], v.people[1]
		leaving := v.sniff(0)
		v.loseSound(0, 17)
		ana.talk(t)
		if err := ben.local.SetVideo(conference.Camera, nil); err != nil {
			t.Fatal(err)
		}
		eventually(t, 10*time.Second, func() (string, bool) { return "Ana is not heard", ben.sees(ana).Speaking })
		happen := whatHappens(t, ana, ben)
		chain := allOrders([]string{"mute", "unmute", "device", "reconnect", "settings", "share"})
		if raceEnabled { // ten times as slow
			chain = chain[:100]
		}
		muted, mutedFor, spoken := false, time.Duration(0), 0
		for i, what := range chain {
			order := chain[max(0, i-5) : i+1]
			happen[what]()
			switch what {
			case "mute":
				muted, mutedFor = true, 0
			case "unmute":
				muted = false
			}
			time.Sleep(onTheWay)
			leaving.take()
			time.Sleep(step - onTheWay)
			levels := leaving.take()
			if muted && loud(levels) {
				t.Fatalf("after %v packets with sound left: %v", order, levels)
			}
			if mutedFor += step; muted && mutedFor > drained && ben.sees(ana).Media.Level() > 1e-3 {
				t.Fatalf("after %v Ben hears Ana with %v", order, ben.sees(ana).Media.Level())
			}
			if ana.local.Muted(conference.Microphone) != muted {
				t.Fatalf("after %v muted is %v", order, !muted)
			}
			if loud(levels) {
				spoken++
			}
		}
		t.Logf("sound in %d of %d steps", spoken, len(chain))
		if spoken < len(chain)/3 || leaving.strays > 0 {
			t.Errorf("sound left in %d of %d steps, %d packets told no level", spoken, len(chain), leaving.strays)
		}
	})
}

// TestMutedMeansMutedWhileAllHappensAtOnce mutes in the midst of everything else.
func TestMutedMeansMutedWhileAllHappensAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage(t, "Ana", "Ben")
		ana, ben := v.people[0], v.people[1]
		leaving := v.sniff(0)
		ana.talk(t)
		eventually(t, 10*time.Second, func() (string, bool) { return "Ana is not heard", ben.sees(ana).Speaking })
		happen := whatHappens(t, ana, ben)
		for round := range 40 {
			var all sync.WaitGroup
			for what, f := range happen {
				if what != "unmute" {
					all.Go(func() {
						time.Sleep(time.Duration(rand.IntN(30)) * time.Millisecond)
						f()
					})
				}
			}
			all.Wait()
			time.Sleep(onTheWay)
			leaving.take()
			time.Sleep(step)
			if levels := leaving.take(); loud(levels) {
				t.Fatalf("round %d: packets with sound left: %v", round, levels)
			}
			happen["unmute"]()
			eventually(t, 5*time.Second, func() (string, bool) { return "nothing is heard after unmuting", loud(leaving.take()) })
		}
	})
}

func TestMuteStaysAsItIsWhenTheDeviceChangesAndNothingIsNegotiated(t *testing.T) {
	for _, muted := range []bool{false, true} {
		t.Run(fmt.Sprint(muted), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { changeDevices(t, muted) })
		})
	}
}

// changeDevices exchanges microphone and camera of somebody in a call, muted or not.
func changeDevices(t *testing.T, muted bool) {
	v := newVillage(t)
	offers := newCounter("offer made")
	for i, name := range []string{"Ana", "Ben"} {
		v.people = append(v.people, meet(t, signaling.Registry{"memory": v.hub.Open}, "memory:", "r", name, v.host(i),
			func(o *conference.Options) { o.Logger = slog.New(offers) }))
	}
	ana, ben := v.people[0], v.people[1]
	leaving := v.sniff(0)
	eventually(t, 10*time.Second, func() (string, bool) { return seesAll(v.people, 10) })
	if err := ana.local.SetAudio(conference.Microphone, newTalker()); err != nil {
		t.Fatal(err)
	}
	eventually(t, 10*time.Second, func() (string, bool) { return "Ana is not heard", ben.sees(ana).Speaking })
	ana.local.SetMuted(conference.Microphone, muted)
	made, connection := offers.n.Load(), ben.sees(ana).Media
	if made == 0 {
		t.Fatal("nobody made an offer")
	}
	for range 5 {
		time.Sleep(onTheWay)
		leaving.take()
		if err := ana.local.SetAudio(conference.Microphone, newTalker()); err != nil {
			t.Fatal(err)
		}
		if muted {
			time.Sleep(time.Second)
			if levels := leaving.take(); loud(levels) {
				t.Errorf("another microphone is heard although Ana is muted: %v", levels)
			}
		} else {
			d := elapsed(t, time.Second, "no sound of another microphone", func() bool { return loud(leaving.take()) })
			t.Logf("sound after %v", d)
		}
		before := v.decoded(1, "Ana")
		o := capture.VideoOptions{Width: 320, Height: 180, FramesPerSecond: 15, Pool: ana.local.Pool()}
		camera, err := capture.OpenVideo(t.Context(), "test:Ana", o)
		if err != nil {
			t.Fatal(err)
		}
		if err := ana.local.SetVideo(conference.Camera, camera); err != nil {
			t.Fatal(err)
		}
		d := elapsed(t, time.Second, "no pictures of another camera", func() bool { return v.decoded(1, "Ana") > before+1 })
		t.Logf("pictures after %v", d)
	}
	if n := offers.n.Load(); n != made {
		t.Errorf("%d offers were made for other devices", n-made)
	}
	if q := ben.sees(ana); q.Media != connection || q.State != conference.StateConnected || q.Metadata.Microphone == muted {
		t.Errorf("after all Ben sees %+v", q)
	}
	if ana.local.Muted(conference.Microphone) != muted {
		t.Error("muting has changed with the device")
	}
}

// TestWhoJoinsHearsNothingOfSomebodyMuted: a connection that is made while somebody is muted carries no
// sound of theirs either, whatever they do meanwhile.
func TestWhoJoinsHearsNothingOfSomebodyMuted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVillage(t, "Ana", "Ben")
		ana, ben := v.people[0], v.people[1]
		leaving := v.sniff(0)
		ana.talk(t)
		eventually(t, 10*time.Second, func() (string, bool) { return "Ana is not heard", ben.sees(ana).Speaking })
		ana.local.SetMuted(conference.Microphone, true)
		time.Sleep(onTheWay)
		leaving.take()
		happen := whatHappens(t, ana, ben)
		v.people = append(v.people, meet(t, signaling.Registry{"memory": v.hub.Open}, "memory:", "r", "Chen", v.host(2)))
		chen := v.people[2]
		for _, what := range []string{"device", "settings", "share", "reconnect"} {
			happen[what]()
			v.await(10*time.Second, 2, "Ana", "connected")
			time.Sleep(time.Second)
			if levels := leaving.take(); loud(levels) || leaving.strays > 0 {
				t.Fatalf("after %s packets with sound left: %v, and %d without a level", what, levels, leaving.strays)
			}
			if level := chen.sees(ana).Media.Level(); level > 1e-3 || chen.sees(ana).Metadata.Microphone {
				t.Fatalf("after %s Chen hears Ana with %v: %+v", what, level, chen.sees(ana))
			}
		}
		happen["unmute"]()
		eventually(t, 5*time.Second, func() (string, bool) { return "Chen does not hear Ana", chen.sees(ana).Speaking })
	})
}
