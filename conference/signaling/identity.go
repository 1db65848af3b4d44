package signaling

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// Limits of a key, in bytes.
const (
	MinKey = 22 // 128 bits in base64url
	MaxKey = 128
)

// NewKey makes the secret behind an ID: 192 random bits in base64url, 32 characters.
func NewKey() string {
	var b [24]byte
	rand.Read(b[:]) // never fails: it ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// CheckKey tells whether a key has an allowed length.
func CheckKey(key string) error {
	if len(key) < MinKey || len(key) > MaxKey {
		return fmt.Errorf("signaling key has %d characters, want %d to %d", len(key), MinKey, MaxKey)
	}
	return nil
}

// IDFromKey gives the ID that belongs to a key: "p_" and the first 16 characters of base64url(SHA-256(key)).
// It is the same after a reconnection and after a restart of the server, and nobody can take it without
// the key.
func IDFromKey(key string) PeerID {
	sum := sha256.Sum256([]byte(key))
	return PeerID("p_" + base64.RawURLEncoding.EncodeToString(sum[:])[:16])
}
