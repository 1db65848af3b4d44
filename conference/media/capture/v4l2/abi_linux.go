//lint:file-ignore U1000 fields that nobody reads keep the others in their places

package v4l2

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// What follows mirrors linux/videodev2.h; names are the header's without their prefix. A request number
// holds the size of its structure, so a mistake here is ENOTTY there.

const (
	bufTypeVideoCapture = 1
	memoryMmap          = 1

	capVideoCapture = 0x00000001
	capStreaming    = 0x04000000
	capDeviceCaps   = 0x80000000

	sizeDiscrete = 1 // of frmsizeenum and frmivalenum
	bufFlagError = 0x00000040
)

type capability struct {
	driver       [16]byte
	card         [32]byte
	busInfo      [32]byte
	version      uint32
	capabilities uint32 // of the whole device
	deviceCaps   uint32 // of this node
	reserved     [3]uint32
}

type fmtdesc struct {
	index       uint32
	bufType     uint32
	flags       uint32
	description [32]byte
	pixelFormat uint32
	mbusCode    uint32
	reserved    [3]uint32
}

// pixFormat is the part of v4l2_format that single-planar capture uses.
type pixFormat struct {
	width, height uint32
	pixelFormat   uint32
	field         uint32
	bytesPerLine  uint32
	sizeImage     uint32
	colorspace    uint32
	priv          uint32
	flags         uint32
	encoding      uint32
	quantization  uint32
	transfer      uint32
}

type format struct {
	bufType uint32
	_       [0]uintptr // the union holds pointers, so it is aligned like one
	pix     pixFormat
	_       [200 - unsafe.Sizeof(pixFormat{})]byte
}

type fract struct{ numerator, denominator uint32 }

type streamparm struct {
	bufType      uint32
	capability   uint32
	captureMode  uint32
	timePerFrame fract
	_            [200 - 16]byte
}

// frmsizeenum has one discrete size, or a range.
type frmsizeenum struct {
	index       uint32
	pixelFormat uint32
	kind        uint32
	size        [6]uint32 // width, height; or minimum, maximum, step of width, then of height
	reserved    [2]uint32
}

// frmivalenum has one discrete interval, or the shortest, longest and step.
type frmivalenum struct {
	index         uint32
	pixelFormat   uint32
	width, height uint32
	kind          uint32
	interval      [3]fract
	reserved      [2]uint32
}

type requestbuffers struct {
	count        uint32
	bufType      uint32
	memory       uint32
	capabilities uint32
	flags        uint32
}

type buffer struct {
	index     uint32
	bufType   uint32
	bytesUsed uint32
	flags     uint32
	field     uint32
	timestamp unix.Timeval
	timecode  [16]byte
	sequence  uint32
	memory    uint32
	_         [0]uintptr // a union with pointers
	offset    uint32
	_         [unsafe.Sizeof(uintptr(0)) - 4]byte
	length    uint32
	reserved2 uint32
	requestFD uint32
}

// Directions of ioctl requests (asm-generic/ioctl.h).
const (
	write = 1
	read  = 2
)

// request is the number of an ioctl of V4L2 (type 'V').
func request(direction, number, size uintptr) uintptr {
	return direction<<30 | size<<16 | 'V'<<8 | number
}

var (
	reqQueryCap   = request(read, 0, unsafe.Sizeof(capability{}))
	reqEnumFormat = request(read|write, 2, unsafe.Sizeof(fmtdesc{}))
	reqSetFormat  = request(read|write, 5, unsafe.Sizeof(format{}))
	reqBuffers    = request(read|write, 8, unsafe.Sizeof(requestbuffers{}))
	reqQueryBuf   = request(read|write, 9, unsafe.Sizeof(buffer{}))
	reqQueue      = request(read|write, 15, unsafe.Sizeof(buffer{}))
	reqDequeue    = request(read|write, 17, unsafe.Sizeof(buffer{}))
	reqStreamOn   = request(write, 18, unsafe.Sizeof(int32(0)))
	reqStreamOff  = request(write, 19, unsafe.Sizeof(int32(0)))
	reqSetParm    = request(read|write, 22, unsafe.Sizeof(streamparm{}))
	reqEnumSizes  = request(read|write, 74, unsafe.Sizeof(frmsizeenum{}))
	reqEnumRates  = request(read|write, 75, unsafe.Sizeof(frmivalenum{}))
)

// call calls the driver with a pointer to a structure.
func call[T any](n node, request uintptr, argument *T) error {
	return n.ioctl(request, unsafe.Pointer(argument))
}
