package server

import (
	"time"

	"confab/conference/server/cluster"
	"confab/conference/signaling"
)

// Met implements cluster.Handler: it tells what we hold.
func (f *federation) Met(id cluster.ID) {
	f.stir()
	f.mu.Lock() // until all is queued: what we claim meanwhile comes after it
	rooms := map[string]uint64{}
	for name, held := range f.holders {
		if held.by == f.net.Self() {
			rooms[name] = held.epoch
		}
		if len(rooms) == roomsInNote {
			f.putLocked(id, note{Kind: noteRooms, Rooms: rooms}.encode(nil))
			clear(rooms)
		}
	}
	f.putLocked(id, note{Kind: noteRooms, Rooms: rooms, Last: true}.encode(nil))
	f.mu.Unlock()
	f.rouse()
	f.recopy(id)
	f.server.parlours.met(id)
}

// recopy sends copies of our rooms to heirs that do not have them: they are new, or have come back.
func (f *federation) recopy(back cluster.ID) {
	s := f.server
	s.mu.Lock()
	defer s.unlock()
	for _, r := range s.rooms {
		r.mu.Lock()
		heir := f.heir(r.name)
		r.dirty = r.dirty || heir != r.backup || heir == back
		s.release(r)
	}
}

// Lost implements cluster.Handler.
func (f *federation) Lost(id cluster.ID, gone bool) {
	f.stir()
	sure := f.net.Connected()
	if f.server.parlours.lost(id, gone && sure); gone && !sure {
		f.doubt(id)
	}
	var (
		proxies []*proxy
		fars    []*far
		heirs   []roomCopy
	)
	f.mu.Lock()
	for _, p := range f.proxies {
		if p.holder() == id {
			proxies = append(proxies, p)
			delete(f.proxies, p.desk)
		}
	}
	delete(f.listed, id)
	for _, k := range f.fars {
		if k.at == id {
			fars = append(fars, k)
		}
	}
	for name, held := range f.holders {
		if gone && held.by == id {
			delete(f.holders, name)
		}
	}
	for name, c := range f.copies {
		if gone && c.By == id {
			delete(f.copies, name)
			heirs = append(heirs, c)
		}
	}
	f.mu.Unlock()
	for _, c := range heirs {
		if f.net.Ranked(c.Room)[0] == f.net.Self() {
			f.server.takeOver(f, c)
		}
	}
	for _, p := range proxies {
		p.lost()
	}
	for _, k := range fars {
		k.gone()
	}
	if gone {
		f.recopy("")
	}
}

// doubt has the parlours give up an instance that is not back some seconds after NATS is.
func (f *federation) doubt(id cluster.ID) {
	time.AfterFunc(returnGrace, func() {
		select {
		case <-f.done:
			return
		default:
		}
		if f.net.Connected() {
			f.server.parlours.giveUp(id)
		} else {
			f.doubt(id)
		}
	})
}

// Told implements cluster.Handler.
func (f *federation) Told(from cluster.ID, message []byte) {
	n, body, err := parseNote(message)
	if err != nil {
		f.log.Warn("strange note", "from", from, "err", err)
		return
	}
	switch n.Kind {
	case noteRooms:
		f.holds(from, n.Rooms, n.Last)
	case noteClaim:
		f.claimed(n.Room, holding{from, n.Epoch})
	case noteDrop:
		f.dropped(n.Room, holding{from, n.Epoch})
	case noteCopy:
		f.keep(from, n.Copy)
	case noteHello:
		f.supersede(n.ID, n.Stamp)
	case noteSeated:
		f.unseat(n.ID, n.Stamp)
	case noteAct, noteTook, noteRead, noteDetach:
		if k := f.far(farDesk{from, n.Desk}); k != nil {
			k.hear(n, body)
		}
	case noteVisit, noteReturn, notePart, noteMove, noteAlone, noteMeet, noteGreet, noteSay, noteLeft, noteApart:
		f.server.parlours.told(from, n, body)
	default:
		f.hearHolder(from, n, body)
	}
}

