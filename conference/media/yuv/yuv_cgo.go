//go:build cgo

package yuv

/*
#cgo linux,!dynamic windows,!dynamic LDFLAGS: -l:libyuv.a
#cgo !linux,!windows dynamic LDFLAGS: -lyuv
#cgo LDFLAGS: -lm
#include <stdint.h>
#include <libyuv/convert.h>
#include <libyuv/convert_argb.h>
#include <libyuv/scale.h>

#cgo noescape I420Scale
#cgo nocallback I420Scale
#cgo noescape I420ToABGR
#cgo nocallback I420ToABGR
#cgo noescape ARGBToI420
#cgo nocallback ARGBToI420
#cgo noescape ABGRToI420
#cgo nocallback ABGRToI420
#cgo noescape YUY2ToI420
#cgo nocallback YUY2ToI420
#cgo noescape NV12ToI420
#cgo nocallback NV12ToI420
#cgo noescape scaleToABGR
#cgo nocallback scaleToABGR

// scaleToABGR scales the source to the middle picture and converts that one.
static void scaleToABGR(uint8_t *dst, int dstStride,
		uint8_t *my, uint8_t *mu, uint8_t *mv, int mStrideY, int mStrideUV, int width, int height,
		const uint8_t *y, const uint8_t *u, const uint8_t *v, int strideY, int strideUV, int srcWidth, int srcHeight) {
	I420Scale(y, strideY, u, strideUV, v, strideUV, srcWidth, srcHeight,
		my, mStrideY, mu, mStrideUV, mv, mStrideUV, width, height, kFilterBox);
	I420ToABGR(my, mStrideY, mu, mStrideUV, mv, mStrideUV, dst, dstStride, width, height);
}
*/
import "C"

// What libyuv calls by the order of a little-endian word, Go calls by the order of bytes in memory: its
// ABGR is RGBA here, its ARGB is BGRA.

func scale(dst, src picture) {
	C.I420Scale(first(src.y), C.int(src.strideY), first(src.u), C.int(src.strideUV), first(src.v), C.int(src.strideUV),
		C.int(src.width), C.int(src.height),
		first(dst.y), C.int(dst.strideY), first(dst.u), C.int(dst.strideUV), first(dst.v), C.int(dst.strideUV),
		C.int(dst.width), C.int(dst.height), C.kFilterBox)
}

func toRGBA(dst packed, src picture) {
	C.I420ToABGR(first(src.y), C.int(src.strideY), first(src.u), C.int(src.strideUV), first(src.v), C.int(src.strideUV),
		first(dst.bytes), C.int(dst.stride), C.int(src.width), C.int(src.height))
}

func scaleToRGBA(dst packed, scaled, src picture) {
	C.scaleToABGR(first(dst.bytes), C.int(dst.stride),
		first(scaled.y), first(scaled.u), first(scaled.v), C.int(scaled.strideY), C.int(scaled.strideUV),
		C.int(scaled.width), C.int(scaled.height),
		first(src.y), first(src.u), first(src.v), C.int(src.strideY), C.int(src.strideUV),
		C.int(src.width), C.int(src.height))
}

func fromBGRA(dst picture, src packed) {
	C.ARGBToI420(first(src.bytes), C.int(src.stride),
		first(dst.y), C.int(dst.strideY), first(dst.u), C.int(dst.strideUV), first(dst.v), C.int(dst.strideUV),
		C.int(dst.width), C.int(dst.height))
}

func fromRGBA(dst picture, src packed) {
	C.ABGRToI420(first(src.bytes), C.int(src.stride),
		first(dst.y), C.int(dst.strideY), first(dst.u), C.int(dst.strideUV), first(dst.v), C.int(dst.strideUV),
		C.int(dst.width), C.int(dst.height))
}

func fromYUYV(dst picture, src packed) {
	C.YUY2ToI420(first(src.bytes), C.int(src.stride),
		first(dst.y), C.int(dst.strideY), first(dst.u), C.int(dst.strideUV), first(dst.v), C.int(dst.strideUV),
		C.int(dst.width), C.int(dst.height))
}

func fromNV12(dst picture, luma, chroma packed) {
	C.NV12ToI420(first(luma.bytes), C.int(luma.stride), first(chroma.bytes), C.int(chroma.stride),
		first(dst.y), C.int(dst.strideY), first(dst.u), C.int(dst.strideUV), first(dst.v), C.int(dst.strideUV),
		C.int(dst.width), C.int(dst.height))
}

func first(b []byte) *C.uint8_t { return (*C.uint8_t)(&b[0]) }
