package audio_test

import (
	"fmt"
	"time"

	"github.com/pion/rtp"

	"confab/conference/media"
	"confab/conference/media/audio"
)

// A peer's packets go in at one end, the mixer pulls at the other.
func Example() {
	playout, err := audio.NewPlayout(audio.PlayoutOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer playout.Close()
	mixer := audio.NewMixer()
	mixer.Add("alice", playout, nil)
	defer mixer.Remove("alice")

	devices := audio.NewDevices(nil)
	defer devices.Close()
	speaker, err := devices.OpenSpeaker("none", audio.SpeakerOptions{
		Fill: func(now time.Time, out *media.AudioFrame) { mixer.Mix(now, out) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer speaker.Close()

	playout.Push(time.Now(), &rtp.Packet{Payload: []byte{0x78, 0xff, 0xfe}})
	fmt.Println(playout.Stats().PacketsReceived, "packet received")
	// Output: 1 packet received
}
