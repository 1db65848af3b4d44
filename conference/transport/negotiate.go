package transport

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pion/webrtc/v4"

	"confab/conference/media"
)

// negotiation is what the two sides have agreed on so far. Whoever has the turn owns it.
type negotiation struct {
	broken  bool   // pion is somewhere between two states
	pending string // our offer that has no answer yet
	first   bool   // the pending offer is the connection's first
	server  bool   // of DTLS, as the answer to our first offer had it
	offered []line // of the pending offer
	oneWay  bool   // our own lines to a side with a tunnel were made
	lines   []line // of the last description that both know, or of the pending first offer
	remote  remoteCandidates
}

// begin takes the turn for a step of the negotiation, if this side may do it: the one whose part it is,
// and with a foreign side the other one, too, once the first descriptions are exchanged. Without an
// error the caller leaves the turn.
func (c *Conn) begin(role Role, step string) error {
	if c.role != role && c.foreign == nil {
		return fmt.Errorf("%s: %w: we are the %s", step, ErrState, c.role)
	}
	if !c.takeTurn() {
		return fmt.Errorf("%s: %w", step, ErrClosed)
	}
	if c.role != role && (c.agreed.lines == nil || c.agreed.first) {
		c.leaveTurn()
		return fmt.Errorf("%s: %w: we are the %s of the first offer", step, ErrState, c.role)
	}
	if c.agreed.broken {
		c.leaveTurn()
		return fmt.Errorf("%s: %w", step, ErrBroken)
	}
	return nil
}

// breakOff marks the connection as unusable for further negotiation: pion cannot go back.
func (c *Conn) breakOff(step string, err error) error {
	c.agreed.broken = true
	if c.isClosing() {
		return fmt.Errorf("%s: %w", step, ErrClosed)
	}
	return fmt.Errorf("%s: %w: %w", step, ErrBroken, err)
}

// Offer describes our side, and which slot each line is (mid to the slot's name). With iceRestart it
// asks for a new path. It may be called again while an offer has no answer: the newest one counts, and
// the connection's first offer is given again, with the candidates found so far. Only the offerer may;
// others get ErrState.
func (c *Conn) Offer(iceRestart bool) (string, map[string]string, error) {
	if err := c.begin(Offerer, "offer"); err != nil {
		return "", nil, err
	}
	defer c.leaveTurn()
	if c.agreed.first {
		return c.pc.LocalDescription().SDP, c.slotNames(), nil
	}
	initial := c.agreed.lines == nil
	c.local.hold(initial || iceRestart)
	fragment := ""
	defer func() {
		c.local.release(fragment)
		c.poke()
	}()
	if !initial {
		if err := c.openOneWay(); err != nil {
			return "", nil, fmt.Errorf("offer: %w", err)
		}
	}
	offer, err := c.pc.CreateOffer(&webrtc.OfferOptions{
		OfferAnswerOptions: webrtc.OfferAnswerOptions{ICETricklingSupported: true},
		ICERestart:         iceRestart && !initial,
	})
	if err != nil {
		return "", nil, fmt.Errorf("offer: %w", err)
	}
	d, err := parseOffer(offer.SDP)
	if err != nil {
		return "", nil, fmt.Errorf("offer: our own description: %w", err)
	}
	if initial {
		// Only this starts the search for candidates. Later offers are set when their answer is here:
		// pion refuses an offer while another is pending, and cannot take one back.
		if err := c.pc.SetLocalDescription(offer); err != nil {
			return "", nil, c.breakOff("offer", err)
		}
		c.agreed.first, c.agreed.lines = true, d.lines
		c.learnSlots()
	} else if iceRestart {
		c.agreed.remote.begin(nil) // the other side's candidates now in use belong to the old path
	}
	c.agreed.pending, c.agreed.offered, fragment = offer.SDP, d.lines, d.fragments[0]
	return offer.SDP, c.slotNames(), nil
}

