package feed

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpenFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.jsonl")
	if err := os.WriteFile(path, []byte(itemA), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if b, err := io.ReadAll(r.input); err != nil || string(b) != itemA {
		t.Errorf("read %q, %v", b, err)
	}
	missing := filepath.Join(dir, "b")
	for name, want := range map[string]string{
		missing: "open " + missing + ": no such file or directory",
	} {
		if _, err := Open(t.Context(), name); err == nil || err.Error() != want {
			t.Errorf("Open(%q): %v, want %s", name, err, want)
		}
	}
}

func TestOpenAddress(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/items", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, itemA) })
	mux.Handle("/moved", http.RedirectHandler("/items", http.StatusFound))
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "1073741825") })
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, itemA+"\n"+itemB)
	})
	server := httptest.NewServer(mux)
	defer server.Close()

	for _, path := range []string{"/items", "/moved"} {
		r, err := Open(t.Context(), server.URL+path)
		if err != nil {
			t.Fatal(err)
		}
		if got := said(r.Records(t.Context(), Options{})); len(got) != 1 || got[0] != "1 item a" {
			t.Errorf("records of %s: %q", path, got)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	for path, want := range map[string]string{
		"/none":  ": answers 404 Not Found",
		"/large": ": is larger than 1073741824 bytes; download it and import the file",
	} {
		if _, err := Open(t.Context(), server.URL+path); err == nil || err.Error() != server.URL+path+want {
			t.Errorf("Open(%s): %v, want ...%s", path, err, want)
		}
	}
	r, err := Open(t.Context(), server.URL+"/cut")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got := said(r.Records(t.Context(), Options{Name: "F"}))
	if len(got) != 2 || got[1] != "F:2: file: cannot be read to its end: unexpected EOF (cut)" {
		t.Errorf("records of an answer that was cut off: %q", got)
	}

	gone := httptest.NewServer(mux)
	gone.Close()
	if _, err := Open(t.Context(), gone.URL); err == nil || strings.Count(err.Error(), gone.URL) != 1 || !strings.Contains(err.Error(), "refused") {
		t.Errorf("Open of a server that is gone: %v", err)
	}
	if _, err := Open(t.Context(), "http://exa mple/"); err == nil || strings.Count(err.Error(), "exa mple/") != 1 {
		t.Errorf("Open of no address: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, server.URL); err == nil || !strings.HasSuffix(err.Error(), "context canceled") {
		t.Errorf("Open when canceled: %v", err)
	}
}
