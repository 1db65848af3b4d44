package cpace

import (
	"math/big"
	"slices"
)

// The field and the curve of RFC 7748 section 4.1: v^2 = u^3 + A*u^2 + u over the integers modulo 2^255-19.
var (
	prime       = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	coefficient = big.NewInt(486662) // A
)

// elligator maps 32 bytes to the u-coordinate of a point by Elligator 2 (RFC 9380 section 6.7.1, with the
// non-square 2). math/big does not take the same time for all numbers; these are hashes with a part that
// is new in each exchange, so times of one say nothing about the next.
func elligator(field []byte) []byte {
	b := slices.Clone(field)
	b[31] &= 0x7f // 255 bits, the lowest first (RFC 7748 section 5)
	slices.Reverse(b)
	r := new(big.Int).SetBytes(b)

	// v = -A / (1 + 2r^2); the divisor is never 0, for -1/2 is no square.
	v := new(big.Int).Mul(r, r)
	v.Lsh(v, 1).Add(v, big.NewInt(1)).Mod(v, prime)
	v.ModInverse(v, prime)
	v.Mul(v, coefficient).Neg(v).Mod(v, prime)

	// If v is no u-coordinate, -v - A is one.
	right := new(big.Int).Add(v, coefficient)
	right.Mul(right, v).Add(right, big.NewInt(1)).Mul(right, v).Mod(right, prime)
	if big.Jacobi(right, prime) == -1 {
		v.Add(v, coefficient).Neg(v).Mod(v, prime)
	}
	u := v.FillBytes(make([]byte, 32))
	slices.Reverse(u)
	return u
}
