package antmedia

import (
	"testing"

	"confab/conference/signaling"
	"confab/conference/signaling/duo"
)

// FuzzMessage reads what a server may say. What is passed on must keep the limits, and what is an error must
// be short enough to be shown.
func FuzzMessage(f *testing.F) {
	for _, seed := range []string{
		`{"command":"start","streamId":"s"}`,
		`{"command":"stop"}`,
		`{"command":"takeConfiguration","streamId":"s","type":"offer","sdp":"v=0\r\n","idMapping":{"0":"x"}}`,
		`{"command":"takeCandidate","label":0,"id":"0","candidate":"candidate:1 1 udp 1 192.0.2.1 5 typ host"}`,
		`{"command":"takeCandidate","label":"70000","candidate":""}`,
		`{"command":"takeCandidate","label":null}`,
		`{"command":"notification","definition":"leaved"}`,
		`{"command":"error","definition":"streamIdInUse\u202e"}`,
		`{"command":"iceServerConfig","stunServerUri":"turn:192.0.2.1","turnServerUsername":"u"}`,
	} {
		f.Add([]byte(seed))
	}
	d := &dialect{}
	f.Fuzz(func(t *testing.T, data []byte) {
		words, err := d.Read("s", data)
		if err != nil && words != nil {
			t.Errorf("%v and words: %v", err, words)
		}
		for _, w := range words {
			switch w := w.(type) {
			case duo.Refused:
				if text := w.Err.Error(); len(text) > 2*maxDefinition {
					t.Errorf("an error of %d bytes", len(text))
				}
			case duo.Candidate:
				if _, err := d.Write("s", w); err != nil && len(w.Candidate.Candidate) < signaling.MaxCandidate {
					t.Errorf("a candidate that came cannot go: %v", err)
				}
			}
		}
		if m, err := parse(data); err == nil {
			for _, server := range m.iceServers() {
				if len(server.URLs) != 1 || len(server.URLs[0]) > maxICEText || len(server.Credential) > maxICEText {
					t.Errorf("server %v", server)
				}
			}
		}
	})
}
