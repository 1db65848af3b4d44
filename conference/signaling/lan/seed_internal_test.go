package lan

import (
	"errors"
	"net/url"
	"testing"

	"confab/conference/signaling"
)

func TestAddressOfAMemberIsReadWithItsPort(t *testing.T) {
	for raw, want := range map[string]string{
		"lan:": "", "lan:/": "", "lan://": "",
		"lan:192.0.2.7":            "192.0.2.7:26632",
		"lan:192.0.2.7:5":          "192.0.2.7:5",
		"lan://192.0.2.7:5":        "192.0.2.7:5",
		"lan:printer.local":        "printer.local:26632",
		"lan:printer.local:5":      "printer.local:5",
		"lan:[2001:db8::1]":        "[2001:db8::1]:26632",
		"lan:[2001:db8::1]:5":      "[2001:db8::1]:5",
		"lan:[fe80::1%25eth0]:5":   "[fe80::1%eth0]:5",
		"lan://[fe80::1%25eth0]:5": "[fe80::1%eth0]:5",
		"lan://[fe80::1%25eth0]":   "[fe80::1%eth0]:26632",
		"lan:192.0.2.7:0":          "refused",
		"lan:192.0.2.7:99999":      "refused",
		"lan:me@192.0.2.7":         "refused",
		"lan://me@192.0.2.7":       "refused",
		"lan:192.0.2.7?room=demo":  "refused",
		"lan:192.0.2.7#pin":        "refused",
		"lan://192.0.2.7/demo":     "refused",
		"lan:///demo":              "refused",
		"lan::5":                   "refused",
		"lan:[fe80::1%25]":         "refused",
		"lan:a%20b":                "refused",
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		got, err := parseSeed(u)
		if want == "refused" {
			if !errors.Is(err, signaling.ErrURL) {
				t.Errorf("%s is read as %q, %v, want ErrURL", raw, got, err)
			}
		} else if got != want || err != nil {
			t.Errorf("%s is read as %q, %v, want %q", raw, got, err, want)
		}
	}
}