// learnSlots notes which slot each line of our first offer is.
func (c *Conn) learnSlots() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, t := range c.pc.GetTransceivers() {
		if i < len(c.outbound) {
			c.slots[t.Mid()] = c.outbound[i].slot
		}
	}
}

func (c *Conn) slotNames() map[string]string {
	if c.foreign != nil {
		return nil // it would not know what to do with them
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	names := make(map[string]string, len(c.slots))
	for mid, s := range c.slots {
		names[mid] = s.String()
	}
	return names
}

// Accept takes the answer to our newest offer. Without such an offer it returns ErrState, and an answer
// that cannot be used (ErrDescription, ErrFingerprintChanged) leaves the connection as it was.
func (c *Conn) Accept(answer string) error {
	if err := c.begin(Offerer, "accept answer"); err != nil {
		return err
	}
	defer c.leaveTurn()
	if c.agreed.pending == "" {
		return fmt.Errorf("accept answer: %w: no offer waits for one", ErrState)
	}
	d, err := parseDescription(answer)
	if err != nil {
		return fmt.Errorf("accept answer: %w", err)
	}
	if err := sameLines(c.agreed.offered, d.lines); err != nil {
		return fmt.Errorf("accept answer: %w", err)
	}
	if err := c.checkFingerprints(d); err != nil {
		return fmt.Errorf("accept answer: %w", err)
	}
	if !c.agreed.first {
		offer := webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: c.agreed.pending}
		if err := c.pc.SetLocalDescription(offer); err != nil {
			return c.breakOff("accept answer", err)
		}
	}
	err = c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer})
	if err != nil {
		return c.breakOff("accept answer", err)
	}
	c.agreed.server = c.agreed.server || c.agreed.first && strings.Contains(answer, setupClient)
	c.agreed.pending, c.agreed.first = "", false
	c.agreed.lines = c.agreed.offered
	c.useKept(d)
	return nil
}

// Answer takes the other side's offer and describes our side in return. slots says which slot each line
// is, by mid, as the offerer gave it; nil stands for an offer that knows no slots: the first sound is
// the microphone, the first picture the camera, the second ones are the screen's. Only the answerer
// may; others get ErrState. With a foreign side an offer of ours that has no answer is void. An offer that
// cannot be used (ErrDescription, ErrFingerprintChanged) leaves the connection as it was.
func (c *Conn) Answer(offer string, slots map[string]string) (string, error) {
	if err := c.begin(Answerer, "answer"); err != nil {
		return "", err
	}
	defer c.leaveTurn()
	d, err := parseOffer(offer)
	if err != nil {
		return "", fmt.Errorf("answer: %w", err)
	}
	initial := c.agreed.lines == nil
	if !initial && len(d.lines) < len(c.agreed.lines) {
		return "", fmt.Errorf("answer: %w: %d media lines after %d", ErrDescription, len(d.lines), len(c.agreed.lines))
	}
	if err := sameLines(c.agreed.lines, d.lines[:len(c.agreed.lines)]); err != nil {
		return "", fmt.Errorf("answer: %w", err)
	}
	assigned, err := d.assign(slots)
	if err != nil {
		return "", fmt.Errorf("answer: %w", err)
	}
	if err := c.checkFingerprints(d); err != nil {
		return "", fmt.Errorf("answer: %w", err)
	}
	restart := !slices.Equal(d.fragments, c.agreed.remote.fragments)
	c.local.hold(restart)
	fragment := ""
	defer func() {
		c.local.release(fragment)
		c.poke()
	}()
	answer, err := c.answer(offer, d, assigned, initial && (slots != nil || c.foreign != nil && c.foreign.Tunnel))
	if err != nil {
		return "", c.breakOff("answer", err)
	}
	ours, err := parseDescription(answer)
	if err != nil {
		return "", c.breakOff("answer", err)
	}
	c.agreed.pending = ""
	c.agreed.lines, fragment = d.lines, ours.fragments[0]
	c.useKept(d)
	if c.agreed.server {
		answer = strings.ReplaceAll(answer, setupClient, setupServer)
	}
	return answer, nil
}

