package vpx

/*
#include <stdlib.h>
#include "bridge.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"confab/conference/media"
	"confab/conference/media/codec"
)

// Encoder encodes pictures of one size. It is used by one goroutine at a time; Close frees what the
// collector does not know of.
type Encoder struct {
	width, height int
	pattern       []slot

	c        *C.confab_vpx_encoder // nil: closed
	rate     rate
	position int   // in pattern, of the next frame
	restart  bool  // the next frame must be a key frame
	pts      int64 // of the next frame, ticks of 90 kHz since the first; 64 bits in C too
	memory   arena
}

// NewEncoder makes an encoder. The error wraps codec.ErrTooLarge for a size out of range, or is libvpx'.
func NewEncoder(o EncoderOptions) (*Encoder, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	returnMemory()
	e := &Encoder{
		width: o.Width, height: o.Height, pattern: pattern(o.TemporalLayers),
		c:       (*C.confab_vpx_encoder)(C.calloc(1, C.sizeof_confab_vpx_encoder)),
		rate:    rateOf(o.BitsPerSecond, o.FramesPerSecond),
		restart: true,
	}
	if e.c == nil {
		return nil, errNoMemory
	}
	screen := C.int(0)
	if o.Screen {
		screen = 1
	}
	r := C.confab_vpx_encoder_open(e.c, C.int(o.Width), C.int(o.Height), C.int(o.TemporalLayers), screen,
		C.int(e.rate.kilobitsPerSecond))
	if err := errorOf(r, &e.c.context); err != nil {
		e.Close()
		return nil, fmt.Errorf("open VP8 encoder of %dx%d: %w", o.Width, o.Height, err)
	}
	return e, nil
}

// Encode encodes f, which it borrows for the call; see [codec.VideoEncoder]. The first frame is a key
// frame, and so is the one after an error. The rate is kept for frames that come evenly at the rate set:
// f.Captured does not matter for it, since bunched times make libvpx overshoot by half. The errors are
// codec.ErrSize, codec.ErrClosed and libvpx'.
func (e *Encoder) Encode(f *media.VideoFrame, keyFrame bool) (*media.EncodedFrame, error) {
	if err := e.check(f); err != nil {
		return nil, err
	}
	place, flags := e.pattern[e.position], e.pattern[e.position].flags
	if keyFrame || e.restart {
		place, flags, e.position = slot{sync: true}, C.VPX_EFLAG_FORCE_KF, 0
	}
	if err := e.encode(f, place, flags); err != nil {
		return nil, err
	}
	if e.c.size == 0 {
		return nil, nil // dropped; its place in the pattern, or its key frame, is the next one's
	}
	return e.finish(f, place), nil
}

// EncodeKeyFrame encodes f as a key frame that should not have more than maxBytes. What cannot be had is
// approached: the coarsest key frame of a busy picture may be larger. The frames after it make up for
// what it lacks.
func (e *Encoder) EncodeKeyFrame(f *media.VideoFrame, maxBytes int) (*media.EncodedFrame, error) {
	if err := e.check(f); err != nil {
		return nil, err
	}
	base := e.rate.basePicture(len(e.pattern))
	percent := min(max(maxBytes*100/base, 1), maxIntra)
	var out *media.EncodedFrame
	err := e.cap(percent, false)
	if err == nil {
		out, err = e.Encode(f, true)
	}
	if err == nil && int(e.c.size) > maxBytes*5/4 && e.c.quantizer < coarsest {
		// libvpx guesses the quantizer from the frames before; once in a while it is far off.
		if err = e.cap(percent, true); err == nil {
			out, err = e.Encode(f, true)
		}
	}
	if err = errors.Join(err, e.cap(0, false)); err != nil {
		return nil, err
	}
	return out, nil
}

const (
	// maxIntra is libvpx' own limit of a key frame, in percent of a picture of the base layer.
	maxIntra = 900
	// coarsest is the greatest quantizer of VP8 on libvpx' scale.
	coarsest = 63
)

func (e *Encoder) cap(percent int, coarsest bool) error {
	c := C.int(0)
	if coarsest {
		c = 1
	}
	if err := errorOf(C.confab_vpx_encoder_cap(e.c, C.int(percent), c), &e.c.context); err != nil {
		return fmt.Errorf("bound key frame: %w", err)
	}
	return nil
}

// check tells whether f can be encoded.
func (e *Encoder) check(f *media.VideoFrame) error {
	if e.c == nil {
		return fmt.Errorf("encode VP8: %w", codec.ErrClosed)
	}
	if f.Width != e.width || f.Height != e.height {
		return fmt.Errorf("encode %dx%d as %dx%d: %w", f.Width, f.Height, e.width, e.height, codec.ErrSize)
	}
	return nil
}

// encode calls libvpx.
func (e *Encoder) encode(f *media.VideoFrame, place slot, flags int) error {
	r := C.confab_vpx_encode(e.c, first(f.Y), first(f.U), first(f.V), C.int(f.StrideY), C.int(f.StrideUV),
		C.int64_t(e.pts), C.int(e.rate.ticks), C.int(flags), C.int(place.temporalID))
	runtime.KeepAlive(f)
	if err := errorOf(r, &e.c.context); err != nil {
		e.restart = true
		return fmt.Errorf("encode picture of %dx%d: %w", f.Width, f.Height, err)
	}
	e.pts += int64(e.rate.ticks)
	return nil
}

// finish takes what was encoded out of libvpx' memory.
func (e *Encoder) finish(f *media.VideoFrame, place slot) *media.EncodedFrame {
	e.restart = false
	e.position = (e.position + 1) % len(e.pattern)
	out := e.memory.frame()
	*out = media.EncodedFrame{
		Data:  e.memory.copyOf(unsafe.Slice((*byte)(e.c.data), int(e.c.size))),
		Width: e.width, Height: e.height,
		RTPTime:    media.Ticks(f.Captured, media.VideoClockRate),
		Captured:   f.Captured,
		KeyFrame:   e.c.key != 0,
		TemporalID: place.temporalID,
		LayerSync:  place.sync,
	}
	return out
}

// SetRate changes the target; a call that changes nothing costs nothing. Rates outside of 10 kbit/s to
// 1 Gbit/s and 1 to 120 frames a second count as the nearest of these.
func (e *Encoder) SetRate(bitsPerSecond int, framesPerSecond float64) error {
	if e.c == nil {
		return fmt.Errorf("set rate of VP8 encoder: %w", codec.ErrClosed)
	}
	next := rateOf(bitsPerSecond, framesPerSecond)
	if next.kilobitsPerSecond != e.rate.kilobitsPerSecond {
		r := C.confab_vpx_encoder_rate(e.c, C.int(next.kilobitsPerSecond))
		if err := errorOf(r, &e.c.context); err != nil {
			return fmt.Errorf("set rate of VP8 encoder to %d kbit/s: %w", next.kilobitsPerSecond, err)
		}
	}
	e.rate = next
	return nil
}

// Close frees the encoder. Frames that it made stay whole.
func (e *Encoder) Close() error {
	if e.c == nil {
		return nil
	}
	C.vpx_codec_destroy(&e.c.context)
	C.free(unsafe.Pointer(e.c))
	e.c = nil
	return nil
}

func first(b []byte) *C.uint8_t { return (*C.uint8_t)(&b[0]) }
