package pattern

import (
	"encoding/binary"
	"math/bits"
	"time"

	"confab/conference/media"
)

// Code is what a test picture tells about itself.
type Code struct {
	Frame  uint32    // number of the picture; wraps
	At     time.Time // when it was drawn, to 0.1 ms
	Source uint8     // whose picture it is: SourceOf of a label
}

// The block code: columns x dataRows bits between two timing rows.
const (
	columns  = 17
	dataRows = 6
	rows     = dataRows + 2
	cells    = columns * dataRows

	markerBits = 6 // left over by the payload; a fixed pattern, as a check beside the CRC
	marker     = 0b101101

	dark  = 36  // luma of a 1; within limited range, far enough from its ends to survive ringing
	light = 218 // luma of a 0 and of the margin
)

// clockUnit is the resolution of the code's clock. 40 bits of it wrap after three years and a half.
const (
	clockUnit = 100 * time.Microsecond
	clockBits = 40
)

// payload is the code in bytes: source, frame, clock, CRC-16, 12 in all.
func (c Code) payload() [12]byte {
	var p [12]byte
	p[0] = c.Source
	binary.BigEndian.PutUint32(p[1:], c.Frame)
	ticks := uint64(c.At.UnixMicro()/int64(clockUnit/time.Microsecond)) & (1<<clockBits - 1)
	var t [8]byte
	binary.BigEndian.PutUint64(t[:], ticks)
	copy(p[5:10], t[3:])
	binary.BigEndian.PutUint16(p[10:], crc16(p[:10]))
	return p
}

// bits are the code's cells in reading order, whitened.
func (c Code) bits() (b [cells]bool) {
	p := c.payload()
	for i := range b {
		if i < markerBits {
			b[i] = marker>>(markerBits-1-i)&1 == 1
		} else {
			n := i - markerBits
			b[i] = p[n/8]>>(7-n%8)&1 == 1
		}
		b[i] = b[i] != white(i)
	}
	return b
}

// decode is the code of cells as read; now tells which turn of the clock is meant. It answers false if
// marker or checksum do not fit.
func decode(b [cells]bool, now time.Time) (Code, bool) {
	var p [12]byte
	for i := range b {
		bit := b[i] != white(i)
		if i < markerBits {
			if bit != (marker>>(markerBits-1-i)&1 == 1) {
				return Code{}, false
			}
			continue
		}
		if n := i - markerBits; bit {
			p[n/8] |= 1 << (7 - n%8)
		}
	}
	if crc16(p[:10]) != binary.BigEndian.Uint16(p[10:]) {
		return Code{}, false
	}
	var t [8]byte
	copy(t[3:], p[5:10])
	return Code{
		Source: p[0],
		Frame:  binary.BigEndian.Uint32(p[1:]),
		At:     nearest(binary.BigEndian.Uint64(t[:]), now),
	}, true
}

// nearest is the instant closest to now whose clock reads ticks.
func nearest(ticks uint64, now time.Time) time.Time {
	unit := int64(clockUnit / time.Microsecond)
	current := now.UnixMicro() / unit
	// The difference as a signed number of 40 bits.
	ahead := int64(ticks-uint64(current)) << (64 - clockBits) >> (64 - clockBits)
	return time.UnixMicro((current + ahead) * unit)
}

// white is a fixed pseudo-random bit for each cell: no payload then looks like a timing row or a plain
// area.
func white(cell int) bool {
	return bits.OnesCount32(uint32(cell+1)*0x9E3779B1>>13)&1 == 1
}

// crc16 is CRC-16/CCITT-FALSE: polynomial 0x1021, initial value 0xFFFF.
func crc16(b []byte) uint16 {
	c := uint16(0xFFFF)
	for _, v := range b {
		c ^= uint16(v) << 8
		for range 8 {
			if c&0x8000 != 0 {
				c = c<<1 ^ 0x1021
			} else {
				c <<= 1
			}
		}
	}
	return c
}

// blockSize is the edge of a block in pixels: a fortieth of the width of a picture of 16:9.
func blockSize(width, height int) float64 {
	return min(float64(width)/40, float64(height)/22.5)
}

// grid is where a code lies in a picture: its first block's corner and the size of a block, in pixels.
type grid struct{ x, y, width, height float64 }

// place is where a picture of the given size has its code: centred, three blocks from the top.
func place(width, height int) grid {
	b := blockSize(width, height)
	return grid{x: float64(width)/2 - columns*b/2, y: 3 * b, width: b, height: b}
}

// timing tells whether a column of a timing row is dark.
func timing(column int) bool { return column%2 == 0 }

// DrawCode draws the code over a picture of somebody's own, at least 160x90, where all test pictures have
// theirs. It allocates nothing.
func DrawCode(f *media.VideoFrame, c Code) {
	g, b := place(f.Width, f.Height), c.bits()
	block := func(column, row, columns int, luma byte) {
		left, right := round(g.x+float64(column)*g.width), round(g.x+float64(column+columns)*g.width)
		top, bottom := round(g.y+float64(row)*g.height), round(g.y+float64(row+1)*g.height)
		for y := max(top, 0); y < min(bottom, f.Height); y++ {
			fill(f.Y[y*f.StrideY:][max(left, 0):min(right, f.Width)], luma)
		}
		if columns > 1 { // a whole row of the plate: make it grey
			for y := max(top, 0) / 2; y < min((bottom+1)/2, (f.Height+1)/2); y++ {
				l, r := max(left, 0)/2, min((right+1)/2, (f.Width+1)/2)
				fill(f.U[y*f.StrideUV:][l:r], 128)
				fill(f.V[y*f.StrideUV:][l:r], 128)
			}
		}
	}
	for row := -1; row <= rows; row++ {
		block(-1, row, columns+2, light)
	}
	for column := range columns {
		for row := range rows {
			on := timing(column)
			if row > 0 && row < rows-1 {
				on = b[(row-1)*columns+column]
			}
			if on {
				block(column, row, 1, dark)
			}
		}
	}
}

func round(v float64) int { return int(v + 0.5) }
