package pace

// Claim is what one peer's path asks of the uplink.
type Claim struct {
	Demand int // bits per second that it could use
	// Favoured paths get twice the share of others: their people look at us, or talk with us.
	Favoured bool
}

// leastLimit is what a path is left in any case, in bits per second: sound, and a small picture.
const leastLimit = 80_000

// Divide shares an uplink of so many bits per second among paths: equally, but for the favoured ones;
// what one cannot use the others get. The result has the claims' order. A limit of 0 is none, and gives
// no limits. Each path gets 80 kbit/s at least, however many they are: a call without sound is none.
func Divide(limit int, claims []Claim) []int {
	shares := make([]int, len(claims))
	if limit <= 0 {
		return shares
	}
	left := limit
	open := make([]bool, len(claims))
	weights := 0
	for i, c := range claims {
		open[i] = true
		weights += c.weight()
	}
	for settled := true; settled && weights > 0; {
		settled = false
		for i, c := range claims { // those that need less than their share leave the rest to the others
			if part := left * c.weight() / weights; open[i] && c.Demand <= part {
				open[i], settled = false, true
				shares[i] = c.Demand
				left -= c.Demand
				if weights -= c.weight(); weights == 0 {
					break
				}
			}
		}
	}
	for i, c := range claims {
		if open[i] {
			shares[i] = left * c.weight() / weights
		}
		shares[i] = max(shares[i], leastLimit)
	}
	return shares
}

func (c Claim) weight() int {
	if c.Favoured {
		return 2
	}
	return 1
}
