//go:build race

package media

// poison makes a use of released memory visible in tests: the picture turns a garish colour.
func poison(b []byte) {
	for i := range b {
		b[i] = 0xDB
	}
}
