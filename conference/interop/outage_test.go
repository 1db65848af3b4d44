package interop_test

import (
	"errors"
	"flag"
	"testing"
	"time"

	"confab/conference/signaling"
)

var outage = flag.Duration("outage", 0, "take signaling away for at least so long; 0: as long as what is looked at takes")

// dialects are the ways in which two Confabs can meet through other systems' signaling.
var dialects = map[string]struct {
	url  func(address string) string
	room string
	chat bool
}{
	"antmedia": {url: func(a string) string { return "antmedia+ws://" + a + "/LiveApp/websocket" }, room: "stream1", chat: true},
	"socketio": {url: func(a string) string { return "socketio+http://" + a }, room: "1234", chat: true},
}

func TestTwoConfabsMeetAndAThirdIsTurnedAway(t *testing.T) {
	for name, d := range dialects {
		t.Run(name, func(t *testing.T) {
			h := newHub(t)
			url := d.url(h.address)
			ana, ben, chen := newPerson(t, "Ana", url), newPerson(t, "Ben", url), newPerson(t, "Chen", url)
			ana.join(d.room)
			ben.join(d.room)
			ana.sees(30)
			ben.sees(30)
			if err := chen.try(d.room); !errors.Is(err, signaling.ErrRoomFull) {
				t.Errorf("a third one: %v, want ErrRoomFull", err)
			}
			ana.says("hello")
			ben.reads("hello")
			ben.says("hi")
			ana.reads("hi")
			ben.leave()
			ana.alone()
			chen.join(d.room)
			ana.sees(30)
			chen.sees(30)
		})
	}
}

func TestACallOutlivesItsServer(t *testing.T) {
	for name, d := range dialects {
		t.Run(name, func(t *testing.T) {
			h := newHub(t)
			ana, ben := newPerson(t, "Ana", d.url(h.address)), newPerson(t, "Ben", d.url(h.address))
			ana.join(d.room)
			ben.join(d.room)
			ana.sees(1)
			ben.sees(1)
			ana.note()
			ben.note()
			h.kill()
			from := time.Now()
			ana.lacksServer(true)
			ben.lacksServer(true)
			ana.sees(30)
			ben.sees(30)
			ana.says("still here")
			ben.reads("still here")
			for time.Since(from) < *outage {
				ana.sees(30)
				ben.sees(30)
			}
			t.Logf("without signaling for %v", time.Since(from).Round(time.Second))
			h.start()
			ana.lacksServer(false)
			ben.lacksServer(false)
			ana.sees(30)
			ben.sees(30)
			ana.held()
			ben.held()
		})
	}
}
