package main_test

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport says what the files of a folder may import of the project and of Fyne, besides what is
// outside of both. A folder or an import that ends in "/..." stands for everything below it; of several
// rules the one of the longest folder holds alone. Every folder with Go files needs a rule: imports run
// downward only, and what is not named here is above or beside.
var mayImport = map[string][]string{
	".": {"ui", "ui/console", "ui/locale", "ui/sentence", "ui/settings", "conference", "conference/..."},

	"ui":          {"assets", "layout", "ui/look", "ui/sentence", "ui/settings", "conference", "conference/media", "conference/media/...", "conference/signaling", "conference/signaling/lan", "conference/transport", "fyne.io/..."},
	"ui/console":  {"ui/sentence", "conference", "conference/..."},
	"ui/sentence": {"ui/settings", "conference", "conference/..."},
	"ui/settings": {"conference/signaling"},
	"ui/locale":   {},
	"ui/look":     {"assets", "conference/media", "fyne.io/..."},
	"layout":      {"fyne.io/fyne/v2", "fyne.io/fyne/v2/canvas"},
	"assets":      {"fyne.io/fyne/v2"},

	"conference":                       {"conference/data", "conference/mesh", "conference/transport", "conference/transport/...", "conference/signaling", "conference/media", "conference/media/..."},
	"conference/conferencetest":        {"conference", "conference/media", "conference/media/...", "conference/signaling", "conference/signaling/..."},
	"conference/server":                {"conference/signaling", "conference/server/engineio", "conference/server/cluster", "conference/server/guest"},
	"conference/server/engineio":       {},
	"conference/server/cluster":        {},
	"conference/server/guest":          {},
	"conference/interop":               {},
	"conference/mesh":                  {"conference/signaling"},
	"conference/transport":             {"conference/transport/...", "conference/signaling", "conference/media"},
	"conference/transport/bandwidth":   {},
	"conference/transport/pace":        {"conference/transport/bandwidth", "conference/media", "conference/media/codec/vp8rtp"},
	"conference/benchmark":             {},
	"conference/data":                  {"conference/signaling", "conference/media"},
	"conference/signaling":             {},
	"conference/signaling/...":         {"conference/signaling"},
	"conference/signaling/lan":         {"conference/signaling", "conference/signaling/lan/beacon", "conference/signaling/lan/cpace"},
	"conference/signaling/lan/cpace":   {},
	"conference/signaling/lan/lantest": {"conference/signaling/lan/beacon"},
	"conference/signaling/nats":        {"conference/signaling", "conference/signaling/nats/peerix", "conference/signaling/vigil"},
	"conference/signaling/nats/peerix": {},
	"conference/signaling/vigil":       {},
	"conference/signaling/socket":      {"conference/signaling", "conference/signaling/vigil"},
	"conference/signaling/native":      {"conference/signaling", "conference/signaling/socket"},
	"conference/signaling/duo":         {"conference/signaling", "conference/signaling/socket"},
	"conference/signaling/antmedia":    {"conference/signaling", "conference/signaling/socket", "conference/signaling/duo"},
	"conference/signaling/socketio":    {"conference/signaling", "conference/signaling/socket", "conference/signaling/duo"},

	"conference/media":               {},
	"conference/media/send":          {"conference/media", "conference/media/codec", "conference/media/codec/...", "conference/media/yuv"},
	"conference/media/receive":       {"conference/media", "conference/media/codec", "conference/media/codec/...", "conference/media/yuv"},
	"conference/media/audio":         {"conference/media", "conference/media/capture", "conference/media/capture/...", "conference/media/codec/opus", "conference/media/record"},
	"conference/media/audio/apm":     {"conference/media", "conference/media/audio/voice", "conference/media/audio/echo"},
	"conference/media/audio/echo":    {"conference/media/audio/fourier"},
	"conference/media/audio/fourier": {},
	"conference/media/audio/voice":   {"conference/media/audio/fourier"},
	"conference/media/capture":       {"conference/media", "conference/media/capture/...", "conference/media/yuv"},
	"conference/media/capture/...":   {"conference/media"},
	"conference/media/record":        {"conference/media"},
	"conference/media/codec":         {"conference/media"},
	"conference/media/codec/...":     {"conference/media", "conference/media/codec"},
	"conference/media/yuv":           {"conference/media"},
}

