package transport

import (
	"fmt"

	piontransport "github.com/pion/transport/v4"
	"github.com/pion/transport/v4/stdnet"
)

// systemNet is the system's network as it is now. pion's own reads the interfaces once, so that after a
// change of address an ICE restart would gather the old addresses and never connect.
type systemNet struct{ *stdnet.Net }

func newSystemNet() (*systemNet, error) {
	n, err := stdnet.NewNet()
	if err != nil {
		return nil, fmt.Errorf("read the network interfaces: %w", err)
	}
	return &systemNet{n}, nil
}

// Interfaces are those of this moment.
func (n *systemNet) Interfaces() ([]*piontransport.Interface, error) {
	now, err := stdnet.NewNet()
	if err != nil {
		return nil, fmt.Errorf("read the network interfaces: %w", err)
	}
	return now.Interfaces()
}
