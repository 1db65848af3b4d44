package signaling_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"confab/conference/signaling"
)

var samples = []string{
	`{"kind":"offer","conn":"c_1","n":1,"sdp":"v=0\r\na=group:BUNDLE 0 1\r\n","slots":{"0":"mic","1":"camera","2":"screen","3":"screen-audio"}}`,
	`{"kind":"answer","conn":"c_1","n":1,"sdp":"v=0\r\n","mac":"qqqq"}`,
	`{"kind":"candidates","conn":"c_1","n":2,"candidates":[{"candidate":"candidate:1 1 udp 1 192.0.2.1 9 typ host","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"abcd"},{"candidate":""}]}`,
	`{"kind":"negotiate","conn":"c_1","n":3,"add":["video"],"iceRestart":true}`,
	`{"kind":"bye","conn":"c_1","n":4}`,
}

func TestSignalsKeepTheirFormThroughParseAndEncode(t *testing.T) {
	for _, sample := range samples {
		s, err := signaling.ParseSignal([]byte(sample))
		if err != nil {
			t.Errorf("parse %s: %v", sample, err)
			continue
		}
		b, err := s.Encode()
		if err != nil {
			t.Errorf("encode %s: %v", sample, err)
		}
		if diff := cmp.Diff(sample, string(b)); diff != "" {
			t.Errorf("(-read +written):\n%s", diff)
		}
	}
}

func TestMalformedSignalsAreRefusedByField(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	many := func(n int, format string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = strings.ReplaceAll(format, "#", fmt.Sprint(i))
		}
		return strings.Join(parts, ",")
	}
	for name, test := range map[string]struct{ in, names string }{
		"empty":                {``, "JSON"},
		"not an object":        {`[]`, "array"},
		"unknown kind":         {`{"kind":"hop","conn":"c","n":1}`, "kind"},
		"no conn":              {`{"kind":"bye","n":1}`, "conn"},
		"long conn":            {`{"kind":"bye","n":1,"conn":"` + long(65) + `"}`, "conn"},
		"no n":                 {`{"kind":"bye","conn":"c"}`, "n is 0"},
		"negative n":           {`{"kind":"bye","conn":"c","n":-1}`, "n"},
		"n beyond 32 bits":     {`{"kind":"bye","conn":"c","n":4294967296}`, "n"},
		"offer without sdp":    {`{"kind":"offer","conn":"c","n":1}`, "sdp"},
		"long sdp":             {`{"kind":"offer","conn":"c","n":1,"sdp":"` + long(signaling.MaxSDP+1) + `"}`, "sdp"},
		"long mac":             {`{"kind":"bye","conn":"c","n":1,"mac":"` + long(129) + `"}`, "mac"},
		"many slots":           {`{"kind":"bye","conn":"c","n":1,"slots":{` + many(17, `"#":"mic"`) + `}}`, "slots"},
		"long mid":             {`{"kind":"bye","conn":"c","n":1,"slots":{"` + long(33) + `":"mic"}}`, "mid"},
		"empty mid":            {`{"kind":"bye","conn":"c","n":1,"slots":{"":"mic"}}`, "mid"},
		"long slot":            {`{"kind":"bye","conn":"c","n":1,"slots":{"0":"` + long(33) + `"}}`, "slot"},
		"many adds":            {`{"kind":"negotiate","conn":"c","n":1,"add":[` + many(17, `"video"`) + `]}`, "add"},
		"long add":             {`{"kind":"negotiate","conn":"c","n":1,"add":["` + long(33) + `"]}`, "add"},
		"empty add":            {`{"kind":"negotiate","conn":"c","n":1,"add":[""]}`, "add"},
		"many candidates":      {`{"kind":"candidates","conn":"c","n":1,"candidates":[` + many(65, `{"candidate":""}`) + `]}`, "candidates"},
		"long candidate":       {`{"kind":"candidates","conn":"c","n":1,"candidates":[{"candidate":"` + long(1025) + `"}]}`, "candidate 0"},
		"long sdpMid":          {`{"kind":"candidates","conn":"c","n":1,"candidates":[{"sdpMid":"` + long(33) + `"}]}`, "sdpMid"},
		"long ufrag":           {`{"kind":"candidates","conn":"c","n":1,"candidates":[{"usernameFragment":"` + long(257) + `"}]}`, "usernameFragment"},
		"sdpMLineIndex 65536":  {`{"kind":"candidates","conn":"c","n":1,"candidates":[{"sdpMLineIndex":65536}]}`, "sdpMLineIndex"},
		"too many bytes":       {`{"kind":"bye","conn":"c","n":1,"other":"` + long(signaling.MaxSignal) + `"}`, "bytes"},
		"deeper than anything": {`{"kind":"bye","conn":"c","n":1,"other":` + strings.Repeat("[", 20000), "depth"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := signaling.ParseSignal([]byte(test.in))
			if !errors.Is(err, signaling.ErrSignal) || !strings.Contains(err.Error(), test.names) {
				t.Errorf("error %v, want one that names %q", err, test.names)
			}
			if diff := cmp.Diff(signaling.Signal{}, s); diff != "" {
				t.Errorf("a refused signal is not empty:\n%s", diff)
			}
		})
	}
}

func TestEncodeRefusesWhatParseWouldRefuse(t *testing.T) {
	tooBig := signaling.Signal{Kind: signaling.Offer, Conn: "c", N: 1, SDP: strings.Repeat("\x01", signaling.MaxSDP)}
	for _, s := range []signaling.Signal{{}, {Kind: signaling.Bye, Conn: "c"}, tooBig} {
		if b, err := s.Encode(); !errors.Is(err, signaling.ErrSignal) {
			t.Errorf("Encode = %.50s, %v; want ErrSignal", b, err)
		}
	}
}

func FuzzParseSignal(f *testing.F) {
	for _, sample := range samples {
		f.Add([]byte(sample))
	}
	f.Add([]byte(`{"KIND":"bye","conn":"<\u2028\ud800>","n":1e1,"candidates":[],"slots":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := signaling.ParseSignal(data)
		if err != nil {
			if !errors.Is(err, signaling.ErrSignal) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		b, err := s.Encode()
		if err != nil { // bytes that are no UTF-8 and controls grow when written
			if plain, jsonErr := json.Marshal(s); jsonErr != nil || len(plain) <= signaling.MaxSignal {
				t.Fatalf("accepted, but cannot be encoded: %v", err)
			}
			return
		}
		again, err := signaling.ParseSignal(b)
		if err != nil {
			t.Fatalf("parse of %s: %v", b, err)
		}
		b2, err := again.Encode()
		if err != nil || string(b2) != string(b) {
			t.Fatalf("encoded twice (%v):\n%s\n%s", err, b, b2)
		}
	})
}
