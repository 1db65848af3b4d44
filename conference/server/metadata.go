package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
)

// metadata is what a member tells about itself: a JSON object of at most maxMetadata bytes. The server
// does not look into its values. It is never changed in place.
type metadata map[string]json.RawMessage

// merge gives m with the keys of raw set anew; null removes a key (as RFC 7396, at the top level). Raw
// may be empty. The error is for the sender.
func (m metadata) merge(raw json.RawMessage) (metadata, code, error) {
	if len(raw) > maxMetadata {
		return nil, tooLarge, fmt.Errorf("metadata has %d bytes, at most %d", len(raw), maxMetadata)
	}
	var changes map[string]json.RawMessage
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &changes); err != nil {
			return nil, badMessage, fmt.Errorf("metadata is not an object")
		}
	}
	merged := make(metadata, len(m)+len(changes))
	maps.Copy(merged, m)
	for key, value := range changes {
		if bytes.Equal(value, []byte("null")) {
			delete(merged, key)
		} else {
			merged[key] = bytes.Clone(value) // raw lies in the reader's buffer
		}
	}
	if len(merged) > maxKeys {
		return nil, tooLarge, fmt.Errorf("metadata has %d keys, at most %d", len(merged), maxKeys)
	}
	if size := len(encode(merged)); size > maxMetadata {
		return nil, tooLarge, fmt.Errorf("metadata has %d bytes, at most %d", size, maxMetadata)
	}
	return merged, "", nil
}
