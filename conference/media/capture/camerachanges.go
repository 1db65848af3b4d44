package capture

import (
	"context"
	"time"
)

// CameraChanges tells, from now until ctx ends, that Cameras gives something else than before. One change
// waits for a slow reader, and stands for all since. No camera is opened for it: on Linux it looks at the
// names of the nodes once a second, elsewhere it reads the system's list every five. The channel is closed
// when ctx ends.
func CameraChanges(ctx context.Context) <-chan struct{} {
	return watchList(ctx, cameraLookInterval, cameraList)
}

// watchList tells when what list gives is another text.
func watchList(ctx context.Context, interval time.Duration, list func() string) <-chan struct{} {
	changes := make(chan struct{}, 1)
	go func() { // ends with ctx
		defer close(changes)
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for known := list(); ; {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			now := list()
			if now == known {
				continue
			}
			known = now
			select {
			case changes <- struct{}{}:
			default: // one waits already
			}
		}
	}()
	return changes
}
