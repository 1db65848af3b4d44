package receive_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/media/capture/pattern"
	"confab/conference/media/codec"
	"confab/conference/media/codec/vp8rtp"
	"confab/conference/media/codec/vpx"
	"confab/conference/media/receive"
	"confab/conference/media/record"
)

func TestPicturesAreShownInThePixelsOfTheView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCall(t, 640, 360)
		e := c.join(10*time.Millisecond, nil)
		c.run(200 * time.Millisecond)
		if img, _ := e.video.Surface().Take(); img != nil {
			t.Error("a picture was converted though nobody looks")
		}
		e.video.SetView(500, 250, true)
		synctest.Wait()
		img, fresh := e.video.Surface().Take()
		if !fresh || img.Rect.Dx() != 500 || img.Rect.Dy() != 250 {
			t.Fatalf("the last picture is not shown in the new view at once: %v, %v", img, fresh)
		}
		if code, ok := pattern.ReadCodeRGBA(img, img.Rect); !ok || code.Frame == 0 {
			t.Error("the code of the shown picture cannot be read")
		}
		c.run(200 * time.Millisecond)
		if _, fresh := e.video.Surface().Take(); !fresh {
			t.Error("no fresh picture")
		}
		e.video.SetView(500, 250, false)
		synctest.Wait()
		e.video.Surface().Take()
		c.run(200 * time.Millisecond)
		if _, fresh := e.video.Surface().Take(); fresh {
			t.Error("a picture was converted for a hidden view")
		}
		c.close()
	})
}

func TestSilenceThatIsExpectedIsNoFreezeAndAsksForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCall(t, 640, 360)
		cut := false
		var mu sync.Mutex
		e := c.join(10*time.Millisecond, func(*rtp.Header, []byte, bool) (bool, time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			return !cut, 0
		})
		setCut := func(on bool) { mu.Lock(); cut = on; mu.Unlock() }
		c.run(time.Second)
		setCut(true)
		c.run(200 * time.Millisecond)
		setCut(false)
		c.run(34 * time.Millisecond) // the loss shows
		e.video.Expect(false)
		plis := e.video.Stats(time.Now()).PLICount
		time.Sleep(10 * time.Second)
		if s := e.video.Stats(time.Now()); s.PLICount != plis {
			t.Errorf("%d key frames asked for while none are expected", s.PLICount-plis)
		}
		e.video.Expect(true)
		c.run(2 * time.Second)
		c.close()
		if s := e.video.Stats(time.Now()); s.FreezeCount > 1 || s.TotalFreezesDuration > time.Second {
			t.Errorf("Stats = %+v: a camera that was off is no freeze", s)
		}
		if last := e.shown[len(e.shown)-1]; time.Since(last.at) > 2*time.Second {
			t.Error("no pictures after the pause")
		}
	})
}

func TestRecordedFramesDecodeToAllThePictures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "peer.ivf")
		w, err := record.CreateIVF(path)
		if err != nil {
			t.Fatal(err)
		}
		c := newCall(t, 320, 180)
		e := c.join(10*time.Millisecond, lossy(1, 0.1, 0))
		e.video.Close()
		e.video = receive.NewVideo(receive.VideoOptions{
			RoundTrip: func() time.Duration { return 20 * time.Millisecond },
			RequestRepair: func(numbers []uint16) {
				numbers = slices.Clone(numbers)
				time.AfterFunc(10*time.Millisecond, func() { e.repair(numbers) })
			},
			RequestKeyFrame: func() { time.AfterFunc(10*time.Millisecond, e.peer.RequestKeyFrame) },
			Record: func(frame []byte, width, height int, stamp uint32, key bool) {
				if err := w.Write(frame, width, height, stamp, key); err != nil {
					t.Error(err)
				}
			},
		})
		c.run(2 * time.Second)
		c.close()
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := record.NewIVFReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		d, err := vpx.NewDecoder(nil)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		n := uint64(0)
		for ; ; n++ {
			f, err := r.Next()
			if err != nil {
				break
			}
			picture, err := d.Decode(f.Data)
			if err != nil {
				t.Fatalf("decode frame %d: %v", n, err)
			}
			picture.Release()
		}
		if s := e.video.Stats(time.Now()); n != s.FramesDecoded || n < 50 || r.Width != 320 || r.Height != 180 {
			t.Errorf("%d frames recorded of %dx%d, %d decoded", n, r.Width, r.Height, s.FramesDecoded)
		}
	})
}

// slow is a decoder that takes its time.
type slow struct {
	codec.VideoDecoder
	d time.Duration
}

func (s slow) Decode(b []byte) (*media.VideoFrame, error) {
	time.Sleep(s.d)
	return s.VideoDecoder.Decode(b)
}

func TestASlowDecoderShedsLayersNotSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCall(t, 640, 360)
		e := c.join(10*time.Millisecond, nil)
		e.video.Close()
		var pool media.Pool
		delays := []time.Duration{}
		e.video = receive.NewVideo(receive.VideoOptions{
			Pool: &pool,
			NewDecoder: func(p *media.Pool) (codec.VideoDecoder, error) {
				d, err := vpx.NewDecoder(p)
				return slow{d, 80 * time.Millisecond}, err // 12 pictures a second
			},
			RequestKeyFrame: func() { e.peer.RequestKeyFrame() },
			OnFrame: func(f *media.VideoFrame) {
				if code, ok := pattern.ReadCode(f); ok {
					delays = append(delays, time.Since(code.At))
				}
			},
		})
		e.peer.RequestKeyFrame()
		c.run(6 * time.Second)
		c.close()
		s := e.video.Stats(time.Now())
		if s.FramesDecoded < 45 || s.PLICount > 2 || s.FramesDropped == 0 {
			t.Errorf("Stats = %+v", s)
		}
		for _, d := range delays {
			if d > 800*time.Millisecond {
				t.Errorf("a picture is %v old", d)
				break
			}
		}
		if n := pool.Outstanding(); n != 0 {
			t.Errorf("%d pictures were not released", n)
		}
	})
}

