package peerix

import (
	"bytes"
	"compress/zlib"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Payload errors.
var (
	ErrPlain  = errors.New("message is not encrypted")             // and should be: other settings, or a forger
	ErrSealed = errors.New("message cannot be decrypted")          // other settings or another secret, or a forger
	ErrSize   = errors.New("message is larger than anybody needs") // such as what grows without end when decompressed
)

// nonceSize is in front of what is encrypted.
const nonceSize = 12

// Seal makes a packet's payload of a JSON array: compressed if wanted and if that makes it smaller, then
// encrypted unless secret is nil. An empty one stays empty.
func (p *Packet) Seal(secret *Secret, compression bool, plain []byte) {
	p.Flags, p.Payload = 0, plain
	if len(plain) == 0 {
		return
	}
	if compression {
		if small := deflate(plain); len(small) < len(plain) {
			p.Flags, p.Payload = compressed, small
		}
	}
	if secret != nil {
		p.Flags |= encrypted
		p.Payload = secret.encrypt(p.Payload)
	}
}

// Open gives the JSON array of a packet's payload. With a secret what is not encrypted is refused, but for
// what is empty. Errors wrap ErrWire, ErrPlain, ErrSealed or ErrSize.
func (p *Packet) Open(secret *Secret) ([]byte, error) {
	data := p.Payload
	switch {
	case len(data) == 0:
		return nil, nil
	case secret == nil && p.Flags&encrypted != 0:
		return nil, fmt.Errorf("%w: it is encrypted, and we do not", ErrSealed)
	case secret != nil && p.Flags&encrypted == 0:
		return nil, ErrPlain
	case secret != nil:
		var err error
		if data, err = secret.decrypt(data); err != nil {
			return nil, err
		}
	}
	if p.Flags&compressed == 0 {
		return data, nil
	}
	return inflate(data)
}

func (s *Secret) encrypt(plain []byte) []byte {
	nonce := make([]byte, nonceSize, nonceSize+len(plain)+s.seal.Overhead())
	rand.Read(nonce) // never fails: it ends the program instead
	return s.seal.Seal(nonce, nonce, plain, nil)
}

func (s *Secret) decrypt(data []byte) ([]byte, error) {
	if len(data) < nonceSize+s.seal.Overhead() {
		return nil, fmt.Errorf("%w: %d bytes are too few", ErrSealed, len(data))
	}
	plain, err := s.seal.Open(nil, data[:nonceSize], data[nonceSize:], nil)
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// writers are zlib's, which take 0.8 MB each.
var writers = sync.Pool{New: func() any { return zlib.NewWriter(nil) }}

func deflate(plain []byte) []byte {
	var b bytes.Buffer
	w := writers.Get().(*zlib.Writer)
	w.Reset(&b)
	w.Write(plain) // a buffer takes everything
	w.Close()
	writers.Put(w)
	return b.Bytes()
}

func inflate(data []byte) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: decompress: %v", ErrWire, err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, MaxPayload+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: decompress: %v", ErrWire, err)
	case len(plain) > MaxPayload:
		return nil, fmt.Errorf("%w: more than %d bytes", ErrSize, MaxPayload)
	}
	return plain, nil
}
