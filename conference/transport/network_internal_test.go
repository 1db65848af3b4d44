package transport

import (
	"testing"

	piontransport "github.com/pion/transport/v4"
)

var _ piontransport.Net = (*systemNet)(nil)

func TestInterfacesAreReadAnewEachTime(t *testing.T) {
	n, err := newSystemNet()
	if err != nil {
		t.Fatal(err)
	}
	first, err := n.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	second, err := n.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	if len(first) == 0 || len(second) == 0 || first[0] == second[0] {
		t.Errorf("%d and %d interfaces, the first of both the same object: they were not read again", len(first), len(second))
	}
}
