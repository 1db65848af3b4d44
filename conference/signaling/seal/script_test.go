package seal_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestPageSealsAsWeDo has the module of the page for guests open and make what the vectors hold.
func TestPageSealsAsWeDo(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not there to run the page's module")
	}
	module, err := os.ReadFile(filepath.Join("..", "..", "server", "guest", "seal.js"))
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "seal.mjs"), module, 0o600); err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile(filepath.Join("testdata", "vectors.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "vectors.mjs")
	if err := os.WriteFile(path, script, 0o600); err != nil {
		t.Fatal(err)
	}
	vectors, err := filepath.Abs(filepath.Join("testdata", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(node, path, vectors).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
