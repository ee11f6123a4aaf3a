package bolt

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"akin/recommend/store"
)

// asNobody calls f as a user who may write to no file of this one.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() == 0 {
		const nobody = 65534
		runtime.LockOSThread() // whose rights change, and which ends with this goroutine if they cannot change back
		if err := syscall.Setfsuid(nobody); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := syscall.Setfsuid(0); err == nil {
				runtime.UnlockOSThread()
			}
		}()
	}
	f()
}

// A store that this process may only read is read, by several at once, and left
// as it is.
func TestUnwritableFileIsRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "akin.db")
	before := filled(t)
	if err := os.WriteFile(path, before, 0o444); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	asNobody(t, func() {
		if _, err := Open(path); !Unwritable(err) {
			t.Fatalf("Open = %v", err)
		}
		var readers []*Store
		for range 2 {
			s, err := OpenToRead(path)
			if err != nil {
				t.Fatal(err)
			}
			readers = append(readers, s)
		}
		for _, s := range readers {
			if rows := all(t, s); len(rows) == 0 {
				t.Error("no rows are read")
			}
			if err := s.Apply(t.Context(), store.Tx{{Row: row("new", 1, "x")}})[0]; err == nil {
				t.Error("written to a file that is only read")
			}
			var b bytes.Buffer
			if _, err := s.Backup(&b); err != nil || b.Len() != len(before) {
				t.Errorf("a backup has %d bytes of %d: %v", b.Len(), len(before), err)
			}
		}
		if problems, err := Verify(t.Context(), path, nil); err != nil || len(problems) > 0 {
			t.Errorf("Verify = %q, %v", problems, err)
		}
		for _, s := range readers {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file changed: %v", err)
	}
}

// A pipe in the place of the file is refused, and not waited at.
func TestPipeIsNoStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "akin.db")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	_, opened := Open(path)
	_, verified := Verify(t.Context(), path, nil)
	_, salvaged := Salvage(t.Context(), path, path+".new")
	for _, err := range []error{opened, verified, salvaged} {
		if err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("a pipe: %v", err)
		}
	}
}
