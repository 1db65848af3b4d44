package server_test

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"

	"confab/conference/server"
	"confab/conference/signaling"
	"confab/conference/signaling/native"
)

// relayed runs a server with a relay on loopback; anywhere lets it relay there as well.
func relayed(t *testing.T, o server.Relay) (address string) {
	t.Helper()
	o.Listen, o.Address = "127.0.0.1:0", netip.MustParseAddr("127.0.0.1")
	address, _ = listening(t, "127.0.0.1:0", server.Options{Relay: o, ICEServers: []signaling.ICEServer{{URLs: []string{"stun:s.example"}}}})
	return address
}

// relayOf is the TURN server that a member of a room is told.
func relayOf(t *testing.T, address, name string) signaling.ICEServer {
	t.Helper()
	s, err := dialTo(t, "ws://"+address, "relay", name, native.Dialer{}, signaling.Options{Password: "open sesame"})
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range s.ICEServers() {
		if one.Credential != "" {
			return one
		}
	}
	t.Fatalf("no relay with credentials among %v", s.ICEServers())
	return signaling.ICEServer{}
}

// allocate asks a relay for an allocation, over UDP.
func allocate(t *testing.T, s signaling.ICEServer) (*turn.Client, net.PacketConn, error) {
	t.Helper()
	socket, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u, err := stun.ParseURI(s.URLs[0])
	if err != nil {
		t.Fatal(err)
	}
	at := net.JoinHostPort(u.Host, strconv.Itoa(u.Port))
	client, err := turn.NewClient(&turn.ClientConfig{
		STUNServerAddr: at, TURNServerAddr: at, Conn: socket, Username: s.Username, Password: s.Credential, RTO: 100 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		socket.Close()
	})
	if err := client.Listen(); err != nil {
		t.Fatal(err)
	}
	allocation, err := client.Allocate()
	if err == nil {
		t.Cleanup(func() { allocation.Close() })
	}
	return client, allocation, err
}

func TestMembersReachEachOtherThroughTheRelay(t *testing.T) {
	address := relayed(t, server.Relay{Ports: [2]uint16{40000, 40999}})
	_, ann, err := allocate(t, relayOf(t, address, "Ann"))
	if err != nil {
		t.Fatal(err)
	}
	_, ben, err := allocate(t, relayOf(t, address, "Ben"))
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range []net.PacketConn{ann, ben} {
		if at := one.LocalAddr().(*net.UDPAddr); at.Port < 40000 || at.Port > 40999 {
			t.Errorf("allocation at %v, want a port of the range", at)
		}
	}
	// Both say something first: only then may they hear each other.
	giveUp := time.Now().Add(30 * time.Second)
	heard := make(chan string, 1)
	go func() {
		b := make([]byte, 100)
		_ = ben.SetReadDeadline(giveUp)
		n, from, err := ben.ReadFrom(b)
		if err != nil {
			heard <- err.Error()
			return
		}
		heard <- string(b[:n]) + " from " + from.String()
	}()
	if _, err := ben.WriteTo([]byte("hello"), ann.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		if _, err := ann.WriteTo([]byte("hello"), ben.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-heard:
			if want := "hello from " + ann.LocalAddr().String(); got != want {
				t.Errorf("heard %q, want %q", got, want)
			}
			if got := figure(t, address, "confab_relay_allocations"); got != 2 {
				t.Errorf("%v allocations, want 2", got)
			}
			return
		case <-again.C:
		}
	}
}

func TestRelayRefusesAddressesOfItsMachineAndOfNobody(t *testing.T) {
	address := relayed(t, server.Relay{})
	client, allocation, err := allocate(t, relayOf(t, address, "Ann"))
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"127.0.0.2:9", "169.254.169.254:80", "224.0.0.1:9", "0.0.0.0:9", "255.255.255.255:9"} {
		at, err := net.ResolveUDPAddr("udp4", to)
		if err != nil {
			t.Fatal(err)
		}
		if err := client.CreatePermission(at); err == nil {
			t.Errorf("permission for %s was granted", to)
		}
	}
	// Of the relay's own address only other allocations may be reached.
	service, err := net.ListenPacket("udp4", "127.0.0.1:20999")
	if err != nil {
		t.Skip("port 20999 is taken")
	}
	defer service.Close()
	before := figure(t, address, "confab_relay_refused_total")
	if _, err := allocation.WriteTo([]byte("psst"), service.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return figure(t, address, "confab_relay_refused_total") > before })
	_ = service.SetReadDeadline(time.Now())
	if n, _, err := service.ReadFrom(make([]byte, 10)); err == nil {
		t.Errorf("a service of this machine received %d bytes", n)
	}
}

func TestCredentialsOfTheRelayAreForMembersAndExpire(t *testing.T) {
	address := relayed(t, server.Relay{Lifetime: 2 * time.Second})
	s := relayOf(t, address, "Ann")
	if _, err := dialTo(t, "ws://"+address, "relay", "Eve", native.Dialer{}, signaling.Options{Password: "open barley"}); !errors.Is(err, signaling.ErrUnauthorized) {
		t.Errorf("another password: %v", err)
	}
	if got := figure(t, address, "confab_relay_credentials_total"); got != 1 {
		t.Errorf("%v credentials were handed out, want those of the member", got)
	}
	forged := s
	_, id, _ := strings.Cut(s.Username, ":")
	forged.Username = strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10) + ":" + id
	if _, _, err := allocate(t, forged); err == nil {
		t.Error("credentials with a later expiry were taken")
	}
	waitFor(t, func() bool {
		_, _, err := allocate(t, s)
		return err != nil
	})
}
