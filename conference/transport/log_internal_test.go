package transport

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestPionsLinesAreDebugWhateverItCallsThem(t *testing.T) {
	var out bytes.Buffer
	at := func(level slog.Level) *slog.Logger {
		return slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level}))
	}
	speak := func(log *slog.Logger) {
		l := pionLogs{log}.NewLogger("ice")
		l.Error("e")
		l.Errorf("%s", "e")
		l.Warnf("%s", "10.0.0.1")
		l.Infof("%s", "i")
		l.Tracef("%s", "t")
	}
	speak(at(slog.LevelInfo))
	if out.Len() != 0 {
		t.Errorf("written above Debug: %s", &out)
	}
	speak(at(slog.LevelDebug))
	text := out.String()
	if strings.Count(text, "\n") != 4 || !strings.Contains(text, "level=DEBUG msg=pion scope=ice severity=warn text=10.0.0.1") {
		t.Errorf("written: %s", text)
	}
}
