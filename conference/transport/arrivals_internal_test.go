package transport

import (
	"encoding/binary"
	"log/slog"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/transport/v4/stdnet"
)

// raw is a packet of RTP as it is on the wire.
func raw(ssrc uint32, number uint16) []byte {
	b := make([]byte, 40)
	b[0], b[1] = 0x80, 96
	binary.BigEndian.PutUint16(b[2:], number)
	binary.BigEndian.PutUint32(b[8:], ssrc)
	return b
}

func TestArrivalsAreThoseAtTheSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArrivals()
		for n := range uint16(300) {
			time.Sleep(time.Millisecond)
			a.came(raw(7, 65400+n), time.Now())
			a.came(raw(8, n), time.Now())
		}
		time.Sleep(40 * time.Millisecond)
		for n := range uint16(300) {
			want := time.Duration(n+1) * time.Millisecond
			if got, other := a.read(7, 65400+n), a.read(8, n); got != want || other != want {
				t.Fatalf("packet %d came in at %v and %v, want %v", n, got, other, want)
			}
		}
		if got := a.read(7, 65400); got != 340*time.Millisecond {
			t.Errorf("one that is read twice came in at %v, want the present", got)
		}
		if got := a.read(9, 1); got != 340*time.Millisecond {
			t.Errorf("one that no socket saw came in at %v, want the present", got)
		}
	})
}

func TestOnlyMediaIsNoted(t *testing.T) {
	channel := append([]byte{0x40, 1, 0, 40}, raw(7, 5)...)
	for name, test := range map[string]struct {
		packet []byte
		want   bool
	}{
		"RTP":                   {raw(7, 5), true},
		"RTP in a TURN channel": {channel, true},
		"RTCP":                  {append([]byte{0x80, 200}, make([]byte, 30)...), false},
		"STUN":                  {make([]byte, 40), false},
		"DTLS":                  {append([]byte{22, 0xfe, 0xfd}, make([]byte, 30)...), false},
		"short":                 {raw(7, 5)[:11], false},
		"short in a channel":    {channel[:12], false},
		"nothing":               {nil, false},
	} {
		number, ssrc, ok := mediaPacket(test.packet)
		if ok != test.want || ok && (number != 5 || ssrc != 7) {
			t.Errorf("%s: number %d of stream %d, %v", name, number, ssrc, ok)
		}
	}
}

// A reader that is late is not a path that loses.
func TestAReportWaitsForPacketsThatHaveArrived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		came, sent := newArrivals(), &reports{}
		r := newReporter(came, slog.New(slog.DiscardHandler))
		r.BindRTCPWriter(sent)
		pictures, sound := newStream(r, "video/VP8", 7), newStream(r, "audio/opus", 8)
		pictures.arrive(t, 0)
		time.Sleep(60 * time.Millisecond) // one report, and the beat of the next ones
		before := sent.count()

		// A picture's packet comes in, then one of sound, which is read first.
		came.came(raw(7, pictures.number), time.Now())
		at := time.Since(came.began)
		sound.number = pictures.number + 1
		time.Sleep(5 * time.Millisecond)
		sound.arrive(t, 0)
		time.Sleep(60 * time.Millisecond)
		if n := sent.count() - before; n != 0 {
			t.Fatalf("%d reports while a packet waits to be read", n)
		}
		pictures.arrive(t, 0)
		synctest.Wait()
		if n := sent.count() - before; n != 1 {
			t.Fatalf("%d reports once it is read, want one at once", n)
		}
		last := sent.all[len(sent.all)-1]
		if last.PacketStatusCount != 2 || len(last.RecvDeltas) != 2 {
			t.Errorf("report %+v, want both packets", last)
		}
		first := time.Duration(last.ReferenceTime)*referenceUnit + time.Duration(last.RecvDeltas[0].Delta)*time.Microsecond
		if off := first - at; off < -250*time.Microsecond || off > 250*time.Microsecond {
			t.Errorf("the packet that was read late is told to be %v off", off)
		}

		// One that is never read was refused: it holds up nothing for long.
		before = sent.count()
		came.came(raw(7, 1000), time.Now())
		for range 50 {
			sound.number++
			sound.arrive(t, 0)
			time.Sleep(10 * time.Millisecond)
		}
		if n := sent.count() - before; n < 8 {
			t.Errorf("%d reports in 0.5 s", n)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestTheSystemTellsWhenAPacketCameIn(t *testing.T) {
	below, err := stdnet.NewNet()
	if err != nil {
		t.Fatal(err)
	}
	a := newArrivals()
	n := &watchedNet{below, a}
	receiver, err := n.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer receiver.Close()
	sender, err := n.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	b := make([]byte, 1500)
	for i := range uint16(20) { // the kernel begins to stamp a moment after it is asked
		began := time.Since(a.began)
		if _, err := sender.WriteTo(raw(7, i), receiver.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		left := time.Since(a.began)
		size, from, err := receiver.ReadFrom(b)
		if err != nil || size != 40 || from.String() != sender.LocalAddr().String() {
			t.Fatalf("ReadFrom = %d from %v, %v", size, from, err)
		}
		// The clock of the stamps is not the steady one: they differ by some microseconds.
		const inexact = time.Millisecond
		at := a.read(7, i)
		if at < began-inexact || at > time.Since(a.began)+inexact {
			t.Fatalf("packet %d came in at %v, sent between %v and %v", i, at, began, left)
		}
		if s, ok := receiver.(*socket); i == 19 && ok && s.stamped && at > left+inexact {
			t.Errorf("packet %d came in at %v, when it had left by %v", i, at, left)
		}
	}
}
