//go:build race

package bandwidth_test

// runs of each link, with a seed each: few, because the race detector makes arithmetic slow.
const runs = 2
