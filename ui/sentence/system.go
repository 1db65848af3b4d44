package sentence

import (
	"errors"
	"io/fs"
	"net"
	"syscall"

	"confab/conference/server"
)

// ofCertificate says why a server's certificate cannot be used; false for other errors.
func ofCertificate(err error) (string, bool) {
	var bad *server.CertificateError
	if !errors.As(err, &bad) {
		return "", false
	}
	return "The certificate cannot be used: " + bad.Reason() + ".", true
}

// ofListening says why an address cannot be listened on; false for other errors.
func ofListening(err error) (string, bool) {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "listen" {
		return "", false
	}
	at := "this address"
	if op.Addr != nil {
		at = op.Addr.String()
	}
	switch {
	case errors.Is(op, syscall.EADDRINUSE):
		return "Another program listens on " + at + " already. End it, or choose another port.", true
	case errors.Is(op, syscall.EADDRNOTAVAIL):
		return at + " is no address of this machine. Leave the part before the port out to listen on all that it has.", true
	case errors.Is(op, fs.ErrPermission):
		return "This user may not listen on " + at + ". Choose a port above 1023, or allow it to the program.", true
	}
	return "", false
}

// ofFile says what is the matter with a file, by its name if that is known; false for other errors.
func ofFile(err error) (string, bool) {
	name := "That file"
	var p *fs.PathError
	if errors.As(err, &p) {
		name = p.Path
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return name + " does not exist. Check its name.", true
	case errors.Is(err, fs.ErrPermission) && p == nil:
		return "You are not allowed to do that. Check the permissions of the file or device.", true
	case errors.Is(err, fs.ErrPermission):
		return "You are not allowed to use " + name + ". Check its permissions.", true
	}
	return "", false
}
