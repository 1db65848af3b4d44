package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"confab/conference/signaling"
)

var errNotJoined = errors.New("join a room first")

// said are the sentences that go with refusals.
var said = map[code]string{
	unauthorized: "not allowed, or another password is needed",
	roomFull:     "the room is full",
	roomLocked:   "the room is locked",
	notJoined:    errNotJoined.Error(),
	noSuchPeer:   "no such member in the room",
	rateLimited:  "too much waits for this member already",
	kicked:       "the room's owner has removed you",
}

// act does what one message asks for. data is the reader's buffer: what is kept is copied.
func (k *socket) act(data []byte) {
	if !utf8.Valid(data) { // it would end the sockets of those it is passed on to (RFC 6455 section 8.1)
		k.fail(badMessage, "a message is UTF-8")
		return
	}
	var h header
	if !k.parse(data, &h) {
		return
	}
	if k.id == "" && h.Type != "hello" {
		k.fail(badMessage, "hello comes first")
		return
	}
	switch h.Type {
	case "hello":
		k.actHello(data)
	case "join":
		k.actJoin(h.RID, data)
	case "leave":
		k.actLeave(h.RID)
	case "signal":
		k.actSignal(data)
	case "update":
		k.actUpdate(h.RID, data)
	case "lock":
		k.actLock(h.RID, data)
	case "kick":
		k.actKick(h.RID, data)
	case "ping":
		k.answer(answer{Type: "pong", RID: h.RID})
	default:
		k.refuse(problem{Code: unknownType, Message: fmt.Sprintf("type %.32q is unknown", h.Type), RID: h.RID})
	}
}

// parse reads a message; one that is not what it should be ends the connection.
func (k *socket) parse(data []byte, into any) bool {
	if err := json.Unmarshal(data, into); err != nil {
		k.fail(badMessage, fmt.Sprintf("%.200s", err))
		return false
	}
	return true
}

func (k *socket) actHello(data []byte) {
	var h hello
	switch {
	case k.id != "":
		k.fail(badMessage, "hello was said already")
		return
	case !k.parse(data, &h):
		return
	case len(h.Protocol) > maxProtocols || !slices.Contains(h.Protocol, protocolVersion):
		k.fail(protocolUnknown, "this server speaks version 1")
		return
	}
	if err := signaling.CheckKey(h.Key); err != nil {
		k.fail(badMessage, err.Error())
		return
	}
	k.id = signaling.IDFromKey(h.Key)
	k.log = k.log.With("peer", k.id)
	if err := k.heard(); err != nil {
		return // the next read fails as well
	}
	m := k.server.hello(k, h.Seq)
	k.answer(welcome{
		Type: "welcome", Protocol: protocolVersion, You: k.id, Resumed: m != nil,
		ResumeWindow: int(k.server.options.ResumeWindow / time.Second),
		ICEServers:   k.server.options.ICEServers,
		Limits: limits{
			Message: maxMessage, Metadata: maxMetadata, Room: signaling.MaxRoom, Name: signaling.MaxName,
			Rate: ratePerSec, RateWindow: int(rateWindow / time.Second), Queue: maxMissed,
		},
	})
	if m != nil {
		k.join(m)
	}
}

func (k *socket) actJoin(rid uint64, data []byte) {
	if k.current() != nil {
		k.refuse(problem{Code: alreadyJoined, Message: "leave the other room first", RID: rid})
		return
	}
	var j join
	if !k.parse(data, &j) {
		return
	}
	room, err := signaling.CleanRoom(j.Room)
	if err != nil {
		k.refuse(problem{Code: badRoom, Message: err.Error(), RID: rid})
		return
	}
	about, c, err := metadata(nil).merge(j.Metadata)
	if err != nil {
		k.refuse(problem{Code: c, Message: err.Error(), RID: rid})
		return
	}
	if !k.from.join(time.Now()) {
		k.refuse(problem{Code: rateLimited, Message: "too many joins from this address", RID: rid})
		return
	}
	j.Room, j.Name = room, signaling.CleanName(j.Name)
	m, refusal := k.server.join(k, rid, j, about)
	switch refusal {
	case "":
		k.join(m)
	case kicked:
		k.fail(kicked, said[kicked])
	default:
		k.refuse(problem{Code: refusal, Message: said[refusal], RID: rid})
	}
	if refusal == unauthorized {
		if k.guesses++; k.guesses >= maxGuesses {
			k.fail(rateLimited, "too many wrong passwords")
		}
	}
}

func (k *socket) actLeave(rid uint64) {
	if m := k.current(); m != nil {
		k.join(nil)
		k.server.leave(m, "leave")
	}
	k.answer(answer{Type: "left", RID: rid})
}

func (k *socket) actSignal(data []byte) {
	var s signal
	switch {
	case !k.parse(data, &s):
		return
	case s.Conn == "" || len(s.Conn) > signaling.MaxConnID:
		k.fail(badMessage, "conn of a signal has 1 to 64 bytes")
		return
	case len(s.Data) == 0 || s.Data[0] != '{':
		k.fail(badMessage, "data of a signal is an object")
		return
	}
	c := notJoined
	if m := k.current(); m != nil {
		c = m.signal(s)
	}
	if c != "" {
		k.refuse(problem{Code: c, Message: said[c], To: clip(s.To)})
		return
	}
	k.server.metrics.signals.Add(1)
}

func (k *socket) actUpdate(rid uint64, data []byte) {
	var u update
	if !k.parse(data, &u) {
		return
	}
	c, err := notJoined, errNotJoined
	if m := k.current(); m != nil {
		c, err = m.update(u)
	}
	if err != nil {
		k.refuse(problem{Code: c, Message: err.Error(), RID: rid})
	}
}

func (k *socket) actLock(rid uint64, data []byte) {
	var l lock
	if !k.parse(data, &l) {
		return
	}
	c := notJoined
	if m := k.current(); m != nil {
		c = m.lock(l.On)
	}
	if c != "" {
		k.refuse(problem{Code: c, Message: said[c], RID: rid})
	}
}

func (k *socket) actKick(rid uint64, data []byte) {
	var who kick
	if !k.parse(data, &who) {
		return
	}
	c := notJoined
	if m := k.current(); m != nil {
		c = k.server.kick(m, who.ID)
	}
	if c != "" {
		k.refuse(problem{Code: c, Message: said[c], RID: rid, To: clip(who.ID)})
	}
}

// clip keeps an ID that a client made up from being repeated at length.
func clip(id signaling.PeerID) signaling.PeerID {
	return id[:min(len(id), 64)]
}
