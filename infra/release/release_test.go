package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"runtime/debug"
	"testing"
	"time"
)

var (
	commitTime = time.Unix(1_790_000_000, 0).UTC()
	packed     = []file{{"akin", []byte("program"), 0o755}, {"completions/_akin", []byte("#compdef akin\n"), 0o644}}
)

// Archives hold their files below one folder, programs that can be run, and no more
// of the machine that packed them than its input.
func TestArchives(t *testing.T) {
	b, err := tarball("akin_1", packed, commitTime)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	r := tar.NewReader(z)
	for _, want := range packed {
		h, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if h.Name != "akin_1/"+want.name || h.FileInfo().Mode() != want.mode || !bytes.Equal(body, want.body) || !h.ModTime.Equal(commitTime) || h.Uid != 0 || h.Uname != "" {
			t.Errorf("got %+v with %q, want %+v", h, body, want)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("after the files: %v", err)
	}
	b, err = zipped("akin_1", packed, commitTime)
	if err != nil {
		t.Fatal(err)
	}
	zr, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range zr.File {
		if f.Name != "akin_1/"+packed[i].name || f.Mode() != packed[i].mode || !f.Modified.Equal(commitTime) {
			t.Errorf("got %+v, want %+v", f.FileHeader, packed[i])
		}
	}
	if len(zr.File) != len(packed) {
		t.Errorf("%d files, want %d", len(zr.File), len(packed))
	}
}

// A bill names every module once, with its hash, and the program by its own.
func TestBill(t *testing.T) {
	info := &debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Path: "akin"}, Deps: []*debug.Module{
		{Path: "golang.org/x/text", Version: "v0.38.0", Sum: "h1:a="},
		{Path: "example.org/old", Version: "v1.0.0", Replace: &debug.Module{Path: "example.org/new", Version: "v2.0.0+incompatible", Sum: "h1:b="}},
	}}
	b, err := billOf(info, target{"linux", "arm64"}, "1.2.3", commitTime, []byte("program"))
	if err != nil {
		t.Fatal(err)
	}
	var got bill
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	want := []string{"pkg:golang/example.org/new@v2.0.0%2Bincompatible", "pkg:golang/golang.org/x/text@v0.38.0", "pkg:golang/std@1.26.8"}
	for i, c := range got.Components {
		if i >= len(want) || c.PURL != want[i] || got.DependsOn[0].On[i] != want[i] {
			t.Errorf("components are %+v, want %q", got.Components, want)
			break
		}
	}
	// printf program | sha256sum
	app := got.Metadata.Component
	if app.PURL != "pkg:golang/akin@1.2.3" || app.Hashes[0].Content != "1310ca2c8932dbd118668bd97442558a3e1f546b5e15c69699dfbd6024f548d8" {
		t.Errorf("the program is %+v", app)
	}
}
