// Package locale keeps Fyne from complaining about the locale C.UTF-8, which containers and servers have:
// it takes "C" for a language, cannot read it, and writes three lines to standard error before main has
// begun, also where no window is asked for.
//
// The package is imported for its effect. Packages are initialised in the order of their import paths (The
// Go Programming Language Specification, "Program initialization"), and this one needs nothing that comes
// after fyne.io: it is before Fyne's.
package locale

import (
	"os"
	"strings"
)

func init() {
	if os.Getenv("LANGUAGE") != "" {
		return
	}
	if name, _, _ := strings.Cut(messages(), "."); name == "C" || name == "POSIX" {
		// GNU's variable for the language of messages alone: nothing else changes, for us and our children.
		_ = os.Setenv("LANGUAGE", "en")
	}
}

// messages is the locale of messages, as POSIX chooses it.
func messages() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := os.Getenv(name); value != "" {
			return value
		}
	}
	return ""
}
