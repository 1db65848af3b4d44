package server

import (
	"crypto/sha256"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

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
	if !parse(k, data, &h) {
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
	case "ping":
		k.answer(answer{Type: "pong", RID: h.RID})
	default:
		if at := k.current(); at != nil {
			at.perform(k, h, data)
		} else {
			k.server.perform(k, nil, h, data)
		}
	}
}

func (k *socket) actHello(data []byte) {
	var h hello
	switch {
	case k.id != "":
		k.fail(badMessage, "hello was said already")
		return
	case !parse(k, data, &h):
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
	if err := k.heard(); err != nil {
		return // the next read fails as well
	}
	at := k.server.hello(k, h.Seq)
	k.answer(welcome{
		Type: "welcome", Protocol: protocolVersion, You: k.id, Resumed: at != nil,
		ResumeWindow: int(k.server.options.ResumeWindow / time.Second),
		ICEServers:   k.server.options.ICEServers,
		Limits: limits{
			Message: maxMessage, Metadata: maxMetadata, Room: signaling.MaxRoom, Name: signaling.MaxName,
			Rate: ratePerSec, RateWindow: int(rateWindow / time.Second), Queue: maxMissed,
		},
	})
	if at != nil {
		k.join(at)
	}
}

func (k *socket) actJoin(rid uint64, data []byte) {
	if k.current() != nil {
		k.refuse(problem{Code: alreadyJoined, Message: "leave the other room first", RID: rid})
		return
	}
	var j join
	if !parse(k, data, &j) {
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
	at, refusal := k.server.enter(k, application{
		ID: k.id, RID: rid, Room: room, Name: signaling.CleanName(j.Name), Password: sha256.Sum256([]byte(j.Password)),
		Metadata: about, Rejoin: j.Rejoin, Stamp: k.stamp,
	})
	switch refusal {
	case "":
		k.join(at)
	case elsewhere:
		k.close(websocket.CloseTryAgainLater, "the room is on its way to another server")
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
