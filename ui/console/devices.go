package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"text/tabwriter"

	"confab/conference/media/audio"
	"confab/conference/media/capture"
	"confab/ui/sentence"
)

// deviceLine is a device in JSON.
type deviceLine struct {
	Kind    string `json:"kind"`
	ID      string `json:"id"`
	Name    string `json:"name"`
	Default bool   `json:"default"`
}

// Devices lists cameras, microphones, speakers and screens: a table, or one JSON array. What cannot be
// listed (no sound system, no display) is said on notes, and is no error. Nothing is opened but the
// sound system's list.
func Devices(asJSON bool, out, notes io.Writer, log *slog.Logger) error {
	sound := audio.NewDevices(log)
	all := []capture.Device{}
	screens := func() ([]capture.Device, error) {
		found, err := capture.Screens()
		return found, sentence.OfDevice(capture.Screen, err)
	}
	for _, list := range []func() ([]capture.Device, error){capture.Cameras, sound.List, screens} {
		found, err := list()
		if err != nil {
			fmt.Fprintln(notes, sentence.For(err))
		}
		all = append(all, found...)
	}
	return errors.Join(writeDevices(asJSON, all, out), sound.Close())
}

func writeDevices(asJSON bool, all []capture.Device, out io.Writer) error {
	if asJSON {
		lines := make([]deviceLine, 0, len(all))
		for _, d := range all {
			lines = append(lines, deviceLine{d.Kind.String(), d.ID, d.Name, d.Default})
		}
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(lines)
	}
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "KIND\tNAME\tID\t")
	for _, d := range all {
		mark := ""
		if d.Default {
			mark = "default"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", d.Kind, d.Name, d.ID, mark)
	}
	return w.Flush()
}
