package lan

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"time"

	"confab/conference/signaling"
)

// identity is a member's key, with the certificate that shows it.
type identity struct {
	id     signaling.PeerID
	key    ed25519.PrivateKey
	public []byte
	client *tls.Config
	server *tls.Config
}

// protocolName is what TLS connections are opened for (RFC 7301).
const protocolName = "confab.lan"

// newIdentity derives a key pair from the secret of this run of the application.
func newIdentity(secret string) (*identity, error) {
	seed := sha256.Sum256([]byte("confab lan identity\x00" + secret))
	key := ed25519.NewKeyFromSeed(seed[:])
	public := key.Public().(ed25519.PublicKey)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "Confab"},
		// Nobody checks the time: clocks of a local network may be wrong.
		NotBefore: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:  time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	config := &tls.Config{
		Certificates:           []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}},
		MinVersion:             tls.VersionTLS13,
		NextProtos:             []string{protocolName},
		InsecureSkipVerify:     true, // the key itself is the name: see VerifyConnection
		ClientAuth:             tls.RequireAnyClientCert,
		SessionTicketsDisabled: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			_, err := publicKey(s)
			return err
		},
	}
	return &identity{id: idOf(public), key: key, public: public, client: config, server: config}, nil
}

// idOf gives the ID that belongs to a public key: "p_" and the first 16 characters of
// base64url(SHA-256(key)).
func idOf(public []byte) signaling.PeerID {
	sum := sha256.Sum256(public)
	return signaling.PeerID("p_" + base64.RawURLEncoding.EncodeToString(sum[:])[:16])
}

var errCertificate = errors.New("certificate of another kind")

// publicKey is the key that the other side has proved to own.
func publicKey(s tls.ConnectionState) ([]byte, error) {
	if len(s.PeerCertificates) == 0 || s.NegotiatedProtocol != protocolName {
		return nil, errCertificate
	}
	key, ok := s.PeerCertificates[0].PublicKey.(ed25519.PublicKey)
	if !ok {
		return nil, errCertificate
	}
	return key, nil
}
