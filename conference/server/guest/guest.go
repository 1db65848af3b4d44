// Package guest is the page for somebody who has only a browser: a member of the room at /r/ROOM.
//
// The page is plain JavaScript without a build step. Its modules, from the wire up: signaling.js speaks
// confab.v1 with the server that gave the page, mesh.js decides who offers, connection.js is one
// connection with its control channel, media.js what we send; call.js puts them together, stage.js,
// tile.js and chat.js show it, lobby.js asks before it. All that goes wrong is worded in sentences.js.
//
// Nothing is loaded from elsewhere: the Content-Security-Policy allows this server alone. What stands
// behind a # in the page's address is never sent to it.
package guest

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
)

//go:embed index.html guest.css icon.svg *.js
var files embed.FS

// The paths that are the page's: each room has its own address, the files are everybody's.
const (
	rooms = "/r/"
	parts = "/guest/"
)

// types are the files' by the end of their names.
var types = map[string]string{
	"html": "text/html; charset=utf-8",
	"css":  "text/css; charset=utf-8",
	"js":   "text/javascript; charset=utf-8",
	"svg":  "image/svg+xml",
}

// policy lets the page load, connect to and be framed by nothing but this server. Pages connect to the
// WebSockets of their own host under 'self' (CSP level 3, section 6.7.2.8).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// At tells whether a request is for the page: /r/ROOM, or one of its files below /guest/.
func At(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, rooms) || strings.HasPrefix(r.URL.Path, parts)
}

// ServeHTTP answers GET and HEAD for the page at /r/ROOM, whatever the room, and for its files; what is
// neither, with 404. A room's name is one part of the path: a slash in it is written %2F.
func ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, part := strings.CutPrefix(r.URL.EscapedPath(), parts)
	if !part {
		name = "index.html"
		if strings.Contains(strings.TrimPrefix(r.URL.EscapedPath(), rooms), "/") {
			name = ""
		}
	}
	_, end, _ := strings.Cut(name, ".")
	data, err := files.ReadFile(name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	sum := sha256.Sum256(data)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	h := w.Header()
	h.Set("Content-Type", types[end])
	h.Set("Content-Security-Policy", policy)
	h.Set("Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self)")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache") // ask each time: the modules belong together
	h.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(data)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(data) // who went away does not want it
	}
}