func TestADecoderThatFailsIsAnsweredByKeyFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCall(t, 640, 360)
		corrupt, corrupted := 0, false
		e := c.join(10*time.Millisecond, func(_ *rtp.Header, payload []byte, _ bool) (bool, time.Duration) {
			d, piece, _ := vp8rtp.Parse(payload)
			if corrupt++; corrupt > 60 && !corrupted && d.Start && d.TemporalID == 0 {
				piece[0] &^= 1 // an interframe becomes a key frame of nonsense
				corrupted = true
			}
			return true, 0
		})
		c.run(4 * time.Second)
		c.close()
		s := e.video.Stats(time.Now())
		if s.PLICount < 1 || s.PLICount > 2 || s.KeyFramesDecoded != 2 || s.FramesDecoded < 100 {
			t.Errorf("Stats = %+v, want one more key frame", s)
		}
	})
}

func TestWithoutADecoderNothingIsShownAndNothingBreaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCall(t, 640, 360)
		e := c.join(10*time.Millisecond, nil)
		e.video.Close()
		e.video = receive.NewVideo(receive.VideoOptions{
			NewDecoder: func(*media.Pool) (codec.VideoDecoder, error) { return nil, errors.New("no library") },
		})
		e.peer.RequestKeyFrame()
		c.run(time.Second)
		c.close()
		if s := e.video.Stats(time.Now()); s.FramesDecoded != 0 || s.PLICount == 0 || s.FramesDropped == 0 {
			t.Errorf("Stats = %+v", s)
		}
	})
}

func TestHostilePacketsDoNoHarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCall(t, 320, 180)
		e := c.join(10*time.Millisecond, nil)
		random := rand.New(rand.NewPCG(3, 4))
		huge := []byte{0x90, 0xe0, 0x80, 1, 1, 0, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0xff, 0x3f, 0xff, 0x3f, 0, 0, 0, 0}
		junk := func() *rtp.Packet {
			p := &rtp.Packet{Header: rtp.Header{SequenceNumber: uint16(random.Uint32()), Timestamp: random.Uint32(), SSRC: random.Uint32N(3), Marker: random.IntN(2) == 0}}
			switch random.IntN(4) {
			case 0:
				p.Payload = append([]byte(nil), huge...)
			case 1:
				p.Payload = make([]byte, random.IntN(40))
				for i := range p.Payload {
					p.Payload[i] = byte(random.Uint32())
				}
			case 2:
				p.Payload = []byte{0x10, 0, 0, 0, 0x9d, 0x01, 0x2a, 16, 0, 16, 0, byte(random.Uint32())}
			}
			return p
		}
		for range 3 {
			for range 300 {
				e.video.Push(time.Now(), junk())
				time.Sleep(time.Millisecond)
			}
			for range 5000 { // all at once: some are dropped
				e.video.Push(time.Now(), junk())
			}
			c.run(200 * time.Millisecond)
		}
		c.run(3 * time.Second)
		synctest.Wait()
		before := len(e.shown)
		c.run(time.Second)
		synctest.Wait()
		if n := len(e.shown) - before; n < 25 {
			t.Errorf("%d pictures in the second after the attack", n)
		}
		c.close()
		e.video.Push(time.Now(), junk())
	})
}

func TestEverythingMayBeCalledAtOnce(t *testing.T) {
	var pool media.Pool
	v := receive.NewVideo(receive.VideoOptions{Pool: &pool})
	encoder, err := vpx.NewEncoder(vpx.EncoderOptions{Width: 160, Height: 90})
	if err != nil {
		t.Fatal(err)
	}
	defer encoder.Close()
	picture := pool.Frame(160, 90)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for _, f := range []func(n int){
		func(n int) { v.SetView(n%50, n%40, n%3 > 0) },
		func(n int) { v.Expect(n%7 > 0) },
		func(int) { v.Stats(time.Now()) },
		func(int) { v.Surface().Take() },
	} {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
					f(n)
				}
			}
		})
	}
	for n := range 300 {
		f, err := encoder.Encode(picture, n%50 == 0)
		if err != nil {
			t.Fatal(err)
		}
		if f == nil {
			continue
		}
		packets := vp8rtp.Packetize(f.Data, 0)
		for i := range packets.Len() {
			v.Push(time.Now(), &rtp.Packet{
				Header:  rtp.Header{SequenceNumber: uint16(n*10 + i), Timestamp: uint32(n * 3000), Marker: i == packets.Len()-1},
				Payload: packets.AppendTo(nil, i, vp8rtp.Describe(f, uint16(n), uint8(n))),
			})
		}
	}
	var closing sync.WaitGroup
	for range 3 {
		closing.Go(func() { v.Close() })
	}
	closing.Wait()
	close(stop)
	wg.Wait()
	picture.Release()
	if n := pool.Outstanding(); n != 0 {
		t.Errorf("%d pictures were not released", n)
	}
}
