// Package cluster connects the instances of a server over NATS: who is there, and messages between any two.
//
// Each instance has an ID of this run. It tells everybody every half second that it lives, and probes
// whether the others still listen, so that one that has died is missed within a second or two. Between two
// instances that have met, messages keep their order and none is missed without notice: they are numbered,
// and where a number is missing, or the other one began anew, both are told that they have lost each other,
// and then, if both live, that they have met again. What is to happen to what was shared between them is
// the business of the Handler.
//
// NATS servers keep nothing: no JetStream is needed, and any of a NATS cluster will do.
package cluster

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	beat       = 500 * time.Millisecond // between signs of life
	silence    = 8 * beat               // without one, an instance is gone
	unheard    = 2                      // probes that nobody listens to, one after the other, likewise
	maxPending = 256 << 20              // bytes that wait for the Handler; more are lost, and that is noticed
	maxName    = 64
)

// Errors of Open and Ask.
var (
	ErrName        = errors.New("a cluster's name has 1 to 64 letters, digits, - and _")
	ErrUnreachable = errors.New("no NATS server can be reached")
	ErrGone        = errors.New("the instance is not there")
)

// ID names one run of an instance: 16 characters of base64url.
type ID string

// Handler is told what happens, by one goroutine: it must not wait for answers of others.
type Handler interface {
	// Met tells of an instance to which messages can be sent from now on, and from which they come.
	Met(ID)
	// Told is a message of somebody whom we have met. The Handler may keep it.
	Told(from ID, message []byte)
	// Asked is likewise; what it returns is the answer.
	Asked(from ID, question []byte) []byte
	// Lost tells that messages from or to an instance may have been missed. gone: it does not live any
	// more, or cannot be reached; else Met follows.
	Lost(id ID, gone bool)
}

// Options of a cluster.
type Options struct {
	URL    string // of NATS servers, with commas between them: nats://user:password@host:4222
	Name   string // of the cluster; those of other names are not seen; empty: confab
	Logger *slog.Logger
}

func (o *Options) fill() error {
	if o.Name == "" {
		o.Name = "confab"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if len(o.Name) > maxName {
		return ErrName
	}
	for _, c := range o.Name {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return ErrName
		}
	}
	return nil
}

// Cluster is an instance's view of the others. Its methods are safe from any goroutine.
type Cluster struct {
	options Options
	self    ID
	handler Handler
	log     *slog.Logger
	nats    *nats.Conn

	refused map[ID]string // the stream of each instance in which something was missing; owned by run

	inbox   chan *nats.Msg // of the subscriptions; never closed
	done    chan struct{}  // closed by close
	closed  func()         // closes it, once
	running sync.WaitGroup
	live    atomic.Pointer[[]ID]      // in order; never changed in place
	again   atomic.Pointer[time.Time] // when NATS was back the last time; nil: it was never gone

	// mu guards others and what is in them. Numbers are given and published under it: their order is the
	// order in which they are sent.
	mu     sync.Mutex
	others map[ID]*other
}

// other is an instance that we have met.
type other struct {
	out    string // names our stream of messages to it
	sent   uint64 // the number of the last message in it
	in     string // names its stream to us; empty: nothing of it has come yet
	got    uint64
	seen   time.Time // its last sign of life
	misses int       // probes that nobody listened to
}

// Open connects to NATS. Nothing is told or sent before Start. Close must be called. The error wraps
// ErrName or ErrUnreachable.
func Open(o Options) (*Cluster, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	c := &Cluster{
		options: o, self: ID(token(12)),
		inbox:  make(chan *nats.Msg, 4096), // a burst; NATS' own queue is before it
		done:   make(chan struct{}),
		others: map[ID]*other{}, refused: map[ID]string{},
	}
	c.closed = sync.OnceFunc(c.close)
	c.log = o.Logger.With("instance", c.self)
	conn, err := nats.Connect(o.URL,
		nats.Name("confab serve "+string(c.self)), nats.NoEcho(), nats.Timeout(5*time.Second),
		nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond), nats.ReconnectBufSize(-1),
		nats.PingInterval(2*beat), nats.MaxPingsOutstanding(2), // so that we miss NATS before we miss the others
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { c.log.Warn("connection to NATS lost", "err", err) }),
		nats.ReconnectHandler(func(n *nats.Conn) {
			now := time.Now()
			c.again.Store(&now)
			c.log.Info("connected to NATS again", "to", n.ConnectedUrlRedacted())
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { c.log.Warn("NATS complains", "err", err) }),
	)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	c.nats = conn
	c.publishLive()
	for _, subject := range []string{c.subject("all"), c.subject("to", c.self), c.subject("unheard", c.self, "*")} {
		s, err := conn.Subscribe(subject, c.arrived)
		if err == nil {
			err = s.SetPendingLimits(-1, maxPending)
		}
		if err != nil {
			conn.Close()
			return nil, fmt.Errorf("%w: subscribe to %s: %w", ErrUnreachable, subject, err)
		}
	}
	if err := conn.FlushTimeout(5 * time.Second); err != nil {
		conn.Close()
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return c, nil
}

