package transport

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// pionLogs gives pion's packages loggers that write to ours. Whatever pion calls it, it becomes Debug:
// its lines carry addresses, and a peer can make it write warnings and errors at will (each packet of
// an unknown stream is one). The attribute severity keeps pion's own word.
type pionLogs struct{ log *slog.Logger }

// NewLogger is the logger of one of pion's scopes.
func (l pionLogs) NewLogger(scope string) logging.LeveledLogger {
	return pionLog{l.log.With("scope", scope)}
}

type pionLog struct{ log *slog.Logger }

// levelTrace is below Debug: pion's traces are written per packet.
const levelTrace = slog.LevelDebug - 4

func (l pionLog) write(level slog.Level, severity, msg string) {
	l.log.Log(context.Background(), level, "pion", "severity", severity, "text", msg)
}

func (l pionLog) writef(level slog.Level, severity, format string, args []any) {
	if l.log.Enabled(context.Background(), level) {
		l.write(level, severity, fmt.Sprintf(format, args...))
	}
}

func (l pionLog) Trace(msg string)                  { l.write(levelTrace, "trace", msg) }
func (l pionLog) Tracef(format string, args ...any) { l.writef(levelTrace, "trace", format, args) }
func (l pionLog) Debug(msg string)                  { l.write(slog.LevelDebug, "debug", msg) }
func (l pionLog) Debugf(format string, args ...any) { l.writef(slog.LevelDebug, "debug", format, args) }
func (l pionLog) Info(msg string)                   { l.write(slog.LevelDebug, "info", msg) }
func (l pionLog) Infof(format string, args ...any)  { l.writef(slog.LevelDebug, "info", format, args) }
func (l pionLog) Warn(msg string)                   { l.write(slog.LevelDebug, "warn", msg) }
func (l pionLog) Warnf(format string, args ...any)  { l.writef(slog.LevelDebug, "warn", format, args) }
func (l pionLog) Error(msg string)                  { l.write(slog.LevelDebug, "error", msg) }
func (l pionLog) Errorf(format string, args ...any) { l.writef(slog.LevelDebug, "error", format, args) }
