package bandwidth

import "time"

// memory is how long a minimum is remembered, in buckets of a second.
const memory = 10

// minimum is the least value of the last 10 s.
type minimum struct {
	buckets [memory]time.Duration
	filled  [memory]bool
	second  int64
	began   bool
}

// add takes a value at an instant that does not go back.
func (m *minimum) add(now, v time.Duration) {
	m.turn(now)
	i := index(m.second)
	if !m.filled[i] || v < m.buckets[i] {
		m.buckets[i], m.filled[i] = v, true
	}
}

// turn forgets what is too old.
func (m *minimum) turn(now time.Duration) {
	second := int64(now / time.Second)
	if !m.began {
		m.began, m.second = true, second
	}
	for n := 0; m.second < second; n++ {
		if n == memory {
			m.second = second // everything is forgotten
			return
		}
		m.second++
		m.filled[index(m.second)] = false
	}
}

func index(second int64) int { return int(((second % memory) + memory) % memory) }

// value is the minimum; false: nothing is remembered.
func (m *minimum) value() (least time.Duration, ok bool) {
	for i, v := range m.buckets {
		if m.filled[i] && (!ok || v < least) {
			least, ok = v, true
		}
	}
	return least, ok
}

// shift adds to all that is remembered.
func (m *minimum) shift(by time.Duration) {
	for i := range m.buckets {
		m.buckets[i] += by
	}
}

// last is the least value of the current and the last second.
func (m *minimum) last() (least time.Duration, ok bool) {
	for _, s := range [...]int64{m.second, m.second - 1} {
		if i := index(s); m.filled[i] && (!ok || m.buckets[i] < least) {
			least, ok = m.buckets[i], true
		}
	}
	return least, ok
}
