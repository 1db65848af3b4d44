package conference

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	piontransport "github.com/pion/transport/v4"

	"confab/conference/media"
	"confab/conference/media/audio"
	"confab/conference/media/record"
	"confab/conference/signaling"
	"confab/conference/transport"
	"confab/conference/transport/bandwidth"
)

// Options are a client's settings. Name, Signaling and Local must be set.
type Options struct {
	Name      string // ours, for the others; cleaned and cut as signaling.CleanName does
	Signaling string // URL, or a sealed call's invitation; its scheme picks the driver
	Password  string // of the room; empty: none
	Local     *LocalMedia

	Devices *audio.Devices // whose speakers are used; nil: Speaker is "none" or a file
	Speaker string         // "default", "none", "file:out.wav" or a device's ID; empty: "none" without Devices, else "default"

	ICEServers    []signaling.ICEServer // beside those that the signaling server hands out
	RelayOnly     bool                  // packets go through TURN servers only
	HideAddresses bool                  // our addresses on the local network are told as mDNS names
	MaxUplink     int                   // bits per second of all that we send, to all together; 0: no limit of ours
	Manual        bool                  // connections are made by CreatePeerConnection and PeerConnectionOffer alone
	Record        string                // directory for what is received; empty: nothing is recorded
	Measure       bool                  // read the test picture's clock from what arrives, for Stats
	Net           piontransport.Net     // nil: the system's network
	Logger        *slog.Logger          // nil: discard
}

// Client is this user: an identity, settings and a way of signaling. It joins channels, one at a time
// or several. All methods are safe from any goroutine.
type Client struct {
	options Options
	drivers signaling.Registry
	log     *slog.Logger
	mixer   *audio.Mixer
	folder  *record.Folder // nil: nothing is recorded
	key     string         // keeps our id over reconnections for the life of the client
	paths   bandwidth.Memory

	speaking sync.Mutex // held while the speaker is exchanged

	mu       sync.Mutex
	speaker  io.Closer
	channels map[*Channel]struct{}
	closed   bool
}

// NewClient checks the options and opens the speaker. A speaker that cannot be opened does not keep
// anybody from a call: the client is good, and the error wraps what is wrong with the sound.
func NewClient(o Options, drivers signaling.Registry) (*Client, error) {
	if o.Name = signaling.CleanName(o.Name); o.Name == "" {
		return nil, ErrNoName
	}
	if o.Local == nil {
		return nil, errors.New("client without local media")
	}
	if o.Speaker == "" && o.Devices != nil {
		o.Speaker = "default"
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	c := &Client{
		options: o, drivers: drivers, log: logger(o.Logger), mixer: audio.NewMixer(),
		key: base64.RawURLEncoding.EncodeToString(key), channels: make(map[*Channel]struct{}),
	}
	if o.Record != "" {
		folder, err := record.OpenFolder(o.Record)
		if err != nil {
			return nil, err
		}
		c.folder = folder
	}
	if err := c.SetSpeaker(o.Speaker); err != nil {
		return c, err
	}
	return c, nil
}

// SetSpeaker moves the sound of all channels to a speaker, named like Options.Speaker. If it cannot be
// opened, nobody is heard, the sound goes on to be received, and the error says why.
func (c *Client) SetSpeaker(spec string) error {
	c.speaking.Lock()
	defer c.speaking.Unlock()
	c.mu.Lock()
	old, closed := c.speaker, c.closed
	c.speaker = nil
	c.mu.Unlock()
	if old != nil {
		if err := old.Close(); err != nil {
			c.log.Warn("close speaker", "err", err)
		}
	}
	if closed {
		return ErrClosed
	}
	speaker, err := c.openSpeaker(spec)
	if err != nil {
		// Playout goes on on a clock of its own, so that nothing piles up and levels are true.
		speaker, _ = c.openSpeaker("none")
	}
	c.mu.Lock()
	c.speaker = speaker
	c.mu.Unlock()
	return err
}

func (c *Client) openSpeaker(spec string) (io.Closer, error) {
	devices := c.options.Devices
	if devices == nil {
		devices = audio.NewDevices(c.log) // opens nothing: only files and the clock are asked for
		if spec == "" {
			spec = "none"
		}
	}
	s, err := devices.OpenSpeaker(spec, audio.SpeakerOptions{
		Fill:   func(now time.Time, out *media.AudioFrame) { c.mixer.Mix(now, out) },
		Played: func(samples []int16) { c.options.Local.microphone.played(c, samples) },
	})
	if err != nil {
		return nil, fmt.Errorf("open speaker %q: %w", spec, err)
	}
	return s, nil
}

// Join enters a room through the client's signaling URL and returns when the room has taken us in.
// Errors wrap those of package signaling. ctx bounds the joining only.
func (c *Client) Join(ctx context.Context, room string) (*Channel, error) {
	driver, err := c.drivers.Open(ctx, c.options.Signaling, signaling.Options{
		Password: c.options.Password, Key: c.key, Logger: c.log,
	})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", signaling.Redact(c.options.Signaling), err)
	}
	self := signaling.Peer{Name: c.options.Name, Metadata: c.options.Local.Metadata()}
	if room, err = signaling.CleanRoom(room); err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	session, err := driver.Join(ctx, room, self)
	if err != nil {
		return nil, fmt.Errorf("join %q: %w", room, err)
	}
	servers := append(append([]signaling.ICEServer(nil), c.options.ICEServers...), session.ICEServers()...)
	engine, err := transport.NewEngine(transport.Options{
		ICEServers: servers, RelayOnly: c.options.RelayOnly, HideAddresses: c.options.HideAddresses,
		Net: c.options.Net, Logger: c.log,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("prepare connections: %w", err), session.Leave(ctx))
	}
	ch := newChannel(c, room, session, engine)
	c.mu.Lock()
	closed := c.closed
	c.channels[ch] = struct{}{}
	c.mu.Unlock()
	ch.start()
	if closed {
		return nil, errors.Join(ErrClosed, ch.Leave(ctx))
	}
	return ch, nil
}

func (c *Client) forget(ch *Channel) {
	c.mu.Lock()
	delete(c.channels, ch)
	c.mu.Unlock()
}

// Close leaves all channels and closes the speaker; the local media is its owner's. Any number of times.
func (c *Client) Close() error {
	c.mu.Lock()
	c.closed = true
	channels := make([]*Channel, 0, len(c.channels))
	for ch := range c.channels {
		channels = append(channels, ch)
	}
	c.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 2*leaveTimeout)
	defer cancel()
	var errs []error
	for _, ch := range channels {
		errs = append(errs, ch.Leave(ctx))
	}
	c.speaking.Lock()
	defer c.speaking.Unlock()
	c.mu.Lock()
	speaker := c.speaker
	c.speaker = nil
	c.mu.Unlock()
	if speaker != nil {
		errs = append(errs, speaker.Close())
	}
	c.options.Local.microphone.forget(c)
	return errors.Join(errs...)
}
