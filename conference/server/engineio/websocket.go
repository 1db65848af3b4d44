package engineio

import (
	"io"
	"net/http"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// Probe packets: a ping and a pong on the new path before it is used.
const (
	probe   = "2probe"
	probed  = "3probe"
	upgrade = string(packetUpgrade)
)

// serveUpgrade moves a session from polling to a WebSocket: it is tried, then polls end, then it is used.
// If it does not work the session stays with polling.
func (k *Session) serveUpgrade(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	refused := k.probing || k.upgraded || k.over
	k.probing = k.probing || !refused
	k.mu.Unlock()
	if refused {
		badRequest.answer(w)
		return
	}
	ws, err := k.server.upgrader.Upgrade(w, r, nil) // answers by itself when it fails
	worked := err == nil && k.try(ws)
	k.mu.Lock()
	k.probing = false
	k.upgraded = worked
	k.mu.Unlock()
	switch {
	case worked:
		k.speak(ws)
	case err == nil:
		ws.Close()
	}
}

// try does the probe's handshake.
func (k *Session) try(ws *websocket.Conn) bool {
	unhook := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-k.done:
			ws.Close()
		case <-unhook:
		}
	})
	defer watch.Wait()
	defer close(unhook)
	ws.SetReadLimit(MaxPayload)
	if ws.SetReadDeadline(time.Now().Add(upgradeWait)) != nil {
		return false
	}
	if p, err := read(ws); err != nil || string(p) != probe {
		return false
	}
	if write(ws, []byte(probed)) != nil {
		return false
	}
	k.Rouse() // a poll that waits ends with noop, and the client sends the rest over the WebSocket
	p, err := read(ws)
	return err == nil && string(p) == upgrade
}

// speak carries the session over a WebSocket until either ends. It returns at once; the server waits.
func (k *Session) speak(ws *websocket.Conn) {
	s := k.server
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		k.Close()
		ws.Close()
		return
	}
	s.wg.Add(2)
	s.mu.Unlock()
	k.mu.Lock()
	k.cut = func() { ws.Close() }
	k.mu.Unlock()
	go func() { // counted in wg
		defer s.wg.Done()
		defer k.Close()
		k.listen(ws)
	}()
	go func() { // counted in wg
		defer s.wg.Done()
		defer ws.Close()
		defer k.Close()
		k.write(ws)
	}()
}

// listen delivers what arrives.
func (k *Session) listen(ws *websocket.Conn) {
	ws.SetReadLimit(MaxPayload)
	for {
		if ws.SetReadDeadline(time.Now().Add(PingInterval+PingTimeout)) != nil {
			return
		}
		p, err := read(ws)
		if err != nil || check(p) != nil || !k.deliver(p) {
			return
		}
	}
}

// write sends what is put, and what was put before the session is over.
func (k *Session) write(ws *websocket.Conn) {
	for {
		for packets := k.take(); len(packets) > 0; packets = k.take() {
			for _, p := range packets {
				if write(ws, p) != nil {
					return
				}
			}
		}
		select {
		case <-k.wake:
		case <-k.done:
			for _, p := range k.take() {
				if write(ws, p) != nil {
					return
				}
			}
			_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(lingerWait))
			return
		}
	}
}

// read gives one packet of text.
func read(ws *websocket.Conn) ([]byte, error) {
	kind, r, err := ws.NextReader()
	if err != nil {
		return nil, err
	}
	p, err := io.ReadAll(r)
	switch {
	case err != nil:
		return nil, err
	case kind != websocket.TextMessage || !utf8.Valid(p): // it would end the sockets of those it is passed on to
		return nil, errPacket
	}
	return p, nil
}

func write(ws *websocket.Conn, packet []byte) error {
	if err := ws.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
		return err
	}
	return ws.WriteMessage(websocket.TextMessage, packet)
}
