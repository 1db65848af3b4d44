package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"confab/conference/signaling"
)

// crowd are many members of many rooms in this process, who send each other signals that carry the time.
type crowd struct {
	epoch   time.Time
	members []*attendant
	reading sync.WaitGroup
	sent    atomic.Int64
	phase   atomic.Int32 // delays are kept by the phase in which a signal was sent

	mu     sync.Mutex
	got    int64
	delays [phases][]time.Duration
	echoes [phases][]time.Duration // of a process that does nothing else, for comparison
	faults []error
}

// Phases of a run.
const (
	calm = iota
	flooded
	phases
)

// attendant is one member.
type attendant struct {
	crowd  *crowd
	ws     *websocket.Conn
	id     signaling.PeerID
	others []*attendant // of its room

	// owned by the crowd's sender
	numbers []int64 // of the last signal to each of others
	turn    int

	// owned by the reader
	heard map[signaling.PeerID]int64 // the last signal of each of them
}

// stamped is what a signal carries.
type stamped struct {
	N     int64  `json:"n"`
	At    int64  `json:"at"` // nanoseconds since the crowd's epoch
	Phase int32  `json:"phase"`
	Fill  string `json:"fill"`
}

// filling makes a signal as long as one with candidates.
var filling = strings.Repeat("candidate ", 60)

// gather fills rooms: member i of a room joins at server i, counted round.
func gather(ctx context.Context, urls []string, rooms, size int) (*crowd, error) {
	c := &crowd{epoch: time.Now(), members: make([]*attendant, rooms*size)}
	errs := make([]error, rooms)
	var working sync.WaitGroup
	tickets := make(chan struct{}, 32) // so many rooms at once
	for r := range rooms {
		working.Go(func() {
			tickets <- struct{}{}
			defer func() { <-tickets }()
			for i := range size {
				a, err := c.enter(ctx, urls[(r+i)%len(urls)], fmt.Sprint("room ", r))
				if err != nil {
					errs[r] = fmt.Errorf("member %d of room %d: %w", i, r, err)
					return
				}
				c.members[r*size+i] = a
			}
		})
	}
	working.Wait()
	if err := errors.Join(errs...); err != nil {
		return c, err
	}
	for i, a := range c.members {
		a.others = slices.Clone(c.members[i/size*size : i/size*size+size])
		a.others = slices.DeleteFunc(a.others, func(o *attendant) bool { return o == a })
		a.numbers = make([]int64, len(a.others))
		c.reading.Go(a.read)
	}
	return c, nil
}

// enter opens a socket and joins a room.
func (c *crowd) enter(ctx context.Context, url, room string) (*attendant, error) {
	d := websocket.Dialer{Subprotocols: []string{"confab.v1"}, ReadBufferSize: 2048, WriteBufferSize: 2048, WriteBufferPool: &crowdBuffers}
	ws, _, err := d.DialContext(ctx, url, http.Header{})
	if err != nil {
		return nil, err
	}
	ws.SetPingHandler(func(text string) error {
		return ws.WriteControl(websocket.PongMessage, []byte(text), time.Now().Add(10*time.Second)) // the sender may hold the socket
	})
	key := signaling.NewKey()
	a := &attendant{crowd: c, ws: ws, id: signaling.IDFromKey(key), heard: map[signaling.PeerID]int64{}}
	for _, text := range []string{
		fmt.Sprintf(`{"type":"hello","protocol":[1],"key":%q,"seq":0}`, key),
		fmt.Sprintf(`{"type":"join","rid":1,"room":%q,"name":"somebody","metadata":{"mic":true,"camera":true}}`, room),
	} {
		if err := ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
			return nil, errors.Join(err, ws.Close())
		}
	}
	for range 2 {
		var m struct{ Type, Code string }
		if err := ws.ReadJSON(&m); err != nil {
			return nil, errors.Join(err, ws.Close())
		}
		if m.Type != "welcome" && m.Type != "joined" {
			return nil, errors.Join(fmt.Errorf("server says %s %s", m.Type, m.Code), ws.Close())
		}
	}
	return a, nil
}

var crowdBuffers sync.Pool

// read counts signals until the socket is closed.
func (a *attendant) read() {
	for {
		_, data, err := a.ws.ReadMessage()
		if err != nil {
			if !errors.Is(err, websocket.ErrCloseSent) && a.crowd.phase.Load() >= 0 {
				a.crowd.fault(fmt.Errorf("%s: %w", a.id, err))
			}
			return
		}
		now := time.Since(a.crowd.epoch)
		var m struct {
			Type, Code string
			From       signaling.PeerID
			Data       stamped
		}
		if err := json.Unmarshal(data, &m); err != nil {
			a.crowd.fault(err)
			return
		}
		switch m.Type {
		case "signal":
			a.heard[m.From]++
			if m.Data.N != a.heard[m.From] {
				a.crowd.fault(fmt.Errorf("%s heard signal %d of %s, want %d", a.id, m.Data.N, m.From, a.heard[m.From]))
				a.heard[m.From] = m.Data.N
			}
			a.crowd.received(m.Data.Phase, now-time.Duration(m.Data.At))
		case "peer-joined":
		default:
			a.crowd.fault(fmt.Errorf("%s heard %s %s", a.id, m.Type, m.Code))
		}
	}
}

func (c *crowd) received(phase int32, delay time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.got++
	c.delays[phase] = append(c.delays[phase], delay)
}

func (c *crowd) fault(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.faults) < 20 {
		c.faults = append(c.faults, err)
	}
}

// talk sends so many signals a second, evenly, one member after the other, each to its others in turn.
func (c *crowd) talk(ctx context.Context, perSecond int) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	begin, count := time.Now(), 0
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		for due := int(time.Since(begin).Seconds() * float64(perSecond)); count < due; count++ {
			if err := c.members[count%len(c.members)].send(); err != nil {
				return err
			}
		}
	}
}

func (a *attendant) send() error {
	to := a.turn % len(a.others)
	a.turn++
	a.numbers[to]++
	data, err := json.Marshal(stamped{a.numbers[to], int64(time.Since(a.crowd.epoch)), a.crowd.phase.Load(), filling})
	if err != nil {
		return err
	}
	a.crowd.sent.Add(1)
	text := fmt.Appendf(nil, `{"type":"signal","to":%q,"conn":"c_1","data":%s}`, a.others[to].id, data)
	return a.ws.WriteMessage(websocket.TextMessage, text)
}

// missing is how many signals are still on their way.
func (c *crowd) missing() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sent.Load() - c.got
}

// disperse closes all sockets and waits for their readers.
func (c *crowd) disperse() {
	c.phase.Store(-1)
	for _, a := range c.members {
		if a != nil {
			a.ws.Close()
		}
	}
	c.reading.Wait()
}

// quantile is the delay that so large a part does not exceed.
func (c *crowd) quantile(delays *[]time.Duration, part float64) time.Duration {
	c.mu.Lock()
	all := slices.Clone(*delays)
	c.mu.Unlock()
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(len(all)-1, int(part*float64(len(all))))]
}
