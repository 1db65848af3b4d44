package audio

import (
	"errors"

	"confab/conference/media/codec/opus"
)

// voice decodes one stream. What is missing is concealed by a copy of the decoder, so that the decoder
// itself stays whole for a packet that still comes: late, but from the state it was encoded for.
// Errors of the decoder become silence or a missing packet: what arrives may be anything.
type voice struct {
	live  *opus.Decoder
	copy  *opus.Decoder
	fresh *opus.Decoder // never used: what the others begin from
}

func newVoice() (*voice, error) {
	var v voice
	for _, d := range []**opus.Decoder{&v.live, &v.copy, &v.fresh} {
		decoder, err := opus.NewDecoder()
		if err != nil {
			return nil, errors.Join(err, v.close())
		}
		*d = decoder
	}
	return &v, nil
}

func (v *voice) close() error {
	var all error
	for _, d := range []*opus.Decoder{v.live, v.copy, v.fresh} {
		if d != nil {
			all = errors.Join(all, d.Close())
		}
	}
	return all
}

func (v *voice) reset() {
	v.live.CopyFrom(v.fresh)
	v.copy.CopyFrom(v.fresh)
}

// fork brings the copy to the decoder's state.
func (v *voice) fork() { v.copy.CopyFrom(v.live) }

// decode returns the number of samples, 0 if the packet is broken.
func (v *voice) decode(pcm []int16, packet []byte) int {
	n, err := v.live.Decode(packet, pcm)
	if err != nil {
		return 0
	}
	return n
}

// decodeCopy decodes the copy of the frame before the packet; 0 if that is broken.
func (v *voice) decodeCopy(pcm []int16, packet []byte) int {
	n, err := v.live.DecodeFEC(packet, pcm)
	if err != nil {
		return 0
	}
	return n
}

// pass lets the decoder itself conceal: comfort noise in a pause, a lost packet otherwise.
func (v *voice) pass(pcm []int16) { concealWith(v.live, pcm) }

// conceal lets the copy conceal.
func (v *voice) conceal(pcm []int16) { concealWith(v.copy, pcm) }

func concealWith(d *opus.Decoder, pcm []int16) {
	n, err := d.Decode(nil, pcm)
	if err != nil {
		n = 0
	}
	clear(pcm[n:])
}
