package beacon

import (
	"fmt"
	"net/netip"
	"testing"
)

func TestCablesOfContainersDoNotHideTheNetwork(t *testing.T) {
	var all []Interface
	for i := range 3 * maxInterfaces {
		one := Interface{Index: i, Name: fmt.Sprint("veth", i), Addresses: []netip.Prefix{netip.MustParsePrefix("fe80::1/64")}}
		switch i {
		case 0:
			one.Name, one.Addresses = "lo", []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8")}
		case 3*maxInterfaces - 1:
			one.Name, one.Addresses = "wlan0", append(one.Addresses, netip.MustParsePrefix("192.0.2.7/24"))
		}
		all = append(all, one)
	}
	some := foremost(all)
	if len(some) != maxInterfaces || some[0].Name != "lo" || some[1].Name != "wlan0" || some[2].Name != "veth1" {
		t.Errorf("of %d interfaces these are used: %v", 3*maxInterfaces, some)
	}
}
