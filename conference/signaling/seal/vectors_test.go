package seal_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"confab/conference/signaling"
	"confab/conference/signaling/seal"
)

var write = flag.Bool("update", false, "write testdata/vectors.json anew")

// vectors are an example for those who write another client. Bytes are in hexadecimal digits.
type vectors struct {
	Key      string     `json:"key"`
	Room     string     `json:"room"`
	Asker    string     `json:"asker"` // the ID of whoever says hello
	Answerer string     `json:"answerer"`
	Asked    string     `json:"asked"` // the hello's challenge
	Own      string     `json:"own"`   // the answer's
	Hello    string     `json:"hello"`
	Answer   string     `json:"answer"`
	State    seal.State `json:"state"` // in the answer
	// Words are the first ones of each direction, and what is in them.
	Words []word `json:"words"`
}

type word struct {
	Asker  bool   `json:"asker"` // sent by whoever said hello
	Text   string `json:"text"`
	Sealed string `json:"sealed"`
}

func (v *vectors) way() seal.Way {
	return seal.Way{Room: v.Room, From: signaling.PeerID(v.Asker), To: signaling.PeerID(v.Answerer)}
}

func challenge(t *testing.T, digits string) (c seal.Challenge) {
	t.Helper()
	copy(c[:], unhex(t, digits))
	return c
}

