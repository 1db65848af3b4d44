package socketio

import (
	"bytes"
	"testing"
)

// FuzzPacket reads what a server may say, in all the ways in which it is read.
func FuzzPacket(f *testing.F) {
	for _, seed := range []string{
		`0{"sid":"OVM8Vmnx_cNrG3LuAAAA","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`,
		`1`, `2`, `2probe`, `40{"sid":"x"}`, `41`, `44{"message":"no"}`, `43/admin,1[]`,
		`42["room_users",[{"id":"a","name":"alice"}]]`,
		`4212["getOffer",{"sdp":"v=0\r\n","type":"offer"}]`,
		`42["getCandidate",{"candidate":"","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"2feC"}]`,
		`42["getCandidate",null]`, `42["user_exit",{"id":"a"}]`, `42["room_refused",{"reason":"x"}]`,
		`451-["x",{"_placeholder":true,"num":0}]`,
		`{"code":5,"message":"Unsupported protocol version"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := parseRefusal(data); err != nil && len(err.Error()) > 5*maxText {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
		p, err := parse(data)
		if err != nil {
			return
		}
		if r := p.reply(); len(r) > len(data)+len("43[]") || bytes.Contains(r, []byte("42")) && p.kind == socketEvent && len(p.ack) > maxAck {
			t.Errorf("%q is replied to by %q", data, r)
		}
		_, _ = p.word()
		_ = p.refused()
		others, err := p.others()
		if err == nil && len(others) > maxUsers {
			t.Errorf("%d users", len(others))
		}
		for _, o := range others {
			if o.ID == "" || len(o.ID) > maxID {
				t.Errorf("id %q", o.ID)
			}
		}
	})
}
