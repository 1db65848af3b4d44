// Package y4m reads YUV4MPEG2 files, the uncompressed video that ffmpeg and mjpegtools write.
//
// A file is one header line of tagged words, and for each picture a line FRAME followed by the planes
// of I420. Only what a call can send is accepted: progressive 4:2:0 of 8 bits. Pictures are read from
// the file as they are wanted; nothing but one of them is held in memory. The format is described in
// the manual page yuv4mpeg(5) of mjpegtools.
package y4m

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"confab/conference/media"
)

const (
	magic          = "YUV4MPEG2"
	frameMagic     = "FRAME"
	maxHeader      = 1024 // bytes of a header line; writers use fewer than 200
	maxFrameHeader = 256
	maxRate        = 1000 // pictures per second
)

// Header says what a file holds.
type Header struct {
	Width, Height          int   // pixels
	Numerator, Denominator int64 // pictures per second, as a fraction
	FullRange              bool  // luma uses 0 to 255 (XCOLORRANGE=FULL), not 16 to 235
}

// ParseHeader parses a header line without its line feed. An error names the word that is not
// understood.
func ParseHeader(line string) (Header, error) {
	words := strings.Fields(line)
	if len(words) == 0 || words[0] != magic {
		return Header{}, errors.New("not a YUV4MPEG2 file")
	}
	h := Header{Numerator: 30, Denominator: 1}
	for _, word := range words[1:] {
		if err := h.parse(word); err != nil {
			return Header{}, fmt.Errorf("header word %q: %w", word, err)
		}
	}
	if h.Width == 0 || h.Height == 0 {
		return Header{}, errors.New("header has no size")
	}
	return h, nil
}

// parse takes one tagged word into h.
func (h *Header) parse(word string) (err error) {
	value := word[1:]
	switch word[0] {
	case 'W':
		h.Width, err = dimension(value)
	case 'H':
		h.Height, err = dimension(value)
	case 'F':
		return h.parseRate(value)
	case 'I':
		if value != "p" && value != "?" {
			return errors.New("interlaced pictures are not supported, deinterlace the file first")
		}
	case 'C':
		switch value {
		case "420", "420jpeg", "420mpeg2", "420paldv": // they differ in where chroma lies, by half a pixel
		default:
			return errors.New("only 4:2:0 of 8 bits is supported")
		}
	case 'X':
		if value == "COLORRANGE=FULL" {
			h.FullRange = true
		}
	}
	return err // 'A', pixel aspect, and what is unknown is passed over
}

func (h *Header) parseRate(value string) error {
	a, b, ok := strings.Cut(value, ":")
	num, errA := strconv.ParseUint(a, 10, 30)
	den, errB := strconv.ParseUint(b, 10, 30)
	if !ok || errA != nil || errB != nil {
		return errors.New("not a fraction")
	}
	if num == 0 && den == 0 {
		return nil // "unknown": the default
	}
	if num == 0 || den == 0 || num > maxRate*den || den > 60*num {
		return fmt.Errorf("rate is not between one a minute and %d a second", maxRate)
	}
	h.Numerator, h.Denominator = int64(num), int64(den)
	return nil
}

func dimension(value string) (int, error) {
	n, err := strconv.ParseUint(value, 10, 16)
	if err != nil || n < 1 || n > media.MaxDimension {
		return 0, fmt.Errorf("size is not between 1 and %d", media.MaxDimension)
	}
	return int(n), nil
}

// frameSize is the number of bytes of one picture.
func (h Header) frameSize() int {
	return h.Width*h.Height + 2*((h.Width+1)/2)*((h.Height+1)/2)
}

// Reader reads the pictures of a file one after another. It is used by one goroutine at a time.
type Reader struct {
	Header
	file  io.ReaderAt
	first int64  // where the first picture's line is
	next  int64  // where the next one's is
	buf   []byte // one picture
}

// NewReader reads the header and makes sure that there is a first picture. An error that is not the
// file's own (an [io/fs.PathError], say) means that the format is not understood.
func NewReader(file io.ReaderAt) (*Reader, error) {
	line, err := readLine(file, 0, maxHeader)
	if errors.Is(err, io.EOF) {
		err = errors.New("not a YUV4MPEG2 file")
	}
	if err != nil {
		return nil, err
	}
	h, err := ParseHeader(line)
	if err != nil {
		return nil, err
	}
	r := &Reader{Header: h, file: file, first: int64(len(line)) + 1}
	r.Rewind()
	if err := r.Skip(); err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("file holds no picture")
		}
		return nil, err
	}
	r.Rewind()
	return r, nil
}

// Rewind goes back to the first picture.
func (r *Reader) Rewind() { r.next = r.first }

// Skip passes over the next picture. It returns io.EOF when there is none, or only a part of one.
func (r *Reader) Skip() error {
	at, err := r.frame()
	if err != nil {
		return err
	}
	end := at + int64(r.frameSize())
	var last [1]byte
	if _, err := r.file.ReadAt(last[:], end-1); err != nil {
		return err
	}
	r.next = end
	return nil
}

// Read reads the next picture into f, whose size is the header's. It returns io.EOF when there is none,
// or only a part of one.
func (r *Reader) Read(f *media.VideoFrame) error {
	at, err := r.frame()
	if err != nil {
		return err
	}
	if r.buf == nil {
		r.buf = make([]byte, r.frameSize())
	}
	if n, err := r.file.ReadAt(r.buf, at); n < len(r.buf) {
		return err
	}
	cw, ch := (r.Width+1)/2, (r.Height+1)/2
	rest := unpack(f.Y, f.StrideY, r.buf, r.Width, r.Height)
	rest = unpack(f.U, f.StrideUV, rest, cw, ch)
	unpack(f.V, f.StrideUV, rest, cw, ch)
	r.next = at + int64(len(r.buf))
	return nil
}

// unpack copies a tight plane and gives what follows it.
func unpack(dst []byte, stride int, src []byte, width, height int) []byte {
	for y := range height {
		copy(dst[y*stride:], src[y*width:][:width])
	}
	return src[width*height:]
}

// frame checks the next picture's line and gives where its planes start.
func (r *Reader) frame() (int64, error) {
	line, err := readLine(r.file, r.next, maxFrameHeader)
	if err != nil {
		return 0, err
	}
	if line != frameMagic && !strings.HasPrefix(line, frameMagic+" ") {
		return 0, fmt.Errorf("no picture at byte %d", r.next)
	}
	return r.next + int64(len(line)) + 1, nil
}

// readLine reads a line of less than limit bytes, without its line feed.
func readLine(file io.ReaderAt, at int64, limit int) (string, error) {
	b := make([]byte, limit)
	for _, size := range [...]int{16, limit} { // most fit into 16 bytes
		n, err := file.ReadAt(b[:size], at)
		if i := bytes.IndexByte(b[:n], '\n'); i >= 0 {
			return string(b[:i]), nil
		}
		if err != nil {
			return "", err // io.EOF: nothing, or a part of a line
		}
	}
	return "", fmt.Errorf("line at byte %d is longer than %d bytes", at, limit)
}
