package record

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"sync"

	"confab/conference/media"
)

// IVF has a head of 32 bytes and one of 12 before each frame, little endian.
const (
	ivfHead      = 32
	ivfFrameHead = 12
	ivfMaxFrame  = 64 << 20 // of what is read
)

// IVF writes VP8 frames into a file. All methods are safe from any goroutine.
type IVF struct {
	mu     sync.Mutex
	file   *os.File
	err    error // of the first write that failed, or ErrClosed
	frames uint32
	last   uint32 // RTP timestamp of the last frame
	ticks  uint64 // 90 kHz, since the first frame
	buffer []byte
}

// CreateIVF makes a new file. An existing one is an error (fs.ErrExist).
func CreateIVF(path string) (*IVF, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, fmt.Errorf("record pictures: %w", err)
	}
	w := &IVF{file: f}
	if _, err := f.Write(w.head(0, 0)); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("record pictures: %w", err)
	}
	return w, nil
}

// head is the file's head; the number of frames is 0, unknown, until Close.
func (w *IVF) head(width, height int) []byte {
	b := append(make([]byte, 0, ivfHead), "DKIF\x00\x00\x20\x00VP80"...)
	b = binary.LittleEndian.AppendUint16(b, uint16(width))
	b = binary.LittleEndian.AppendUint16(b, uint16(height))
	b = binary.LittleEndian.AppendUint32(b, media.VideoClockRate) // ticks per second are rate/scale
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = binary.LittleEndian.AppendUint32(b, w.frames)
	return append(b, 0, 0, 0, 0)
}

// Write appends a frame, which it borrows, of the given size in pixels and RTP timestamp (90 kHz, any
// origin). Frames before the first key frame are left out, since nothing can decode them. After an error
// every Write returns that error.
func (w *IVF) Write(frame []byte, width, height int, stamp uint32, keyFrame bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	if w.frames == 0 {
		if !keyFrame {
			return nil
		}
		w.last = stamp
		if _, err := w.file.WriteAt(w.head(width, height), 0); err != nil {
			return w.fail(err)
		}
	}
	switch d := int32(stamp - w.last); {
	case d > 0:
		w.ticks += uint64(d)
		w.last = stamp
	case w.frames > 0: // time never stands still or goes back in a file
		w.ticks++
		w.last = stamp
	}
	w.buffer = binary.LittleEndian.AppendUint32(w.buffer[:0], uint32(len(frame)))
	w.buffer = binary.LittleEndian.AppendUint64(w.buffer, w.ticks)
	w.buffer = append(w.buffer, frame...)
	if _, err := w.file.Write(w.buffer); err != nil {
		return w.fail(err)
	}
	w.frames++
	return nil
}

func (w *IVF) fail(err error) error {
	w.err = fmt.Errorf("record pictures: %w", err)
	return w.err
}

// Close states the number of frames in the head and closes the file. It works any number of times.
func (w *IVF) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return nil
	}
	var count [4]byte
	binary.LittleEndian.PutUint32(count[:], w.frames)
	_, err := w.file.WriteAt(count[:], 24)
	if e := w.file.Close(); err == nil {
		err = e
	}
	w.file = nil
	if w.err == nil {
		w.err = ErrClosed
	}
	if err != nil {
		return fmt.Errorf("close recording of pictures: %w", err)
	}
	return nil
}

// IVFFrame is one frame of a file.
type IVFFrame struct {
	Data  []byte
	Ticks uint64 // 90 kHz, or the file's own rate
}

// IVFReader reads a file.
type IVFReader struct {
	Width, Height int    // pixels, of the first frame; 0: the file has none
	Rate, Scale   uint32 // ticks per second are Rate/Scale
	Frames        uint32 // as the head states; 0: unknown, the file was not closed

	r io.Reader
}

// NewIVFReader reads the head. The error wraps ErrFormat if r is no IVF of VP8.
func NewIVFReader(r io.Reader) (*IVFReader, error) {
	var head [ivfHead]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, fmt.Errorf("read head of IVF file: %w: %w", ErrFormat, err)
	}
	if string(head[:4]) != "DKIF" || string(head[8:12]) != "VP80" {
		return nil, fmt.Errorf("read head of IVF file: %q, %q: %w", head[:4], head[8:12], ErrFormat)
	}
	u16, u32 := binary.LittleEndian.Uint16, binary.LittleEndian.Uint32
	if n := int64(u16(head[6:])); n > ivfHead { // a longer head than we know
		if _, err := io.CopyN(io.Discard, r, n-ivfHead); err != nil {
			return nil, fmt.Errorf("read head of IVF file: %w: %w", ErrFormat, err)
		}
	}
	return &IVFReader{
		Width: int(u16(head[12:])), Height: int(u16(head[14:])),
		Rate: u32(head[16:]), Scale: u32(head[20:]), Frames: u32(head[24:]), r: r,
	}, nil
}

// Next reads a frame. It returns io.EOF at the end, io.ErrUnexpectedEOF if the last frame is cut off, as
// a kill leaves it, and an error that wraps ErrFormat for a frame of more than 64 MiB.
func (r *IVFReader) Next() (IVFFrame, error) {
	var head [ivfFrameHead]byte
	if _, err := io.ReadFull(r.r, head[:]); err != nil {
		return IVFFrame{}, err // io.EOF stays what it is
	}
	size := binary.LittleEndian.Uint32(head[:])
	if size > ivfMaxFrame {
		return IVFFrame{}, fmt.Errorf("read IVF frame of %d bytes: limit is %d: %w", size, ivfMaxFrame, ErrFormat)
	}
	data, err := io.ReadAll(io.LimitReader(r.r, int64(size))) // takes no memory that is not filled
	if err == nil && len(data) < int(size) {
		err = io.ErrUnexpectedEOF
	}
	return IVFFrame{data, binary.LittleEndian.Uint64(head[4:])}, err
}
