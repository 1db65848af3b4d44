package server

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"confab/conference/signaling"
)

// The peer-to-peer dialect of Ant Media Server: WebSockets without a subprotocol on paths that end in
// /websocket. What stands before it is the application; its streams are rooms of two. Whoever was there
// first is told to start when the second one joins; descriptions, candidates and messages are relayed as
// they are; who stays is told to stop. Definitions of errors are those of Ant Media's WebSocketConstants.
const (
	antPath    = "/websocket"
	antMessage = 81920 // bytes
	antStreams = 8     // of one socket
)

type (
	antRequest struct {
		Command  string `json:"command"`
		StreamID string `json:"streamId"`
	}
	antNotice struct {
		Command    string `json:"command"`
		Definition string `json:"definition,omitempty"`
		StreamID   string `json:"streamId,omitempty"`
	}
	antServers struct {
		Command    string `json:"command"`
		URI        string `json:"stunServerUri"`
		Username   string `json:"turnServerUsername"`
		Credential string `json:"turnServerCredential"`
	}
)

// antApp is the application that a WebSocket is for; false: it is for something else.
func antApp(r *http.Request) (string, bool) {
	return strings.CutSuffix(strings.TrimSuffix(r.URL.Path, "/"), antPath)
}

// serveAntMedia answers a WebSocket of an application. Pages come from anywhere: there are no cookies that
// would make a stranger's page act for its visitor.
func (s *Server) serveAntMedia(w http.ResponseWriter, r *http.Request, app string) {
	from, ok := s.admit(w, r)
	if !ok {
		return
	}
	ws, err := s.strangers.Upgrade(w, r, nil) // answers by itself when it fails
	if err != nil {
		from.exit()
		return
	}
	attribute(ws.NetConn(), from)
	g := &antGuest{
		line: newLine(s, ws), app: strings.ToValidUTF8(app, "\ufffd"), from: from, streams: map[string]*visit{},
		id: signaling.IDFromKey(signaling.NewKey()),
	}
	if !s.add(g) {
		from.exit()
		ws.Close()
		return
	}
	go func() { // counted by add
		defer from.exit()
		defer s.remove(g)
		g.run()
	}()
}

// antGuest is one WebSocket of an application. Its goroutine reads; the line's writes.
type antGuest struct {
	*line
	app  string
	from *address
	id   signaling.PeerID // for the relay's credentials

	// owned by the reader
	rate    bucket
	streams map[string]*visit // that it has joined
}

// run serves the socket until it ends.
func (g *antGuest) run() {
	g.start()
	g.read()
	for stream := range g.streams {
		g.leave(stream)
	}
	g.stop()
}

// read acts on what arrives.
func (g *antGuest) read() {
	for {
		data, err := g.next(antMessage)
		now := time.Now()
		switch {
		case err != nil:
			return
		case !g.rate.take(now), g.from.overdrawn(now):
			g.from.fault(now)
			g.close(websocket.ClosePolicyViolation, "too many messages")
			return
		}
		var m antRequest
		if !utf8.Valid(data) || json.Unmarshal(data, &m) != nil {
			g.from.fault(now)
			g.close(websocket.CloseInvalidFramePayloadData, "want a JSON object")
			return
		}
		g.act(m, data)
	}
}

// act does what a message asks for. Unknown commands are noise.
func (g *antGuest) act(m antRequest, data []byte) {
	switch m.Command {
	case "ping":
		g.say(antNotice{Command: "pong"})
		return
	case "getIceServerConfig":
		g.sayServers()
		return
	case "join", "leave", "stop", "takeConfiguration", "takeCandidate", "peerMessageCommand":
	default:
		return
	}
	switch {
	case m.StreamID == "":
		g.refuse("noStreamNameSpecified", "")
	case !antStream(m.StreamID):
		g.refuse("invalidStreamName", "")
	case m.Command == "join":
		g.join(m.StreamID)
	case g.streams[m.StreamID] == nil:
		g.refuse("no_peer_associated_before", m.StreamID)
	case m.Command == "leave":
		g.leave(m.StreamID)
		g.say(antNotice{"notification", "leaved", m.StreamID})
	case m.Command == "stop":
		g.leave(m.StreamID)
	case !g.streams[m.StreamID].say(data):
		g.refuse("no_peer_associated_before", m.StreamID)
	default:
		g.server.metrics.signals.Add(1)
	}
}

func (g *antGuest) join(stream string) {
	switch {
	case g.streams[stream] != nil:
		g.say(antNotice{"notification", "joined", stream})
		return
	case len(g.streams) >= antStreams, !g.from.join(time.Now()):
		g.refuse("highResourceUsage", stream)
		return
	}
	v := g.server.visit(g.room(stream), antSeat{g, stream})
	switch v.enter(nil) {
	case "":
		g.streams[stream] = v
		g.server.metrics.joins.Add(1)
	case roomFull:
		g.server.metrics.refuse(roomFull)
		g.refuse("streamIdInUse", stream)
	default: // the instance that could tell does not answer
		g.refuse("highResourceUsage", stream)
	}
}

func (g *antGuest) leave(stream string) {
	g.streams[stream].leave()
	delete(g.streams, stream)
}

// room is the parlour of a stream of this application.
func (g *antGuest) room(stream string) string { return "antmedia " + stream + " " + g.app }

// antSeat is a guest in one stream.
type antSeat struct {
	*antGuest
	stream string
}

// entered implements visitor.
func (s antSeat) entered([]byte) {
	s.tell(encode(antNotice{"notification", "joined", s.stream}))
}

// met implements visitor.
func (s antSeat) met(_ []byte, first bool) {
	if first {
		s.tell(encode(antNotice{Command: "start", StreamID: s.stream}))
	}
}

// left implements visitor.
func (s antSeat) left([]byte) {
	s.tell(encode(antNotice{Command: "stop", StreamID: s.stream}))
}

// sayServers gives one STUN or TURN server, for that is all that clients take; none: they have their own.
func (g *antGuest) sayServers() {
	if g.server.relay.Load() != nil && !g.from.join(time.Now()) { // credentials are like joining
		return
	}
	servers := append(g.server.relay.Load().servers(g.id, time.Now()), g.server.options.ICEServers...)
	for _, scheme := range []string{"turn:", "stun:"} {
		for _, one := range servers {
			for _, u := range one.URLs {
				if strings.HasPrefix(u, scheme) {
					g.say(antServers{"iceServerConfig", u, one.Username, one.Credential})
					return
				}
			}
		}
	}
}

func (g *antGuest) refuse(definition, stream string) {
	g.say(antNotice{"error", definition, stream})
}

func (g *antGuest) say(message any) {
	g.tell(encode(message))
	g.rouse()
}

// antStream tells whether a name may be a stream's.
func antStream(id string) bool {
	return len(id) <= signaling.MaxRoom && !strings.ContainsFunc(id, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && r != '.' && r != '-' && r != '_'
	})
}
