package voice

import (
	"math"

	"confab/conference/media/audio/fourier"
)

// ownFrame cuts sound into the shared kind of frame when no canceller does, and joins it again.
type ownFrame struct {
	transform *fourier.Transform
	window    [FrameLength]float32 // root-Hann: its square and that of a block later add up to 1
	last      [FrameLength]float32 // the last two blocks
	tail      [BlockLength]float32 // second half of the last frame
	buffer    [TransformLength]float32
	re, im    [Bins]float32
}

func newOwnFrame() ownFrame {
	f := ownFrame{transform: fourier.New(TransformLength)}
	for i := range f.window {
		f.window[i] = float32(math.Sin(math.Pi * (float64(i) + 0.5) / FrameLength))
	}
	return f
}

// analyse gives the spectrum of the frame that ends with the block. The caller may change it.
func (f *ownFrame) analyse(block []float32) (re, im []float32) {
	copy(f.last[:BlockLength], f.last[BlockLength:])
	copy(f.last[BlockLength:], block[:BlockLength])
	for i, w := range &f.window {
		f.buffer[i] = w * f.last[i]
	}
	clear(f.buffer[FrameLength:])
	f.transform.Forward(f.buffer[:], f.re[:], f.im[:])
	return f.re[:], f.im[:]
}

// synthesise makes sound of what is left of the spectrum: the block before the one that was analysed.
func (f *ownFrame) synthesise(block []float32) {
	f.transform.Inverse(f.re[:], f.im[:], f.buffer[:])
	block = block[:BlockLength]
	for i := range block {
		block[i] = f.tail[i] + f.window[i]*f.buffer[i]
		f.tail[i] = f.window[BlockLength+i] * f.buffer[BlockLength+i]
	}
}
