package nats

import (
	"encoding/json"
	"fmt"
	"time"

	"confab/conference/signaling"
)

// kind is what a word does.
type kind uint8

const (
	announced kind = iota + 1 // a newcomer is in the room
	invited                   // offer to me
	offered
	answered
	candidates
	left // Peerix 0.1 only

	// What only Confabs say, and only to each other.
	present // who we are, and what of yours has arrived
	said    // a signal
	heard   // what of yours has arrived
	goodbye
)

// The types of packets between Confabs, in both generations. Peerix passes over what it does not know.
const (
	typePresent = 64
	typeSaid    = 65
	typeHeard   = 66
	typeGoodbye = 67
)

// word is a packet, whichever generation's.
type word struct {
	kind       kind
	sdp        string
	candidates []signaling.Candidate
	card       *card // nil: none
	said       *statement
	heard      *receipt
}

// cardVersion is of what Confabs say to each other.
const cardVersion = 1

// card is a member's metadata. Peerix leaves it to applications; name is usual.
type card struct {
	Name string `json:"name,omitempty"`
	signaling.Metadata
	Confab int   `json:"confab,omitempty"` // cardVersion; 0: another program
	Age    int64 `json:"age,omitempty"`    // milliseconds since it joined
	// First says that its sender was in the room when the receiver came.
	First bool `json:"first,omitempty"`
	// Of presence: what has arrived of the receiver's signals.
	Heard *receipt `json:"heard,omitempty"`
}

// statement is a signal on its way.
type statement struct {
	Link   string          `json:"link"`  // names one memory of a pair at its sender
	Seq    uint64          `json:"seq"`   // from 1
	First  uint64          `json:"first"` // the least that the sender still keeps
	Signal json.RawMessage `json:"signal"`
}

// receipt says what has arrived.
type receipt struct {
	Link string `json:"link"` // the other's
	Seq  uint64 `json:"seq"`  // of the last one; all before have, too
}

// maxLink bounds the name of a link.
const maxLink = 32

// parseCard reads metadata, which an application may have made of anything.
func parseCard(data json.RawMessage) *card {
	var c card
	if len(data) == 0 {
		return &c
	}
	if err := json.Unmarshal(data, &c); err != nil {
		var loose struct {
			Name string `json:"name"`
		}
		_ = json.Unmarshal(data, &loose) // nothing of it is needed
		c = card{Name: loose.Name}
	}
	c.Name = signaling.CleanName(c.Name)
	if c.Heard != nil && len(c.Heard.Link) > maxLink {
		c.Heard = nil
	}
	return &c
}

// confab tells whether a card is a Confab's.
func (c *card) confab() bool { return c != nil && c.Confab == cardVersion }

func (c *card) age() time.Duration {
	return time.Duration(min(max(c.Age, 0), int64(1<<40))) * time.Millisecond
}

// parseConfab reads what only Confabs say.
func parseConfab(k kind, values []json.RawMessage) (word, error) {
	w := word{kind: k}
	if k == goodbye {
		return w, nil
	}
	if len(values) == 0 {
		return w, fmt.Errorf("%w: a packet without content", errWord)
	}
	switch k {
	case present:
		w.card = parseCard(values[0])
		if !w.card.confab() {
			return w, fmt.Errorf("%w: presence of version %d", errWord, w.card.Confab)
		}
	case said:
		w.said = &statement{}
		if err := json.Unmarshal(values[0], w.said); err != nil {
			return w, fmt.Errorf("%w: %v", errWord, err)
		}
		if w.said.Link == "" || len(w.said.Link) > maxLink || w.said.Seq == 0 || w.said.First == 0 || w.said.First > w.said.Seq {
			return w, fmt.Errorf("%w: signal without link or number", errWord)
		}
	case heard:
		w.heard = &receipt{}
		if err := json.Unmarshal(values[0], w.heard); err != nil {
			return w, fmt.Errorf("%w: %v", errWord, err)
		}
	}
	return w, nil
}
