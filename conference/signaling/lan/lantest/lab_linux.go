package lantest

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// Lab is hosts that are real for their programs: network namespaces, each with a card "eth0" on one switch,
// and no way out. Host n has the address 10.77.0.n, from 1 on, and what IPv6 gives it on the link.
type Lab struct {
	t      testing.TB
	prefix string
	hosts  int
}

// NewLab makes a lab that ends with the test. Without the rights or the tools for it the test is skipped.
func NewLab(t testing.TB, hosts int) *Lab {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("network namespaces need root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skipf("network namespaces need the program ip: %v", err)
	}
	l := &Lab{t: t, prefix: fmt.Sprintf("confab%d-", os.Getpid()), hosts: hosts}
	if out, err := exec.Command("ip", "netns", "add", l.name(0)).CombinedOutput(); err != nil {
		t.Skipf("network namespaces cannot be made here: %v: %s", err, out)
	}
	t.Cleanup(func() { l.remove(0) })
	l.ip(0, "link", "add", "switch", "type", "bridge", "mcast_snooping", "0", "forward_delay", "0")
	l.ip(0, "link", "set", "switch", "up")
	for n := range hosts {
		l.addHost(n + 1)
	}
	return l
}

func (l *Lab) addHost(n int) {
	l.t.Helper()
	l.run("ip", "netns", "add", l.name(n))
	l.t.Cleanup(func() { l.remove(n) })
	l.ip(0, "link", "add", port(n), "type", "veth", "peer", "name", "eth0", "netns", l.name(n))
	l.ip(0, "link", "set", port(n), "master", "switch", "up")
	l.ip(n, "link", "set", "lo", "up")
	l.ip(n, "addr", "add", fmt.Sprintf("10.77.0.%d/24", n), "dev", "eth0")
	l.ip(n, "link", "set", "eth0", "up")
}

// Command is how a program is started on a host: the command line that does so.
func (l *Lab) Command(host int, line ...string) []string {
	return append([]string{"ip", "netns", "exec", l.name(host)}, line...)
}

// Cut takes a host's cable out of the switch, where the host does not see it, or puts it back.
func (l *Lab) Cut(host int, cut bool) {
	l.t.Helper()
	if cut {
		l.ip(0, "link", "set", port(host), "nomaster")
	} else {
		l.ip(0, "link", "set", port(host), "master", "switch")
	}
}

// Unplug takes a host's card out of service, as the host sees it, or puts it back.
func (l *Lab) Unplug(host int, out bool) {
	l.t.Helper()
	state := map[bool]string{true: "down", false: "up"}[out]
	l.ip(0, "link", "set", port(host), state) // the other end of the cable loses its carrier
}

// Renumber gives a host's card another address in place of its own.
func (l *Lab) Renumber(host int, address string) {
	l.t.Helper()
	l.ip(host, "addr", "flush", "dev", "eth0", "scope", "global")
	l.ip(host, "addr", "add", address, "dev", "eth0")
}

// BlockMulticast has the switch pass no multicast to a host any more; the rest passes.
func (l *Lab) BlockMulticast(host int) {
	l.t.Helper()
	l.ip(0, "link", "set", port(host), "type", "bridge_slave", "mcast_flood", "off")
}

// Isolate has a host reach only hosts that are not isolated themselves, and be reached by them.
func (l *Lab) Isolate(host int) {
	l.t.Helper()
	l.ip(0, "link", "set", port(host), "type", "bridge_slave", "isolated", "on")
}

// RefuseTCP has all packets of TCP be lost that a host sends, or lets them pass again. The rest passes.
func (l *Lab) RefuseTCP(host int, refuse bool) {
	l.t.Helper()
	do := map[bool]string{true: "add", false: "del"}[refuse]
	for _, family := range []string{"-4", "-6"} {
		l.ip(host, family, "rule", do, "pref", "1", "ipproto", "tcp", "blackhole")
	}
}

// name is a namespace's; 0 holds the switch.
func (l *Lab) name(n int) string { return fmt.Sprint(l.prefix, n) }

// port is the switch's end of a host's cable.
func port(n int) string { return fmt.Sprint("port", n) }

func (l *Lab) ip(in int, args ...string) {
	l.t.Helper()
	l.run("ip", append([]string{"-n", l.name(in)}, args...)...)
}

func (l *Lab) run(name string, args ...string) {
	l.t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		l.t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
}

func (l *Lab) remove(n int) {
	if out, err := exec.Command("ip", "netns", "del", l.name(n)).CombinedOutput(); err != nil {
		l.t.Errorf("remove namespace: %v: %s", err, out)
	}
}
