package capture

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestChangesOfAListAreToldUntilTheContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var list atomic.Value
		list.Store("a")
		ctx, cancel := context.WithCancel(t.Context())
		changes := watchList(ctx, time.Second, func() string { return list.Load().(string) })
		told := func() bool {
			time.Sleep(1500 * time.Millisecond)
			synctest.Wait()
			select {
			case <-changes:
				return true
			default:
				return false
			}
		}
		if told() {
			t.Error("told though nothing changed")
		}
		list.Store("a b")
		if !told() || told() {
			t.Error("a camera that came was not told once")
		}
		list.Store("b")
		time.Sleep(2 * time.Second)
		list.Store("a")
		time.Sleep(2 * time.Second)
		if !told() || told() {
			t.Error("two changes were not told as one")
		}
		cancel()
		if _, open := <-changes; open {
			t.Error("told after the end")
		}
	})
}

func TestCameraChangesEndWithTheirContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	changes := CameraChanges(ctx)
	cancel()
	for range changes { // a camera may have come just now
	}
}
