package send

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"confab/conference/media"
	"confab/conference/media/codec"
	"confab/conference/media/codec/opus"
)

// packetBlocks is how many blocks a packet has.
const packetBlocks = 2

// maxBlocks is how many blocks of sound may wait for the encoder: 100 ms. Beyond, the oldest is dropped.
const maxBlocks = 10

// AudioOptions say how a source of sound is sent.
type AudioOptions struct {
	Slot media.Slot // for logs; 0: media.Microphone

	// NewEncoder makes the encoder, on the Audio's goroutine; nil: opus.
	NewEncoder func() (codec.AudioEncoder, error)
	Logger     *slog.Logger
	// Report is told, on the Audio's goroutine, that the encoder cannot be made or failed: the first
	// time of a row; it is tried again after a second. It must not call the Audio. nil: it is logged.
	Report func(error)
}

func (o *AudioOptions) fill() {
	if o.Slot == 0 {
		o.Slot = media.Microphone
	}
	if o.NewEncoder == nil {
		o.NewEncoder = func() (codec.AudioEncoder, error) { return opus.NewEncoder(opus.EncoderOptions{}) }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Report == nil {
		o.Report = func(err error) { o.Logger.Error("encoder", "slot", o.Slot, "err", err) }
	}
}

// Block is 10 ms of a source of sound, with what is known of it.
type Block struct {
	media.AudioFrame

	Voice bool // somebody speaks
	Pause bool // nothing of it is worth sending
}

// Audio sends one source of sound to any number of peers, in Opus packets of 20 ms, with its level
// (RFC 6464). It encodes while it has a peer. In pauses, and once it is muted, a few packets tell the
// peers that there is no sound (see rest), and then next to nothing leaves; the RTP clock runs on. All
// methods are safe from any goroutine.
type Audio struct {
	cancel context.CancelFunc
	done   chan struct{}
	ready  chan struct{} // the inbox, or a peer's wish, has something new

	packetsEncoded, blocksDropped, encodeTime atomic.Int64

	mu     sync.Mutex
	muted  bool
	closed bool
	blocks [maxBlocks]Block
	first  int // of the blocks that wait, which follow each other around the array
	n      int // how many
	half   int // blocks of a packet begun that the loop has: 0 or 1
	added  []*AudioPeer
	seen   []chan struct{} // each is closed once the loop knows of the present muted
}

// NewAudio starts an Audio without peers. Close ends it.
func NewAudio(o AudioOptions) *Audio {
	o.fill()
	ctx, cancel := context.WithCancel(context.Background())
	a := &Audio{cancel: cancel, done: make(chan struct{}), ready: make(chan struct{}, 1)}
	go (&audioLoop{audio: a, o: o}).run(ctx) // ends with ctx and closes done
	return a
}

// Offer gives the next 10 ms of the source. It never blocks; while the encoder is late by 100 ms, the
// oldest block is dropped. Blocks are offered while muted too: they move the clock on.
func (a *Audio) Offer(b Block) {
	a.mu.Lock()
	if a.closed {
		a.mu.Unlock()
		return
	}
	if a.n == maxBlocks {
		a.first = (a.first + 1) % maxBlocks
		a.n--
		a.blocksDropped.Add(1)
	}
	if a.muted {
		b.silence() // nothing of a muted source goes further than this
	}
	a.blocks[(a.first+a.n)%maxBlocks] = b
	a.n++
	whole := a.half+a.n >= packetBlocks
	a.mu.Unlock()
	if whole {
		a.wake()
	}
}

// silence takes out what can be heard.
func (b *Block) silence() {
	b.Samples, b.Voice, b.Pause = [media.FrameSamples]int16{}, false, true
}

// Muted tells what SetMuted said last.
func (a *Audio) Muted() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.muted
}

// SetMuted ends or resumes sending. Once SetMuted(true) has returned, no packet with sound leaves; the
// RTP clock runs on. It waits for the packet under way, so it must not be called by a line.
func (a *Audio) SetMuted(muted bool) {
	seen := make(chan struct{})
	a.mu.Lock()
	a.muted = muted
	if a.closed {
		a.mu.Unlock()
		<-a.done
		return
	}
	if muted {
		for i := range a.blocks {
			a.blocks[i].silence()
		}
	}
	a.seen = append(a.seen, seen)
	a.mu.Unlock()
	a.wake()
	select {
	case <-seen:
	case <-a.done:
	}
}

// Add begins to send to a peer. id names the peer in logs. After Close the peer gets nothing.
func (a *Audio) Add(id string, line SoundLine) *AudioPeer {
	p := &AudioPeer{audio: a, id: id, line: line, gone: make(chan struct{})}
	a.mu.Lock()
	closed := a.closed
	if !closed {
		a.added = append(a.added, p)
	}
	a.mu.Unlock()
	if closed {
		close(p.gone)
	}
	a.wake()
	return p
}

// AudioStats are the figures of the encoder.
type AudioStats struct {
	PacketsEncoded  uint64
	BlocksDropped   uint64 // of 10 ms, because the encoder was late
	TotalEncodeTime time.Duration
}

// Stats are the figures since the start.
func (a *Audio) Stats() AudioStats {
	return AudioStats{
		PacketsEncoded:  uint64(a.packetsEncoded.Load()),
		BlocksDropped:   uint64(a.blocksDropped.Load()),
		TotalEncodeTime: time.Duration(a.encodeTime.Load()),
	}
}

// Close stops the encoder. It works any number of times. It waits for the packet under way, so it must
// not be called by a line.
func (a *Audio) Close() error {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.cancel()
	<-a.done
	return nil
}

func (a *Audio) wake() {
	select {
	case a.ready <- struct{}{}:
	default:
	}
}

// audioInbox is what the loop takes at once.
type audioInbox struct {
	blocks []Block
	muted  bool
	added  []*AudioPeer
	seen   []chan struct{}
}

// take gives what waits, with half blocks in hand already; the blocks are appended to dst. What does not
// make a packet yet goes on waiting.
func (a *Audio) take(dst []Block, half int) audioInbox {
	a.mu.Lock()
	defer a.mu.Unlock()
	rest := (half + a.n) % packetBlocks
	for ; a.n > rest; a.n-- {
		dst = append(dst, a.blocks[a.first])
		a.first = (a.first + 1) % maxBlocks
	}
	a.half = (half + len(dst)) % packetBlocks
	in := audioInbox{dst, a.muted, a.added, a.seen}
	a.added, a.seen = nil, nil
	return in
}

// encodeError says what was being done.
func encodeError(what string, err error) error { return fmt.Errorf("%s sound: %w", what, err) }
