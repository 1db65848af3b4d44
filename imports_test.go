package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// source is one Go file of the project.
type source struct {
	path    string // slashes, from the top
	dir     string
	file    *ast.File
	set     *token.FileSet
	imports []string
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "build"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go"):
			return nil
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		s := source{path: filepath.ToSlash(path), dir: filepath.ToSlash(filepath.Dir(path)), file: f, set: set}
		for _, i := range f.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, name)
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 100 {
		t.Fatalf("only %d files found", len(all))
	}
	return all
}

// rule says what the files below a folder may import of the project, and what of Fyne. The rule of the
// longest folder holds.
type rule struct {
	below string
	may   []string // prefixes of packages of the project; nil: nothing but the own folder
	fyne  []string // prefixes; nil: nothing
}

const conferencePackages = "confab/conference"

var rules = []rule{
	{below: ".", may: []string{"confab/"}, fyne: []string{}},
	{below: "assets", fyne: []string{"fyne.io/fyne/v2"}},
	{below: "layout", fyne: []string{"fyne.io/fyne/v2", "fyne.io/fyne/v2/canvas"}},
	{below: "ui", may: []string{"confab/assets", "confab/layout", "confab/ui", conferencePackages}, fyne: []string{"fyne.io/"}},
	{below: "ui/look", may: []string{"confab/assets", "confab/conference/media"}, fyne: []string{"fyne.io/"}},
	{below: "ui/sentence", may: []string{conferencePackages, "confab/ui/settings"}},
	{below: "ui/settings", may: []string{conferencePackages}},
	{below: "conference", may: []string{conferencePackages}},
	{below: "conference/signaling"},
	{below: "conference/signaling/memory", may: []string{"confab/conference/signaling"}},
	{below: "conference/signaling/native", may: []string{"confab/conference/signaling"}},
	{below: "conference/mesh", may: []string{"confab/conference/signaling"}},
	{below: "conference/transport", may: []string{"confab/conference/media", "confab/conference/signaling"}},
	{below: "conference/data", may: []string{"confab/conference/media", "confab/conference/signaling"}},
	{below: "conference/server", may: []string{"confab/conference/signaling"}},
	{below: "conference/media"},
	{below: "conference/media/yuv", may: []string{"confab/conference/media"}},
	{below: "conference/media/codec", may: []string{"confab/conference/media"}},
	{below: "conference/media/capture", may: []string{"confab/conference/media"}},
	{below: "conference/media/record", may: []string{"confab/conference/media"}},
	{below: "conference/media/send", may: []string{"confab/conference/media"}},
	{below: "conference/media/receive", may: []string{"confab/conference/media"}},
	{below: "conference/media/audio", may: []string{"confab/conference/media"}},
}

// ruleOf is the rule of the longest folder that holds dir.
func ruleOf(dir string) rule {
	best := rules[0]
	for _, r := range rules {
		if within(dir, r.below) && len(r.below) >= len(best.below) {
			best = r
		}
	}
	return best
}

func within(path, folder string) bool {
	return folder == "." || path == folder || strings.HasPrefix(path, folder+"/")
}

// mayTest are what tests alone may import besides: a server to talk to, test pictures to send.
var mayTest = map[string][]string{
	"conference/signaling/native": {"confab/conference/server"},
	"conference/server":           {"confab/conference/signaling/native"},
}

func TestImportsRunDownwardOnly(t *testing.T) {
	for _, s := range sources(t) {
		r := ruleOf(s.dir)
		for _, i := range s.imports {
			if strings.HasPrefix(i, "fyne.io/") && !allowed(i, r.fyne, r.below == "layout" || r.below == "assets") {
				test := strings.HasSuffix(s.path, "_test.go")
				if !(test && r.fyne != nil) {
					t.Errorf("%s imports %s", s.path, i)
				}
			}
			if !strings.HasPrefix(i, "confab") || within(strings.TrimPrefix(i, "confab/"), s.dir) || within(s.dir, strings.TrimPrefix(i, "confab/")) && r.below != "." && !strings.HasPrefix(r.below, "conference/signaling/") {
				continue
			}
			if strings.HasSuffix(s.path, "_test.go") && slices.Contains(mayTest[s.dir], i) {
				continue
			}
			if !allowed(i, r.may, false) {
				t.Errorf("%s imports %s, which lies above or beside it", s.path, i)
			}
		}
	}
}

func allowed(i string, prefixes []string, exact bool) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool {
		return i == p || !exact && (strings.HasPrefix(i, strings.TrimSuffix(p, "/")+"/"))
	})
}

// The gate is the only door to fyne.Do: at the end of the application calls from elsewhere hang or panic.
func TestOnlyTheGateCallsFyneDo(t *testing.T) {
	for _, s := range sources(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := sel.X.(*ast.Ident)
			if !ok || x.Name != "fyne" {
				return true
			}
			switch {
			case sel.Sel.Name == "DoAndWait":
				t.Errorf("%s uses fyne.DoAndWait", s.set.Position(n.Pos()))
			case sel.Sel.Name == "Do" && s.path != "ui/gate.go":
				t.Errorf("%s uses fyne.Do", s.set.Position(n.Pos()))
			}
			return true
		})
	}
}
