package duo

import (
	"errors"
	"strings"
	"testing"

	"confab/conference/signaling"
)

// FuzzDescription reads what anybody may say. What it tells must be of the text, and few.
func FuzzDescription(f *testing.F) {
	f.Add("v=0\r\no=- 46117 2 IN IP4 127.0.0.1\r\ns=-\r\na=ice-ufrag:VD1F\r\n", "candidate:1 1 udp 1 192.0.2.1 5 typ host ufrag VD1F")
	f.Add("o=a b c d e f\no=- 1 1 IN IP6 ::1\na=ice-ufrag:\n", "ufrag")
	f.Fuzz(func(t *testing.T, sdp, candidate string) {
		d, err := parse(sdp)
		if err != nil && !errors.Is(err, errDescription) {
			t.Errorf("error %v", err)
		}
		if err == nil && (len(d.fragments) == 0 || len(d.fragments) > maxFragments || strings.Count(d.origin, " ") != 4) {
			t.Errorf("%+v", d)
		}
		for _, one := range append(d.fragments, fragmentOf(signaling.Candidate{Candidate: candidate})) {
			if !strings.Contains(sdp, one) && !strings.Contains(candidate, one) {
				t.Errorf("fragment %q", one)
			}
		}
	})
}

func TestAnOriginIsTheSameWhateverItsVersion(t *testing.T) {
	const text = "o=- 46117 %s IN IP4 127.0.0.1\r\na=ice-ufrag:x\r\n"
	first, err := parse(strings.ReplaceAll(text, "%s", "2"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := parse(strings.ReplaceAll(text, "%s", "3"))
	if err != nil || first.origin != second.origin {
		t.Errorf("%q and %q: %v", first.origin, second.origin, err)
	}
	for name, text := range map[string]string{
		"no origin":   "a=ice-ufrag:x\r\n",
		"no fragment": "o=- 1 1 IN IP4 127.0.0.1\r\n",
		"two large":   strings.Repeat("x", signaling.MaxSDP+1),
		"bad origin":  "o=- 1\r\na=ice-ufrag:x\r\n",
	} {
		if _, err := parse(text); !errors.Is(err, errDescription) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
