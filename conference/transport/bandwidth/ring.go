package bandwidth

// ring is a queue of fixed size; when it is full, the oldest goes.
type ring[T any] struct {
	items []T
	first int
	count int
}

func newRing[T any](size int) ring[T] { return ring[T]{items: make([]T, size)} }

// at is the ith, 0 the oldest.
func (r *ring[T]) at(i int) *T { return &r.items[(r.first+i)%len(r.items)] }

func (r *ring[T]) full() bool { return r.count == len(r.items) }

func (r *ring[T]) push(v T) {
	if r.full() {
		r.drop()
	}
	r.count++
	*r.at(r.count - 1) = v
}

// drop forgets the oldest.
func (r *ring[T]) drop() {
	r.first = (r.first + 1) % len(r.items)
	r.count--
}

func (r *ring[T]) clear() { r.first, r.count = 0, 0 }
