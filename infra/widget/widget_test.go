package widget

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"akin/functions/web/pages"
)

var (
	update = flag.Bool("update", false, "write the script of this version that akin serves")
	folder = flag.String("package", "", "write the npm package into this folder")
)

// What akin serves is made from the source. The script of a version that is out
// never changes: sites name it with its hash. A change takes a new version, in
// package/package.json and in [pages.WidgetVersion]; make widget then adds its file.
func TestScriptIsThatOfItsSource(t *testing.T) {
	version, err := Version()
	if err != nil {
		t.Fatal(err)
	}
	if version != pages.WidgetVersion {
		t.Errorf("package.json has version %s, package pages %s", version, pages.WidgetVersion)
	}
	made, err := Script()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join("..", "..", "functions", "web", "pages", "assets", "widget-"+version+".js")
	if *update {
		if _, err := os.Stat(name); err == nil {
			t.Logf("%s is there already; delete it if no release has had it, or else give the source a new version", name)
		} else if err := os.WriteFile(name, made, 0o644); err != nil {
			t.Fatal(err)
		} else {
			writeTag(t, version, made)
		}
	}
	served, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(made, served) {
		t.Errorf("%s is not what its source makes (%d bytes, want %d): give the source a new version, or delete the file if no release has had it, and run make widget", name, len(served), len(made))
	}
}

// writeTag gives the tag in the documentation the version and the hash of the script.
func writeTag(t *testing.T, version string, script []byte) {
	t.Helper()
	const name = "../../docs/widget.md"
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha512.Sum384(script)
	tag := regexp.MustCompile(`widget-[^"]*\.js" integrity="[^"]*"`)
	b = tag.ReplaceAll(b, []byte(`widget-`+version+`.js" integrity="sha384-`+base64.StdEncoding.EncodeToString(sum[:])+`"`))
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// The package needs nothing of a browser to be imported, and has all that it names.
func TestPackage(t *testing.T) {
	files, err := Package()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"index.js", "index.d.ts", "react.d.ts", "package.json", "README.md", "LICENSE"} {
		if len(files[name]) == 0 {
			t.Errorf("the package has no %s", name)
		}
	}
	if own, err := os.ReadFile("../../LICENSE"); err != nil || !bytes.Equal(own, files["LICENSE"]) {
		t.Errorf("the package's LICENSE is not akin's: %v", err)
	}
	dir := *folder
	if dir == "" {
		dir = t.TempDir()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	onServer := exec.Command("node", "--input-type=module", "-e", `
		import { AkinRelated, setService } from './index.js';
		setService('https://akin.example');
		console.log(typeof AkinRelated)`)
	onServer.Dir = dir
	if out, err := onServer.CombinedOutput(); err != nil || string(out) != "function\n" {
		t.Errorf("imported without a browser: %v\n%s", err, out)
	}
}
