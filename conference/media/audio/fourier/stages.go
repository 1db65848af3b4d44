package fourier

import "math"

// stage is one stage in radix 4 over groups of four quarters each. Complex numbers are pairs of float32. All
// slices of a loop have one length, which the compiler sees: there are no bounds checks inside.
type stage struct {
	second, third, fourth []float32 // factors of these outputs, for each number of a quarter
}

// divide splits each transform into four of a quarter of its length (decimation in frequency), in place.
func (s *stage) divide(z []float32) {
	q := len(s.second)
	for ; len(z) >= 4*q; z = z[4*q:] {
		z0, z1, z2, z3 := z[:q], z[q:2*q], z[2*q:3*q], z[3*q:4*q]
		z1, z2, z3 = z1[:len(z0)], z2[:len(z0)], z3[:len(z0)]
		w1, w2, w3 := s.second[:len(z0)], s.third[:len(z0)], s.fourth[:len(z0)]
		for i := 0; i < len(z0)-1; i += 2 {
			sr, si := z0[i]+z2[i], z0[i+1]+z2[i+1]
			tr, ti := z1[i]+z3[i], z1[i+1]+z3[i+1]
			ur, ui := z0[i]-z2[i], z0[i+1]-z2[i+1]
			vr, vi := z1[i+1]-z3[i+1], z3[i]-z1[i] // times -i
			z0[i], z0[i+1] = sr+tr, si+ti
			r, j := ur+vr, ui+vi
			z1[i], z1[i+1] = r*w1[i]-j*w1[i+1], r*w1[i+1]+j*w1[i]
			r, j = sr-tr, si-ti
			z2[i], z2[i+1] = r*w2[i]-j*w2[i+1], r*w2[i+1]+j*w2[i]
			r, j = ur-vr, ui-vi
			z3[i], z3[i+1] = r*w3[i]-j*w3[i+1], r*w3[i+1]+j*w3[i]
		}
	}
}

// combine undoes divide, times 4.
func (s *stage) combine(z []float32) {
	q := len(s.second)
	for ; len(z) >= 4*q; z = z[4*q:] {
		z0, z1, z2, z3 := z[:q], z[q:2*q], z[2*q:3*q], z[3*q:4*q]
		z1, z2, z3 = z1[:len(z0)], z2[:len(z0)], z3[:len(z0)]
		w1, w2, w3 := s.second[:len(z0)], s.third[:len(z0)], s.fourth[:len(z0)]
		for i := 0; i < len(z0)-1; i += 2 {
			r1, j1 := z1[i]*w1[i]+z1[i+1]*w1[i+1], z1[i+1]*w1[i]-z1[i]*w1[i+1]
			r2, j2 := z2[i]*w2[i]+z2[i+1]*w2[i+1], z2[i+1]*w2[i]-z2[i]*w2[i+1]
			r3, j3 := z3[i]*w3[i]+z3[i+1]*w3[i+1], z3[i+1]*w3[i]-z3[i]*w3[i+1]
			sr, si := z0[i]+r2, z0[i+1]+j2
			tr, ti := r1+r3, j1+j3
			ur, ui := z0[i]-r2, z0[i+1]-j2
			vr, vi := j3-j1, r1-r3 // times i
			z0[i], z0[i+1] = sr+tr, si+ti
			z1[i], z1[i+1] = ur+vr, ui+vi
			z2[i], z2[i+1] = sr-tr, si-ti
			z3[i], z3[i+1] = ur-vr, ui-vi
		}
	}
}

// divide4 is the last stage of a length that is a power of four: each four numbers are a transform.
func divide4(z []float32) {
	for ; len(z) >= 8; z = z[8:] {
		y := (*[8]float32)(z)
		sr, si, tr, ti := y[0]+y[4], y[1]+y[5], y[2]+y[6], y[3]+y[7]
		ur, ui, vr, vi := y[0]-y[4], y[1]-y[5], y[3]-y[7], y[6]-y[2]
		y[0], y[1], y[4], y[5] = sr+tr, si+ti, sr-tr, si-ti
		y[2], y[3], y[6], y[7] = ur+vr, ui+vi, ur-vr, ui-vi
	}
}