func unhex(t *testing.T, digits string) []byte {
	t.Helper()
	b, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// make fills in what is sealed.
func (v *vectors) make(t *testing.T) {
	t.Helper()
	secret := newSecret(t, v.Key, v.Room)
	asked, own := challenge(t, v.Asked), challenge(t, v.Own)
	v.Hello = hex.EncodeToString(secret.Hello(v.way(), asked))
	v.Answer = hex.EncodeToString(secret.Answer(v.way().Back(), asked, own, v.State))
	channels := map[bool]*seal.Channel{true: secret.Channel(v.way(), asked, own, true), false: secret.Channel(v.way().Back(), asked, own, false)}
	for i, w := range v.Words {
		sealed, err := channels[w.Asker].Seal([]byte(w.Text))
		if err != nil {
			t.Fatal(err)
		}
		v.Words[i].Sealed = hex.EncodeToString(sealed)
	}
}

func newSecret(t *testing.T, key, room string) *seal.Secret {
	t.Helper()
	s, err := seal.NewSecret(key, room)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFormatIsThatOfTheVectors(t *testing.T) {
	path := filepath.Join("testdata", "vectors.json")
	if *write {
		v := vectors{
			Key: "0123456789abcdefghijklmnopqrstuv", Room: "Besprechung für später", Asker: "p_JllLosc-vBcgR_Iw", Answerer: "p_2rHQ-Y6GEqB-0VL-",
			Asked: "000102030405060708090a0b0c0d0e0f", Own: "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
			State: seal.State{Name: "Ben", Metadata: signaling.Metadata{Camera: true}},
			Words: []word{
				{Asker: true, Text: `{"kind":"state","name":"Ana","metadata":{"mic":true,"camera":true,"screen":false}}`},
				{Asker: true, Text: `{"kind":"offer","conn":"c_1","n":1,"sdp":"v=0\r\n","slots":{"0":"mic"}}`},
				{Asker: false, Text: `{"kind":"answer","conn":"c_1","n":1,"sdp":"v=0\r\n","re":1}`},
			},
		}
		v.make(t)
		data, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	secret := newSecret(t, v.Key, v.Room)
	asked, own := challenge(t, v.Asked), challenge(t, v.Own)
	if got, err := secret.OpenHello(v.way(), unhex(t, v.Hello)); err != nil || got != asked {
		t.Errorf("hello: %x, %v", got, err)
	}
	a, b, who, err := secret.OpenAnswer(v.way().Back(), unhex(t, v.Answer))
	if err != nil || a != asked || b != own || who != v.State {
		t.Errorf("answer: %x, %x, %+v, %v", a, b, who, err)
	}
	again := v
	again.Words = append([]word(nil), v.Words...)
	again.make(t)
	if diff := cmp.Diff(v.Words, again.Words); diff != "" { // they depend on nothing random
		t.Errorf("words (-want +got):\n%s", diff)
	}
	ends := map[bool]*seal.Channel{true: secret.Channel(v.way().Back(), asked, own, false), false: secret.Channel(v.way(), asked, own, true)}
	for i, w := range v.Words {
		if text, _, err := ends[w.Asker].Open(unhex(t, w.Sealed)); err != nil || string(text) != w.Text {
			t.Errorf("word %d: %q, %v", i, text, err)
		}
	}
}

func TestSealedTextOpensOnItsWayAlone(t *testing.T) {
	key := signaling.NewKey()
	secret := newSecret(t, key, "r")
	way := seal.Way{Room: "r", From: "a", To: "b"}
	sealed := secret.Hello(way, seal.NewChallenge())
	for name, other := range map[string]seal.Way{
		"back": way.Back(), "room": {Room: "r2", From: "a", To: "b"}, "from": {Room: "r", From: "c", To: "b"}, "to": {Room: "r", From: "a", To: "c"},
		"moved": {Room: "r", From: "ab", To: ""},
	} {
		if _, err := secret.OpenHello(other, sealed); !errors.Is(err, seal.ErrOtherKey) {
			t.Errorf("%s: %v, want ErrOtherKey", name, err)
		}
	}
	for name, other := range map[string]*seal.Secret{"key": newSecret(t, signaling.NewKey(), "r"), "room": newSecret(t, key, "r2")} {
		if _, err := other.OpenHello(way, sealed); !errors.Is(err, seal.ErrOtherKey) {
			t.Errorf("another %s: %v, want ErrOtherKey", name, err)
		}
	}
}

func TestWordsMayOvertakeOneAnotherButAreHeardOnce(t *testing.T) {
	secret := newSecret(t, signaling.NewKey(), "r")
	way := seal.Way{Room: "r", From: "a", To: "b"}
	asked, own := seal.NewChallenge(), seal.NewChallenge()
	from, to := secret.Channel(way, asked, own, true), secret.Channel(way.Back(), asked, own, false)
	var words [][]byte
	for range 200 {
		w, err := from.Seal([]byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		words = append(words, w)
	}
	for _, step := range []struct {
		n    int
		want bool
	}{
		{2, true},
		{0, true},
		{1, true},
		{1, false},
		{2, false},
		{64, true},
		{3, true},
		{0, false},
		{199, true},
		{135, false},
		{136, true},
		{136, false},
		{198, true},
		{199, false},
		{65, false},
	} {
		if _, _, err := to.Open(words[step.n]); (err == nil) != step.want {
			t.Errorf("word %d: %v, want it heard: %v", step.n, err, step.want)
		}
	}
	if _, _, err := from.Open(words[0]); !errors.Is(err, seal.ErrTampered) {
		t.Errorf("own word: %v, want ErrTampered", err)
	}
}

// FuzzOpen checks that nothing opens that was not sealed, and that nothing that arrives does harm.
func FuzzOpen(f *testing.F) {
	secret, err := seal.NewSecret(signaling.NewKey(), "r")
	if err != nil {
		f.Fatal(err)
	}
	way := seal.Way{Room: "r", From: "a", To: "b"}
	own := secret.Channel(way, seal.Challenge{}, seal.Challenge{}, true)
	for _, seed := range [][]byte{nil, {1}, {2}, {3}, make([]byte, 29), make([]byte, 61)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if _, err := secret.OpenHello(way, sealed); err == nil {
			t.Error("a hello opens")
		}
		if _, _, _, err := secret.OpenAnswer(way, sealed); err == nil {
			t.Error("an answer opens")
		}
		if _, _, err := own.Open(sealed); err == nil {
			t.Error("a word opens")
		}
	})
}
