//go:build !race

package bandwidth_test

// runs of each link, with a seed each.
const runs = 10
