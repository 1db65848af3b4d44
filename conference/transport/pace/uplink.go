package pace

// Rank is how much a path matters when the uplink is short.
type Rank uint8

// The ranks.
const (
	Ordinary Rank = iota
	Favoured      // twice the share of an ordinary one: its people look at us, or say something
	First         // served before all others: its people have pinned us, or talk with us
)

// Claim is what one peer's path asks of the uplink.
type Claim struct {
	Demand int // bits per second that it could use
	Rank   Rank
}

const (
	// leastLimit is what a path is left in any case, in bits per second: sound, and a still picture.
	leastLimit = 80_000
	// smallPicture is what a path keeps while others are served first, if the uplink has it for all:
	// sound, and a small picture that moves.
	smallPicture = 150_000
)

// Divide shares an uplink of so many bits per second among paths. Those of the first rank get what they
// can use, as far as a small picture is left for each of the others; these share the rest equally, but
// for the favoured ones; what one cannot use the others get. The result has the claims' order. A limit of
// 0 is none, and gives no limits. Each path gets 80 kbit/s at least, however many they are: a call
// without sound is none.
func Divide(limit int, claims []Claim) []int {
	shares := make([]int, len(claims))
	if limit <= 0 || len(claims) == 0 {
		return shares
	}
	left := limit
	kept := min(smallPicture, limit/len(claims)) // for each of the others
	for _, c := range claims {
		if c.Rank != First {
			left -= min(kept, c.Demand)
		}
	}
	left -= fill(shares, claims, left, func(c Claim) bool { return c.Rank == First })
	for _, c := range claims {
		if c.Rank != First {
			left += min(kept, c.Demand)
		}
	}
	fill(shares, claims, left, func(c Claim) bool { return c.Rank != First })
	for i := range shares {
		shares[i] = max(shares[i], leastLimit)
	}
	return shares
}

// fill shares so many bits per second among the paths that are served, by their weights, and gives how
// much they take of it. Those that need less than their share leave the rest to the others.
func fill(shares []int, claims []Claim, bitsPerSecond int, served func(Claim) bool) (taken int) {
	left := bitsPerSecond
	open := make([]bool, len(claims))
	weights := 0
	for i, c := range claims {
		if served(c) {
			open[i] = true
			weights += c.weight()
		}
	}
	for settled := true; settled && weights > 0; {
		settled = false
		for i, c := range claims {
			if part := left * c.weight() / max(1, weights); open[i] && c.Demand <= part {
				open[i], settled = false, true
				shares[i] = c.Demand
				left -= c.Demand
				weights -= c.weight()
			}
		}
	}
	if weights == 0 {
		return bitsPerSecond - left
	}
	for i, c := range claims {
		if open[i] {
			shares[i] = left * c.weight() / weights
		}
	}
	return bitsPerSecond
}

func (c Claim) weight() int {
	if c.Rank == Favoured {
		return 2
	}
	return 1
}
