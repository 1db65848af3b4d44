//go:build cgo

package turbojpeg

/*
#cgo CFLAGS: -O3
#cgo !dynamic LDFLAGS: -l:libturbojpeg.a
#cgo dynamic LDFLAGS: -lturbojpeg
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#cgo noescape decode
#cgo nocallback decode

#define MAX_SIDE 8192

enum { GOOD = 0, BROKEN = 1, COLOURS = 2, SIZE = 3, SCRATCH = 4 };

typedef struct {
	int width, height; // of the picture
	long scratch;      // bytes needed
} header;

// limit brings n levels from the full to the limited range: 0 to 255 becomes low to low + range. It is
// calculated to 1/128 in 16 bits, so that the compiler does eight at a time.
static void limit(uint8_t *restrict dst, const uint8_t *restrict src, int n, int low, int range) {
	const uint16_t scale = range * 128, base = low * 128 + 64;
	for (int i = 0; i < n; i++) {
		uint16_t x = src[i] * 257;
		dst[i] = (uint8_t)((uint16_t)((((uint32_t)x * scale) >> 16) + base) >> 7);
	}
}

// halve averages a row of chroma with the next one, or with itself, and neighbours where the row is wide.
static void halve(uint8_t *restrict dst, const uint8_t *a, const uint8_t *b, int n, int wide) {
	if (wide) {
		for (int i = 0; i < n; i++) {
			dst[i] = (a[2*i] + a[2*i+1] + b[2*i] + b[2*i+1] + 2) >> 2;
		}
		return;
	}
	for (int i = 0; i < n; i++) {
		dst[i] = (a[i] + b[i] + 1) >> 1;
	}
}

// chroma makes a plane of w x h of one that is wide and high by so many.
static void chroma(uint8_t *dst, int dstStride, const uint8_t *src, int stride, int w, int h, int wide, int high) {
	uint8_t row[MAX_SIDE / 2];
	for (int y = 0; y < h; y++) {
		const uint8_t *a = src + (long)y*high*stride;
		if (wide > 1 || high > 1) {
			halve(row, a, a + (high - 1)*stride, w, wide > 1);
			a = row;
		}
		limit(dst + (long)y*dstStride, a, w, 16, 224);
	}
}

// harmless tells what decoders say of pictures that many cameras send, and that are whole.
static int harmless(tjhandle h) {
	return tjGetErrorCode(h) == TJERR_WARNING && strstr(tjGetErrorStr2(h), "extraneous bytes") != NULL;
}

// decode decodes one picture to planes of w x h, both even.
static int decode(tjhandle handle, const uint8_t *raw, unsigned long length, uint8_t *scratch, long scratchLength, header *out,
		uint8_t *y, uint8_t *u, uint8_t *v, int strideY, int strideUV, int w, int h) {
	int subsampling, colours;
	if (tjDecompressHeader3(handle, raw, length, &out->width, &out->height, &subsampling, &colours) != 0 && !harmless(handle)) {
		return BROKEN;
	}
	if ((out->width & ~1) != w || (out->height & ~1) != h || w > MAX_SIDE || h > MAX_SIDE) {
		return SIZE;
	}
	int wide, high; // chroma samples of the picture for one of ours
	switch (subsampling) {
	case TJSAMP_GRAY: wide = high = 0; break;
	case TJSAMP_420: wide = high = 1; break;
	case TJSAMP_422: wide = 1; high = 2; break;
	case TJSAMP_440: wide = 2; high = 1; break;
	case TJSAMP_444: wide = high = 2; break;
	default: return COLOURS;
	}
	if (colours != (wide ? TJCS_YCbCr : TJCS_GRAY)) {
		return COLOURS;
	}
	unsigned char *planes[3] = {scratch, NULL, NULL};
	int strides[3] = {tjPlaneWidth(0, out->width, subsampling), 0, 0};
	long luma = (long)strides[0] * tjPlaneHeight(0, out->height, subsampling), part = 0;
	if (wide) {
		strides[1] = strides[2] = tjPlaneWidth(1, out->width, subsampling);
		part = (long)strides[1] * tjPlaneHeight(1, out->height, subsampling);
		planes[1] = scratch + luma;
		planes[2] = scratch + luma + part;
	}
	out->scratch = luma + 2*part;
	if (out->scratch > scratchLength) {
		return SCRATCH;
	}
	if (tjDecompressToYUVPlanes(handle, raw, length, planes, out->width, strides, out->height, TJFLAG_LIMITSCANS) != 0 && !harmless(handle)) {
		return BROKEN;
	}
	for (int i = 0; i < h; i++) {
		limit(y + (long)i*strideY, scratch + (long)i*strides[0], w, 16, 219);
	}
	if (wide) {
		chroma(u, strideUV, planes[1], strides[1], w/2, h/2, wide, high);
		chroma(v, strideUV, planes[2], strides[2], w/2, h/2, wide, high);
		return GOOD;
	}
	for (int i = 0; i < h/2; i++) {
		memset(u + (long)i*strideUV, 128, w/2);
		memset(v + (long)i*strideUV, 128, w/2);
	}
	return GOOD;
}
*/
import "C"

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"confab/conference/media"
)

