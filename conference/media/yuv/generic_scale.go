package yuv

// plane is one component of a picture.
type plane struct {
	packed
	width, height int
}

// planes are the components of a picture.
func (p picture) planes() [3]plane {
	columns, rows := (p.width+1)/2, (p.height+1)/2
	return [3]plane{
		{packed{p.y, p.strideY}, p.width, p.height},
		{packed{p.u, p.strideUV}, columns, rows},
		{packed{p.v, p.strideUV}, columns, rows},
	}
}

func genericScale(dst, src picture) {
	in := src.planes()
	for i, out := range dst.planes() {
		switch {
		case out.width == in[i].width && out.height == in[i].height:
			for row := range out.height {
				copy(out.row(row)[:out.width], in[i].row(row))
			}
		case out.width*2 < in[i].width && out.height*2 < in[i].height:
			average(out, in[i])
		default:
			interpolate(out, in[i])
		}
	}
}

// average gives each pixel of dst the mean of the pixels of src that it covers.
func average(dst, src plane) {
	for row := range dst.height {
		top, bottom := row*src.height/dst.height, (row+1)*src.height/dst.height
		out := dst.row(row)[:dst.width]
		for x := range out {
			left, right := x*src.width/dst.width, (x+1)*src.width/dst.width
			var sum uint64
			for y := top; y < bottom; y++ {
				for _, b := range src.row(y)[left:right] {
					sum += uint64(b)
				}
			}
			n := uint64((bottom - top) * (right - left))
			out[x] = byte((sum + n/2) / n)
		}
	}
}

// interpolate gives each pixel of dst the mean of the four pixels of src around its centre, weighted by
// their nearness.
func interpolate(dst, src plane) {
	for row := range dst.height {
		y0, y1, fy := neighbours(row, dst.height, src.height)
		upper, lower := src.row(y0), src.row(y1)
		out := dst.row(row)[:dst.width]
		for x := range out {
			x0, x1, fx := neighbours(x, dst.width, src.width)
			above := int(upper[x0])*(256-fx) + int(upper[x1])*fx
			below := int(lower[x0])*(256-fx) + int(lower[x1])*fx
			out[x] = byte((above*(256-fy) + below*fy + 1<<15) >> 16)
		}
	}
}

// neighbours are the pixels of a row of length from beside the centre of pixel i of a row of length
// to, and the weight of the second, in 256ths.
func neighbours(i, to, from int) (first, second, weight int) {
	position := ((2*i+1)*from*256/to - 256) / 2
	position = min(max(position, 0), (from-1)*256)
	first = position >> 8
	return first, min(first+1, from-1), position & 255
}
