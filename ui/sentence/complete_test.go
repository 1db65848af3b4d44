package sentence_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// module is the path of this module, and root the way to its folder.
const (
	module = "confab"
	root   = "../.."
)

// TestEveryErrorOfTheEngineHasASentence reads the engine's source for exported Err… variables and types with
// an Error method, and this package's source for what the table names.
func TestEveryErrorOfTheEngineHasASentence(t *testing.T) {
	known := map[string]bool{}
	for _, file := range parse(t, ".") {
		imports := importNames(t, file.ast)
		ast.Inspect(file.ast, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && imports[x.Name] != "" {
					known[imports[x.Name]+"."+s.Sel.Name] = true
				}
			}
			return true
		})
	}
	errors := map[string]bool{}
	for _, file := range parse(t, filepath.Join(root, "conference")) {
		dir, err := filepath.Rel(root, filepath.Dir(file.path))
		if err != nil {
			t.Fatal(err)
		}
		pkg := path.Join(module, filepath.ToSlash(dir))
		for _, name := range exportedErrors(file.ast) {
			errors[pkg+"."+name] = true
		}
	}
	if len(errors) < 20 {
		t.Fatalf("only %d errors found: the search is broken", len(errors))
	}
	for _, name := range slices.Sorted(maps.Keys(errors)) {
		if !known[name] {
			t.Errorf("%s has no sentence in ui/sentence", name)
		}
	}
}

// TestSentencesReadAsSentences checks the texts of the table.
func TestSentencesReadAsSentences(t *testing.T) {
	texts := 0
	for _, file := range parse(t, ".") {
		ast.Inspect(file.ast, func(n ast.Node) bool {
			line, ok := n.(*ast.CompositeLit)
			if !ok || len(line.Elts) != 2 {
				return true
			}
			text, ok := line.Elts[1].(*ast.BasicLit)
			if !ok || text.Kind != token.STRING {
				return true
			}
			s, err := strconv.Unquote(text.Value)
			if err != nil {
				t.Fatal(err)
			}
			texts++
			first := []rune(strings.TrimPrefix(s, "{"))[0]
			switch {
			case !unicode.IsUpper(first):
				t.Errorf("%q does not begin with a capital", s)
			case !strings.HasSuffix(s, "."):
				t.Errorf("%q does not end with a full stop", s)
			case len(s) > 170:
				t.Errorf("%q is too long: %d bytes", s, len(s))
			}
			return true
		})
	}
	if texts < 20 {
		t.Fatalf("only %d sentences found: the search is broken", texts)
	}
}

type source struct {
	path string
	ast  *ast.File
}

// parse reads the Go files of a folder and of those below it, tests left out.
func parse(t *testing.T, dir string) []source {
	t.Helper()
	var files []source
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, source{p, f})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// importNames maps the name of each import of f to its path.
func importNames(t *testing.T, f *ast.File) map[string]string {
	t.Helper()
	names := map[string]string{}
	for _, i := range f.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		name := path.Base(p)
		if i.Name != nil {
			name = i.Name.Name
		}
		names[name] = p
	}
	return names
}

// exportedErrors are the exported Err… variables of f and its exported types with an Error method.
func exportedErrors(f *ast.File) []string {
	if f.Name.Name == "main" {
		return nil
	}
	var names []string
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.GenDecl:
			names = append(names, errorVariables(d)...)
		case *ast.FuncDecl:
			if d.Recv == nil || d.Name.Name != "Error" || d.Type.Params.NumFields() != 0 {
				continue
			}
			receiver := d.Recv.List[0].Type
			if star, ok := receiver.(*ast.StarExpr); ok {
				receiver = star.X
			}
			if id, ok := receiver.(*ast.Ident); ok && id.IsExported() {
				names = append(names, id.Name)
			}
		}
	}
	return names
}

// errorVariables are the exported Err… names that a var declaration declares.
func errorVariables(d *ast.GenDecl) []string {
	var names []string
	for _, s := range d.Specs {
		v, ok := s.(*ast.ValueSpec)
		if !ok || d.Tok != token.VAR {
			continue
		}
		for i, n := range v.Names {
			if i < len(v.Values) {
				if _, other := v.Values[i].(*ast.SelectorExpr); other {
					continue // another name for an error that has its sentence
				}
			}
			if strings.HasPrefix(n.Name, "Err") && n.IsExported() {
				names = append(names, n.Name)
			}
		}
	}
	return names
}
