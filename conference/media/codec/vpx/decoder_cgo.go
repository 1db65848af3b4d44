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

// Decoder decodes one stream, which need not be trusted. It is used by one goroutine at a time; Close
// frees what the collector does not know of.
type Decoder struct {
	pool *media.Pool

	c             *C.confab_vpx_decoder // nil: closed
	width, height int                   // of the stream since its last key frame
	broken        bool                  // nothing can be decoded before a key frame
}

// NewDecoder makes a decoder that takes its pictures from pool; nil is a pool of its own.
func NewDecoder(pool *media.Pool) (*Decoder, error) {
	if pool == nil {
		pool = new(media.Pool)
	}
	returnMemory()
	d := &Decoder{pool: pool, broken: true}
	d.c = (*C.confab_vpx_decoder)(C.calloc(1, C.sizeof_confab_vpx_decoder))
	if d.c == nil {
		return nil, errNoMemory
	}
	return d, nil
}

// Decode decodes one frame; see [codec.VideoDecoder]. After an error, interframes are
// codec.ErrNeedKeyFrame until a key frame comes. Other errors are codec.ErrTooLarge for a key frame of
// more than media.MaxDimension or 7680x4320 pixels, codec.ErrHidden, codec.ErrClosed, and libvpx'.
func (d *Decoder) Decode(data []byte) (*media.VideoFrame, error) {
	if d.c == nil {
		return nil, fmt.Errorf("decode VP8: %w", codec.ErrClosed)
	}
	if err := d.prepare(data); err != nil {
		d.broken = true
		return nil, fmt.Errorf("decode VP8: %w", err)
	}
	f := d.pool.Frame(d.width, d.height)
	r := C.confab_vpx_decode(d.c, first(data), C.uint(len(data)), first(f.Y), first(f.U), first(f.V),
		C.int(f.StrideY), C.int(f.StrideUV), C.int(d.width), C.int(d.height))
	runtime.KeepAlive(data)
	if r == C.VPX_CODEC_OK {
		return f, nil
	}
	f.Release()
	if r == C.CONFAB_VPX_HIDDEN {
		return nil, fmt.Errorf("decode VP8: %w", codec.ErrHidden)
	}
	d.broken = true
	return nil, fmt.Errorf("decode VP8 of %d bytes: %w", len(data), d.error(r))
}

// prepare checks the head of a frame. A key frame of another size, or after an error, gets a new
// context: libvpx' old buffers never meet a new size.
func (d *Decoder) prepare(data []byte) error {
	if len(data) == 0 {
		return errors.New("empty frame")
	}
	if !keyFrame(data) {
		if d.broken {
			return codec.ErrNeedKeyFrame
		}
		return nil
	}
	width, height, err := checkKeyFrame(data)
	if err != nil {
		return err
	}
	if d.broken || width != d.width || height != d.height {
		if err := errorOf(C.confab_vpx_decoder_open(d.c), &d.c.context); err != nil {
			return err
		}
	}
	d.width, d.height, d.broken = width, height, false
	return nil
}

func (d *Decoder) error(r C.int) error {
	if r == C.CONFAB_VPX_OTHER_SIZE {
		return fmt.Errorf("picture is not %dx%d: %w", d.width, d.height, errCorrupt)
	}
	return errorOf(C.vpx_codec_err_t(r), &d.c.context)
}

// Close frees the decoder. Pictures that it made stay whole.
func (d *Decoder) Close() error {
	if d.c == nil {
		return nil
	}
	C.confab_vpx_decoder_close(d.c)
	C.free(unsafe.Pointer(d.c))
	d.c = nil
	return nil
}
