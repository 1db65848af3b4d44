package ui

import (
	"fmt"
	"path/filepath"
	"strings"

	"confab/conference/media/capture"
)

// choices are what a picker of devices offers: names for people, and the spec of each.
type choices struct {
	names, specs []string
	selected     int
}

// deviceChoices are the devices of a kind, the system's choice first. A spec in use that is no device of
// now (a test signal, a file, a device that is unplugged) is offered too, so the picker tells the truth.
func deviceChoices(devices []capture.Device, kind capture.Kind, spec string) choices {
	c := choices{names: []string{"System default"}, specs: []string{""}}
	for _, d := range devices {
		if d.Kind != kind {
			continue
		}
		c.names, c.specs = append(c.names, d.Name), append(c.specs, d.ID)
		if d.Default {
			c.names[0] = d.Name + " (default)"
		}
		if d.ID == spec {
			c.selected = len(c.specs) - 1
		}
	}
	if c.selected == 0 && spec != "" && spec != "default" {
		c.names, c.specs = append(c.names, specName(spec)), append(c.specs, spec)
		c.selected = len(c.specs) - 1
	}
	c.names = distinct(c.names)
	return c
}

// specName says a spec that is no device of now.
func specName(spec string) string {
	switch path, file := strings.CutPrefix(spec, "file:"); {
	case file:
		return filepath.Base(path)
	case spec == "test" || strings.HasPrefix(spec, "test:"):
		return "Test signal"
	case spec == none:
		return "None"
	}
	return "Not plugged in"
}

// distinct numbers the names that occur before, since two webcams of a kind have one name.
func distinct(names []string) []string {
	seen := make(map[string]int)
	for i, n := range names {
		if seen[n]++; seen[n] > 1 {
			names[i] = fmt.Sprintf("%s (%d)", n, seen[n])
		}
	}
	return names
}
