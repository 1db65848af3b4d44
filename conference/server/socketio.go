package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"confab/conference/server/engineio"
	"confab/conference/signaling"
)

// The Socket.IO dialect of GetStream's course "WebRTC for the Brave", in the namespace "/" below
// /socket.io/: join is answered by room_users, offers, answers and candidates are passed on. Unlike the
// course's server this one passes nothing on to other rooms, tells whoever is in a room of who comes and
// of who leaves, and answers a third one with room_full. A join that cannot be is answered by room_refused.
const courseAck = 20 // digits of the number of an acknowledgement, which nobody gets

// relayed are the events that are passed on, and by which names.
var relayed = map[string]string{"offer": "getOffer", "answer": "getAnswer", "candidate": "getCandidate"}

type (
	courseUser struct {
		ID   string `json:"id"`
		Name string `json:"name,omitempty"`
	}
	courseRefusal struct {
		Room   string `json:"room"`
		Reason code   `json:"reason,omitempty"`
	}
	courseJoin struct {
		Room courseRoom `json:"room"`
		Name string     `json:"name"`
	}
)

// courseRoom is a room's name; some write it as a number.
type courseRoom string

var errCourseRoom = errors.New("a room is a string or a number")

// UnmarshalJSON reads both forms.
func (r *courseRoom) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err == nil {
		*r = courseRoom(text)
		return nil
	}
	var number json.Number
	if err := json.Unmarshal(data, &number); err != nil || len(data) > signaling.MaxRoom {
		return errCourseRoom
	}
	*r = courseRoom(number)
	return nil
}

// engineAt tells whether a request is for Engine.IO.
func engineAt(r *http.Request) bool {
	return strings.HasSuffix(strings.TrimSuffix(r.URL.Path, "/"), "/socket.io")
}

// admitSession lets an Engine.IO session in like a WebSocket.
func (s *Server) admitSession(w http.ResponseWriter, r *http.Request) (release func(), ok bool) {
	from, ok := s.admit(w, r)
	return from.exit, ok
}

// openSession makes the guest of an Engine.IO session.
func (s *Server) openSession(k *engineio.Session, r *http.Request) engineio.Handler {
	g := &courseGuest{server: s, session: k, from: s.addresses.of(s.addresses.client(r), time.Now())}
	if !s.add(g) {
		k.Close()
		g.turnedAway = true
	}
	return g
}

// courseLine carries a guest's packets: an engineio.Session.
type courseLine interface {
	Put(message []byte)
	Rouse()
	Close()
	Cut()
}

// courseGuest is one Socket.IO client. Message and Closed are called by its session's goroutine.
type courseGuest struct {
	server     *Server
	session    courseLine
	from       *address
	turnedAway bool

	rate bucket
	user courseUser // its ID is empty before the client has connected to the namespace
	at   *visit     // nil: it has not joined
}

// Message implements engineio.Handler.
func (g *courseGuest) Message(data []byte) {
	now := time.Now()
	g.server.metrics.messages.Add(1)
	if !g.rate.take(now) || g.from.overdrawn(now) {
		g.from.fault(now)
		g.session.Close()
		return
	}
	if len(data) == 0 || !g.act(data[0], data[1:]) {
		g.from.fault(now)
		g.session.Close()
	}
}

// Closed implements engineio.Handler.
func (g *courseGuest) Closed() {
	g.leave()
	if !g.turnedAway {
		g.server.remove(g)
	}
}

// act handles one packet of Socket.IO; false: it is none.
func (g *courseGuest) act(kind byte, body []byte) bool {
	elsewhere := len(body) > 0 && body[0] == '/' // another namespace
	switch {
	case kind == '0' && elsewhere:
		namespace, _, _ := bytes.Cut(body, []byte{','})
		if len(namespace) > signaling.MaxRoom || bytes.ContainsAny(namespace, "\"\\") {
			return false
		}
		g.say("4" + string(namespace) + `,{"message":"Invalid namespace"}`)
	case elsewhere:
	case kind == '0' && g.user.ID == "":
		g.user.ID = engineio.NewID()
		g.say(`0{"sid":` + strconv.Quote(g.user.ID) + `}`)
	case kind == '1':
		g.session.Close()
	case kind == '2' && g.user.ID != "":
		return g.event(body)
	case kind == '3': // an acknowledgement that nobody has asked for
	default:
		return false
	}
	return true
}

