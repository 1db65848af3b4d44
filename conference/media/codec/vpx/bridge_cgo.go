package vpx

/*
#cgo linux,!dynamic windows,!dynamic LDFLAGS: -l:libvpx.a
#cgo !linux,!windows dynamic LDFLAGS: -lvpx
#cgo LDFLAGS: -lm -lpthread
#cgo noescape confab_vpx_encode
#cgo nocallback confab_vpx_encode
#cgo noescape confab_vpx_decode
#cgo nocallback confab_vpx_decode
#include "bridge.h"
*/
import "C"

import (
	"errors"
	"sync"
)

var errNoMemory = errors.New("libvpx: out of memory")

// returnMemory has what codecs free go back to the system.
var returnMemory = sync.OnceFunc(func() { C.confab_vpx_return_memory() })

// errorOf is what the last call on a context came to, nil if it went well.
func errorOf(code C.vpx_codec_err_t, context *C.vpx_codec_ctx_t) error {
	if code == C.VPX_CODEC_OK {
		return nil
	}
	e := &Error{Code: int(code), Text: C.GoString(C.vpx_codec_err_to_string(code))}
	if detail := C.vpx_codec_error_detail(context); detail != nil {
		e.Text += ": " + C.GoString(detail)
	}
	return e
}
