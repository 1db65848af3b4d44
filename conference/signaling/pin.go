package signaling

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
)

// pinMark begins the fragment of a URL that says which key its server has: wss://host#pin=….
const pinMark = "pin="

// Pin is the SHA-256 of a certificate's public key (its SubjectPublicKeyInfo, as in RFC 7469 section 2.4)
// in base64url without padding. It stays the same when the certificate is renewed with its key.
func Pin(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// PinnedURL is u with the pin of its server's key.
func PinnedURL(u, pin string) string { return u + "#" + pinMark + pin }

// PinnedTLS is the configuration with which to dial u: one that trusts the key that its fragment names and
// no other, whoever has signed its certificate, or base, which may be nil, if it names none. The error
// wraps ErrURL.
func PinnedTLS(base *tls.Config, u *url.URL) (*tls.Config, error) {
	pin, ok := strings.CutPrefix(u.Fragment, pinMark)
	if !ok {
		return base, nil
	}
	if err := checkPin(pin); err != nil {
		return nil, err
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if base != nil {
		config = base.Clone()
	}
	config.InsecureSkipVerify = true // in place of names and authorities, the key is compared
	config.VerifyConnection = func(s tls.ConnectionState) error {
		if subtle.ConstantTimeCompare([]byte(Pin(s.PeerCertificates[0])), []byte(pin)) == 0 {
			return fmt.Errorf("%w: its key is another than the URL says", ErrUntrusted)
		}
		return nil
	}
	return config, nil
}

func checkPin(pin string) error {
	if sum, err := base64.RawURLEncoding.DecodeString(pin); err != nil || len(sum) != sha256.Size {
		return fmt.Errorf("%w: its pin has not 43 letters of base64url", ErrURL)
	}
	return nil
}
