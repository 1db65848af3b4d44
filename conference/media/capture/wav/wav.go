// Package wav reads sound from RIFF WAVE files.
//
// Accepted are 16-bit PCM and 32-bit float, mono or stereo, of 8 to 192 kHz; stereo becomes mono. A
// file that was cut off, or whose writer did not fill in its length, plays as far as it goes. The format
// is Microsoft's "Multimedia Data Standards Update" of 1994 and its WAVEFORMATEXTENSIBLE.
package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Limits of what is accepted.
const (
	MinRate   = 8000   // samples per second
	MaxRate   = 192000 // samples per second
	maxChunks = 100    // before the sound
	maxFormat = 1024   // bytes of the fmt chunk
)

// Encodings in the fmt chunk.
const (
	encodingPCM        = 1
	encodingFloat      = 3
	encodingExtensible = 0xFFFE
)

// Format says how a file's samples are written.
type Format struct {
	Rate     int  // samples per second of each channel
	Channels int  // 1 or 2
	Float    bool // 32-bit float; else 16-bit PCM
}

// size is the number of bytes of one sample of all channels.
func (f Format) size() int64 {
	if f.Float {
		return int64(4 * f.Channels)
	}
	return int64(2 * f.Channels)
}

// Reader reads the samples of a file. It is used by one goroutine at a time.
type Reader struct {
	Format
	Samples int64 // of each channel, at least one

	file  io.ReaderAt
	first int64 // byte of the first sample
	next  int64 // sample to read next
	buf   []byte
}

// NewReader finds format and sound in a file of size bytes. An error that is not the file's own (an
// [io/fs.PathError], say) means that the format is not understood.
func NewReader(file io.ReaderAt, size int64) (*Reader, error) {
	var riff [12]byte
	if _, err := file.ReadAt(riff[:], 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if string(riff[:4]) != "RIFF" || string(riff[8:]) != "WAVE" {
		return nil, errors.New("not a WAVE file")
	}
	r := &Reader{file: file}
	at := int64(len(riff))
	for range maxChunks {
		var head [8]byte
		if _, err := file.ReadAt(head[:], at); err != nil {
			return nil, chunkError("data", err)
		}
		at += int64(len(head))
		length := int64(binary.LittleEndian.Uint32(head[4:]))
		switch string(head[:4]) {
		case "fmt ":
			if err := r.readFormat(at, length); err != nil {
				return nil, err
			}
		case "data":
			if r.Rate == 0 {
				return nil, errors.New("data chunk before fmt chunk")
			}
			r.first, r.Samples = at, min(length, size-at)/r.size()
			if r.Samples < 1 {
				return nil, errors.New("file holds no sound")
			}
			return r, nil
		}
		at += length + length&1
	}
	return nil, fmt.Errorf("no sound in the first %d chunks", maxChunks)
}

// chunkError says that a chunk is missing where the file ends.
func chunkError(name string, err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("file ends before its %s chunk does", name)
	}
	return err
}

func (r *Reader) readFormat(at, length int64) error {
	if length < 16 || length > maxFormat {
		return fmt.Errorf("fmt chunk of %d bytes, not 16 to %d", length, maxFormat)
	}
	b := make([]byte, length)
	if _, err := r.file.ReadAt(b, at); err != nil {
		return chunkError("fmt", err)
	}
	f, err := ParseFormat(b)
	if err == nil {
		r.Format = f
	}
	return err
}

// ParseFormat parses the content of a fmt chunk.
func ParseFormat(b []byte) (Format, error) {
	if len(b) < 16 {
		return Format{}, errors.New("fmt chunk is too short")
	}
	encoding := binary.LittleEndian.Uint16(b)
	channels := binary.LittleEndian.Uint16(b[2:])
	rate := binary.LittleEndian.Uint32(b[4:])
	bits := binary.LittleEndian.Uint16(b[14:])
	if encoding == encodingExtensible && len(b) >= 26 {
		encoding = binary.LittleEndian.Uint16(b[24:]) // the first two bytes of the GUID
	}
	f := Format{Rate: int(rate), Channels: int(channels), Float: encoding == encodingFloat}
	switch {
	case channels < 1 || channels > 2:
		return Format{}, fmt.Errorf("%d channels, only mono and stereo are supported", channels)
	case rate < MinRate || rate > MaxRate:
		return Format{}, fmt.Errorf("%d samples per second, not %d to %d", rate, MinRate, MaxRate)
	case encoding == encodingPCM && bits == 16, encoding == encodingFloat && bits == 32:
		return f, nil
	}
	return Format{}, fmt.Errorf("encoding %d with %d bits, only 16-bit PCM and 32-bit float are supported", encoding, bits)
}

// SeekTo goes to a sample of the file, 0 to Samples.
func (r *Reader) SeekTo(sample int64) { r.next = min(max(sample, 0), r.Samples) }

// Read reads the next samples, downmixed to mono, from -1 to 1, and gives their number. It returns
// io.EOF at the end.
func (r *Reader) Read(dst []float32) (int, error) {
	n := min(int64(len(dst)), r.Samples-r.next)
	if n == 0 {
		return 0, io.EOF
	}
	bytes := int(n * r.size())
	if len(r.buf) < bytes {
		r.buf = make([]byte, bytes)
	}
	if got, err := r.file.ReadAt(r.buf[:bytes], r.first+r.next*r.size()); got < bytes {
		if errors.Is(err, io.EOF) {
			err = errors.New("file has become shorter")
		}
		return 0, err
	}
	r.next += n
	for i := range dst[:n] {
		v := r.sample(i * r.Channels)
		if r.Channels == 2 {
			v = (v + r.sample(i*2+1)) / 2
		}
		dst[i] = v
	}
	return int(n), nil
}

// sample is the i-th number in the buffer.
func (r *Reader) sample(i int) float32 {
	if !r.Float {
		return float32(int16(binary.LittleEndian.Uint16(r.buf[2*i:]))) / 32768
	}
	v := math.Float32frombits(binary.LittleEndian.Uint32(r.buf[4*i:]))
	if v != v { // not a number
		return 0
	}
	return min(max(v, -1), 1)
}