// testsMayImport is what the tests of a folder may import besides: somebody to talk to, something to send.
var testsMayImport = map[string][]string{
	".":                               {"layout", "assets", "ui/look"},
	"conference":                      {"conference/conferencetest", "conference/server", "conference/signaling/..."},
	"conference/server":               {"conference/signaling/native"},
	"conference/server/guest":         {"conference/server"},
	"conference/interop":              {"conference", "conference/conferencetest", "conference/server", "conference/signaling", "conference/signaling/..."},
	"conference/signaling/lan":        {"conference/signaling/lan/lantest"},
	"conference/signaling/lan/beacon": {"conference/signaling/lan/lantest"},
	"conference/signaling/socket":     {"conference/signaling/socket/sockettest"},
	"conference/signaling/antmedia":   {"conference/signaling/socket/sockettest"},
	"conference/signaling/socketio":   {"conference/signaling/socket/sockettest"},
	"conference/signaling/seal":       {"conference/signaling/memory", "conference/signaling/native", "conference/server"},
	"conference/media/...":            {"conference/media", "conference/media/..."},
	"conference/transport":            {"conference/media/..."},
	"conference/transport/pace":       {"conference/media/..."},
	"conference/benchmark":            {"conference", "conference/server", "conference/signaling", "conference/signaling/...", "conference/media", "conference/media/..."},
}

// doors are the libraries that only the named folders may know, so that they can be exchanged there.
var doors = map[string][]string{
	"github.com/pion/webrtc/v4":       {"conference/transport"},
	"github.com/gorilla/websocket":    {"conference/server", "conference/signaling/socket", "conference/signaling/native"},
	"github.com/nats-io/nats.go":      {"conference/signaling/nats", "conference/server/cluster"},
	"github.com/gen2brain/malgo":      {"conference/media/audio"},
	"github.com/pion/mediadevices":    {"conference/media/capture"},
	"github.com/pion/interceptor":     {"conference/transport"},
	"github.com/rogpeppe/go-internal": {"."},
	"github.com/go-gl/glfw/v3.4/glfw": {"ui"},
}

func TestImportsRunDownwardOnly(t *testing.T) {
	used, unruled := make(map[string]bool), make(map[string]bool)
	for _, s := range sources(t) {
		rule, key := ruleOf(mayImport, s.dir)
		used[key] = true
		if key == "" {
			unruled[s.dir] = true
			continue
		}
		if s.test {
			more, _ := ruleOf(testsMayImport, s.dir)
			rule = slices.Concat(rule, more, []string{s.dir})
		}
		for _, i := range imports(t, s) {
			if !slices.ContainsFunc(rule, func(p string) bool { return matches(p, i) }) {
				t.Errorf("%s imports %s, which is above or beside it", s.path, i)
			}
		}
	}
	for dir := range unruled {
		t.Errorf("no rule in mayImport holds for folder %s", dir)
	}
	for key := range mayImport {
		if !used[key] {
			t.Errorf("the rule for %s in mayImport is nobody's", key)
		}
	}
}

// imports are those of the project, without its name, and those of Fyne.
func imports(t *testing.T, s source) []string {
	t.Helper()
	var all []string
	for _, path := range allImports(t, s) {
		own, is := strings.CutPrefix(path, "confab/")
		if is {
			all = append(all, own)
		} else if strings.HasPrefix(path, "fyne.io/") {
			all = append(all, path)
		}
	}
	return all
}

func allImports(t *testing.T, s source) []string {
	t.Helper()
	var all []string
	for _, i := range s.file.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Fatalf("%s: %v", s.path, err)
		}
		all = append(all, path)
	}
	return all
}

// ruleOf is what rules say of dir: the rule of its own, else of the nearest folder above that ends in "/...".
func ruleOf(rules map[string][]string, dir string) (rule []string, key string) {
	if rule, ok := rules[dir]; ok {
		return rule, dir
	}
	for above := dir; strings.Contains(above, "/"); {
		above = above[:strings.LastIndexByte(above, '/')]
		if rule, ok := rules[above+"/..."]; ok {
			return rule, above + "/..."
		}
	}
	return nil, ""
}

// matches tells whether path is what pattern names.
func matches(pattern, path string) bool {
	if above, ok := strings.CutSuffix(pattern, "..."); ok {
		return strings.HasPrefix(path, above)
	}
	return path == pattern
}

func TestEveryLibraryHasItsDoor(t *testing.T) {
	for _, s := range sources(t) {
		for _, path := range allImports(t, s) {
			for library, folders := range doors {
				inside := slices.ContainsFunc(folders, func(f string) bool { return s.dir == f || strings.HasPrefix(s.dir, f+"/") })
				if (path == library || strings.HasPrefix(path, library+"/")) && !inside {
					t.Errorf("%s imports %s, which only %v may", s.path, path, folders)
				}
			}
		}
	}
}

// At the end of the application, calls of fyne.Do from other goroutines panic or hang. The gate is closed
// before, so it is the only door.
func TestOnlyTheGateCallsFyneDo(t *testing.T) {
	for _, s := range sources(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := selector.X.(*ast.Ident); !ok || x.Name != "fyne" {
				return true
			}
			switch {
			case selector.Sel.Name == "DoAndWait":
				t.Errorf("%s uses fyne.DoAndWait", s.set.Position(n.Pos()))
			case selector.Sel.Name == "Do" && s.path != "ui/gate.go":
				t.Errorf("%s uses fyne.Do", s.set.Position(n.Pos()))
			}
			return true
		})
	}
}
