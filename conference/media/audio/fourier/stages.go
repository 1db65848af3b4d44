package fourier

// The stages work on complex numbers as pairs of float32. In each, butterfly i takes the numbers i of the
// four quarters (two halves) and gives the numbers 4i to 4i+3 (2i and 2i+1), or the other way round.
// Conversions to array pointers leave one bounds check a number. The race detector does not watch them: a
// Transform is one goroutine's, and watched accesses take so long that no call under it would keep its time.

// divide splits transforms into four of a quarter of their length (decimation in frequency).
//
//go:norace
func divide(src, dst []float32, w []twiddles) {
	q := 2 * len(w)
	x0, x1, x2, x3 := src[:q], src[q:2*q], src[2*q:3*q], src[3*q:4*q]
	for i := range w {
		a, b := (*[2]float32)(x0[2*i:]), (*[2]float32)(x1[2*i:])
		c, d := (*[2]float32)(x2[2*i:]), (*[2]float32)(x3[2*i:])
		y, w := (*[8]float32)(dst[8*i:]), &w[i]
		acr, aci := a[0]+c[0], a[1]+c[1]
		bdr, bdi := b[0]+d[0], b[1]+d[1]
		y[0], y[1] = acr+bdr, aci+bdi
		r, j := acr-bdr, aci-bdi
		y[4], y[5] = r*w[2]-j*w[3], r*w[3]+j*w[2]
		acr, aci = a[0]-c[0], a[1]-c[1]
		bdr, bdi = b[1]-d[1], d[0]-b[0] // times -i
		r, j = acr+bdr, aci+bdi
		y[2], y[3] = r*w[0]-j*w[1], r*w[1]+j*w[0]
		r, j = acr-bdr, aci-bdi
		y[6], y[7] = r*w[4]-j*w[5], r*w[5]+j*w[4]
	}
}

// combine undoes divide, times 4.
//
//go:norace
func combine(src, dst []float32, w []twiddles) {
	q := 2 * len(w)
	x0, x1, x2, x3 := dst[:q], dst[q:2*q], dst[2*q:3*q], dst[3*q:4*q]
	for i := range w {
		y, w := (*[8]float32)(src[8*i:]), &w[i]
		r1, j1 := y[2]*w[0]+y[3]*w[1], y[3]*w[0]-y[2]*w[1]
		r2, j2 := y[4]*w[2]+y[5]*w[3], y[5]*w[2]-y[4]*w[3]
		r3, j3 := y[6]*w[4]+y[7]*w[5], y[7]*w[4]-y[6]*w[5]
		acr, aci := y[0]+r2, y[1]+j2
		bdr, bdi := r1+r3, j1+j3
		a, c := (*[2]float32)(x0[2*i:]), (*[2]float32)(x2[2*i:])
		a[0], a[1] = acr+bdr, aci+bdi
		c[0], c[1] = acr-bdr, aci-bdi
		acr, aci = y[0]-r2, y[1]-j2
		bdr, bdi = j3-j1, r1-r3 // times i
		b, d := (*[2]float32)(x1[2*i:]), (*[2]float32)(x3[2*i:])
		b[0], b[1] = acr+bdr, aci+bdi
		d[0], d[1] = acr-bdr, aci-bdi
	}
}

// divide2 is the last stage of a length that is twice a power of four; its factors are all 1.
//
//go:norace
func divide2(src, dst []float32) {
	h := len(src) / 2
	x0, x1 := src[:h], src[h:2*h]
	for i := 0; i < h; i += 2 {
		a, b := (*[2]float32)(x0[i:]), (*[2]float32)(x1[i:])
		y := (*[4]float32)(dst[2*i:])
		y[0], y[1], y[2], y[3] = a[0]+b[0], a[1]+b[1], a[0]-b[0], a[1]-b[1]
	}
}

// combine2 undoes divide2, times 2.
//
//go:norace
func combine2(src, dst []float32) {
	h := len(src) / 2
	x0, x1 := dst[:h], dst[h:2*h]
	for i := 0; i < h; i += 2 {
		y := (*[4]float32)(src[2*i:])
		a, b := (*[2]float32)(x0[i:]), (*[2]float32)(x1[i:])
		a[0], a[1], b[0], b[1] = y[0]+y[2], y[1]+y[3], y[0]-y[2], y[1]-y[3]
	}
}
