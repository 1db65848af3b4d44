package server

import (
	"context"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"confab/conference/server/cluster"
)

// proxy is the seat of a socket of ours whose member is in a room that another instance holds.
type proxy struct {
	federation *federation
	desk       uint64 // names it to the holder
	sock       *socket

	mu     sync.Mutex
	at     cluster.ID // the holder; empty: not known yet
	queue  []entry
	taken  uint64 // the number of the last message that was taken from the queue
	untold int    // messages taken since the holder was told so
	bytes  int    // likewise
}

// newProxy makes one to which the holder may already speak when it answers.
func (f *federation) newProxy(k *socket, at cluster.ID) *proxy {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.desks++
	p := &proxy{federation: f, desk: f.desks, sock: k, at: at}
	f.proxies[p.desk] = p
	return p
}

func (f *federation) proxy(desk uint64) *proxy {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.proxies[desk]
}

func (f *federation) forgetProxy(p *proxy) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.proxies, p.desk)
}

// join lets k into a room, whoever holds it; if that one has just died, its successor.
func (f *federation) join(k *socket, a application) (seat, code) {
	ctx, cancel := context.WithTimeout(context.Background(), enterWait)
	defer cancel()
	for at := f.holder(a.Room); ; {
		found, refusal, hint := f.enter(ctx, at, k, a)
		if refusal != elsewhere {
			return found, refusal
		}
		select {
		case <-time.After(retryPause):
		case <-f.done:
			return nil, elsewhere
		case <-ctx.Done():
			return nil, elsewhere
		}
		if at = f.holder(a.Room); hint != "" {
			at = hint
		}
	}
}

// enter asks an instance to let k in; if the room is elsewhere, it may know where.
func (f *federation) enter(ctx context.Context, at cluster.ID, k *socket, a application) (found seat, refusal code, hint cluster.ID) {
	if at == f.net.Self() {
		m, refusal := f.server.join(k, a)
		if refusal != "" {
			return nil, refusal, ""
		}
		return m, "", ""
	}
	p := f.newProxy(k, at)
	ctx, cancel := context.WithTimeout(ctx, askWait)
	defer cancel()
	answer, err := f.ask(ctx, at, note{Kind: noteEnter, Desk: p.desk, Enter: &a})
	switch {
	case err != nil: // whether it has let us in or not
		p.detach(k)
		return nil, elsewhere, ""
	case answer.Kind != noteYes:
		f.forgetProxy(p)
		return nil, answer.Code, answer.By
	}
	return p, "", ""
}

func (f *federation) ask(ctx context.Context, at cluster.ID, question note) (note, error) {
	data, err := f.net.Ask(ctx, at, question.encode(nil))
	if err != nil {
		return note{}, err
	}
	answer, _, err := parseNote(data)
	return answer, err
}

// announce tells the others that a key has a new socket here.
func (f *federation) announce(k *socket) {
	if f != nil {
		f.post("", note{Kind: noteHello, ID: k.id, Stamp: k.stamp}, nil)
	}
}

// resume finds the member of a key that is in a room of another instance, and missed nothing. nil: there
// is none.
func (f *federation) resume(k *socket, seq uint64) *proxy {
	if f == nil {
		return nil
	}
	if seq == 0 {
		f.announce(k)
		return nil
	}
	p := f.newProxy(k, "")
	question := note{Kind: noteResume, Desk: p.desk, ID: k.id, Stamp: k.stamp, Seq: seq}
	ctx, cancel := context.WithTimeout(context.Background(), askWait)
	defer cancel()
	found := make(chan cluster.ID, 1) // one has the member
	var asking sync.WaitGroup
	for _, id := range f.net.Live() {
		if id == f.net.Self() {
			continue
		}
		asking.Go(func() {
			answer, err := f.ask(ctx, id, question)
			if err != nil || answer.Kind != noteYes {
				return
			}
			select {
			case found <- id:
			default: // a second one has it too: it is told to forget us when it speaks
			}
			cancel()
		})
	}
	asking.Wait()
	select {
	case id := <-found:
		p.mu.Lock()
		defer p.mu.Unlock()
		p.at = id
		return p
	default:
		f.forgetProxy(p)
		return nil
	}
}

func (p *proxy) holder() cluster.ID {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at
}

// deliver takes a message for the client; the holder sends no more of them than the queue may hold.
func (p *proxy) deliver(seq uint64, data []byte) {
	p.mu.Lock()
	p.queue = append(p.queue, entry{seq: seq, data: data})
	p.mu.Unlock()
	p.sock.rouse()
}

// next implements seat.
func (p *proxy) next(carrier) ([]byte, uint64) {
	e, tell := p.take()
	if tell {
		p.federation.post(p.holder(), note{Kind: noteTook, Desk: p.desk, Seq: e.seq}, nil)
	}
	return e.data, e.seq
}

// take gives the next message, if there is one, and whether it is time to tell the holder so.
func (p *proxy) take() (e entry, tell bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 {
		return entry{}, false
	}
	e = p.queue[0]
	if p.queue = p.queue[1:]; len(p.queue) == 0 {
		p.queue = nil // its array need not stay
	}
	p.taken, p.untold, p.bytes = e.seq, p.untold+1, p.bytes+len(e.data)
	if tell = p.untold >= farMessages/2 || p.bytes >= farBytes/2; tell {
		p.untold, p.bytes = 0, 0
	}
	return e, tell
}

// written implements seat.
func (p *proxy) written(carrier) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken
}

// forget implements seat.
func (p *proxy) forget(_ carrier, seq uint64) {
	p.federation.post(p.holder(), note{Kind: noteRead, Desk: p.desk, Seq: seq}, nil)
}

// perform implements seat: the holder does.
func (p *proxy) perform(v voice, h header, data []byte) {
	if h.Type == "leave" {
		v.rise() // the proxy lives until the holder has answered
	}
	p.federation.server.metrics.forwarded.Add(1)
	p.federation.post(p.holder(), note{Kind: noteAct, Desk: p.desk}, data)
}

// detach implements seat.
func (p *proxy) detach(carrier) {
	p.federation.forgetProxy(p)
	p.federation.post(p.holder(), note{Kind: noteDetach, Desk: p.desk}, nil)
}

// hear does what the holder says.
func (p *proxy) hear(n note, body []byte) {
	switch n.Kind {
	case noteFrame:
		p.deliver(n.Seq, body)
	case noteAnswer:
		if n.Code != "" {
			p.sock.refused.Store(true)
		}
		p.sock.put(body)
	case noteFail:
		p.sock.fail(n.Code, n.Why)
	case noteClose:
		p.sock.close(n.Close, n.Why)
	case noteCut:
		p.sock.cut()
	case noteEnd:
		p.federation.forgetProxy(p)
	}
}

// lost ends the socket: its client comes back, and finds its place.
func (p *proxy) lost() {
	p.sock.close(websocket.CloseGoingAway, "the room's server is lost")
}
