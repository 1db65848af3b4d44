package capture

import "sync"

// closing is what ends a source: done is closed once, by the first shut.
type closing struct {
	done chan struct{}
	once sync.Once
}

func newClosing() closing { return closing{done: make(chan struct{})} }

// shut closes done and runs then, the first time.
func (c *closing) shut(then func() error) (err error) {
	c.once.Do(func() {
		close(c.done)
		if then != nil {
			err = then()
		}
	})
	return err
}
