package opus

/*
#cgo linux,!dynamic windows,!dynamic LDFLAGS: -l:libopus.a
#cgo !linux,!windows dynamic LDFLAGS: -lopus
#cgo LDFLAGS: -lm
#cgo noescape opus_encode
#cgo nocallback opus_encode
#cgo noescape opus_decode
#cgo nocallback opus_decode
#include <stdlib.h>
#include <string.h>
#include <opus/opus.h>

// The settings are variadic, which cgo cannot call.
static int confab_opus_rate(OpusEncoder *e, int rate) { return opus_encoder_ctl(e, OPUS_SET_BITRATE(rate)); }
static int confab_opus_loss(OpusEncoder *e, int percent) { return opus_encoder_ctl(e, OPUS_SET_PACKET_LOSS_PERC(percent)); }
static int confab_opus_dtx(OpusEncoder *e, int on) { return opus_encoder_ctl(e, OPUS_SET_DTX(on)); }

static int confab_opus_open(OpusEncoder *e, int rate, int complexity, int dtx, int loss) {
	int r;
	if ((r = opus_encoder_init(e, 48000, 1, OPUS_APPLICATION_VOIP)) != OPUS_OK ||
		(r = confab_opus_rate(e, rate)) != OPUS_OK ||
		(r = opus_encoder_ctl(e, OPUS_SET_COMPLEXITY(complexity))) != OPUS_OK ||
		(r = opus_encoder_ctl(e, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE))) != OPUS_OK ||
		(r = opus_encoder_ctl(e, OPUS_SET_INBAND_FEC(1))) != OPUS_OK ||
		(r = confab_opus_loss(e, loss)) != OPUS_OK)
		return r;
	return confab_opus_dtx(e, dtx);
}
*/
import "C"

import (
	"fmt"
	"runtime"
	"slices"
	"unsafe"

	"confab/conference/media"
	"confab/conference/media/codec"
)

// Encoder encodes one voice. It is used by one goroutine at a time; Close frees what the collector does
// not know of.
type Encoder struct {
	c    *C.OpusEncoder // nil: closed
	loss int            // percent
	dtx  bool
}

// NewEncoder makes an encoder. The error is that of an option out of range, or libopus'.
func NewEncoder(o EncoderOptions) (*Encoder, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	e := &Encoder{c: (*C.OpusEncoder)(C.malloc(C.size_t(C.opus_encoder_get_size(1)))), loss: minLossPercent, dtx: o.DTX}
	if e.c == nil {
		return nil, errorOf(C.OPUS_ALLOC_FAIL)
	}
	r := C.confab_opus_open(e.c, C.int(o.BitsPerSecond), C.int(o.Complexity), flag(o.DTX), C.int(e.loss))
	if r != C.OPUS_OK {
		C.free(unsafe.Pointer(e.c))
		return nil, fmt.Errorf("open Opus encoder: %w", errorOf(r))
	}
	return e, nil
}

// Encode appends one packet of at most [MaxPacket] bytes with the [PacketSamples] samples of pcm; see
// [codec.AudioEncoder]. Nothing is allocated if dst has room.
func (e *Encoder) Encode(dst []byte, pcm []int16) ([]byte, error) {
	if e.c == nil {
		return dst, fmt.Errorf("encode Opus: %w", codec.ErrClosed)
	}
	if len(pcm) != PacketSamples {
		return dst, fmt.Errorf("encode %d samples, want %d: %w", len(pcm), PacketSamples, errorOf(C.OPUS_BAD_ARG))
	}
	n := len(dst)
	dst = slices.Grow(dst, MaxPacket)[:n+MaxPacket]
	r := C.opus_encode(e.c, (*C.opus_int16)(&pcm[0]), PacketSamples, (*C.uchar)(&dst[n]), MaxPacket)
	runtime.KeepAlive(pcm)
	if r < 0 {
		return dst[:n], fmt.Errorf("encode %d samples: %w", len(pcm), errorOf(C.int(r)))
	}
	return dst[:n+int(r)], nil
}

// SetLoss tells the encoder which fraction of packets is lost, 0 to 1, for the worst peer: the more, the
// more bits go into FEC. It is told 0.1 at least, and a call that changes nothing costs nothing.
func (e *Encoder) SetLoss(fraction float64) error {
	if e.c == nil {
		return fmt.Errorf("set loss of Opus encoder: %w", codec.ErrClosed)
	}
	percent := lossPercent(fraction)
	if percent == e.loss {
		return nil
	}
	if r := C.confab_opus_loss(e.c, C.int(percent)); r != C.OPUS_OK {
		return fmt.Errorf("set loss of Opus encoder to %d %%: %w", percent, errorOf(r))
	}
	e.loss = percent
	return nil
}

