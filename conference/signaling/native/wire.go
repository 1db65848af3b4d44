package native

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"confab/conference/signaling"
)

// Limits of what a server may send.
const (
	maxInbound    = 1 << 20 // bytes of a message
	maxMembers    = 1000
	maxID         = 64
	maxICEServers = 16
	maxICEURLs    = 8
	maxICEText    = 512 // bytes of a URL, username or credential
	maxText       = 200 // bytes of an error's message that are kept
	maxOutbound   = 131072
)

// What we send.
type (
	clientInfo struct {
		Name string `json:"name"`
		OS   string `json:"os"`
	}
	hello struct {
		Type     string     `json:"type"`
		Protocol []int      `json:"protocol"`
		Client   clientInfo `json:"client"`
		Key      string     `json:"key"`
		Seq      uint64     `json:"seq"`
	}
	join struct {
		Type     string             `json:"type"`
		RID      uint64             `json:"rid"`
		Room     string             `json:"room"`
		Name     string             `json:"name"`
		Password string             `json:"password,omitempty"`
		Metadata signaling.Metadata `json:"metadata"`
		Rejoin   bool               `json:"rejoin,omitempty"`
	}
	outSignal struct {
		Type string           `json:"type"`
		To   signaling.PeerID `json:"to"`
		Conn signaling.ConnID `json:"conn"`
		Data json.RawMessage  `json:"data"`
	}
	update struct {
		Type     string             `json:"type"`
		Name     string             `json:"name"`
		Metadata signaling.Metadata `json:"metadata"`
	}
	plain struct { // leave, ping
		Type string `json:"type"`
		RID  uint64 `json:"rid,omitempty"`
	}
)

// What the server sends, one type a message. Unknown keys are ignored.
type (
	header struct {
		Type string `json:"type"`
		RID  uint64 `json:"rid"`
		Seq  uint64 `json:"seq"`
	}
	welcome struct {
		Protocol   int                   `json:"protocol"`
		You        signaling.PeerID      `json:"you"`
		Resumed    bool                  `json:"resumed"`
		ICEServers []signaling.ICEServer `json:"iceServers"`
		Limits     struct {
			Message int `json:"message"`
		} `json:"limits"`
	}
	joined struct {
		Peers      []peer                `json:"peers"`
		ICEServers []signaling.ICEServer `json:"iceServers"` // besides those of welcome: for members alone
	}
	peer struct {
		ID       signaling.PeerID `json:"id"`
		Name     string           `json:"name"`
		Metadata json.RawMessage  `json:"metadata"`
		State    string           `json:"state"`
	}
	peerMessage struct { // peer-joined, peer-updated
		Peer peer `json:"peer"`
	}
	stateMessage struct { // peer-state, peer-left
		ID     signaling.PeerID `json:"id"`
		State  string           `json:"state"`
		Reason string           `json:"reason"`
	}
	inSignal struct {
		From signaling.PeerID `json:"from"`
		Conn signaling.ConnID `json:"conn"`
		Data json.RawMessage  `json:"data"`
	}
	problem struct {
		Code    string           `json:"code"`
		Message string           `json:"message"`
		To      signaling.PeerID `json:"to"`
		Fatal   bool             `json:"fatal"`
	}
)

// ServerError is an error message of the server. It wraps the error of package signaling that belongs to
// its code, if there is one.
type ServerError struct {
	Code    string // of confab.v1, such as room-full
	Message string // in the server's words: not to be trusted, quoted in Error
}

func (e *ServerError) Error() string {
	return fmt.Sprintf("signaling server says %s: %q", e.Code, e.Message)
}

// Unwrap is what callers decide on; nil for codes that mean a fault in the program.
func (e *ServerError) Unwrap() error { return sentinels[e.Code] }

var sentinels = map[string]error{
	"protocol-version": signaling.ErrVersion,
	"unauthorized":     signaling.ErrUnauthorized,
	"bad-room":         signaling.ErrBadRoom,
	"room-full":        signaling.ErrRoomFull,
	"room-locked":      signaling.ErrRoomLocked,
	"no-such-peer":     signaling.ErrNoSuchPeer,
	"rate-limited":     signaling.ErrRateLimited,
	"kicked":           signaling.ErrKicked,
	"replaced":         signaling.ErrReplaced,
}

func (p *problem) err() error {
	text := strings.ToValidUTF8(p.Message[:min(len(p.Message), maxText)], "")
	if !validID(signaling.PeerID(p.Code)) {
		p.Code = "unknown"
	}
	return &ServerError{Code: p.Code, Message: text}
}

var errMember = errors.New("malformed member")

// member checks what the server says about somebody.
func (p *peer) member() (signaling.Peer, error) {
	if !validID(p.ID) {
		return signaling.Peer{}, fmt.Errorf("%w: id %.64q", errMember, string(p.ID))
	}
	m := signaling.Peer{ID: p.ID, Name: signaling.CleanName(p.Name), Away: p.State == "away"}
	if err := json.Unmarshal(p.Metadata, &m.Metadata); err != nil {
		m.Metadata = signaling.Metadata{} // another program's own business; it does not cost us the member
	}
	return m, nil
}

// members checks a whole list: every ID once, ours not among them.
func (j *joined) members(self signaling.PeerID) ([]signaling.Peer, error) {
	if len(j.Peers) > maxMembers {
		return nil, fmt.Errorf("%d members, at most %d", len(j.Peers), maxMembers)
	}
	seen := map[signaling.PeerID]bool{self: true}
	all := make([]signaling.Peer, 0, len(j.Peers))
	for i := range j.Peers {
		m, err := j.Peers[i].member()
		if err != nil {
			return nil, err
		}
		if seen[m.ID] {
			return nil, fmt.Errorf("%w: %s is there twice", errMember, m.ID)
		}
		seen[m.ID] = true
		all = append(all, m)
	}
	return all, nil
}

// iceServers are those of the list that can be used.
func (w *welcome) iceServers() []signaling.ICEServer {
	long := func(s string) bool { return len(s) > maxICEText }
	usable := slices.DeleteFunc(slices.Clone(w.ICEServers), func(s signaling.ICEServer) bool {
		return len(s.URLs) == 0 || len(s.URLs) > maxICEURLs || long(s.Username) || long(s.Credential) ||
			slices.ContainsFunc(s.URLs, func(raw string) bool {
				u, err := url.Parse(raw)
				return long(raw) || err != nil || !slices.Contains([]string{"stun", "stuns", "turn", "turns"}, u.Scheme)
			})
	})
	return usable[:min(len(usable), maxICEServers)]
}

// outbound is how many bytes the server takes in one message.
func (w *welcome) outbound() int {
	if w.Limits.Message <= 0 {
		return maxOutbound
	}
	return min(w.Limits.Message, maxInbound)
}

// validID tells whether an ID is printable ASCII of a sensible length.
func validID(id signaling.PeerID) bool {
	return id != "" && len(id) <= maxID &&
		!strings.ContainsFunc(string(id), func(r rune) bool { return r <= ' ' || r > '~' })
}

// signal checks what a member sent: the parts of the envelope and of the signal must agree.
func (s *inSignal) signal() (signaling.Signal, error) {
	parsed, err := signaling.ParseSignal(s.Data)
	if err != nil {
		return signaling.Signal{}, err
	}
	if parsed.Conn != s.Conn {
		return signaling.Signal{}, fmt.Errorf("%w: conn differs from its envelope's", signaling.ErrSignal)
	}
	return parsed, nil
}
