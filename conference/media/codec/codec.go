// Package codec encodes and decodes; each library has a sub-package (vpx, opus).
//
// An encoder or decoder is used by one goroutine at a time. What a library answers becomes an error
// with the library's own text.
package codec

import (
	"io"

	"confab/conference/media"
)

// VideoEncoder encodes one tier of one picture source.
type VideoEncoder interface {
	// Encode encodes f, which it borrows for the call. keyFrame forces a key frame. A nil frame with a
	// nil error means that the encoder dropped the picture to keep its rate.
	Encode(f *media.VideoFrame, keyFrame bool) (*media.EncodedFrame, error)
	// EncodeKeyFrame is Encode of a key frame that should not have more than maxBytes, however coarse it
	// gets: a path that is slow cannot wait for more.
	EncodeKeyFrame(f *media.VideoFrame, maxBytes int) (*media.EncodedFrame, error)
	// SetRate changes the target rate; a call that changes nothing costs nothing.
	SetRate(bitsPerSecond int, framesPerSecond float64) error
	io.Closer
}

// VideoDecoder decodes one stream of pictures.
type VideoDecoder interface {
	// Decode decodes one encoded picture into a frame of the caller's (one reference). After an error
	// the stream goes on with the next key frame.
	Decode(data []byte) (*media.VideoFrame, error)
	io.Closer
}

// AudioEncoder encodes 48 kHz mono sound, 20 ms a packet.
type AudioEncoder interface {
	Encode(dst []byte, pcm []int16) ([]byte, error) // appends one packet of 20 ms (960 samples)
	SetLoss(fraction float64) error                 // 0 to 1; steers in-band FEC
	// SetDTX switches discontinuous transmission: once 200 ms of silence have been encoded, packets have
	// one byte, the TOC of RFC 6716 section 3.1, and most of them need not be sent.
	SetDTX(on bool) error
	io.Closer
}

// AudioDecoder decodes 48 kHz mono sound.
type AudioDecoder interface {
	// Decode decodes one packet into pcm and returns the number of samples. A nil packet conceals
	// len(pcm) samples.
	Decode(packet []byte, pcm []int16) (int, error)
	// DecodeFEC decodes the copy of the previous frame that packet carries (RFC 6716 section 2.1.7).
	DecodeFEC(packet []byte, pcm []int16) (int, error)
	io.Closer
}