func (f *federation) hearHolder(from cluster.ID, n note, body []byte) {
	if p := f.proxy(n.Desk); p != nil {
		p.hear(n, body)
	} else if n.Kind == noteFrame { // it has answered too late
		f.post(from, note{Kind: noteDetach, Desk: n.Desk}, nil)
	}
}

// Asked implements cluster.Handler.
func (f *federation) Asked(from cluster.ID, question []byte) []byte {
	n, _, err := parseNote(question)
	answer := note{Kind: noteNo, Code: elsewhere}
	switch {
	case err != nil:
		f.log.Warn("strange question", "from", from, "err", err)
	case n.Kind == noteEnter && n.Enter != nil:
		answer = f.letIn(farDesk{from, n.Desk}, *n.Enter)
	case n.Kind == noteResume:
		f.saw(n.Stamp)
		answer = f.resumed(farDesk{from, n.Desk}, n)
	}
	return answer.encode(nil)
}

func (f *federation) letIn(d farDesk, a application) note {
	f.saw(a.Stamp)
	k := f.newFar(d)
	m, refusal := f.server.join(k, a)
	switch refusal {
	case "":
		k.seat(m)
		return note{Kind: noteYes}
	case elsewhere:
		f.forgetFar(k)
		return note{Kind: noteNo, Code: elsewhere, By: f.holder(a.Room)}
	}
	f.forgetFar(k)
	return note{Kind: noteNo, Code: refusal}
}

func (f *federation) resumed(d farDesk, n note) note {
	k, s := f.newFar(d), f.server
	s.mu.Lock()
	m := s.resumeLocked(k, n.ID, n.Seq)
	s.unlock()
	f.supersede(n.ID, n.Stamp)
	if m == nil {
		f.forgetFar(k)
		return note{Kind: noteNo}
	}
	k.seat(m)
	return note{Kind: noteYes}
}

// supersede ends a socket of ours whose key has a newer one elsewhere.
func (f *federation) supersede(id signaling.PeerID, stamp uint64) {
	f.saw(stamp)
	s := f.server
	s.mu.Lock()
	old := s.live[id]
	if old != nil && old.stamp >= stamp {
		old = nil
	}
	s.mu.Unlock()
	if old != nil {
		old.fail(replaced, takenOver)
	}
}

// seated tells the others that somebody is in a room of ours.
func (f *federation) seated(m *member) {
	if f != nil {
		f.post("", note{Kind: noteSeated, ID: m.id, Stamp: m.stamp}, nil)
	}
}

// unseat ends a member of ours that is in another instance's room since.
func (f *federation) unseat(id signaling.PeerID, stamp uint64) {
	s := f.server
	s.mu.Lock()
	defer s.unlock()
	if m := s.members[id]; m != nil && m.stamp < stamp {
		s.drop(m, "replaced")
	}
}

// holds notes what an instance holds. After the last note it is known to hold nothing else.
func (f *federation) holds(by cluster.ID, rooms map[string]uint64, last bool) {
	for name, epoch := range rooms {
		f.claimed(name, holding{by, epoch})
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	listed := f.listed[by]
	if listed == nil {
		listed = map[string]bool{}
		f.listed[by] = listed
	}
	for name := range rooms {
		listed[name] = true
	}
	if !last {
		return
	}
	for name, held := range f.holders {
		if held.by == by && !listed[name] {
			delete(f.holders, name)
		}
	}
	delete(f.listed, by)
}

func (f *federation) dropped(room string, held holding) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.holders[room] == held {
		delete(f.holders, room)
	}
	if c, is := f.copies[room]; is && c.Epoch <= held.epoch {
		delete(f.copies, room)
	}
}

func (f *federation) keep(from cluster.ID, c *roomCopy) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c != nil && c.By == from && c.Epoch >= f.copies[c.Room].Epoch {
		f.copies[c.Room] = *c
	}
}
