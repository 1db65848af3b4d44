package console

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	"confab/conference"
	"confab/conference/signaling"
	"confab/ui/sentence"
)

// timeFormat is RFC 3339 with milliseconds.
const timeFormat = "2006-01-02T15:04:05.000Z07:00"

// head begins every line.
type head struct {
	Time  string `json:"time"`
	Event string `json:"event"`
}

type joinedLine struct {
	head
	Room string           `json:"room"`
	ID   signaling.PeerID `json:"id"`
}

type peerLine struct {
	head
	ID    signaling.PeerID `json:"id"`
	Name  string           `json:"name"`
	State string           `json:"state"`
	Error string           `json:"error,omitempty"`
}

type trackLine struct {
	head
	ID     signaling.PeerID `json:"id"`
	Kind   string           `json:"kind"`
	Source string           `json:"source"`
}

type chatLine struct {
	head
	From signaling.PeerID `json:"from"`
	Name string           `json:"name"`
	Text string           `json:"text"`
}

type signalingLine struct {
	head
	State string `json:"state"`
	Error string `json:"error,omitempty"`
}

type statsLine struct {
	head
	conference.Stats
}

type errorLine struct {
	head
	Message string `json:"message"`
	Fatal   bool   `json:"fatal"`
}

type leftLine struct {
	head
	Reason string `json:"reason"`
}

// lines writes JSON lines; safe from any goroutine. A write that failed (nobody reads any more) is
// remembered, and nothing is written after it.
type lines struct {
	mu  sync.Mutex
	out io.Writer
	err error
}

func event(name string) head { return head{time.Now().Format(timeFormat), name} }

func (l *lines) write(line any) {
	b, err := json.Marshal(line)
	if err != nil {
		b, _ = json.Marshal(errorLine{event("error"), "A line could not be written: " + err.Error(), false})
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		_, l.err = l.out.Write(append(b, '\n'))
	}
}

// failed is why nothing more could be written, if so.
func (l *lines) failed() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// problem writes an error in words for people.
func (l *lines) problem(err error, fatal bool) {
	l.write(errorLine{event("error"), sentence.For(err), fatal})
}

// event writes what happened in the channel, if it is worth a line.
func (l *lines) event(e conference.Event) {
	switch e := e.(type) {
	case conference.StateChange:
		line := peerLine{event("peer"), e.Client.ID, e.Client.Name, e.To.String(), ""}
		if e.Reconnecting {
			line.State = "reconnecting"
		}
		if e.Err != nil {
			line.Error = sentence.For(e.Err)
		}
		l.write(line)
	case conference.TrackStarted:
		kind := "audio"
		if e.Slot.Video() {
			kind = "video"
		}
		l.write(trackLine{event("track"), e.Client.ID, kind, e.Slot.String()})
	case conference.ChatMessage:
		l.write(chatLine{event("chat"), e.Client.ID, e.Client.Name, e.Text})
	case conference.SignalingChange:
		line := signalingLine{event("signaling"), "online", ""}
		if e.Err != nil {
			line.State, line.Error = "interrupted", sentence.For(e.Err)
		}
		l.write(line)
	case conference.NoSound:
		l.write(errorLine{event("error"), sentence.NoSound, false})
	case conference.Problem:
		l.problem(e.Err, false)
	}
}
