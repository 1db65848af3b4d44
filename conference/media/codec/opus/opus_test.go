//go:build cgo

package opus_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"confab/conference/media/codec"
	"confab/conference/media/codec/opus"
)

func TestAVoiceComesBack(t *testing.T) {
	pcm := voice(3 * 48000)
	packets := encodeAll(t, newEncoder(t, opus.EncoderOptions{}), pcm)
	d := newDecoder(t)
	var out []int16
	bytes := 0
	for _, packet := range packets {
		var buffer [opus.PacketSamples]int16
		n, err := d.Decode(packet, buffer[:])
		if err != nil || n != opus.PacketSamples {
			t.Fatalf("Decode = %d, %v", n, err)
		}
		out = append(out, buffer[:]...)
		bytes += len(packet)
	}
	if db := snr(pcm, out, encoderDelay+5); db < 9 {
		t.Errorf("came back with %.1f dB", db)
	} else {
		t.Logf("%.1f dB", db)
	}
	if rate := float64(bytes*8) / 3; math.Abs(rate/32_000-1) > 0.15 {
		t.Errorf("%.0f bit/s, want 32,000", rate)
	}
}

// What the encoder makes louder than full scale is bent, not wrapped around.
func TestAVoiceThatIsTooLoudDoesNotWrap(t *testing.T) {
	pcm := voice(2 * 48000)
	for i := range pcm {
		pcm[i] = int16(max(math.MinInt16, min(math.MaxInt16, 3*int(pcm[i]))))
	}
	packets := encodeAll(t, newEncoder(t, opus.EncoderOptions{}), pcm)
	d := newDecoder(t)
	out := make([]int16, 0, len(pcm))
	for _, packet := range packets {
		var buffer [opus.PacketSamples]int16
		if _, err := d.Decode(packet, buffer[:]); err != nil {
			t.Fatal(err)
		}
		out = append(out, buffer[:]...)
	}
	step := func(x []int16) (most int) {
		for i := 1; i < len(x); i++ {
			most = max(most, int(x[i])-int(x[i-1]), int(x[i-1])-int(x[i]))
		}
		return most
	}
	if peak := slices.Max(out); peak < 32000 {
		t.Errorf("its peak is %d: that is not too loud", peak)
	}
	if was, is := step(pcm), step(out); is > was*3/2 {
		t.Errorf("the greatest step between two samples is %d, it was %d", is, was)
	}
}

// lose decodes with every tenth packet lost, repaired by FEC or concealed.
func lose(t *testing.T, packets [][]byte, fec bool) []int16 {
	t.Helper()
	d := newDecoder(t)
	var out []int16
	for i, packet := range packets {
		buffer := make([]int16, opus.PacketSamples)
		var err error
		switch {
		case i%10 != 5:
			_, err = d.Decode(packet, buffer)
		case fec:
			_, err = d.DecodeFEC(packets[i+1], buffer)
		default:
			_, err = d.Decode(nil, buffer)
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, buffer...)
	}
	return out
}

func TestFECRepairsBetterThanConcealment(t *testing.T) {
	pcm := voice(4 * 48000)
	packets := encodeAll(t, newEncoder(t, opus.EncoderOptions{}), pcm)
	var clean []int16
	d := newDecoder(t)
	with := 0
	for _, packet := range packets {
		buffer := make([]int16, opus.PacketSamples)
		if _, err := d.Decode(packet, buffer); err != nil {
			t.Fatal(err)
		}
		clean = append(clean, buffer...)
		if opus.HasFEC(packet) {
			with++
		}
	}
	if with < len(packets)*6/10 {
		t.Errorf("%d of %d packets carry FEC", with, len(packets))
	}
	concealed, repaired := snr(clean, lose(t, packets, false), 0), snr(clean, lose(t, packets, true), 0)
	t.Logf("concealed %.1f dB, repaired %.1f dB", concealed, repaired)
	if repaired < concealed+3 {
		t.Errorf("FEC %.1f dB, concealment %.1f dB", repaired, concealed)
	}
}

