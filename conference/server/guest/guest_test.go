package guest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"confab/conference/server"
)

func get(t *testing.T, method, path string, header ...string) *http.Response {
	t.Helper()
	s, err := server.New(server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestThePageIsAtEveryRoomsAddress(t *testing.T) {
	for path, want := range map[string]struct {
		status int
		kind   string
	}{
		"/r/stand-up":               {http.StatusOK, "text/html; charset=utf-8"},
		"/r/":                       {http.StatusOK, "text/html; charset=utf-8"},
		"/r/a%2Fb%20c":              {http.StatusOK, "text/html; charset=utf-8"},
		"/r/guest.css":              {http.StatusOK, "text/html; charset=utf-8"}, // a room, too
		"/guest/main.js":            {http.StatusOK, "text/javascript; charset=utf-8"},
		"/guest/guest.css":          {http.StatusOK, "text/css; charset=utf-8"},
		"/guest/icon.svg":           {http.StatusOK, "image/svg+xml"},
		"/r/a/b":                    {http.StatusNotFound, "text/plain; charset=utf-8"},
		"/guest/":                   {http.StatusNotFound, "text/plain; charset=utf-8"},
		"/guest/guest.go":           {http.StatusNotFound, "text/plain; charset=utf-8"},
		"/guest/../guest.go":        {http.StatusNotFound, "text/plain; charset=utf-8"},
		"/guest/..%2Fguest.go":      {http.StatusNotFound, "text/plain; charset=utf-8"},
		"/guest/testdata/guest.mjs": {http.StatusNotFound, "text/plain; charset=utf-8"},
	} {
		r := get(t, http.MethodGet, path)
		if kind := r.Header.Get("Content-Type"); r.StatusCode != want.status || kind != want.kind {
			t.Errorf("%s: %d, %s; want %d, %s", path, r.StatusCode, kind, want.status, want.kind)
		}
	}
}

func TestThePageMayLoadNothingFromElsewhere(t *testing.T) {
	h := get(t, http.MethodGet, "/r/demo").Header
	policy := h.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") ||
		!strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("Content-Security-Policy: %s", policy)
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestFilesThatABrowserHasAreNotSentAgain(t *testing.T) {
	tag := get(t, http.MethodGet, "/guest/main.js").Header.Get("ETag")
	r := get(t, http.MethodGet, "/guest/main.js", "If-None-Match", tag)
	if tag == "" || r.StatusCode != http.StatusNotModified {
		t.Errorf("with the tag %s: %d, want %d", tag, r.StatusCode, http.StatusNotModified)
	}
	if r := get(t, http.MethodHead, "/guest/main.js"); r.StatusCode != http.StatusOK || r.ContentLength <= 0 {
		t.Errorf("HEAD: %d with %d bytes", r.StatusCode, r.ContentLength)
	}
	if r := get(t, http.MethodPost, "/r/demo"); r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d, want %d", r.StatusCode, http.StatusMethodNotAllowed)
	}
}