// The parts in DTLS that an answer can take (RFC 8842 section 5.3). pion always says that it is the client;
// in a later answer that would be another part than it has, and browsers refuse that.
const (
	setupClient = "a=setup:active"
	setupServer = "a=setup:passive"
)

// answer is what changes pion's state.
func (c *Conn) answer(offer string, d *description, assigned map[string]media.Slot, native bool) (string, error) {
	if native {
		// Not with a foreign side that has no tunnel: it may give number 0 to a channel of its own.
		if err := c.openControl(); err != nil {
			return "", err
		}
	}
	err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer})
	if err != nil {
		return "", err
	}
	if err := c.attach(d, assigned); err != nil {
		return "", err
	}
	answer, err := c.pc.CreateAnswer(&webrtc.AnswerOptions{
		OfferAnswerOptions: webrtc.OfferAnswerOptions{ICETricklingSupported: true},
	})
	if err != nil {
		return "", err
	}
	if err := c.pc.SetLocalDescription(answer); err != nil {
		return "", err
	}
	return answer.SDP, nil
}

// attach gives each line of ours its Outbound, so that the answer says sendrecv. pion takes the first
// line of the kind that has no sender, so we go in the order of the lines, and lines that are nobody's
// get an idle Outbound of their own if one of ours still follows.
func (c *Conn) attach(d *description, assigned map[string]media.Slot) error {
	senders := map[string]bool{}
	for _, t := range c.pc.GetTransceivers() {
		senders[t.Mid()] = t.Sender() != nil
	}
	for i, l := range d.lines {
		slot, ours := assigned[l.mid]
		if ours {
			c.mu.Lock()
			c.slots[l.mid] = slot
			c.mu.Unlock()
		}
		if !l.media() || !l.receives || senders[l.mid] || c.foreign != nil && c.foreign.Tunnel {
			continue
		}
		var o *Outbound
		switch {
		case ours:
			o = c.Outbound(slot)
		case slices.ContainsFunc(d.lines[i+1:], func(m line) bool { return m.kind == l.kind && assigned[m.mid] != 0 }):
			o = newSpare(l, &c.secured)
		default:
			continue
		}
		sender, err := c.pc.AddTrack(o)
		if err != nil {
			return fmt.Errorf("line %q: %w", l.mid, err)
		}
		c.readSender(o, sender)
	}
	return nil
}

// sameLines tells whether two descriptions have the same lines (RFC 8829 section 5.2.2: lines are
// never moved or taken away).
func sameLines(before, now []line) error {
	if len(before) != len(now) {
		return fmt.Errorf("%w: %d media lines, want %d", ErrDescription, len(now), len(before))
	}
	for i := range before {
		if before[i].rejected {
			continue // its place may be taken by another one (RFC 8829 section 5.2.2)
		}
		nameless := now[i].rejected && now[i].mid == ""
		if before[i].mid != now[i].mid && !nameless || before[i].kind != now[i].kind {
			return fmt.Errorf("%w: media line %d is %s %q, want %s %q", ErrDescription, i,
				now[i].kind, now[i].mid, before[i].kind, before[i].mid)
		}
	}
	return nil
}

// checkFingerprints remembers the certificate of the first description, and refuses another one later:
// pion would take it in silence.
func (c *Conn) checkFingerprints(d *description) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fingerprints == nil {
		c.fingerprints = d.fingerprints
		return nil
	}
	for _, f := range d.fingerprints {
		if !slices.Contains(c.fingerprints, f) {
			return ErrFingerprintChanged
		}
	}
	return nil
}

// useKept starts the other side's new generation of candidates, if it is one.
func (c *Conn) useKept(d *description) {
	for _, one := range c.agreed.remote.begin(d.fragments) {
		if err := c.giveCandidate(one); err != nil {
			c.log.Debug("kept candidate refused", "err", err)
		}
	}
}