// Start begins to tell h what happens. It is called once, before all but Open.
func (c *Cluster) Start(h Handler) {
	c.handler = h
	c.running.Go(c.run)
}

// token is a random name of so many bytes, in base64url.
func token(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// Self is this instance.
func (c *Cluster) Self() ID { return c.self }

// Close says good-bye to the others, which lose us at once, after all that we have told them, and ends the
// connection. Nothing is told to the Handler after it. Any number of times.
func (c *Cluster) Close() { c.closed() }

func (c *Cluster) close() {
	close(c.done)
	c.running.Wait()
	c.mu.Lock()
	for id := range c.others {
		c.publish(c.subject("to", id), "", envelope{Kind: kindBye}) // what goes to all has no order with that
	}
	c.mu.Unlock()
	_ = c.nats.FlushTimeout(time.Second) // the others would notice by themselves
	c.nats.Close()
}

// arrived is called by a goroutine of each subscription.
func (c *Cluster) arrived(m *nats.Msg) {
	select {
	case c.inbox <- m:
	case <-c.done:
	}
}

// Live are the instances that we know, ourselves included, in order. It never waits.
func (c *Cluster) Live() []ID { return slices.Clone(*c.live.Load()) }

// Connected tells whether a NATS server can be reached, and could for as long as others may be silent. Else who
// is lost may well live.
func (c *Cluster) Connected() bool {
	again := c.again.Load()
	return c.nats.IsConnected() && (again == nil || time.Since(*again) > silence)
}

// publishLive makes that list anew. mu is held, or nobody else is there yet.
func (c *Cluster) publishLive() {
	all := []ID{c.self}
	for id := range c.others {
		all = append(all, id)
	}
	slices.Sort(all)
	c.live.Store(&all)
}

// Ranked are the instances that we know, ourselves included, in the order in which they are to care for
// key: all who know the same instances say the same, and the end of one changes nothing among the others
// (rendezvous hashing).
func (c *Cluster) Ranked(key string) []ID {
	all := c.Live()
	weights := make(map[ID]uint64, len(all))
	for _, id := range all {
		weights[id] = weight(id, key)
	}
	slices.SortFunc(all, func(a, b ID) int {
		switch {
		case weights[a] > weights[b]:
			return -1
		case weights[a] < weights[b]:
			return 1
		}
		return 0
	})
	return all
}

// weight is a hash of both, mixed as in MurmurHash3: FNV alone leaves neighbours close to each other.
func weight(id ID, key string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	h.Write([]byte{0})
	h.Write([]byte(key))
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// Tell sends a message to an instance that we have met; without a word, if it is gone: then Lost is told.
func (c *Cluster) Tell(to ID, message []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o := c.others[to]; o != nil {
		c.send(to, o, "", kindTell, message)
	}
}

// TellAll sends a message to every instance that we have met.
func (c *Cluster) TellAll(message []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, o := range c.others {
		c.send(id, o, "", kindTell, message)
	}
}

// Ask sends a question, in order with the messages, and waits for the answer. The error wraps ErrGone or
// ctx's. Not for the Handler's goroutine.
func (c *Cluster) Ask(ctx context.Context, to ID, question []byte) ([]byte, error) {
	inbox := c.nats.NewRespInbox()
	answers := make(chan *nats.Msg, 1)
	sub, err := c.nats.ChanSubscribe(inbox, answers)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGone, err)
	}
	defer sub.Unsubscribe()
	c.mu.Lock()
	o := c.others[to]
	if o != nil {
		c.send(to, o, inbox, kindAsk, question)
	}
	c.mu.Unlock()
	if o == nil {
		return nil, fmt.Errorf("%w: %s", ErrGone, to)
	}
	select {
	case m := <-answers:
		if m.Header.Get("Status") != "" { // 503: nobody listens there
			return nil, fmt.Errorf("%w: %s", ErrGone, to)
		}
		return m.Data, nil
	case <-c.done:
		return nil, fmt.Errorf("%w: %s", ErrGone, c.self)
	case <-ctx.Done():
		return nil, fmt.Errorf("ask instance %s: %w", to, ctx.Err())
	}
}

// send gives a message its number. mu is held.
func (c *Cluster) send(to ID, o *other, reply string, k kind, body []byte) {
	o.sent++
	c.publish(c.subject("to", to), reply, envelope{Kind: k, Stream: o.out, Number: o.sent, Body: body})
}

// publish sends what a lost connection may lose: the next number that arrives shows it.
func (c *Cluster) publish(subject, reply string, e envelope) {
	e.From = c.self
	err := c.nats.PublishMsg(&nats.Msg{Subject: subject, Reply: reply, Data: e.encode()})
	if err != nil {
		c.log.Debug("message was not published", "err", err)
	}
}

// subject is the name under which messages are published.
func (c *Cluster) subject(what string, who ...ID) string {
	parts := []string{"confab", c.options.Name, what}
	for _, id := range who {
		parts = append(parts, string(id))
	}
	return strings.Join(parts, ".")
}