// SetRate changes the rate, 6,000 to 510,000 bit/s.
func (e *Encoder) SetRate(bitsPerSecond int) error {
	if e.c == nil {
		return fmt.Errorf("set rate of Opus encoder: %w", codec.ErrClosed)
	}
	if err := checkRate(bitsPerSecond); err != nil {
		return err
	}
	return errorOf(C.confab_opus_rate(e.c, C.int(bitsPerSecond)))
}

// SetDTX switches discontinuous transmission: packets of silence have 1 or 2 bytes then, and need not
// be sent. It begins after 200 ms of what libopus takes for silence, which low noise is not. A call that
// changes nothing costs nothing.
func (e *Encoder) SetDTX(on bool) error {
	if e.c == nil {
		return fmt.Errorf("set DTX of Opus encoder: %w", codec.ErrClosed)
	}
	if on == e.dtx {
		return nil
	}
	if r := C.confab_opus_dtx(e.c, flag(on)); r != C.OPUS_OK {
		return fmt.Errorf("set DTX of Opus encoder: %w", errorOf(r))
	}
	e.dtx = on
	return nil
}

// Close frees the encoder.
func (e *Encoder) Close() error {
	C.free(unsafe.Pointer(e.c))
	e.c = nil
	return nil
}

// Decoder decodes one stream, which need not be trusted. It is used by one goroutine at a time; Close
// frees what the collector does not know of.
type Decoder struct {
	c *C.OpusDecoder // nil: closed
}

// decoderSize is how many bytes the state of a decoder has, which holds no pointers.
var decoderSize = C.size_t(C.opus_decoder_get_size(1))

// NewDecoder makes a decoder.
func NewDecoder() (*Decoder, error) {
	d := &Decoder{c: (*C.OpusDecoder)(C.malloc(decoderSize))}
	if d.c == nil {
		return nil, errorOf(C.OPUS_ALLOC_FAIL)
	}
	if r := C.opus_decoder_init(d.c, media.SampleRate, 1); r != C.OPUS_OK {
		C.free(unsafe.Pointer(d.c))
		return nil, fmt.Errorf("open Opus decoder: %w", errorOf(r))
	}
	return d, nil
}

// Decode decodes one packet into pcm, [MaxPacketSamples] at most, and returns the number of samples; a
// pcm too short for the packet is an error. An empty packet conceals len(pcm) samples, a multiple of
// 2.5 ms (120).
func (d *Decoder) Decode(packet []byte, pcm []int16) (int, error) { return d.decode(packet, pcm, 0) }

// DecodeFEC decodes the copy of the frame before that packet carries (RFC 6716 section 2.1.7) into pcm,
// which has the length of that frame. Without a copy, see [HasFEC], it conceals.
func (d *Decoder) DecodeFEC(packet []byte, pcm []int16) (int, error) { return d.decode(packet, pcm, 1) }

func (d *Decoder) decode(packet []byte, pcm []int16, fec C.int) (int, error) {
	if d.c == nil {
		return 0, fmt.Errorf("decode Opus: %w", codec.ErrClosed)
	}
	if len(pcm) == 0 {
		return 0, fmt.Errorf("decode Opus: %w", errEmpty)
	}
	r := C.opus_decode(d.c, (*C.uchar)(unsafe.SliceData(packet)), C.opus_int32(len(packet)),
		(*C.opus_int16)(&pcm[0]), C.int(min(len(pcm), MaxPacketSamples)), fec)
	runtime.KeepAlive(packet)
	if r < 0 {
		return 0, fmt.Errorf("decode Opus of %d bytes into %d samples: %w", len(packet), len(pcm), errorOf(r))
	}
	return int(r), nil
}

// CopyFrom gives d the state of another decoder, as if it had decoded the same packets. Neither may be
// closed.
func (d *Decoder) CopyFrom(other *Decoder) {
	if d.c == nil || other.c == nil {
		panic("opus: copy of a closed decoder")
	}
	C.memcpy(unsafe.Pointer(d.c), unsafe.Pointer(other.c), decoderSize)
}

// Close frees the decoder.
func (d *Decoder) Close() error {
	C.free(unsafe.Pointer(d.c))
	d.c = nil
	return nil
}

// errorOf is what libopus answered, nil for OPUS_OK.
func errorOf(r C.int) error {
	if r == C.OPUS_OK {
		return nil
	}
	return &Error{Code: int(r), Text: C.GoString(C.opus_strerror(r))}
}

func flag(on bool) C.int {
	if on {
		return 1
	}
	return 0
}
