package opus

/*
#cgo linux,!dynamic windows,!dynamic LDFLAGS: -l:libopus.a
#cgo !linux,!windows dynamic LDFLAGS: -lopus
#cgo LDFLAGS: -lm
#cgo noescape opus_encode
#cgo nocallback opus_encode
#cgo noescape confab_opus_decode
#cgo nocallback confab_opus_decode
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <opus/opus.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

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

// The longest packet: 120 ms.
#define CONFAB_OPUS_MOST 5760

// A decoder, and what clipping softly leaves over for the next packet. It holds no pointers.
typedef struct {
	float clip;
	float unused[3];
} confab_opus_decoder;

static OpusDecoder *confab_opus_state(confab_opus_decoder *d) { return (OpusDecoder *)(d + 1); }

static size_t confab_opus_decoder_size(void) { return sizeof(confab_opus_decoder) + opus_decoder_get_size(1); }

static int confab_opus_decoder_open(confab_opus_decoder *d) {
	d->clip = 0;
	return opus_decoder_init(confab_opus_state(d), 48000, 1);
}

static float confab_opus_peak(const float *x, int n) {
	float most = 0;
	int i = 0;
#ifdef __SSE2__
	__m128 high = _mm_setzero_ps(), low = _mm_setzero_ps();
	for (; i + 4 <= n; i += 4) {
		__m128 v = _mm_loadu_ps(x + i);
		high = _mm_max_ps(high, v);
		low = _mm_min_ps(low, v);
	}
	float peaks[4];
	_mm_storeu_ps(peaks, _mm_max_ps(high, _mm_sub_ps(_mm_setzero_ps(), low)));
	for (int k = 0; k < 4; k++)
		if (peaks[k] > most) most = peaks[k];
#endif
	for (; i < n; i++)
		if (fabsf(x[i]) > most) most = fabsf(x[i]);
	return most;
}

static void confab_opus_round(const float *x, opus_int16 *pcm, int n) {
	int i = 0;
#ifdef __SSE2__
	const __m128 scale = _mm_set1_ps(32768);
	for (; i + 8 <= n; i += 8) {
		__m128i a = _mm_cvtps_epi32(_mm_mul_ps(_mm_loadu_ps(x + i), scale));
		__m128i b = _mm_cvtps_epi32(_mm_mul_ps(_mm_loadu_ps(x + i + 4), scale));
		_mm_storeu_si128((__m128i *)(pcm + i), _mm_packs_epi32(a, b));
	}
#endif
	for (; i < n; i++) {
		float v = x[i] * 32768;
		pcm[i] = (opus_int16)lrintf(v < -32768 ? -32768 : v > 32767 ? 32767 : v);
	}
}

// The same as opus_decode, sample by sample, which looks at each of them four times on its way from float to
// 16 bits: here only sound that is too loud is clipped. What opus_decode does not clip softly is not.
static int confab_opus_decode(confab_opus_decoder *d, const unsigned char *packet, opus_int32 length,
	opus_int16 *pcm, int n, int fec) {
	float x[CONFAB_OPUS_MOST];
	int r = opus_decode_float(confab_opus_state(d), packet, length, x, n, fec);
	if (r <= 0) return r;
	if (length > 0 && !fec && (d->clip != 0 || confab_opus_peak(x, r) > 1))
		opus_pcm_soft_clip(x, r, 1, &d->clip);
	confab_opus_round(x, pcm, r);
	return r;
}
*/
import "C"

import (
	"fmt"
	"runtime"
	"slices"
	"unsafe"

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
	c *C.confab_opus_decoder // nil: closed
}

// decoderSize is how many bytes a decoder has.
var decoderSize = C.confab_opus_decoder_size()

// NewDecoder makes a decoder.
func NewDecoder() (*Decoder, error) {
	d := &Decoder{c: (*C.confab_opus_decoder)(C.malloc(decoderSize))}
	if d.c == nil {
		return nil, errorOf(C.OPUS_ALLOC_FAIL)
	}
	if r := C.confab_opus_decoder_open(d.c); r != C.OPUS_OK {
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
	r := C.confab_opus_decode(d.c, (*C.uchar)(unsafe.SliceData(packet)), C.opus_int32(len(packet)),
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
