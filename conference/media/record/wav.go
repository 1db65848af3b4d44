package record

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"sync"

	"confab/conference/media"
)

// A WAV file begins with a head of 44 bytes: RIFF, a format chunk of 16 bytes, the data chunk.
const (
	wavHead     = 44
	sampleBytes = 2
	wavMaxData  = math.MaxUint32 - wavHead // 12 hours and 25 minutes
)

// WAV writes sound into a file: 48 kHz, mono, 16 bits. All methods are safe from any goroutine.
type WAV struct {
	mu     sync.Mutex
	file   *os.File
	w      *bufio.Writer
	err    error // of the first write that failed, or ErrClosed
	bytes  int64 // of samples
	stated int64 // those that the head knows of
	buffer []byte
}

// CreateWAV makes a new file. An existing one is an error (fs.ErrExist).
func CreateWAV(path string) (*WAV, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, fmt.Errorf("record sound: %w", err)
	}
	if _, err := f.Write(wavHeadOf(0)); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("record sound: %w", err)
	}
	return &WAV{file: f, w: bufio.NewWriterSize(f, 16<<10)}, nil
}

func wavHeadOf(data int64) []byte {
	le := binary.LittleEndian
	b := append(make([]byte, 0, wavHead), "RIFF"...)
	b = le.AppendUint32(b, uint32(wavHead-8+data))
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, 1) // PCM
	b = le.AppendUint16(b, 1) // mono
	b = le.AppendUint32(b, media.SampleRate)
	b = le.AppendUint32(b, media.SampleRate*sampleBytes)
	b = le.AppendUint16(b, sampleBytes)
	b = le.AppendUint16(b, 8*sampleBytes)
	b = append(b, "data"...)
	return le.AppendUint32(b, uint32(data))
}

// Write appends samples, which it borrows. The error is ErrFull once the file can state no greater size;
// after any error every Write returns that error.
func (w *WAV) Write(samples []int16) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	n := int64(len(samples)) * sampleBytes
	if w.bytes+n > wavMaxData {
		w.err = fmt.Errorf("record sound: %w", ErrFull)
		return w.err
	}
	w.buffer = w.buffer[:0]
	for _, s := range samples {
		w.buffer = binary.LittleEndian.AppendUint16(w.buffer, uint16(s))
	}
	if _, err := w.w.Write(w.buffer); err != nil {
		return w.fail(err)
	}
	w.bytes += n
	if w.bytes-w.stated >= media.SampleRate*sampleBytes {
		return w.state()
	}
	return nil
}

// state brings the file and its head up to date.
func (w *WAV) state() error {
	if err := w.w.Flush(); err != nil {
		return w.fail(err)
	}
	if _, err := w.file.WriteAt(wavHeadOf(w.bytes), 0); err != nil {
		return w.fail(err)
	}
	w.stated = w.bytes
	return nil
}

func (w *WAV) fail(err error) error {
	w.err = fmt.Errorf("record sound: %w", err)
	return w.err
}

// Close brings the head up to date and closes the file. It works any number of times.
func (w *WAV) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return nil
	}
	err := w.state()
	if e := w.file.Close(); e != nil && err == nil {
		err = fmt.Errorf("close recording of sound: %w", e)
	}
	w.file = nil
	if w.err == nil {
		w.err = ErrClosed
	}
	return err
}

// ReadWAV reads the samples of a WAV file of 48 kHz, mono, 16 bits, at most limit of them. A file that
// states more samples than it has, or none, as a kill may leave it, gives those it has. The error wraps
// ErrFormat for any other file.
func ReadWAV(r io.Reader, limit int) ([]int16, error) {
	var head [12]byte
	if _, err := io.ReadFull(r, head[:]); err != nil || string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return nil, fmt.Errorf("read head of WAV file: %w", ErrFormat)
	}
	for understood := false; ; {
		var chunk [8]byte
		if _, err := io.ReadFull(r, chunk[:]); err != nil {
			return nil, fmt.Errorf("read WAV file: no data: %w", ErrFormat)
		}
		size := int64(binary.LittleEndian.Uint32(chunk[4:]))
		switch id := string(chunk[:4]); {
		case id == "data" && understood:
			return readSamples(r, size, limit)
		case id == "data" || id == "fmt " && size < 16:
			return nil, fmt.Errorf("read WAV file: no format: %w", ErrFormat)
		case id == "fmt ":
			if err := readFormat(r); err != nil {
				return nil, err
			}
			understood = true
			size -= 16
		}
		if _, err := io.CopyN(io.Discard, r, size+size&1); err != nil { // chunks have even sizes
			return nil, fmt.Errorf("read WAV file: chunk %q of %d bytes: %w", chunk[:4], size, ErrFormat)
		}
	}
}

func readFormat(r io.Reader) error {
	var f [16]byte
	if _, err := io.ReadFull(r, f[:]); err != nil {
		return fmt.Errorf("read format of WAV file: %w", ErrFormat)
	}
	le := binary.LittleEndian
	kind, channels, rate, bits := le.Uint16(f[0:]), le.Uint16(f[2:]), le.Uint32(f[4:]), le.Uint16(f[14:])
	if kind != 1 || channels != 1 || rate != media.SampleRate || bits != 8*sampleBytes {
		return fmt.Errorf("read WAV file: format %d, %d channels, %d Hz, %d bits: %w", kind, channels, rate, bits, ErrFormat)
	}
	return nil
}

func readSamples(r io.Reader, size int64, limit int) ([]int16, error) {
	if size == 0 {
		size = math.MaxUint32
	}
	b, err := io.ReadAll(io.LimitReader(r, min(size, int64(limit)*sampleBytes)))
	if err != nil {
		return nil, fmt.Errorf("read samples of WAV file: %w", err)
	}
	samples := make([]int16, len(b)/sampleBytes)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(b[i*sampleBytes:]))
	}
	return samples, nil
}
