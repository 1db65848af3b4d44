package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"confab/conference/signaling"
)

// checkFiles is how often the files of a certificate are looked at, when somebody connects.
const checkFiles = 5 * time.Second

// ACME gets certificates from an authority that speaks RFC 8555, such as Let's Encrypt, by the challenge
// TLS-ALPN-01 (RFC 8737): the server must be reached on port 443 of each domain.
type ACME struct {
	Domains   []string // none: no ACME
	Cache     string   // folder for account and certificates
	Email     string   // for the authority's warnings; may be empty
	Directory string   // of the authority; empty: Let's Encrypt
}

// secure gives the server's TLS configuration, nil without TLS, and the pin of a certificate of its own.
func (o *Options) secure() (config *tls.Config, pin string, err error) {
	config = &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"}, // a WebSocket takes over its connection
	}
	switch {
	case o.CertFile != "":
		f := &certificateFiles{cert: o.CertFile, key: o.KeyFile, log: o.Logger}
		if err := f.load(); err != nil {
			return nil, "", fmt.Errorf("load certificate: %w", err)
		}
		config.GetCertificate = f.get
	case len(o.ACME.Domains) > 0:
		m := &autocert.Manager{
			Prompt:     autocert.AcceptTOS,
			HostPolicy: autocert.HostWhitelist(o.ACME.Domains...),
			Cache:      autocert.DirCache(o.ACME.Cache),
			Email:      o.ACME.Email,
		}
		if o.ACME.Directory != "" {
			m.Client = &acme.Client{DirectoryURL: o.ACME.Directory}
		}
		config.GetCertificate = m.GetCertificate
		config.NextProtos = append(config.NextProtos, acme.ALPNProto)
	case o.SelfSigned != "":
		own, err := selfSigned(o.SelfSigned)
		if err != nil {
			return nil, "", fmt.Errorf("certificate of our own: %w", err)
		}
		config.Certificates = []tls.Certificate{own}
		pin = signaling.Pin(own.Leaf)
	default:
		return nil, "", nil
	}
	return config, pin, nil
}

// CertificateError says that the files of a certificate can be read, but not be used.
type CertificateError struct{ err error }

func (e *CertificateError) Error() string { return "certificate: " + e.err.Error() }
func (e *CertificateError) Unwrap() error { return e.err }

// Reason is what is wrong with them.
func (e *CertificateError) Reason() string { return strings.TrimPrefix(e.err.Error(), "tls: ") }

// certificateError tells what is wrong with files from what is wrong with reading them.
func certificateError(err error) error {
	var reading *fs.PathError
	if errors.As(err, &reading) {
		return err
	}
	return &CertificateError{err}
}

// certificateFiles is a certificate that is read anew when its files have changed.
type certificateFiles struct {
	cert, key string
	log       *slog.Logger

	mu      sync.Mutex
	now     *tls.Certificate
	version [2]fileVersion
	checked time.Time
}

// fileVersion tells one content of a file from another.
type fileVersion struct {
	changed time.Time
	size    int64
}

func versionOf(path string) (fileVersion, error) {
	info, err := os.Stat(path)
	if err != nil {
		return fileVersion{}, err
	}
	return fileVersion{info.ModTime(), info.Size()}, nil
}

// load reads both files. Without success the certificate of before stays.
func (f *certificateFiles) load() error {
	cert, err1 := versionOf(f.cert)
	key, err2 := versionOf(f.key)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	read, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return certificateError(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now, f.version, f.checked = &read, [2]fileVersion{cert, key}, time.Now()
	return nil
}

// get is the certificate of now. One of the two files may be newer than the other for a moment: then the
// old pair is used until both fit.
func (f *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	now, due, version := f.now, time.Since(f.checked) >= checkFiles, f.version
	if due {
		f.checked = time.Now()
	}
	f.mu.Unlock()
	if !due {
		return now, nil
	}
	cert, err1 := versionOf(f.cert)
	key, err2 := versionOf(f.key)
	if err1 == nil && err2 == nil && version == [2]fileVersion{cert, key} {
		return now, nil
	}
	if err := f.load(); err != nil {
		f.log.Warn("changed certificate cannot be read, the old one is used", "err", err)
		return now, nil
	}
	f.log.Info("certificate was read anew")
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now, nil
}
