package capture

import (
	"context"
	"time"

	"confab/conference/media"
	"confab/conference/media/capture/pattern"
)

// drawer draws test pictures of one size.
type drawer interface {
	Draw(f *media.VideoFrame, number uint32, at time.Time)
}

// testPicture is a source of drawn pictures. Each is drawn as it is read, so that its clock tells the
// truth; their numbers count the ticks of the rate, so what nobody read shows as a gap.
type testPicture struct {
	options VideoOptions
	drawer  drawer
	pace    pace
	closing
}

// newTestCamera is a camera that films a figure in a colour of the label's own.
func newTestCamera(label string, o VideoOptions) *testPicture {
	o.fill(1280, 720, 30)
	return newTestPicture(pattern.NewPainter(o.Width, o.Height, label), o)
}

// newTestScreen is a screen on which somebody writes.
func newTestScreen(label string, o VideoOptions) *testPicture {
	o.fill(1280, 800, 15)
	return newTestPicture(pattern.NewPage(o.Width, o.Height, label), o)
}

func newTestPicture(d drawer, o VideoOptions) *testPicture {
	return &testPicture{options: o, drawer: d, pace: paceOf(o.FramesPerSecond), closing: newClosing()}
}

// Read implements VideoSource.
func (t *testPicture) Read(ctx context.Context) (*media.VideoFrame, error) {
	tick, _, err := t.pace.wait(ctx, t.done)
	if err != nil {
		return nil, err
	}
	f := t.options.Pool.Frame(t.options.Width, t.options.Height)
	t.drawer.Draw(f, uint32(tick), time.Now())
	return f, nil
}

// Close implements VideoSource.
func (t *testPicture) Close() error { return t.shut(nil) }
