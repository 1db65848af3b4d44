package peerix

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"math/big"
	"regexp"
	"strings"
)

// tries is how many keys are made to choose from. Of two whose offers cross the one with the smaller ID has
// its way, and a browser that has to take its own back is less robust than we are: 1 of 257 others has a
// greater ID than ours. It takes some 5 ms.
const tries = 256

// maxID is the length of the longest ID, in bytes.
const maxID = 45

// digits are those of base 62.
const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// base62 writes bytes as one number, without leading zeros.
func base62(b []byte) string {
	n, base, digit := new(big.Int).SetBytes(b), big.NewInt(62), new(big.Int)
	var text []byte
	for n.Sign() > 0 {
		n.DivMod(n, base, digit)
		text = append(text, digits[digit.Int64()])
	}
	for i, j := 0, len(text)-1; i < j; i, j = i+1, j-1 {
		text[i], text[j] = text[j], text[i]
	}
	return string(text)
}

// ParseID gives the key of the peer with that ID; false: it is nobody's.
func ParseID(id string) (Key, bool) {
	var k Key
	if id == "" || len(id) > maxID || id[0] == digits[0] {
		return k, false
	}
	n, base := new(big.Int), big.NewInt(62)
	for _, c := range []byte(id) {
		digit := strings.IndexByte(digits, c)
		if digit < 0 {
			return k, false
		}
		n.Add(n.Mul(n, base), big.NewInt(int64(digit)))
	}
	if n.BitLen() > 8*KeySize {
		return k, false
	}
	n.FillBytes(k[:])
	return k, true
}

// ID is the name of the peer with that key, 44 characters or so.
func (k Key) ID() string { return base62(k[:]) }

var special = regexp.MustCompile(`[^a-zA-Z0-9_-]`)

// Subject is where packets for a room, or for a peer by its ID, are published, without the prefix that an
// application may have. Without hashing, characters that a broker may not like are underscores.
func Subject(name string, hashing bool) string {
	if !hashing {
		return special.ReplaceAllString(name, "_")
	}
	sum := sha256.Sum256([]byte(name))
	return base62(sum[:])
}

// Identity is one peer for one stay in a room. Its methods are safe from any goroutine.
type Identity struct {
	Key     Key
	ID      string
	private *ecdh.PrivateKey // nil: nothing is encrypted
}

// NewIdentity makes one, whose ID is greater than most.
func NewIdentity(encryption bool) (*Identity, error) {
	var best *Identity
	for range tries {
		one := &Identity{}
		if encryption {
			private, err := ecdh.P256().GenerateKey(rand.Reader)
			if err != nil {
				return nil, fmt.Errorf("make a key: %w", err)
			}
			one.private, one.Key = private, compress(private.PublicKey())
		} else {
			rand.Read(one.Key[:]) // never fails: it ends the program instead
		}
		one.ID = one.Key.ID()
		if best == nil || one.ID > best.ID {
			best = one
		}
	}
	return best, nil
}

// RestoreIdentity is the identity of a private key of 32 bytes.
func RestoreIdentity(private []byte) (*Identity, error) {
	key, err := ecdh.P256().NewPrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	public := compress(key.PublicKey())
	return &Identity{Key: public, ID: public.ID(), private: key}, nil
}

// compress gives the short form of a point (SEC 1 section 2.3.3).
func compress(public *ecdh.PublicKey) Key {
	point := public.Bytes() // 4, X, Y
	var k Key
	copy(k[1:], point[1:KeySize])
	k[0] = 2 | point[len(point)-1]&1
	return k
}

// Secret is what is shared with another peer. It is nil where nothing is encrypted.
type Secret struct{ seal cipher.AEAD }

// Secret computes the one with the peer of that key. Errors wrap ErrWire: it is no key.
func (i *Identity) Secret(other Key) (*Secret, error) {
	if i.private == nil {
		return nil, nil
	}
	x, y := elliptic.UnmarshalCompressed(elliptic.P256(), other[:])
	if x == nil {
		return nil, fmt.Errorf("%w: sender is no point of P-256", ErrWire)
	}
	point := make([]byte, 2*KeySize-1)
	point[0] = 4
	x.FillBytes(point[1:KeySize])
	y.FillBytes(point[KeySize:])
	public, err := ecdh.P256().NewPublicKey(point)
	if err != nil {
		return nil, fmt.Errorf("%w: sender's key: %v", ErrWire, err)
	}
	shared, err := i.private.ECDH(public)
	if err != nil {
		return nil, fmt.Errorf("%w: sender's key: %v", ErrWire, err)
	}
	return newSecret(shared)
}

func newSecret(key []byte) (*Secret, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	return &Secret{seal}, nil
}