func TestPacketsFromAPauseHaveNoFEC(t *testing.T) {
	packets := encodeAll(t, newEncoder(t, opus.EncoderOptions{}), make([]int16, 48000))
	for i, packet := range packets[5:] {
		if opus.HasFEC(packet) {
			t.Errorf("packet %d carries FEC", i+5)
		}
	}
}

func TestTheFlagOfFECIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		packet []byte
		want   bool
	}{
		"wideband 20 ms":           {[]byte{9 << 3, 0x40, 0}, true},
		"wideband 20 ms without":   {[]byte{9 << 3, 0x80, 0}, false},
		"wideband 10 ms":           {[]byte{8 << 3, 0x40, 0}, true},
		"wideband 40 ms":           {[]byte{10 << 3, 0x20, 0}, true},
		"wideband 40 ms without":   {[]byte{10 << 3, 0xc0, 0}, false},
		"wideband 60 ms":           {[]byte{11 << 3, 0x10, 0}, true},
		"hybrid 20 ms":             {[]byte{13 << 3, 0x40, 0}, true},
		"hybrid 20 ms of fullband": {[]byte{15 << 3, 0x40, 0}, true},
		"stereo, second channel":   {[]byte{9<<3 | 4, 0x10, 0}, true},
		"stereo 60 ms, second":     {[]byte{11<<3 | 4, 0x01, 0}, true},
		"mono with that bit":       {[]byte{9 << 3, 0x10, 0}, false},
		"CELT":                     {[]byte{16 << 3, 0x40, 0}, false},
		"two frames":               {[]byte{9<<3 | 1, 0x40, 0}, false},
		"a packet of DTX":          {[]byte{9 << 3}, false},
		"nothing":                  {nil, false},
	} {
		if got := opus.HasFEC(c.packet); got != c.want {
			t.Errorf("%s: HasFEC = %v", name, got)
		}
	}
}

func TestLossSteersFEC(t *testing.T) {
	pcm := voice(48000)
	e := newEncoder(t, opus.EncoderOptions{})
	for _, fraction := range []float64{0, 0.3, 1, -1, math.NaN(), math.Inf(1), 0.02} {
		if err := e.SetLoss(fraction); err != nil {
			t.Errorf("SetLoss(%v) = %v", fraction, err)
		}
		with := 0
		for _, packet := range encodeAll(t, e, pcm) {
			if opus.HasFEC(packet) {
				with++
			}
		}
		if with < 30 {
			t.Errorf("at a loss of %v %d of 50 packets carry FEC", fraction, with)
		}
	}
}

func TestSilenceCostsLittleWithDTX(t *testing.T) {
	silence := make([]int16, 2*48000)
	for _, on := range []bool{false, true} {
		e := newEncoder(t, opus.EncoderOptions{DTX: !on})
		if err := e.SetDTX(on); err != nil {
			t.Fatal(err)
		}
		tiny := 0
		for _, packet := range encodeAll(t, e, silence) {
			if len(packet) <= 2 {
				tiny++
			}
		}
		if (tiny > 70) != on {
			t.Errorf("DTX %v: %d of 100 packets have 1 or 2 bytes", on, tiny)
		}
	}
}

func TestTheRateCanBeChanged(t *testing.T) {
	pcm := voice(2 * 48000)
	e := newEncoder(t, opus.EncoderOptions{BitsPerSecond: 24_000})
	for _, want := range []int{16_000, 48_000} {
		if err := e.SetRate(want); err != nil {
			t.Fatal(err)
		}
		bytes := 0
		for _, packet := range encodeAll(t, e, pcm) {
			bytes += len(packet)
		}
		if got := float64(bytes * 4); math.Abs(got/float64(want)-1) > 0.2 {
			t.Errorf("%.0f bit/s, want %d", got, want)
		}
	}
	if err := e.SetRate(5_999); err == nil {
		t.Error("5,999 bit/s were taken")
	}
}