// combine4 undoes divide4, times 4.
func combine4(z []float32) {
	for ; len(z) >= 8; z = z[8:] {
		y := (*[8]float32)(z)
		sr, si, tr, ti := y[0]+y[4], y[1]+y[5], y[2]+y[6], y[3]+y[7]
		ur, ui, vr, vi := y[0]-y[4], y[1]-y[5], y[7]-y[3], y[2]-y[6]
		y[0], y[1], y[4], y[5] = sr+tr, si+ti, sr-tr, si-ti
		y[2], y[3], y[6], y[7] = ur+vr, ui+vi, ur-vr, ui-vi
	}
}

// eighth is the real and, but for its sign, the imaginary part of exp(-2 pi i / 8).
const eighth = math.Sqrt2 / 2

// divide8 is the last stage of a length that is twice a power of four: each eight numbers are a transform. Sums
// of the first and the second half make its even outputs, differences, turned by eighths, the odd ones.
func divide8(z []float32) {
	for ; len(z) >= 16; z = z[16:] {
		y := (*[16]float32)(z)
		ar, ai, br, bi := y[0]+y[8], y[1]+y[9], y[2]+y[10], y[3]+y[11]
		cr, ci, dr, di := y[4]+y[12], y[5]+y[13], y[6]+y[14], y[7]+y[15]
		er, ei, fr, fi := y[0]-y[8], y[1]-y[9], y[2]-y[10], y[3]-y[11]
		gr, gi, hr, hi := y[5]-y[13], y[12]-y[4], y[6]-y[14], y[7]-y[15] // g times -i
		fr, fi = eighth*(fr+fi), eighth*(fi-fr)
		hr, hi = eighth*(hi-hr), -eighth*(hr+hi)

		sr, si, tr, ti := ar+cr, ai+ci, br+dr, bi+di
		ur, ui, vr, vi := ar-cr, ai-ci, bi-di, dr-br
		y[0], y[1], y[8], y[9] = sr+tr, si+ti, sr-tr, si-ti
		y[4], y[5], y[12], y[13] = ur+vr, ui+vi, ur-vr, ui-vi

		sr, si, tr, ti = er+gr, ei+gi, fr+hr, fi+hi
		ur, ui, vr, vi = er-gr, ei-gi, fi-hi, hr-fr
		y[2], y[3], y[10], y[11] = sr+tr, si+ti, sr-tr, si-ti
		y[6], y[7], y[14], y[15] = ur+vr, ui+vi, ur-vr, ui-vi
	}
}

// combine8 undoes divide8, times 8.
func combine8(z []float32) {
	for ; len(z) >= 16; z = z[16:] {
		y := (*[16]float32)(z)
		sr, si, tr, ti := y[0]+y[8], y[1]+y[9], y[4]+y[12], y[5]+y[13]
		ur, ui, vr, vi := y[0]-y[8], y[1]-y[9], y[13]-y[5], y[4]-y[12]
		ar, ai, cr, ci := sr+tr, si+ti, sr-tr, si-ti
		br, bi, dr, di := ur+vr, ui+vi, ur-vr, ui-vi

		sr, si, tr, ti = y[2]+y[10], y[3]+y[11], y[6]+y[14], y[7]+y[15]
		ur, ui, vr, vi = y[2]-y[10], y[3]-y[11], y[15]-y[7], y[6]-y[14]
		er, ei, gr, gi := sr+tr, si+ti, ti-si, sr-tr // g times i
		fr, fi, hr, hi := ur+vr, ui+vi, ur-vr, ui-vi
		fr, fi = eighth*(fr-fi), eighth*(fi+fr)
		hr, hi = -eighth*(hr+hi), eighth*(hr-hi)

		y[0], y[1], y[8], y[9] = ar+er, ai+ei, ar-er, ai-ei
		y[2], y[3], y[10], y[11] = br+fr, bi+fi, br-fr, bi-fi
		y[4], y[5], y[12], y[13] = cr+gr, ci+gi, cr-gr, ci-gi
		y[6], y[7], y[14], y[15] = dr+hr, di+hi, dr-hr, di-hi
	}
}