// maxSide bounds the sides of a picture, in pixels: JPEG's own limit is 65500, and a few bytes of a header
// must not make us take gigabytes.
const maxSide = C.MAX_SIDE

var errColours = errors.New("colours are not Y'CbCr of 4:2:0, 4:2:2, 4:4:0 or 4:4:4, or grey")

// errSize is a picture of another size than its frame.
func errSize(width, height int) error { return fmt.Errorf("picture of %dx%d", width, height) }

// errLibrary is what libjpeg-turbo says of a picture.
func errLibrary(says string) error { return fmt.Errorf("jpeg: %s", says) }

// Available tells whether pictures can be decoded.
const Available = true

// Decoder decodes one camera's pictures. It is used by one goroutine at a time.
type Decoder struct {
	handle  C.tjhandle
	scratch []byte // planes as the picture has them
}

// New makes a decoder, which the caller closes. It fails where it is not Available.
func New() (*Decoder, error) {
	handle := C.tjInitDecompress()
	if handle == nil {
		return nil, errLibrary(C.GoString(C.tjGetErrorStr2(nil)))
	}
	return &Decoder{handle: handle}, nil
}

// Decode decodes a picture into f, whose size is the picture's with sides cut to even. Huffman tables may
// be missing, as most cameras leave them out, and there may be rubbish before the picture. It fails when the
// picture is damaged, of another size, or of colours that are not Y'CbCr; f holds anything then.
func (d *Decoder) Decode(f *media.VideoFrame, raw []byte) error {
	if f.Width < 2 || f.Height < 2 || f.Width > maxSide || f.Height > maxSide {
		return errSize(f.Width, f.Height)
	}
	start := bytes.Index(raw, []byte{0xFF, 0xD8})
	if start < 0 {
		return errLibrary("no picture")
	}
	raw = raw[start:]
	for {
		var h C.header
		switch code := d.decode(f, raw, &h); code {
		case C.GOOD:
			return nil
		case C.SIZE:
			return errSize(int(h.width), int(h.height))
		case C.COLOURS:
			return errColours
		case C.SCRATCH: // of the size of f's picture, at most 3 bytes a pixel
			d.scratch = make([]byte, h.scratch)
		default:
			return d.broken()
		}
	}
}

// broken is what the library says of the last picture. After an error within a header it would go on there
// with the next picture, so it begins anew.
func (d *Decoder) broken() error {
	err := errLibrary(C.GoString(C.tjGetErrorStr2(d.handle)))
	if handle := C.tjInitDecompress(); handle != nil {
		C.tjDestroy(d.handle)
		d.handle = handle
	}
	return err
}

func (d *Decoder) decode(f *media.VideoFrame, raw []byte, h *C.header) C.int {
	defer runtime.KeepAlive(d)
	return C.decode(d.handle, first(raw), C.ulong(len(raw)), first(d.scratch), C.long(len(d.scratch)), h,
		first(f.Y), first(f.U), first(f.V), C.int(f.StrideY), C.int(f.StrideUV), C.int(f.Width), C.int(f.Height))
}

func first(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.SliceData(b)) }

// Close frees the decoder. It may be called any number of times.
func (d *Decoder) Close() error {
	if d.handle != nil {
		C.tjDestroy(d.handle)
		d.handle = nil
	}
	return nil
}
