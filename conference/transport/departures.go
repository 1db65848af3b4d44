package transport

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"

	"confab/conference/transport/bandwidth"
)

const (
	// departuresKept are remembered until they are reported, in packets: 8 s at 10 Mbit/s. A power of 2.
	departuresKept = 8192
	// referenceUnit is the unit of a report's reference time, which has 24 bits.
	referenceUnit = 64 * time.Millisecond
)

// departure is a packet that left.
type departure struct {
	at   time.Time
	size int  // bytes of RTP
	twin bool // it has left once more under the same number
}

// departures remembers what left with a transport-wide number, and makes sense of the reports about it
// (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1).
//
// pion's own (interceptor/pkg/rtpfb) takes for lost what a report told that was lost itself. The
// reports are counted: across a gap in the count nobody knows.
type departures struct {
	// headers are the bytes around each RTP packet: IP, UDP and the rest.
	headers atomic.Int32

	mu      sync.Mutex
	kept    [departuresKept]departure // by number
	next    int64                     // the next packet's number, of which 16 bits are sent
	told    int64                     // those before have been reported
	heard   bool                      // a report has come
	message uint8                     // its count
	zero    time.Time                 // what the receiver's clock is taken to have begun at
	units   int64                     // reference time of the last report, from zero
	wire    uint32                    // the same as it was sent
}

// leave gives a packet that leaves now its number. set is called with it before the next one can get
// one, and gives the packet's size in bytes.
func (d *departures) leave(set func(number uint16, now time.Time) (size int)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	d.kept[d.next%departuresKept] = departure{at: now, size: set(uint16(d.next), now)}
	d.next++
}

// resent notes that a packet leaves once more under its old number: which of the two a report tells of is
// not known.
func (d *departures) resent(number uint16) {
	d.mu.Lock()
	defer d.mu.Unlock()
	newest := d.next - 1
	if n := newest + int64(int16(number-uint16(newest))); n >= 0 && n > newest-departuresKept && n <= newest {
		d.kept[n%departuresKept].twin = true
	}
}

// report tells what became of the packets that no report has spoken of, in order of departure. A
// report that is late, comes twice or speaks of packets that never left gives nothing.
func (d *departures) report(now time.Time, r *rtcp.TransportLayerCC) []bandwidth.Result {
	d.mu.Lock()
	defer d.mu.Unlock()
	newest := d.next - 1
	base := newest + int64(int16(r.BaseSequenceNumber-uint16(newest)))
	end := base + int64(r.PacketStatusCount)
	if base < 0 || end > d.next || end <= d.told {
		return nil
	}
	gap := r.FbPktCount != d.message+1
	if !d.heard {
		gap = r.FbPktCount != 0
		d.zero, d.wire = now, r.ReferenceTime
	}
	d.units += int64(int32((r.ReferenceTime-d.wire)<<8) >> 8)
	d.heard, d.message, d.wire = true, r.FbPktCount, r.ReferenceTime

	d.told = max(d.told, d.next-departuresKept)
	results := make([]bandwidth.Result, 0, end-d.told)
	for ; d.told < base; d.told++ {
		results = append(results, d.result(d.told, time.Time{}, gap))
	}
	arrived := d.zero.Add(time.Duration(d.units) * referenceUnit)
	number := base
	for status := range statuses(r) {
		arrived = arrived.Add(status.delta)
		if number == d.told && number < end {
			at := arrived
			if !status.timed {
				at = time.Time{}
			}
			results = append(results, d.result(number, at, status.arrived))
			d.told++
		}
		number++
	}
	return results
}

// result is one packet's. A packet without a time of arrival is lost, or unknown.
func (d *departures) result(number int64, arrived time.Time, unknown bool) bandwidth.Result {
	p := &d.kept[number%departuresKept]
	if p.twin && !arrived.IsZero() {
		arrived, unknown = time.Time{}, true
	}
	r := bandwidth.Result{Departed: p.at, Arrived: arrived, Size: p.size + int(d.headers.Load())}
	if arrived.IsZero() {
		r.Lost, r.Unknown = !unknown, unknown
	}
	return r
}

// status is what a report says about one packet.
type status struct {
	arrived bool
	timed   bool          // the report tells when
	delta   time.Duration // since the one before that is timed
}

// statuses are what a report says about its packets, in their order.
func statuses(r *rtcp.TransportLayerCC) func(yield func(status) bool) {
	deltas := r.RecvDeltas
	read := func(symbol uint16) status {
		s := status{arrived: symbol != rtcp.TypeTCCPacketNotReceived}
		timed := symbol == rtcp.TypeTCCPacketReceivedSmallDelta || symbol == rtcp.TypeTCCPacketReceivedLargeDelta
		if timed && len(deltas) > 0 {
			s.timed = true
			s.delta = time.Duration(deltas[0].Delta) * time.Microsecond
			deltas = deltas[1:]
		}
		return s
	}
	return func(yield func(status) bool) {
		left := int(r.PacketStatusCount)
		for _, chunk := range r.PacketChunks {
			switch c := chunk.(type) {
			case *rtcp.RunLengthChunk:
				for range min(left, int(c.RunLength)) {
					if !yield(read(c.PacketStatusSymbol)) {
						return
					}
				}
				left -= min(left, int(c.RunLength))
			case *rtcp.StatusVectorChunk:
				for _, symbol := range c.SymbolList[:min(left, len(c.SymbolList))] {
					if !yield(read(symbol)) {
						return
					}
				}
				left -= min(left, len(c.SymbolList))
			}
		}
	}
}
