package seal_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestPageSealsAsWeDo has the modules of the page for guests open and make what the vectors hold, and hold a room
// by themselves.
func TestPageSealsAsWeDo(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not there to run the page's modules")
	}
	folder := t.TempDir()
	page := filepath.Join("..", "..", "server", "guest")
	for to, from := range map[string]string{
		"seal.mjs": filepath.Join(page, "seal.js"), "sealed.mjs": filepath.Join(page, "sealed.js"),
		"vectors.mjs": filepath.Join("testdata", "vectors.mjs"), "room.mjs": filepath.Join("testdata", "sealed.mjs"),
		"vectors.json": filepath.Join("testdata", "vectors.json"),
	} {
		data, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		data = bytes.ReplaceAll(data, []byte("./seal.js"), []byte("./seal.mjs")) // node tells modules by their names
		if err := os.WriteFile(filepath.Join(folder, to), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, script := range []string{"vectors.mjs", "room.mjs"} {
		run := exec.Command(node, script, "vectors.json")
		run.Dir = folder
		if out, err := run.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", script, err, out)
		}
	}
}
