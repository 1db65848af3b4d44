package yuv

// The twins in Go of what libyuv does, for builds without cgo. Conversions use libyuv's own rounded
// coefficients, and agree with it within 2.

// table has the products of the conversion to RGB, in 64ths, for every value of a component.
type table struct {
	y, redV, greenU, greenV, blueU [256]int32
}

// fromYUV is BT.601 limited range: 1.164 (Y-16), 1.596 V, 0.391 U, 0.813 V, and 2.018 U, which libyuv
// holds at 2 to fit eight bits.
var fromYUV = makeTable()

func makeTable() (t table) {
	for i := range int32(256) {
		t.y[i] = i*0x101*18997>>16 - 1160
		t.redV[i] = 102 * (i - 128)
		t.greenU[i] = -25 * (i - 128)
		t.greenV[i] = -52 * (i - 128)
		t.blueU[i] = 128 * (i - 128)
	}
	return t
}

func genericToRGBA(dst packed, src picture) {
	t := &fromYUV
	for row := range src.height {
		out := dst.row(row)[:src.width*4]
		y := src.y[row*src.strideY:][:src.width]
		u := src.u[row/2*src.strideUV:][:(src.width+1)/2]
		v := src.v[row/2*src.strideUV:][:(src.width+1)/2]
		for x, luma := range y {
			cu, cv, l := u[x/2], v[x/2], t.y[luma]
			p := out[x*4 : x*4+4 : x*4+4]
			p[0] = clamp((l + t.redV[cv]) >> 6)
			p[1] = clamp((l + t.greenU[cu] + t.greenV[cv]) >> 6)
			p[2] = clamp((l + t.blueU[cu]) >> 6)
			p[3] = 255
		}
	}
}

// genericFromRGB converts four bytes a pixel, with red and blue at the given offsets.
func genericFromRGB(dst picture, src packed, red, blue int) {
	for row := range dst.height {
		in := src.row(row)[:dst.width*4]
		out := dst.y[row*dst.strideY:][:dst.width]
		for x := range out {
			p := in[x*4 : x*4+4]
			out[x] = byte((66*int32(p[red]) + 129*int32(p[1]) + 25*int32(p[blue]) + 0x1080) >> 8)
		}
	}
	for row := range (dst.height + 1) / 2 {
		upper := src.row(2 * row)
		lower := src.row(min(2*row+1, dst.height-1))
		u, v := dst.u[row*dst.strideUV:], dst.v[row*dst.strideUV:]
		for x := range (dst.width + 1) / 2 {
			left, right := x*8, min(2*x+1, dst.width-1)*4
			mean := func(i int) int32 {
				return (int32(upper[left+i]) + int32(upper[right+i]) + int32(lower[left+i]) + int32(lower[right+i]) + 2) >> 2
			}
			r, g, b := mean(red), mean(1), mean(blue)
			u[x] = byte((112*b - 74*g - 38*r + 0x8080) >> 8)
			v[x] = byte((112*r - 94*g - 18*b + 0x8080) >> 8)
		}
	}
}

func genericFromYUYV(dst picture, src packed) {
	for row := range dst.height {
		in := src.row(row)
		for x := range dst.width {
			dst.y[row*dst.strideY+x] = in[2*x]
		}
	}
	for row := range (dst.height + 1) / 2 {
		upper, lower := src.row(2*row), src.row(min(2*row+1, dst.height-1))
		u, v := dst.u[row*dst.strideUV:], dst.v[row*dst.strideUV:]
		for x := range (dst.width + 1) / 2 {
			u[x] = mean2(upper[4*x+1], lower[4*x+1])
			v[x] = mean2(upper[4*x+3], lower[4*x+3])
		}
	}
}

func genericFromNV12(dst picture, luma, chroma packed) {
	for row := range dst.height {
		copy(dst.y[row*dst.strideY:][:dst.width], luma.row(row))
	}
	for row := range (dst.height + 1) / 2 {
		in := chroma.row(row)
		u, v := dst.u[row*dst.strideUV:], dst.v[row*dst.strideUV:]
		for x := range (dst.width + 1) / 2 {
			u[x], v[x] = in[2*x], in[2*x+1]
		}
	}
}

func mean2(a, b byte) byte { return byte((int(a) + int(b) + 1) / 2) }

func clamp(n int32) byte { return byte(min(max(n, 0), 255)) }
