package data_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"confab/conference/data"
	"confab/conference/media"
	"confab/conference/signaling"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMessagesComeBackAsTheyWereSent(t *testing.T) {
	for _, want := range []data.Message{
		data.State{Name: "Zoë <b>", Metadata: signaling.Metadata{Microphone: true, Screen: true}},
		data.State{},
		data.Chat{Text: "Grüße,\n<Ana> & \"Ben\""},
		data.View{Slot: media.Camera, Width: 640, Height: 360, Visible: true},
		data.View{Slot: media.Screen},
		data.View{Slot: media.Screen, Width: 1280, Height: 720, Visible: true, Pinned: true},
	} {
		b, err := data.Append(nil, want)
		if err != nil {
			t.Fatalf("Append(%+v): %v", want, err)
		}
		got, err := data.Parse(b)
		if err != nil {
			t.Fatalf("Parse(%s): %v", b, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: (-want +got)\n%s", b, d)
		}
	}
}

func TestNamesAreFitToBeShown(t *testing.T) {
	m, err := data.Parse([]byte(`{"kind":"state","metadata":{},"name":"\u202eAna\n` + strings.Repeat("x", 100) + `"}`))
	if err != nil {
		t.Fatal(err)
	}
	if name := m.(data.State).Name; strings.ContainsAny(name, "\u202e\n") || len(name) > signaling.MaxName {
		t.Errorf("name %q", name)
	}
}

func TestMalformedMessagesAreRefusedByName(t *testing.T) {
	for name, c := range map[string]struct{ in, says string }{
		"not JSON":        {`{"kind":`, "unexpected end"},
		"no metadata":     {`{"kind":"state"}`, "without metadata"},
		"metadata a list": {`{"kind":"state","metadata":[]}`, "metadata"},
		"slot unknown":    {`{"kind":"view","slot":"tuba"}`, `"tuba"`},
		"slot of sound":   {`{"kind":"view","slot":"mic"}`, "want camera or screen"},
		"negative":        {`{"kind":"view","slot":"camera","width":-1}`, "-1x0"},
		"huge":            {`{"kind":"view","slot":"camera","width":100000,"height":1}`, "100000x1"},
		"too large":       {`{"kind":"view","x":"` + strings.Repeat("x", data.MaxMessage) + `"}`, "at most 8192"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := data.Parse([]byte(c.in))
			if !errors.Is(err, data.ErrMessage) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("Parse = %v, want ErrMessage that says %q", err, c.says)
			}
		})
	}
	if _, err := data.Parse([]byte(`{"kind":"confetti"}`)); !errors.Is(err, data.ErrUnknown) {
		t.Errorf("a newer client's message: %v, want ErrUnknown", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"kind":"state","name":"a","metadata":{"mic":true}}`))
	f.Add([]byte(`{"kind":"chat","text":"hello\\n\u00e9"}`))
	f.Add([]byte(`{"kind":"view","slot":"screen","width":1,"height":2,"visible":true}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := data.Parse(b)
		if err != nil {
			return
		}
		again, err := data.Append(nil, m)
		if err != nil {
			t.Fatal(err)
		}
		m2, err := data.Parse(again)
		if err != nil || !cmp.Equal(m, m2) {
			t.Fatalf("%s became %s: %+v, %v", b, again, m2, err)
		}
	})
}