// event handles ["name", …], with the number of an acknowledgement before it or not. Events of other names
// are noise.
func (g *courseGuest) event(body []byte) bool {
	digits := bytes.IndexByte(body, '[')
	if digits < 0 || digits > courseAck || len(bytes.Trim(body[:digits], "0123456789")) > 0 {
		return false
	}
	var args []json.RawMessage
	if json.Unmarshal(body[digits:], &args) != nil || len(args) == 0 {
		return false
	}
	var name string
	if json.Unmarshal(args[0], &name) != nil {
		return false
	}
	switch {
	case len(args) < 2:
	case name == "join":
		g.join(args[1])
	case relayed[name] != "" && g.at != nil:
		if g.at.say(courseEvent(relayed[name], args[1])) {
			g.server.metrics.signals.Add(1)
		}
	}
	return true
}

// join enters a room; whoever was in another one leaves that.
func (g *courseGuest) join(argument json.RawMessage) {
	var j courseJoin
	if json.Unmarshal(argument, &j) != nil {
		g.emit("room_refused", courseRefusal{Reason: badMessage})
		return
	}
	room, err := signaling.CleanRoom(string(j.Room))
	switch {
	case err != nil:
		g.emit("room_refused", courseRefusal{Room: string(j.Room)[:min(len(j.Room), signaling.MaxRoom)], Reason: badRoom})
		return
	case !g.from.join(time.Now()):
		g.emit("room_refused", courseRefusal{Room: room, Reason: rateLimited})
		return
	}
	if parlour := "socketio " + room; g.at == nil || g.at.room != parlour {
		g.leave()
		g.at = g.server.visit(parlour, g)
	}
	g.user.Name = signaling.CleanName(j.Name)
	switch g.at.enter(encode(g.user)) {
	case "":
		g.server.metrics.joins.Add(1)
	case roomFull:
		g.at = nil
		g.server.metrics.refuse(roomFull)
		g.emit("room_full", courseRefusal{Room: room})
	default: // the instance that could tell does not answer
		g.at = nil
		g.emit("room_refused", courseRefusal{Room: room, Reason: rateLimited})
	}
}

func (g *courseGuest) leave() {
	if g.at != nil {
		g.at.leave()
		g.at = nil
	}
}

// userOf reads the user that a guest's card shows; of what is none, an empty one.
func userOf(card []byte) (u courseUser) {
	if json.Unmarshal(card, &u) != nil {
		return courseUser{}
	}
	return u
}

// entered implements visitor.
func (g *courseGuest) entered(other []byte) {
	users := []courseUser{}
	if other != nil {
		users = append(users, userOf(other))
	}
	g.tell(courseEvent("room_users", users))
}

// met implements visitor: the newcomer is told of, and is told of whoever is there.
func (g *courseGuest) met(other []byte, first bool) {
	if !first {
		g.entered(other)
		return
	}
	g.tell(courseEvent("user_joined", userOf(other)))
}

// left implements visitor.
func (g *courseGuest) left(other []byte) {
	g.tell(courseEvent("user_exit", courseUser{ID: userOf(other).ID}))
}

// courseEvent is the packet of an event, without Engine.IO's type.
func courseEvent(name string, argument any) []byte {
	return append([]byte{'2'}, encode([]any{name, argument})...)
}

func (g *courseGuest) emit(name string, argument any) {
	g.tell(courseEvent(name, argument))
	g.rouse()
}

func (g *courseGuest) say(packet string) {
	g.tell([]byte(packet))
	g.rouse()
}

// tell implements visitor.
func (g *courseGuest) tell(message []byte) {
	g.session.Put(message)
	g.server.metrics.sent.Add(1)
}

// rouse implements visitor.
func (g *courseGuest) rouse() { g.session.Rouse() }

// close implements client.
func (g *courseGuest) close(int, string) { g.session.Close() }

// cut implements client.
func (g *courseGuest) cut() { g.session.Cut() }
