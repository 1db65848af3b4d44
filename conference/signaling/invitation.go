package signaling

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// InvitationScheme begins an invitation, which is a signaling URL as well: of rooms that are sealed.
const InvitationScheme = "confab"

// Limits of an invitation, in bytes.
const (
	MaxInvitation  = 2048
	InvitationKey  = 24 // random bytes of a key
	invitationText = 32 // of it in base64url
)

// pageFolder is where a server of invitations has its page for guests.
const pageFolder = "/r/"

// Invitation says where a call is, and holds the key by which those who have it know each other. It has two
// forms. In both the key stands behind the "#", which no browser and no driver ever sends to a server:
//
//	confab://HOST[:PORT]/ROOM[?via=SCHEME&path=PATH&query=QUERY]#KEY[&pin=PIN]
//	https://HOST[:PORT][/PATH]/r/ROOM#KEY[&pin=PIN]
//
// The first one is for every kind of signaling; the second one is also the address of a page for guests,
// and stands for wss:// at the same host, as http:// stands for ws://.
type Invitation struct {
	Server string // signaling URL, with the pin of its server's key if it has one
	Room   string // as CleanRoom gives it
	Key    string // 32 characters of base64url (see NewKey); empty: the call is not sealed
}

// CheckInvitationKey tells whether a key is 24 bytes in base64url. Errors wrap ErrInvitation, and do not show it.
func CheckInvitationKey(key string) error {
	b, err := base64.RawURLEncoding.Strict().DecodeString(key)
	if err != nil || len(b) != InvitationKey || len(key) != invitationText {
		return fmt.Errorf("%w: its key has not %d letters of base64url", ErrInvitation, invitationText)
	}
	return nil
}

// IsInvitation tells whether a text is meant to be an invitation, so that its errors are about that.
func IsInvitation(text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	return slices.ContainsFunc([]string{InvitationScheme + ":", "https:", "http:"}, func(scheme string) bool {
		return strings.HasPrefix(text, scheme)
	})
}

// ParseInvitation reads either form, with spaces around it. Whatever it does not know is an error: half of an
// invitation would lead to another room, or to an open one. Errors wrap ErrInvitation and do not show the key.
func ParseInvitation(text string) (Invitation, error) {
	text = strings.TrimSpace(text)
	if len(text) > MaxInvitation {
		return Invitation{}, fmt.Errorf("%w: it has %d bytes, at most %d", ErrInvitation, len(text), MaxInvitation)
	}
	u, err := url.Parse(text)
	if err != nil {
		return Invitation{}, fmt.Errorf("%w: %w", ErrInvitation, unquoted(err))
	}
	var room string
	var server *url.URL
	switch u.Scheme {
	case InvitationScheme:
		room, server, err = readInvitation(u)
	case "https", "http":
		room, server, err = readPage(u)
	default:
		err = fmt.Errorf("%w: it begins with %.16q", ErrInvitation, u.Scheme)
	}
	if err != nil {
		return Invitation{}, err
	}
	key, pin, err := readFragment(u)
	if err != nil {
		return Invitation{}, err
	}
	i := Invitation{Server: server.String(), Key: key}
	if pin != "" {
		i.Server = PinnedURL(i.Server, pin)
	}
	name, err := url.PathUnescape(room)
	if err != nil {
		return Invitation{}, fmt.Errorf("%w: its room: %w", ErrInvitation, err)
	}
	if i.Room, err = CleanRoom(name); err != nil {
		return Invitation{}, fmt.Errorf("%w: %w", ErrInvitation, err)
	}
	return i, nil
}

// readInvitation reads what confab:// says besides its fragment. The room is escaped.
func readInvitation(u *url.URL) (room string, server *url.URL, err error) {
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", nil, fmt.Errorf("%w: %w", ErrInvitation, err)
	}
	for key, values := range q {
		if !slices.Contains([]string{"via", "path", "query"}, key) || len(values) != 1 || values[0] == "" {
			return "", nil, fmt.Errorf("%w: %.16q is unknown, empty, or there twice", ErrInvitation, key)
		}
	}
	room = strings.TrimPrefix(u.EscapedPath(), "/")
	server = &url.URL{Scheme: "wss", User: u.User, Host: u.Host, Path: q.Get("path"), RawQuery: q.Get("query")}
	if q.Has("via") {
		server.Scheme = q.Get("via")
	}
	path := server.Path
	switch {
	case u.Opaque != "" || room == "" || strings.Contains(room, "/"):
		return "", nil, fmt.Errorf("%w: behind the host belongs one room", ErrInvitation)
	case u.Host == "" && !slices.Contains([]string{"lan", "memory"}, server.Scheme):
		return "", nil, fmt.Errorf("%w: it names no host", ErrInvitation)
	case path != "" && (path[0] != '/' || strings.HasPrefix(path, "//")):
		return "", nil, fmt.Errorf("%w: its path does not begin with one slash", ErrInvitation)
	case !isScheme(server.Scheme) || server.Scheme == InvitationScheme:
		return "", nil, fmt.Errorf("%w: via %.16q", ErrInvitation, server.Scheme)
	case strings.Contains(server.RawQuery, "#"):
		return "", nil, fmt.Errorf("%w: its query holds a fragment", ErrInvitation)
	}
	// Of https alone package url demands that IPv6 addresses stand in brackets.
	for _, address := range []string{server.String(), (&url.URL{Scheme: "https", Host: u.Host}).String()} {
		if _, err := url.Parse(address); err != nil {
			return "", nil, fmt.Errorf("%w: its address: %w", ErrInvitation, unquoted(err))
		}
	}
	return room, server, nil
}

