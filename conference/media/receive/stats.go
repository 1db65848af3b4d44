package receive

import "time"

// VideoStats are the figures of a stream since its start, with the meanings of W3C webrtc-stats.
type VideoStats struct {
	FrameWidth, FrameHeight  int // pixels, of the last frame
	FramesDecoded            uint64
	FramesPerSecond          float64 // decoded, over the last second
	FramesDropped            uint64  // arrived, but not decoded
	FreezeCount              uint64
	TotalFreezesDuration     time.Duration
	JitterBufferDelay        time.Duration // from a frame's first packet to its decoder, summed
	JitterBufferEmittedCount uint64
	KeyFramesDecoded         uint64
	PLICount                 uint64 // requests for key frames
	NACKCount                uint64 // requests for repairs
	PacketsReceived          uint64
	PacketsLost              int64  // never arrived, not as a repair either
	BytesReceived            uint64 // of RTP payload
	TemporalLayer            int    // the highest of the last second or two
}

// Stats are the figures at now.
func (v *Video) Stats(now time.Time) VideoStats {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.figures
	s.FramesPerSecond = v.pace.framesPerSecond(now)
	s.FreezeCount, s.TotalFreezesDuration = v.pace.freezes, v.pace.frozen
	s.FramesDropped += v.counts.dropped
	s.PLICount, s.NACKCount = v.counts.plis, v.counts.nacks
	s.PacketsReceived, s.BytesReceived = v.counts.packets, v.counts.bytes
	s.PacketsLost = int64(v.counts.expected) - int64(v.counts.unique)
	s.TemporalLayer = v.layers.highest(now)
	return s
}

// layerWatch remembers the highest temporal layer seen lately.
type layerWatch struct {
	since     time.Time
	now, last uint8 // the highest of this second and of the last one
}

func (w *layerWatch) see(now time.Time, layer uint8) {
	w.roll(now)
	w.now = max(w.now, layer)
}

func (w *layerWatch) roll(now time.Time) {
	if d := now.Sub(w.since); d >= 2*time.Second {
		w.since, w.last, w.now = now, 0, 0
	} else if d >= time.Second {
		w.since, w.last, w.now = now, w.now, 0
	}
}

func (w *layerWatch) highest(now time.Time) int {
	w.roll(now)
	return int(max(w.now, w.last))
}
