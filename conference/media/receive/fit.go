package receive

import "confab/conference/media"

// view is how the picture is shown.
type view struct {
	width, height int // pixels; 0: not at all
	hidden        bool
}

// size is the size in pixels to convert a picture of width x height to: a camera's covers the view, a
// screen's lies inside it, whole. 0, 0: it is not shown.
func (v view) size(slot media.Slot, width, height int) (int, int) {
	if v.hidden || v.width < 1 || v.height < 1 {
		return 0, 0
	}
	w, h := min(v.width, media.MaxDimension), min(v.height, media.MaxDimension)
	if slot != media.Screen {
		return w, h
	}
	if width*h > height*w { // wider than the view
		return w, max(1, (w*height+width/2)/width)
	}
	return max(1, (h*width+height/2)/height), h
}
