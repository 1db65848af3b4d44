package nats

import (
	"slices"
	"strings"

	"confab/conference/signaling"
)

// The slots by their names in signals.
const (
	slotMicrophone  = "mic"
	slotCamera      = "camera"
	slotScreen      = "screen"
	slotScreenAudio = "screen-audio"
)

// mediaLine is what must be known of one of a description's.
type mediaLine struct {
	kind   string // audio, video or another
	mid    string
	stream string // of a=msid
	sends  bool
}

// maxLines bounds the lines looked at; who takes the description refuses more.
const maxLines = 64

// linesOf reads a description's media lines. It is checked by whoever uses it.
func linesOf(sdp string) []mediaLine {
	var all []mediaLine
	var now *mediaLine
	for line := range strings.Lines(sdp) {
		line = strings.TrimRight(line, "\r\n")
		if media, ok := strings.CutPrefix(line, "m="); ok {
			if len(all) == maxLines {
				return all
			}
			f := strings.Fields(media)
			all = append(all, mediaLine{})
			now = &all[len(all)-1]
			if len(f) > 1 {
				now.kind = f[0]
				now.sends = true
			}
			continue
		}
		if now == nil {
			continue
		}
		switch value, ok := strings.CutPrefix(line, "a="); {
		case !ok:
		case value == "recvonly" || value == "inactive":
			now.sends = false
		case strings.HasPrefix(value, "mid:"):
			now.mid = value[len("mid:"):]
		case strings.HasPrefix(value, "msid:"):
			now.stream, _, _ = strings.Cut(strings.TrimSpace(value[len("msid:"):]), " ")
		}
	}
	return all
}

// slotsOf says which slot each line is that sends: as before, if it did before; else the screen's if its
// stream's label says so, or if the person's slot is taken. The result is never nil.
func slotsOf(sdp string, labels, before map[string]string) map[string]string {
	slots := make(map[string]string)
	taken := func(slot string) bool {
		for _, s := range slots {
			if s == slot {
				return true
			}
		}
		return false
	}
	lines := slices.DeleteFunc(linesOf(sdp), func(m mediaLine) bool {
		return !m.sends || m.mid == "" || len(m.mid) > signaling.MaxMid || m.kind != "audio" && m.kind != "video"
	})
	for _, m := range lines {
		if slot := before[m.mid]; slot != "" && (slot == slotCamera || slot == slotScreen) == (m.kind == "video") {
			slots[m.mid] = slot
		}
	}
	for _, m := range lines {
		person, screen := slotMicrophone, slotScreenAudio
		if m.kind == "video" {
			person, screen = slotCamera, slotScreen
		}
		label := strings.ToLower(labels[m.stream])
		wanted := []string{person, screen}
		if strings.Contains(label, "screen") || strings.Contains(label, "display") {
			wanted = []string{screen}
		}
		for _, slot := range wanted {
			if slots[m.mid] == "" && !taken(slot) {
				slots[m.mid] = slot
			}
		}
	}
	return slots
}

// labelsOf names our streams in an offer.
func labelsOf(sdp string) map[string]string {
	labels := make(map[string]string)
	for _, m := range linesOf(sdp) {
		switch m.stream {
		case "", "-":
		case "screen":
			labels[m.stream] = "screen"
		default:
			labels[m.stream] = "camera"
		}
	}
	return labels
}
