package server_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"confab/conference/server"
	"confab/conference/signaling"
)

const antAt = "/LiveApp/websocket?target=origin"

func ant(command, stream string) string {
	return fmt.Sprintf(`{"command":%q,"streamId":%q}`, command, stream)
}

func antNotice(definition string) string {
	return fmt.Sprintf(`{"command":"notification","definition":%q,"streamId":"s1"}`, definition)
}

func antError(definition string) string {
	return fmt.Sprintf(`{"command":"error","definition":%q,"streamId":"s1"}`, definition)
}

func TestWhoeverIsInAStreamFirstIsToldToStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		a, b, c := ring(t, n, antAt), ring(t, n, antAt), ring(t, n, antAt)
		a.say(`{"command":"join","streamId":"s1","multiPeer":false,"mode":"both"}`)
		a.hears(antNotice("joined"))
		a.say(ant("takeConfiguration", "s1"))
		a.hears(antError("no_peer_associated_before"))
		b.say(ant("join", "s1"))
		b.hears(antNotice("joined"))
		a.hears(ant("start", "s1"))
		c.say(ant("join", "s1"))
		c.hears(antError("streamIdInUse"))
		c.say(ant("takeConfiguration", "s1"))
		c.hears(antError("no_peer_associated_before"))

		offer := `{"command":"takeConfiguration","streamId":"s1","type":"offer","sdp":"v=0\r\n<&>","more":[1]}`
		candidate := `{"command":"takeCandidate","streamId":"s1","label":0,"id":"0","candidate":""}`
		message := `{"command":"peerMessageCommand","streamId":"s1","definition":"custom","data":"x"}`
		a.say(offer, candidate, message)
		b.hears(offer, candidate, message)

		b.say(ant("leave", "s1"))
		b.hears(antNotice("leaved"))
		a.hears(ant("stop", "s1"))
		b.say(ant("join", "s1"))
		b.hears(antNotice("joined"))
		a.hears(ant("start", "s1"))
		a.ws.Close()
		b.hears(ant("stop", "s1"))
		c.say(ant("join", "s1"), ant("join", "s1"))
		c.hears(antNotice("joined"), antNotice("joined"))
		b.hears(ant("start", "s1"))
		b.say(ant("stop", "s1"))
		b.hears()
		c.hears(ant("stop", "s1"))
	})
}

func TestStreamsOfTwoApplicationsAreNotOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		a, b := ring(t, n, antAt), ring(t, n, "/Other/websocket")
		a.say(ant("join", "s1"))
		b.say(ant("join", "s1"))
		b.hears(antNotice("joined"))
		a.hears(antNotice("joined"))
	})
}

func TestAntMediaClientsGetPongsAndAServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{ICEServers: []signaling.ICEServer{
			{URLs: []string{"stun:192.0.2.1"}}, {URLs: []string{"turn:192.0.2.2"}, Username: "u", Credential: "p"},
		}})
		a := ring(t, n, antAt)
		a.say(`{"command":"ping"}`, `{"command":"getIceServerConfig"}`, `{"command":"getRoomInfo","room":"x"}`)
		a.hears(`{"command":"pong"}`, `{"command":"iceServerConfig","stunServerUri":"turn:192.0.2.2","turnServerUsername":"u","turnServerCredential":"p"}`)
		a.say(`{"command":"join"}`, ant("join", "our room"))
		a.hears(`{"command":"error","definition":"noStreamNameSpecified"}`, `{"command":"error","definition":"invalidStreamName"}`)
		for i := range 9 {
			a.say(ant("join", fmt.Sprint("n", i)))
		}
		if got := a.take(); len(got) != 9 || !strings.Contains(got[8], "highResourceUsage") {
			t.Errorf("nine streams: %v", got)
		}
	})
}

func TestNonsenseEndsAnAntMediaSocketAndTellsTheOther(t *testing.T) {
	for name, words := range map[string]string{
		"no JSON":    "hello",
		"no object":  `[]`,
		"not UTF-8":  "{\"command\":\"\xff\"}",
		"too large":  `{"command":"` + strings.Repeat("x", 81920) + `"}`,
		"wrong type": `{"command":1}`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork()
				serve(t, n, server.Options{})
				a, b := ring(t, n, antAt), ring(t, n, antAt)
				a.say(ant("join", "s1"))
				b.say(ant("join", "s1"))
				a.take()
				b.say(words)
				if !b.cut() {
					t.Error("the socket stays open")
				}
				a.hears(ant("stop", "s1"))
			})
		})
	}
}

func TestAFloodAndASilentSocketAreCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		a := ring(t, n, antAt)
		for range 4000 {
			a.say(`{"command":"noise"}`)
		}
		if !a.cut() {
			t.Error("who floods stays")
		}
		d := websocket.Dialer{NetDialContext: n.dial}
		ws, _, err := d.DialContext(t.Context(), "ws://server"+antAt, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer ws.Close()
		ws.SetPingHandler(func(string) error { return nil })
		start := time.Now()
		if _, _, err := ws.ReadMessage(); err == nil || time.Since(start) != 15*time.Second {
			t.Errorf("who is silent hears %v after %v, want the end after 15 s", err, time.Since(start))
		}
	})
}

func TestWhoDoesNotReadIsCutAndTheOtherGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		a, b := ring(t, n, antAt), ring(t, n, antAt)
		n.last().stall()
		a.say(ant("join", "s1"))
		b.say(ant("join", "s1"))
		a.take()
		for range 300 {
			a.say(`{"command":"peerMessageCommand","streamId":"s1","definition":"x","data":"y"}`)
		}
		heard := a.take()
		if len(heard) == 0 || heard[0] != ant("stop", "s1") || a.cut() {
			t.Errorf("who goes on hears %d messages, %q first", len(heard), heard[:min(1, len(heard))])
		}
	})
}
