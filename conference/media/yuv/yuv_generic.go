//go:build !cgo

package yuv

func scale(dst, src picture)                    { genericScale(dst, src) }
func toRGBA(dst packed, src picture)            { genericToRGBA(dst, src) }
func fromBGRA(dst picture, src packed)          { genericFromRGB(dst, src, 2, 0) }
func fromRGBA(dst picture, src packed)          { genericFromRGB(dst, src, 0, 2) }
func fromYUYV(dst picture, src packed)          { genericFromYUYV(dst, src) }
func fromNV12(dst picture, luma, chroma packed) { genericFromNV12(dst, luma, chroma) }

func scaleToRGBA(dst packed, scaled, src picture) {
	genericScale(scaled, src)
	genericToRGBA(dst, scaled)
}
