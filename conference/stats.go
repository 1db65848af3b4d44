package conference

import (
	"time"

	"confab/conference/signaling"
)

// Stats are the figures of a call at one moment. Names and meanings are those of W3C webrtc-stats
// where it has them; counters count from the connection's start. The JSON form is stable.
type Stats struct {
	CPUSeconds float64       `json:"cpuSeconds"` // of this process, user and system
	RSSBytes   int64         `json:"rssBytes"`   // of this process
	Outbound   OutboundStats `json:"outbound"`
	Peers      []PeerStats   `json:"peers"`
}

// OutboundStats are the figures of what we send.
type OutboundStats struct {
	Encoders []EncoderStats      `json:"encoders"` // those that run
	Peers    []OutboundPeerStats `json:"peers"`
}

// EncoderStats are the figures of one tier's encoder.
type EncoderStats struct {
	Tier            string  `json:"tier"` // camera-720p, camera-360p, camera-180p or screen
	Width           int     `json:"width"`
	Height          int     `json:"height"`
	FramesEncoded   uint64  `json:"framesEncoded"`
	KeyFrames       uint64  `json:"keyFramesEncoded"`
	TotalEncodeTime float64 `json:"totalEncodeTime"` // seconds
	TargetBitrate   int     `json:"targetBitrate"`   // bits per second
}

// OutboundPeerStats are the figures of what we send to one peer.
type OutboundPeerStats struct {
	ID            signaling.PeerID `json:"id"`
	Tier          string           `json:"tier,omitempty"` // of the camera
	TemporalLayer int              `json:"temporalLayer"`
	BytesSent     uint64           `json:"bytesSent"`
	PacketsSent   uint64           `json:"packetsSent"`
	FramesSent    uint64           `json:"framesSent"`
	PLICount      uint64           `json:"pliCount"`
	NACKCount     uint64           `json:"nackCount"`
}

// PeerStats are the figures of one connection.
type PeerStats struct {
	ID                       signaling.PeerID `json:"id"`
	Name                     string           `json:"name"`
	State                    string           `json:"state"`
	Path                     PathStats        `json:"path"`
	RoundTripTime            float64          `json:"roundTripTime"` // seconds
	AvailableOutgoingBitrate float64          `json:"availableOutgoingBitrate"`
	Video                    VideoStats       `json:"video"`
	Screen                   *VideoStats      `json:"screen,omitempty"`
	Audio                    AudioStats       `json:"audio"`
}

// PathStats say where the packets go.
type PathStats struct {
	Local    string `json:"local"` // address and port
	Remote   string `json:"remote"`
	Protocol string `json:"protocol"`
	Relayed  bool   `json:"relayed"`
}

// VideoStats are the figures of one received picture stream.
type VideoStats struct {
	FrameWidth               int           `json:"frameWidth"`
	FrameHeight              int           `json:"frameHeight"`
	FramesDecoded            uint64        `json:"framesDecoded"`
	FramesPerSecond          float64       `json:"framesPerSecond"`
	FramesDropped            uint64        `json:"framesDropped"`
	FreezeCount              uint64        `json:"freezeCount"`
	TotalFreezesDuration     float64       `json:"totalFreezesDuration"` // seconds
	JitterBufferDelay        float64       `json:"jitterBufferDelay"`    // seconds, summed over emitted frames
	JitterBufferEmittedCount uint64        `json:"jitterBufferEmittedCount"`
	KeyFramesDecoded         uint64        `json:"keyFramesDecoded"`
	PLICount                 uint64        `json:"pliCount"`
	NACKCount                uint64        `json:"nackCount"`
	PacketsReceived          uint64        `json:"packetsReceived"`
	PacketsLost              int64         `json:"packetsLost"`
	BytesReceived            uint64        `json:"bytesReceived"`
	Tier                     string        `json:"tier"`
	TemporalLayer            int           `json:"temporalLayer"`
	LatencyMs                *LatencyStats `json:"latencyMs,omitempty"` // of the test picture's clock; same machine only
}

// LatencyStats are quantiles in milliseconds.
type LatencyStats struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
}

// AudioStats are the figures of one received sound stream.
type AudioStats struct {
	PacketsReceived          uint64   `json:"packetsReceived"`
	PacketsLost              int64    `json:"packetsLost"`
	BytesReceived            uint64   `json:"bytesReceived"`
	ConcealedSamples         uint64   `json:"concealedSamples"`
	TotalSamplesReceived     uint64   `json:"totalSamplesReceived"`
	AudioLevel               float64  `json:"audioLevel"`        // 0 to 1, linear: the greatest of the last 100 ms
	TotalAudioEnergy         float64  `json:"totalAudioEnergy"`  // seconds times the level's square, summed
	JitterBufferDelay        float64  `json:"jitterBufferDelay"` // seconds, summed over emitted samples
	JitterBufferEmittedCount uint64   `json:"jitterBufferEmittedCount"`
	LatencyMs                *float64 `json:"latencyMs,omitempty"` // of the test chirp; same machine only
}

// StatsInterval is how often rates in Stats (framesPerSecond) are measured anew.
const StatsInterval = time.Second
