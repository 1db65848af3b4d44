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

func TestHostileMessagesHarmOnlyTheirSender(t *testing.T) {
	const stays = 0
	long := func(n int) string { return strings.Repeat("x", n) }
	for name, test := range map[string]struct {
		say   string
		code  string // of the answer
		ended int    // close code
	}{
		"no JSON":                {`hello?`, "bad-message", 4000},
		"not UTF-8":              {"{\"type\":\"ping\",\"x\":\"\xff\"}", "bad-message", 4000},
		"an array":               {`[{"type":"ping"}]`, "bad-message", 4000},
		"deep nesting":           {strings.Repeat(`{"a":`, 15000), "bad-message", 4000},
		"deep but valid":         {`{"type":"ping","a":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`, "pong", stays},
		"type is a number":       {`{"type":1}`, "bad-message", 4000},
		"rid is a string":        {`{"type":"leave","rid":"1"}`, "bad-message", 4000},
		"rid is negative":        {`{"type":"leave","rid":-1}`, "bad-message", 4000},
		"unknown type":           {`{"type":"sing","rid":3}`, "unknown-type", stays},
		"no type":                {`{}`, "unknown-type", stays},
		"hello again":            {`{"type":"hello","protocol":[1],"key":"` + long(32) + `"}`, "bad-message", 4000},
		"join again":             {`{"type":"join","rid":2,"room":"other","name":"M"}`, "already-joined", stays},
		"too large":              {`{"type":"ping","x":"` + long(131072) + `"}`, "too-large", stays},
		"signal to a stranger":   {`{"type":"signal","to":"p_stranger","conn":"c","data":{}}`, "no-such-peer", stays},
		"signal to nobody":       {`{"type":"signal","conn":"c","data":{}}`, "no-such-peer", stays},
		"signal to a long id":    {`{"type":"signal","to":"` + long(9000) + `","conn":"c","data":{}}`, "no-such-peer", stays},
		"signal to oneself":      {`{"type":"signal","to":"SELF","conn":"c","data":{}}`, "no-such-peer", stays},
		"signal without conn":    {`{"type":"signal","to":"OTHER","data":{}}`, "bad-message", 4000},
		"signal with long conn":  {`{"type":"signal","to":"OTHER","conn":"` + long(65) + `","data":{}}`, "bad-message", 4000},
		"signal without data":    {`{"type":"signal","to":"OTHER","conn":"c"}`, "bad-message", 4000},
		"signal data is a text":  {`{"type":"signal","to":"OTHER","conn":"c","data":"x"}`, "bad-message", 4000},
		"signal data is null":    {`{"type":"signal","to":"OTHER","conn":"c","data":null}`, "bad-message", 4000},
		"metadata is a list":     {`{"type":"update","metadata":[1]}`, "bad-message", stays},
		"metadata is too large":  {`{"type":"update","metadata":{"x":"` + long(4096) + `"}}`, "too-large", stays},
		"metadata has many keys": {`{"type":"update","metadata":{` + manyKeys(65) + `}}`, "too-large", stays},
		"name is a number":       {`{"type":"update","name":7}`, "bad-message", 4000},
		"lock by a guest":        {`{"type":"lock","on":true}`, "unauthorized", stays},
		"kick by a guest":        {`{"type":"kick","id":"OTHER"}`, "unauthorized", stays},
		"lock is a text":         {`{"type":"lock","on":"yes"}`, "bad-message", 4000},
		"kick is a list":         {`{"type":"kick","id":[]}`, "bad-message", 4000},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork()
				serve(t, n, server.Options{})
				a, b := join(t, n, "Alice"), join(t, n, "Bob")
				m := connect(t, n).enter("Mallory")
				waiting(a)
				waiting(b)
				m.say("%s", strings.NewReplacer("SELF", m.id(), "OTHER", string(b.Self())).Replace(test.say))
				got := m.take()
				if len(got) != 1 || got[0]["type"] != test.code && got[0]["code"] != test.code {
					t.Fatalf("answer %.300v, want %s", got, test.code)
				}
				if s := got[0].String(); len(s) > 500 {
					t.Errorf("answer of %d bytes: %.300s", len(s), s)
				}
				if fatal := got[0]["fatal"] == true; fatal != (test.ended != stays) {
					t.Errorf("fatal is %v", fatal)
				}
				if got := m.ended(); got != test.ended {
					t.Errorf("closed with %d, want %d", got, test.ended)
				}
				send(t, a, b, 1)
				expectSignal(t, b, a.Self(), 1)
			})
		})
	}
}

