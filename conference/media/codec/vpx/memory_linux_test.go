//go:build cgo

package vpx_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"

	"confab/conference/media"
	"confab/conference/media/codec/vpx"
)

// resident is the memory of this process in MB (proc(5), statm).
func resident(t *testing.T) int {
	t.Helper()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	var size, pages int
	if _, err := fmt.Fscan(bytes.NewReader(data), &size, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize() >> 20
}

// Somebody who shares a screen, stops, and shares it again, all through a meeting, needs no more memory at
// its end. The goroutines of a call run on any of the process's threads, so codecs begin and end on all.
func TestEndedCodecsGiveTheirMemoryBack(t *testing.T) {
	const threads = 16
	turns, done := make([]chan struct{}, threads), make(chan error)
	var wg sync.WaitGroup
	defer wg.Wait()
	for i := range turns {
		turns[i] = make(chan struct{})
		defer close(turns[i])
		wg.Go(func() {
			runtime.LockOSThread() // and never unlocked: the thread ends with its goroutine
			for range turns[i] {
				done <- codeOnce()
			}
		})
	}
	before := 0
	for i, turn := range turns {
		turn <- struct{}{}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			before = resident(t)
		}
	}
	if after := resident(t); after > before+40 {
		t.Errorf("%d MB after 2 codecs, %d MB after %d that have ended", before, after, threads)
	}
}

// codeOnce makes an encoder and a decoder, and ends them.
func codeOnce() (err error) {
	var pool media.Pool
	e, err := vpx.NewEncoder(vpx.EncoderOptions{Width: 1280, Height: 720, FramesPerSecond: 30, BitsPerSecond: 1e6})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	d, err := vpx.NewDecoder(&pool)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	f := pool.Frame(1280, 720)
	defer f.Release()
	encoded, err := e.Encode(f, true)
	if err != nil {
		return err
	}
	picture, err := d.Decode(encoded.Data)
	if err != nil {
		return err
	}
	picture.Release()
	return nil
}
