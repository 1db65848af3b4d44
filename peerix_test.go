package main_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
)

var interop = flag.Bool("interop", false, "hold calls with pages in Chromium, too")

// browserPage is a page in a headless Chromium that behaves as one made with Peerix. It tells the test what
// it sees several times a second, and does what the test answers.
type browserPage struct {
	t *testing.T

	mu    sync.Mutex
	seen  pageReport
	order string // for the next answer
	moved chan struct{}
}

// pageReport is what the page sees.
type pageReport struct {
	State      string   `json:"state"` // of ICE
	Frames     int      `json:"frames"`
	Energy     float64  `json:"energy"`
	Texts      []string `json:"texts"`
	Labels     []string `json:"labels"`
	Errors     []string `json:"errors"`
	Receipts   int      `json:"receipts"`
	Collisions int      `json:"collisions"`
	Polite     bool     `json:"polite"`
	Peers      int      `json:"peers"`
}

// browse opens the page with a query, until the test ends.
func browse(t *testing.T, query url.Values) *browserPage {
	t.Helper()
	if !*interop {
		t.Skip("without -interop")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium here")
	}
	p := &browserPage{t: t, moved: make(chan struct{}, 1)}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir("testdata/peerix")))
	mux.HandleFunc("POST /report", p.report)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	start(t, "chromium", path, nil, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--user-data-dir="+t.TempDir(),
		"--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required",
		"--allow-loopback-in-peer-connection", "--disable-features=WebRtcHideLocalIpsWithMdns",
		server.URL+"/page.html?"+query.Encode())
	return p
}

func (p *browserPage) report(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&p.seen); err != nil {
		p.t.Errorf("report of the page: %v", err)
	}
	fmt.Fprint(w, p.order)
	p.order = ""
	select {
	case p.moved <- struct{}{}:
	default:
	}
}

// tell gives the page an order.
func (p *browserPage) tell(order string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.order = order
}

func (p *browserPage) now() pageReport {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen
}

func (p *browserPage) wait(what string, ok func(pageReport) bool) pageReport {
	p.t.Helper()
	over := time.After(patience)
	for {
		if seen := p.now(); ok(seen) {
			return seen
		}
		select {
		case <-p.moved:
		case <-over:
			p.t.Fatalf("the page never %s; it has seen %+v", what, p.now())
		}
	}
}

// sees waits until the page has decoded more pictures and heard more sound.
func (p *browserPage) sees() {
	p.t.Helper()
	from := p.now()
	p.wait("saw and heard more", func(r pageReport) bool { return r.Frames >= from.Frames+15 && r.Energy > from.Energy })
}

// broker is a NATS server that pages reach, too.
func broker(t *testing.T) (socket, confab string) {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true,
		Websocket: natsserver.WebsocketOpts{Host: "127.0.0.1", Port: -1, NoTLS: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(patience) {
		t.Fatal("NATS server does not start")
	}
	return s.WebsocketURL(), s.ClientURL()
}

// TestACallWithAPageOfPeerix: sound, pictures and text both ways, whoever came first and whoever gives way
// when offers cross; shared and unshared; left by either side.
func TestACallWithAPageOfPeerix(t *testing.T) {
	for name, c := range map[string]struct {
		pageFirst bool
		tries     string // of keys; of two peers the one with the greater gives way
	}{
		"the page is there":               {pageFirst: true, tries: "1"},
		"the page comes":                  {tries: "1"},
		"the page is there and gives way": {pageFirst: true, tries: "4000"},
		"the page comes and gives way":    {tries: "4000"},
	} {
		t.Run(name, func(t *testing.T) {
			socket, address := broker(t)
			query := url.Values{"nats": {socket}, "room": {"demo"}, "share": {"camera"}, "tries": {c.tries}, "chat": {"chat"}}
			var page *browserPage
			var ana *process
			call := func() { ana = join(t, program(t), address, "demo", "Ana", small...) }
			if c.pageFirst {
				page = browse(t, query)
				page.wait("came", func(r pageReport) bool { return r.State == "new" })
				call()
			} else {
				call()
				ana.waitFor("joined", func() bool { return ana.id() != "" })
				page = browse(t, query)
			}
			converse(t, page, ana)
			page.tell("unshare camera")
			ana.getsNone("pictures", visitor(ana), pictures, 3)
			page.sees()
			page.tell("share camera")
			ana.gets("pictures", visitor(ana), pictures, 15)
			seen := page.now()
			t.Logf("page gives way: %t, offers crossed: %d, errors: %q", seen.Polite, seen.Collisions, seen.Errors)
			if len(seen.Errors) > 0 {
				t.Errorf("the page has errors: %q", seen.Errors)
			}
			if c.pageFirst {
				ana.leaves()
				page.wait("was left", func(r pageReport) bool { return r.Peers == 0 })
				return
			}
			mark := ana.mark()
			page.tell("leave")
			ana.wait("was left by the page", func(all []line) bool {
				return slices.ContainsFunc(all[mark:], func(l line) bool { return l.Event == "peer" && l.State == "closed" })
			})
			ana.leaves()
		})
	}
}

// visitor is the name that the page has in the call.
func visitor(p *process) string {
	for _, l := range slices.Backward(p.seen()) {
		if l.Event == "stats" && len(l.Peers) > 0 {
			return l.Peers[0].Name
		}
	}
	return ""
}

// converse sees to it that both see, hear and read each other.
func converse(t *testing.T, page *browserPage, ana *process) {
	t.Helper()
	ana.waitFor("met the page", func() bool { return visitor(ana) != "" })
	ana.meets(visitor(ana))
	page.sees()
	if labels := page.now().Labels; !slices.Contains(labels, "camera/video") || !slices.Contains(labels, "camera/audio") {
		t.Errorf("the page sees streams %q, want the camera's sound and pictures", labels)
	}
	ana.tell(`{"do":"chat","text":"hello page"}`)
	page.wait("read what Ana wrote", func(r pageReport) bool { return slices.Contains(r.Texts, "chat: hello page") })
	page.tell("say hello")
	ana.wait("read what the page wrote", func(all []line) bool {
		return slices.ContainsFunc(all, func(l line) bool { return l.Event == "chat" && strings.Contains(l.text, "hello") })
	})
	page.wait("had its text acknowledged", func(r pageReport) bool { return r.Receipts > 0 })
}