func manyKeys(n int) string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf(`"%d":1`, i)
	}
	return strings.Join(keys, ",")
}

// expectSignal checks that among what has come there is exactly one signal, and nobody's leaving.
func expectSignal(t *testing.T, m member, from signaling.PeerID, n uint32) {
	t.Helper()
	count := 0
	for _, msg := range waiting(m) {
		switch msg := msg.(type) {
		case signaling.Received:
			if msg.From == from && msg.Signal.N == n {
				count++
			}
		case signaling.Interrupted, signaling.Refused:
			t.Errorf("a bystander heard %v", msg)
		}
	}
	if count != 1 {
		t.Errorf("the signal came %d times, want once", count)
	}
}

func TestBinaryMessagesEndTheirSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		m := connect(t, n).enter("Mallory")
		if err := m.ws.WriteMessage(websocket.BinaryMessage, []byte(`{"type":"ping"}`)); err != nil {
			t.Fatal(err)
		}
		m.refused("bad-message")
		if got := m.ended(); got != 4000 {
			t.Errorf("closed with %d, want 4000", got)
		}
	})
}

func TestMessagesBeyondAMegabyteEndTheirSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		m := connect(t, n).enter("Mallory")
		m.say(`{"type":"ping","x":"%s"}`, strings.Repeat("x", 1<<21))
		if got := m.ended(); got != websocket.CloseMessageTooBig && got != 1006 {
			t.Errorf("closed with %d, want 1009", got)
		}
	})
}

func TestNothingCountsBeforeHello(t *testing.T) {
	for _, first := range []string{
		`{"type":"join","rid":1,"room":"demo","name":"M"}`,
		`{"type":"ping"}`,
		`{"type":"signal","to":"x","conn":"c","data":{}}`,
		`{"type":"hello","protocol":[1],"key":"short"}`,
		`{"type":"hello","protocol":[1],"key":"` + strings.Repeat("k", 129) + `"}`,
		`{"type":"hello","protocol":1,"key":"0123456789012345678901"}`,
		`{"type":"hello","protocol":[1],"key":"0123456789012345678901","seq":-1}`,
	} {
		synctest.Test(t, func(t *testing.T) {
			n := newNetwork()
			serve(t, n, server.Options{})
			m := connect(t, n)
			m.say("%s", first)
			m.refused("bad-message")
			if got := m.ended(); got != 4000 {
				t.Errorf("%s: closed with %d, want 4000", first, got)
			}
		})
	}
}

func TestOtherVersionsAreTurnedAway(t *testing.T) {
	for _, versions := range []string{`[2]`, `[]`, `[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]`} {
		synctest.Test(t, func(t *testing.T) {
			n := newNetwork()
			serve(t, n, server.Options{})
			m := connect(t, n)
			m.say(`{"type":"hello","protocol":%s,"key":"0123456789012345678901"}`, versions)
			m.refused("protocol-version")
			if got := m.ended(); got != 4000 {
				t.Errorf("closed with %d, want 4000", got)
			}
		})
	}
}

func TestSenderIsStampedByTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		a, b := join(t, n, "Alice"), join(t, n, "Bob")
		m := connect(t, n).enter("Mallory")
		waiting(b)
		m.say(`{"type":"signal","from":"%s","to":"%s","conn":"c_1","data":{"kind":"bye","conn":"c_1","n":1,"from":"%[1]s"}}`, a.Self(), b.Self())
		expect(t, "Bob", b, signaling.Received{From: signaling.PeerID(m.id()), Signal: bye(1)})
	})
}

func TestSignalsThatContradictThemselvesAreDroppedByTheReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		b := join(t, n, "Bob")
		m := connect(t, n).enter("Mallory")
		waiting(b)
		for _, data := range []string{
			`{"kind":"bye","conn":"c_2","n":1}`, `{}`, `{"kind":"offer","conn":"c_1","n":1}`, `{"kind":"bye","conn":"c_1","n":0}`,
			`{"kind":"bye","conn":"c_1","n":1,"x":` + strings.Repeat("[", 9990) + strings.Repeat("]", 9990) + `}`,
		} {
			m.say(`{"type":"signal","to":"%s","conn":"c_1","data":%s}`, b.Self(), data)
		}
		m.say(`{"type":"signal","to":"%s","conn":"c_1","data":{"kind":"bye","conn":"c_1","n":2}}`, b.Self())
		got := waiting(b)
		if len(got) == 0 || got[len(got)-1].(signaling.Received).Signal.N != 2 || len(got) > 2 {
			t.Errorf("Bob heard %v", got)
		}
	})
}

func TestNamesOfOthersAreFitToBeShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		a := join(t, n, "Alice")
		m := connect(t, n)
		m.hello()
		m.say(`{"type":"join","rid":1,"room":" demo ","name":"\u202eevil\u0007\u001b[2J%s","metadata":{"mic":"loud"}}`, strings.Repeat("é", 60))
		want := "evil[2J" + strings.Repeat("é", 28)
		expect(t, "Alice", a, signaling.PeerJoined{Peer: signaling.Peer{ID: signaling.PeerID(m.id()), Name: want}})
	})
}

func TestFloodIsCutAndBystandersHearOfNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		a, b := join(t, n, "Alice"), join(t, n, "Bob")
		m := connect(t, n).enter("Mallory")
		waiting(a)
		waiting(b)
		for range 10000 {
			if m.ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"ping"}`)) != nil {
				break
			}
		}
		time.Sleep(3 * time.Second)
		if got := m.ended(); got != 4000 && got != 1006 {
			t.Errorf("closed with %d, want 4000", got)
		}
		expect(t, "Bob", b, signaling.PeerAway{ID: signaling.PeerID(m.id()), Away: true})
		send(t, a, b, 1)
		expectSignal(t, b, a.Self(), 1)
	})
}

// A member whose network has stopped taking anything: what others may pile up for it is shared fairly, and
// the one who sends too much is refused.
func TestFloodOfSignalsIsRefusedToItsSenderAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		a, b := join(t, n, "Alice"), join(t, n, "Bob")
		stalled := n.last()
		m := connect(t, n).enter("Mallory")
		waiting(a)
		waiting(b)
		stalled.stall()
		for i := range 120 { // what is refused is read slowly: with more of it Bob would be away meanwhile
			m.say(`{"type":"signal","to":"%s","conn":"c_1","data":{"kind":"bye","conn":"c_1","n":%d}}`, b.Self(), i+1)
		}
		got := m.take()
		if len(got) < 120-98 || got[0]["code"] != "rate-limited" || got[0]["fatal"] != nil || got[0]["to"] != string(b.Self()) {
			t.Fatalf("Mallory heard %d messages, the first is %v", len(got), got)
		}
		if m.ended() != 0 {
			t.Error("Mallory's socket has ended")
		}
		for i := range uint32(10) {
			send(t, a, b, i+1)
		}
		expect(t, "Alice", a)
		stalled.Close() // Bob comes back over another path
		time.Sleep(time.Second)
		fromAlice := 0
		for _, msg := range waiting(b) {
			if r, ok := msg.(signaling.Received); ok && r.From == a.Self() {
				fromAlice++
			}
		}
		if fromAlice != 10 {
			t.Errorf("Bob heard %d signals of Alice, want 10", fromAlice)
		}
	})
}

func TestWhoIsRefusedIsReadSlowlyAndTheOthersAreNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		serve(t, n, server.Options{})
		a, b := join(t, n, "Alice"), join(t, n, "Bob")
		m := connect(t, n).enter("Mallory")
		waiting(a)
		waiting(b)
		begin := time.Now()
		for range 2 {
			m.say(`{"type":"signal","to":"p_nobody","conn":"c","data":{}}`)
		}
		if took := time.Since(begin); took != 20*time.Millisecond {
			t.Errorf("after the first refusal the next message was read %v later, want 20 ms", took)
		}
		for range 18 {
			m.say(`{"type":"signal","to":"p_nobody","conn":"c","data":{}}`)
		}
		if got := m.take(); len(got) < 19 {
			t.Errorf("%d answers", len(got))
		}
		if took := time.Since(begin); took < 3*time.Second || took > 4*time.Second {
			t.Errorf("20 refused messages were read within %v, want 3 to 4 s", took)
		}
		begin = time.Now()
		for i := range 20 {
			send(t, a, b, uint32(i+1))
		}
		synctest.Wait()
		if took := time.Since(begin); took != 0 {
			t.Errorf("20 signals took %v", took)
		}
	})
}
