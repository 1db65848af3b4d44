package receive

import (
	"context"
	"errors"
	"fmt"
	"time"

	"confab/conference/media"
	"confab/conference/media/codec"
	"confab/conference/media/yuv"
)

const (
	// maxQueue is how many frames may wait for the decoder; beyond, all of them are given up for a key
	// frame. With more than shedQueue, the first of them for longer than shedAfter, only base layers are
	// decoded.
	maxQueue  = 30
	shedQueue = 4
	shedAfter = 100 * time.Millisecond
	// maxSkip is how long pictures may go unconverted because newer ones wait to be decoded.
	maxSkip = 100 * time.Millisecond
)

// decoding is what the decoder's goroutine owns.
type decoding struct {
	video   *Video
	o       VideoOptions
	decoder codec.VideoDecoder // nil until the first key frame
	scratch media.Pool         // of the conversion
	last    *media.VideoFrame  // the newest picture, for a view that changes
	shown   time.Time          // when a picture was last converted
	as      view               // how it was converted
	needKey bool               // after an error nothing else is of use
	failing bool               // the error has been logged
}

func (d *decoding) run(ctx context.Context) {
	defer d.close()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.video.decodable:
		case <-timer.C:
		}
		if due := d.decodeAll(ctx); !due.IsZero() {
			timer.Reset(time.Until(due))
		}
		d.again()
	}
}

// decodeAll decodes what is due and tells when something will be; zero: when it comes.
func (d *decoding) decodeAll(ctx context.Context) time.Time {
	for {
		f, more, ok, due := d.video.dequeue(time.Now())
		if !ok || ctx.Err() != nil {
			return due
		}
		d.decode(f, more)
	}
}

// decode decodes one frame, and shows it; more: another one waits.
func (d *decoding) decode(f encoded, more bool) {
	if d.needKey && !f.key {
		return
	}
	picture, err := d.picture(f)
	if errors.Is(err, codec.ErrHidden) {
		return
	}
	if err != nil {
		d.needKey = true
		d.video.decodeFailed(f.number)
		if !d.failing {
			d.failing = true
			d.o.Logger.Warn("decode", "slot", d.o.Slot, "err", err)
		}
		return
	}
	d.needKey, d.failing = false, false
	now := time.Now()
	d.video.decoded(now, f, picture)
	if d.o.Record != nil {
		d.o.Record(f.data, picture.Width, picture.Height, f.stamp, f.key)
	}
	if d.o.OnFrame != nil {
		d.o.OnFrame(picture)
	}
	d.keep(picture)
	if !more || now.Sub(d.shown) > maxSkip {
		d.show(now)
	}
}

// picture decodes f. The decoder checks the sizes that f states.
func (d *decoding) picture(f encoded) (*media.VideoFrame, error) {
	if d.decoder == nil {
		decoder, err := d.o.NewDecoder(d.o.Pool)
		if err != nil {
			return nil, fmt.Errorf("make decoder: %w", err)
		}
		d.decoder = decoder
	}
	picture, err := d.decoder.Decode(f.data)
	if err != nil {
		return nil, fmt.Errorf("decode frame of %d bytes: %w", len(f.data), err)
	}
	return picture, nil
}

// keep makes picture, whose reference it takes, the last one.
func (d *decoding) keep(picture *media.VideoFrame) {
	if d.last != nil {
		d.last.Release()
	}
	d.last = picture
}

// again shows the last picture in a view that has changed, and forgets it when none are expected.
func (d *decoding) again() {
	v, expected := d.video.currentView()
	if !expected {
		d.keep(nil)
	}
	if v != d.as {
		d.show(time.Now())
	}
}

// show converts the last picture for the view.
func (d *decoding) show(now time.Time) {
	v, _ := d.video.currentView()
	d.as = v
	if d.last == nil {
		return
	}
	w, h := v.size(d.o.Slot, d.last.Width, d.last.Height)
	if w == 0 {
		return // nobody looks
	}
	yuv.ToRGBAScaled(d.video.surface.Back(w, h), d.last, &d.scratch)
	d.video.surface.Publish()
	d.shown = now
}

func (d *decoding) close() {
	d.keep(nil)
	if d.decoder == nil {
		return
	}
	if err := d.decoder.Close(); err != nil {
		d.o.Logger.Warn("close decoder", "slot", d.o.Slot, "err", err)
	}
}