// readPage reads what the address of a page for guests says besides its fragment. The room is escaped.
func readPage(u *url.URL) (room string, server *url.URL, err error) {
	path := u.EscapedPath()
	cut := strings.LastIndex(path, pageFolder)
	if u.Host == "" || u.Opaque != "" || u.User != nil || u.RawQuery != "" || cut < 0 || cut+len(pageFolder) == len(path) ||
		strings.HasPrefix(path, "//") {
		return "", nil, fmt.Errorf("%w: it looks like https://host/r/room", ErrInvitation)
	}
	folder, err := url.PathUnescape(path[:cut])
	if err != nil {
		return "", nil, fmt.Errorf("%w: its path: %w", ErrInvitation, err)
	}
	scheme := map[string]string{"https": "wss", "http": "ws"}[u.Scheme]
	return path[cut+len(pageFolder):], &url.URL{Scheme: scheme, Host: u.Host, Path: folder}, nil
}

// readFragment reads the key and the pin; both may be missing.
func readFragment(u *url.URL) (key, pin string, err error) {
	parts := strings.Split(u.EscapedFragment(), "&")
	if last := parts[len(parts)-1]; strings.HasPrefix(last, pinMark) {
		pin = strings.TrimPrefix(last, pinMark)
		parts = parts[:len(parts)-1]
		if err := checkPin(pin); err != nil {
			return "", "", fmt.Errorf("%w: %w", ErrInvitation, err)
		}
	}
	switch {
	case len(parts) == 0 || len(parts) == 1 && parts[0] == "" && pin == "":
		return "", pin, nil
	case len(parts) > 1:
		return "", "", fmt.Errorf("%w: behind its key is more", ErrInvitation)
	}
	return parts[0], pin, CheckInvitationKey(parts[0])
}

func isScheme(s string) bool {
	return s != "" && len(s) <= 16 && s[0] >= 'a' && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("+-.", r)
	})
}

// String is the form confab://…, which ParseInvitation reads; the empty string if the server's URL makes no
// sense. It holds the key: it belongs into no log.
func (i Invitation) String() string {
	u, pin, err := i.server()
	if err != nil {
		return ""
	}
	q := url.Values{}
	for key, value := range map[string]string{"via": u.Scheme, "path": u.Path, "query": u.RawQuery} {
		if value != "" && (key != "via" || value != "wss") {
			q.Set(key, value)
		}
	}
	text := (&url.URL{Scheme: InvitationScheme, User: u.User, Host: u.Host}).String()
	if u.Host == "" {
		text = InvitationScheme + "://"
	}
	text += "/" + escapeRoom(i.Room)
	if len(q) > 0 {
		text += "?" + q.Encode()
	}
	return text + i.fragment(pin)
}

// Page is the form https://…, which is the address of a page for guests as well. ok is false where a server of
// this kind has none.
func (i Invitation) Page() (text string, ok bool) {
	u, pin, err := i.server()
	if err != nil || u.Scheme != "wss" && u.Scheme != "ws" || u.User != nil || u.RawQuery != "" {
		return "", false
	}
	page := url.URL{Scheme: map[string]string{"wss": "https", "ws": "http"}[u.Scheme], Host: u.Host, Path: strings.TrimSuffix(u.Path, "/")}
	return page.String() + pageFolder + escapeRoom(i.Room) + i.fragment(pin), true
}

// SignalingURL is what joins the call: the server's URL, or, for a sealed one, the invitation itself.
func (i Invitation) SignalingURL() string {
	if i.Key == "" {
		return i.Server
	}
	return i.String()
}

// server is the server's URL without the pin.
func (i Invitation) server() (u *url.URL, pin string, err error) {
	if u, err = url.Parse(i.Server); err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrURL, unquoted(err))
	}
	if u.Opaque != "" { // lan:host:port
		if u, err = url.Parse(u.Scheme + "://" + u.Opaque); err != nil {
			return nil, "", fmt.Errorf("%w: %w", ErrURL, unquoted(err))
		}
	}
	if rest, ok := strings.CutPrefix(u.Fragment, pinMark); ok {
		pin = rest
	}
	u.Fragment, u.RawFragment = "", ""
	if u.Path == "/" { // it says no more than none
		u.Path = ""
	}
	return u, pin, nil
}

func (i Invitation) fragment(pin string) string {
	switch {
	case i.Key == "" && pin == "":
		return ""
	case i.Key == "":
		return "#" + pinMark + pin
	case pin == "":
		return "#" + i.Key
	}
	return "#" + i.Key + "&" + pinMark + pin
}

// escapeRoom makes a room's name one part of a path that no program takes for more: "." and ".." are names as
// well.
func escapeRoom(room string) string {
	if strings.Trim(room, ".") == "" {
		return strings.ReplaceAll(room, ".", "%2E")
	}
	return url.PathEscape(room)
}
