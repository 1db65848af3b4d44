package signaling_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"confab/conference/signaling"
)

func TestRegistryChoosesTheDriverByScheme(t *testing.T) {
	var opened string
	r := signaling.Registry{"ws": func(_ context.Context, u *url.URL, o signaling.Options) (signaling.Driver, error) {
		opened = u.String()
		if o.Logger == nil {
			t.Error("driver was opened without a logger")
		}
		return nil, nil
	}}
	if _, err := r.Open(t.Context(), "WS://host:8443/x?y", signaling.Options{}); err != nil || opened != "ws://host:8443/x?y" {
		t.Errorf("opened %q, %v", opened, err)
	}
	for raw, want := range map[string]error{
		"nats://host": signaling.ErrUnknownScheme,
		"host:8443":   signaling.ErrUnknownScheme,
		"/path":       signaling.ErrURL,
		"ws://[::1":   signaling.ErrURL,
		"":            signaling.ErrURL,
	} {
		if _, err := r.Open(t.Context(), raw, signaling.Options{}); !errors.Is(err, want) {
			t.Errorf("open %q: %v, want %v", raw, err, want)
		}
	}
}

func TestRetryPauseDoublesUpToEightSecondsSpreadByAQuarter(t *testing.T) {
	for n, want := range []time.Duration{250, 500, 1000, 2000, 4000, 8000, 8000, 8000} {
		want *= time.Millisecond
		low, middle, high := signaling.RetryPause(n, 0), signaling.RetryPause(n, 0.5), signaling.RetryPause(n, 0.999999)
		if low != want*3/4 || middle != want || high >= want*5/4 || high < want*5/4-want/1000 {
			t.Errorf("attempt %d: %v, %v, %v around %v", n, low, middle, high, want)
		}
	}
	if got := signaling.RetryPause(1<<30, 0.5); got != 8*time.Second {
		t.Errorf("attempt 2^30: %v", got)
	}
}

func TestIDFollowsFromTheKey(t *testing.T) {
	// printf 0123456789abcdefghijkl | openssl dgst -sha256 -binary | base64 | tr +/ -_ | head -c 16
	if got := signaling.IDFromKey("0123456789abcdefghijkl"); got != "p_JllLosc-vBcgR_Iw" {
		t.Errorf("ID %s", got)
	}
	a, b := signaling.NewKey(), signaling.NewKey()
	if a == b || signaling.CheckKey(a) != nil {
		t.Errorf("keys %q, %q", a, b)
	}
	for _, n := range []int{0, 21, 129} {
		if signaling.CheckKey(strings.Repeat("k", n)) == nil {
			t.Errorf("a key of %d characters is allowed", n)
		}
	}
}

func TestNamesAreCleaned(t *testing.T) {
	for in, want := range map[string]string{
		"Alice":                       "Alice",
		"  Alice \t\n B.  ":           "Alice B.",
		"Al\x00ice\x1b[31m":           "Alice[31m",
		"\u202egnp.ecilA\u202c":       "gnp.ecilA",
		"a\u2066b\u200f\u061cc\ufeff": "abc",
		"bad\xffutf\xc3":              "badutf",
		"👩\u200d💻 Ada":                "👩\u200d💻 Ada",
		"line\u2028two\u0085three":    "line two three",
		strings.Repeat("é", 40):       strings.Repeat("é", 32),
		strings.Repeat("x", 1<<20):    strings.Repeat("x", 64),
		"\u200f \x07":                 "",
		strings.Repeat("abc ", 100):   strings.TrimSpace(strings.Repeat("abc ", 16)),
	} {
		got := signaling.CleanName(in)
		if got != want {
			t.Errorf("CleanName(%.40q) = %q, want %q", in, got, want)
		}
		if len(got) > signaling.MaxName || signaling.CleanName(got) != got {
			t.Errorf("CleanName(%.40q) = %q is not clean", in, got)
		}
	}
}

func FuzzCleanName(f *testing.F) {
	f.Add("Alice\u202e B.")
	f.Add(strings.Repeat("é", 33))
	f.Fuzz(func(t *testing.T, in string) {
		got := signaling.CleanName(in)
		if !utf8.ValidString(got) || len(got) > signaling.MaxName || signaling.CleanName(got) != got {
			t.Errorf("CleanName(%q) = %q", in, got)
		}
	})
}

func TestRoomNamesAreChecked(t *testing.T) {
	for in, want := range map[string]string{
		"demo": "demo", " Demo 1 ": "Demo 1", "räume/größe": "räume/größe", strings.Repeat("r", 128): strings.Repeat("r", 128),
	} {
		if got, err := signaling.CleanRoom(in); got != want || err != nil {
			t.Errorf("CleanRoom(%q) = %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"", " \t", strings.Repeat("r", 129), "a\nb", "a\x00", "\xff", "a\u202eb"} {
		if got, err := signaling.CleanRoom(in); !errors.Is(err, signaling.ErrBadRoom) {
			t.Errorf("CleanRoom(%q) = %q, %v; want ErrBadRoom", in, got, err)
		}
	}
}
