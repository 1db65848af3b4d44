package lan_test

import (
	stdcmp "cmp"
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"confab/conference/signaling"
	"confab/conference/signaling/lan"
	"confab/conference/signaling/lan/lantest"
)

// person is somebody in a room, and what they have heard.
type person struct {
	signaling.Session

	t    *testing.T
	name string
	host *lantest.Host
}

// flat is a network of one link; its hosts have the addresses 192.0.2.1, 2, ….
func flat(n int) (*lantest.Network, []*lantest.Host) {
	network := lantest.New()
	var hosts []*lantest.Host
	for i := range n {
		h := network.Host(fmt.Sprint("host", i+1))
		h.Plug("lan0", fmt.Sprintf("192.0.2.%d/24", i+1), fmt.Sprintf("fe80::%d/64", i+1))
		hosts = append(hosts, h)
	}
	return network, hosts
}

// keys are secrets whose IDs are in the same order, so that tests do the same each time.
var keys = sortedKeys(8)

func sortedKeys(n int) []string {
	ids := make(map[string]signaling.PeerID)
	var all []string
	for i := range n {
		key := fmt.Sprintf("a secret of some length, number %d", i)
		d, err := lan.New(lan.Options{}).Open(context.Background(), &url.URL{Scheme: "lan"}, signaling.Options{Key: key})
		if err != nil {
			panic(err)
		}
		ids[key], all = lan.IDOf(d), append(all, key)
	}
	slices.SortFunc(all, func(a, b string) int { return stdcmp.Compare(ids[a], ids[b]) })
	return all
}

// visit is how somebody joins.
type visit struct {
	url, room, password, key string
}

func tryJoin(t *testing.T, h *lantest.Host, name string, v visit) (*person, error) {
	t.Helper()
	n := lan.New(lan.Options{System: h})
	if v.url == "" {
		v.url = "lan:"
	}
	if v.room == "" {
		v.room = "demo"
	}
	log := slog.New(slog.DiscardHandler)
	if testing.Verbose() {
		log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})).With("who", name)
	}
	d, err := signaling.Registry{"lan": n.Open}.Open(t.Context(), v.url, signaling.Options{Password: v.password, Key: v.key, Logger: log})
	if err != nil {
		return nil, err
	}
	s, err := d.Join(t.Context(), v.room, signaling.Peer{Name: name})
	if err != nil {
		return nil, err
	}
	p := &person{Session: s, t: t, name: name, host: h}
	t.Cleanup(func() {
		if err := s.Leave(context.Background()); err != nil {
			t.Errorf("leave: %v", err)
		}
	})
	return p, nil
}

func join(t *testing.T, h *lantest.Host, name string, v visit) *person {
	t.Helper()
	p, err := tryJoin(t, h, name, v)
	if err != nil {
		t.Fatalf("join as %s: %v", name, err)
	}
	return p
}

// peer is how others see this person.
func (p *person) peer() signaling.Peer { return signaling.Peer{ID: p.Self(), Name: p.name} }

// waiting are the messages that have come by now.
func (p *person) waiting() []signaling.Message {
	var all []signaling.Message
	for {
		synctest.Wait()
		select {
		case m, ok := <-p.Messages():
			if !ok {
				return all
			}
			all = append(all, m)
		default:
			return all
		}
	}
}

// hears checks the messages that have come by now.
func (p *person) hears(want ...signaling.Message) {
	p.t.Helper()
	if diff := cmp.Diff(want, p.waiting(), cmpopts.EquateErrors(), cmpopts.EquateEmpty()); diff != "" {
		p.t.Errorf("%s heard (-want +got):\n%s", p.name, diff)
	}
}

// finds checks who was there before.
func (p *person) finds(want ...*person) {
	p.t.Helper()
	var peers []signaling.Peer
	for _, o := range want {
		peers = append(peers, o.peer())
	}
	if diff := cmp.Diff(peers, p.Present(), cmpopts.EquateEmpty()); diff != "" {
		p.t.Errorf("present for %s (-want +got):\n%s", p.name, diff)
	}
}

// says sends a signal.
func (p *person) says(to *person, n uint32) {
	p.t.Helper()
	if err := p.Send(p.t.Context(), to.Self(), note(n)); err != nil {
		p.t.Errorf("%s to %s: %v", p.name, to.name, err)
	}
}

// note is a signal with a number.
func note(n uint32) signaling.Signal {
	mid := "0"
	return signaling.Signal{Kind: signaling.Candidates, Conn: "c_1", N: n, Candidates: []signaling.Candidate{
		{Candidate: "candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host", SDPMid: &mid},
	}}
}
