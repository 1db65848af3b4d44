package server

import (
	"encoding/json"
	"slices"
	"sync"
	"sync/atomic"

	"confab/conference/server/cluster"
)

// What may be on its way to a far socket that has not taken it: beyond it, it waits in the member's log,
// where each sender's share is limited.
const (
	farMessages = 64
	farBytes    = 128 << 10
)

// farDesk names a proxy of another instance.
type farDesk struct {
	at   cluster.ID
	desk uint64
}

// far carries what a member of a room of ours is told to the instance where its socket is.
type far struct {
	federation *federation
	farDesk

	slow atomic.Bool // to be cut
	shut atomic.Bool // was told to cut

	mu     sync.Mutex
	member *member
	ahead  []pushed // on their way, in order
	bytes  int      // of them
}

// pushed is a message that was sent to the other instance.
type pushed struct {
	seq  uint64
	size int
}

// newFar makes one that is known by its desk.
func (f *federation) newFar(d farDesk) *far {
	k := &far{federation: f, farDesk: d}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fars[d] = k
	return k
}

func (f *federation) far(d farDesk) *far {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fars[d]
}

func (f *federation) forgetFar(k *far) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fars[k.farDesk] == k {
		delete(f.fars, k.farDesk)
	}
}

// seat begins to send what the member is told.
func (k *far) seat(m *member) {
	k.mu.Lock()
	k.member = m
	k.mu.Unlock()
	k.rouse()
}

// rouse implements carrier: it sends as much as may be on its way.
func (k *far) rouse() {
	if k.slow.Load() {
		if k.shut.CompareAndSwap(false, true) {
			k.post(note{Kind: noteCut}, nil)
		}
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.member != nil && len(k.ahead) < farMessages && k.bytes < farBytes {
		data, seq := k.member.next(k)
		if data == nil {
			return
		}
		k.ahead, k.bytes = append(k.ahead, pushed{seq, len(data)}), k.bytes+len(data)
		k.post(note{Kind: noteFrame, Seq: seq}, data)
	}
}

// took notes that the messages up to seq are with the network.
func (k *far) took(seq uint64) {
	k.mu.Lock()
	n := 0
	for ; n < len(k.ahead) && k.ahead[n].seq <= seq; n++ {
		k.bytes -= k.ahead[n].size
	}
	k.ahead = slices.Delete(k.ahead, 0, n)
	k.mu.Unlock()
	k.rouse()
}

// lag implements carrier.
func (k *far) lag() { k.slow.Store(true) }

// fail implements carrier.
func (k *far) fail(c code, why string) { k.post(note{Kind: noteFail, Code: c, Why: why}, nil) }

// close implements carrier.
func (k *far) close(status int, why string) {
	k.post(note{Kind: noteClose, Close: status, Why: why}, nil)
}

// answer implements voice.
func (k *far) answer(message any) { k.post(note{Kind: noteAnswer}, encode(message)) }

// refuse implements voice.
func (k *far) refuse(p problem) {
	p.Type = "error"
	k.federation.server.metrics.refuse(p.Code)
	k.post(note{Kind: noteAnswer, Code: p.Code}, encode(p))
}

// rise implements voice.
func (k *far) rise() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.member = nil
}

func (k *far) post(n note, body []byte) {
	n.Desk = k.desk
	k.federation.post(k.at, n, body)
}

// hear does what the proxy says.
func (k *far) hear(n note, body []byte) {
	k.mu.Lock()
	m := k.member
	k.mu.Unlock()
	switch {
	case n.Kind == noteDetach:
		k.gone()
	case m == nil:
	case n.Kind == noteAct:
		var h header
		if err := json.Unmarshal(body, &h); err != nil {
			return // the proxy has read it
		}
		m.perform(k, h, body)
		if h.Type == "leave" {
			k.post(note{Kind: noteEnd}, nil)
			k.federation.forgetFar(k)
		}
	case n.Kind == noteTook:
		k.took(n.Seq)
	case n.Kind == noteRead:
		m.forget(k, n.Seq)
	}
}

// gone detaches the member.
func (k *far) gone() {
	k.federation.forgetFar(k)
	k.mu.Lock()
	m := k.member
	k.member = nil
	k.mu.Unlock()
	if m != nil {
		m.detach(k)
	}
}
