package main_test

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// Files that are longer hold two things, functions that are longer do two things.
const (
	maxFileLines     = 600 // 80 to 300 are usual; from 500 on, think of a split
	maxFunctionLines = 80  // a table or one flat switch; all else has 60 at most
)

// hollow are names that say nothing of what is inside.
var hollow = []string{"util", "utils", "common", "helper", "helpers", "types", "misc"}

func TestFilesAreShort(t *testing.T) {
	for _, s := range sources(t) {
		if s.lines > maxFileLines {
			t.Errorf("%s has %d lines, %d at most", s.path, s.lines, maxFileLines)
		}
	}
}

func TestFunctionsAreShort(t *testing.T) {
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			from, to := s.set.Position(f.Pos()), s.set.Position(f.End())
			if lines := to.Line - from.Line + 1; lines > maxFunctionLines {
				t.Errorf("%s: %s has %d lines, %d at most", from, f.Name.Name, lines, maxFunctionLines)
			}
		}
	}
}

func TestNamesOfFilesAndFoldersSayWhatIsInside(t *testing.T) {
	for _, s := range sources(t) {
		for part := range strings.SplitSeq(strings.TrimSuffix(s.path, ".go"), "/") {
			name, _, _ := strings.Cut(part, "_") // types_linux.go, misc_test.go
			if slices.Contains(hollow, name) {
				t.Errorf("%s: %q says nothing of what is inside", s.path, name)
			}
		}
	}
}

func TestEveryPackageSaysOnceWhatItIsFor(t *testing.T) {
	docs := make(map[string]int) // by folder
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		docs[s.dir] += 0
		doc := s.file.Doc.Text()
		if doc == "" {
			continue
		}
		docs[s.dir]++
		begin := "Package " + s.file.Name.Name + " "
		if s.file.Name.Name == "main" {
			begin = "Command confab "
		}
		if !strings.HasPrefix(doc, begin) {
			t.Errorf("%s: the package's doc begins with %.30q, want %q", s.path, doc, begin)
		}
	}
	for dir, n := range docs {
		if n != 1 {
			t.Errorf("folder %s: %d package docs, want one", dir, n)
		}
	}
}