// A copy conceals as the original would, and leaves it as it was.
func TestACopiedDecoderGoesOnAlike(t *testing.T) {
	packets := encodeAll(t, newEncoder(t, opus.EncoderOptions{}), voice(48000))
	d, reference, other := newDecoder(t), newDecoder(t), newDecoder(t)
	var a, b, c [opus.PacketSamples]int16
	decode := func(d *opus.Decoder, packet []byte, out []int16) {
		t.Helper()
		if _, err := d.Decode(packet, out); err != nil {
			t.Fatal(err)
		}
	}
	for i, packet := range packets {
		decode(d, packet, a[:])
		decode(reference, packet, b[:])
		if !slices.Equal(a[:], b[:]) {
			t.Fatalf("packet %d: concealing in a copy changed the original", i)
		}
		other.CopyFrom(d)
		decode(other, nil, c[:480])
		decode(other, nil, c[480:])
		if i == 30 {
			other.CopyFrom(d)
			decode(other, nil, c[:])
			decode(reference, nil, b[:])
			if !slices.Equal(c[:], b[:]) {
				t.Fatal("the copy conceals otherwise")
			}
			reference.CopyFrom(d)
		}
	}
}

func TestBadInputIsRefused(t *testing.T) {
	e, d := newEncoder(t, opus.EncoderOptions{}), newDecoder(t)
	var own *opus.Error
	if _, err := e.Encode(nil, make([]int16, 7)); !errors.As(err, &own) || own.Text != "invalid argument" {
		t.Errorf("7 samples: %v", err)
	}
	packet, err := e.Encode([]byte("before"), voice(opus.PacketSamples))
	if err != nil || string(packet[:6]) != "before" {
		t.Fatalf("Encode = % x, %v", packet, err)
	}
	packet = packet[6:]
	if _, err := d.Decode(packet, make([]int16, 480)); !errors.As(err, &own) || own.Text != "buffer too small" {
		t.Errorf("too short a buffer: %v", err)
	}
	if _, err := d.Decode(packet, nil); err == nil {
		t.Error("no buffer: no error")
	}
	if _, err := d.Decode([]byte{0xff, 0xff}, make([]int16, opus.MaxPacketSamples)); !errors.As(err, &own) || own.Code != -4 {
		t.Errorf("no packet: %v", err)
	}
	for _, o := range []opus.EncoderOptions{{Complexity: 11}, {Complexity: -1}, {BitsPerSecond: -1}, {BitsPerSecond: 600_000}} {
		if _, err := opus.NewEncoder(o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}

func TestAfterCloseNothingWorks(t *testing.T) {
	e, err := opus.NewEncoder(opus.EncoderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := opus.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := errors.Join(e.Close(), d.Close()); err != nil {
			t.Error(err)
		}
	}
	_, encode := e.Encode(nil, make([]int16, opus.PacketSamples))
	_, decode := d.Decode(nil, make([]int16, opus.PacketSamples))
	for _, err := range []error{encode, decode, e.SetLoss(0.5), e.SetRate(32_000), e.SetDTX(true)} {
		if !errors.Is(err, codec.ErrClosed) {
			t.Errorf("%v, want ErrClosed", err)
		}
	}
}

func TestNothingIsAllocatedPerPacket(t *testing.T) {
	e, d := newEncoder(t, opus.EncoderOptions{}), newDecoder(t)
	copied := newDecoder(t)
	pcm, packet := voice(opus.PacketSamples), make([]byte, 0, opus.MaxPacket)
	allocations := testing.AllocsPerRun(100, func() {
		var err error
		if packet, err = e.Encode(packet[:0], pcm); err != nil {
			t.Error(err)
		}
		if _, err := d.Decode(packet, pcm); err != nil {
			t.Error(err)
		}
		copied.CopyFrom(d)
		if _, err := d.DecodeFEC(packet, pcm); err != nil {
			t.Error(err)
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations a packet", allocations)
	}
}
