//go:build !race

package conference_test

const raceEnabled = false
