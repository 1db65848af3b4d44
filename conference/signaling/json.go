package signaling

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// JSON is a message of our own making as drivers send it: without the escapes that HTML would need, and
// without a line's end. What has no JSON form is a fault of the program; it panics.
func JSON(message any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(message); err != nil {
		panic(fmt.Sprintf("signaling: encode %T: %v", message, err))
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
