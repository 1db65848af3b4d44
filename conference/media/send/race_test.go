package send_test

import (
	"sync"
	"testing"
	"time"

	"confab/conference/media"
	"confab/conference/media/send"
)

// TestEverythingMayBeCalledAtOnce lets peers come, change and go while pictures flow and change in size.
func TestEverythingMayBeCalledAtOnce(t *testing.T) {
	for _, slot := range []media.Slot{media.Camera, media.Screen} {
		t.Run(slot.String(), func(t *testing.T) {
			var s studio
			src := newSource(t, send.VideoOptions{Slot: slot, NewEncoder: s.encoder}, 640, 360)
			var wg sync.WaitGroup
			for i := range 4 {
				wg.Go(func() {
					for n := range 50 {
						p := src.video.Add("peer", &sink{t: t})
						p.SetView(0, n*10, n%3 > 0)
						p.RequestKeyFrame()
						p.SetTemporalLayers(n % 4)
						p.Stats()
						if n%10 == i {
							src.video.Clear()
						}
						p.Close()
					}
				})
			}
			stop := make(chan struct{})
			var offering sync.WaitGroup
			offering.Go(func() {
				for n := 0; ; n++ {
					select {
					case <-stop:
						return
					default:
					}
					src.width, src.height = 64+n/10%3*64, 36+n/10%3*36
					src.offer(byte(n))
					src.video.Stats()
					time.Sleep(100 * time.Microsecond) // a pace, not a wait
				}
			})
			wg.Wait()
			src.video.Close()
			close(stop)
			offering.Wait()
			src.close(t)
			if _, open, _ := s.counts(); open != 0 {
				t.Errorf("%d encoders were not closed", open)
			}
		})
	}
}
