package akin

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.etcd.io/bbolt"
)

// runMain makes a test binary behave as akin, for tests that start processes.
const runMain = "AKIN_TEST_RUN_MAIN"

// noLinger lets a process under the race detector end at once. Left alone, it
// sleeps for a second, in case another goroutine has still something to report.
const noLinger = "GORACE=atexit_sleep_ms=0"

// built is the program as make builds it for users, built once for all tests.
// Without the race detector it takes a fifth of the time.
var built struct {
	once sync.Once
	dir  string
	err  error
}

// A tidyMain is all tests, after which the program built for them is removed.
type tidyMain struct{ *testing.M }

func (m tidyMain) Run() int {
	code := m.M.Run()
	if built.dir != "" {
		if err := os.RemoveAll(built.dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	return code
}

func TestMain(m *testing.M) {
	if os.Getenv(runMain) != "" {
		Main()
	}
	testscript.Main(tidyMain{m}, map[string]func(){"akin-raced": Main})
}

// programDir returns the folder that holds the program akin.
func programDir(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "akin-"); built.err != nil {
			return
		}
		cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", filepath.Join(built.dir, "akin"), "akin")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("build akin: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.dir
}

// The scripts in testdata/script run the program as a user does. $CORPUS is the
// folder of the sample corpus. akin-raced is akin as a part of this test binary,
// under the race detector if that is; for verbs that work in parallel.
func TestScripts(t *testing.T) {
	corpus, err := filepath.Abs("../../testdata/corpus")
	if err != nil {
		t.Fatal(err)
	}
	akin := programDir(t)
	testscript.Run(t, testscript.Params{
		Dir: "../../testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("CORPUS", corpus)
			e.Setenv("PATH", akin+string(filepath.ListSeparator)+e.Getenv("PATH"))
			e.Vars = append(e.Vars, noLinger)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"dropline": dropLine,
			"flip":     flip,
			"droprow":  dropRow,
			"lines":    countLines,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// flip FILE TEXT flips a bit of each place of a file that holds a text.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: flip FILE TEXT")
	}
	b := []byte(ts.ReadFile(args[0]))
	old := []byte(args[1])
	bad := bytes.Clone(old)
	bad[0] ^= 1
	if !bytes.Contains(b, old) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), bytes.ReplaceAll(b, old, bad), 0o600))
}

// dropline FILE TEXT removes the lines of a file that hold a text.
func dropLine(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: dropline FILE TEXT")
	}
	var kept []byte
	for line := range bytes.Lines([]byte(ts.ReadFile(args[0]))) {
		if !bytes.Contains(line, []byte(args[1])) {
			kept = append(kept, line...)
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), kept, 0o666))
}

// droprow STORE PREFIX removes the first row whose key begins so behind akin's
// back.
func dropRow(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: droprow STORE PREFIX")
	}
	db, err := bbolt.Open(ts.MkAbs(args[0]), 0o600, nil)
	ts.Check(err)
	defer db.Close()
	ts.Check(db.Update(func(tx *bbolt.Tx) error {
		rows := tx.Bucket([]byte("rows"))
		k, _ := rows.Cursor().Seek([]byte(args[1]))
		if !bytes.HasPrefix(k, []byte(args[1])) {
			ts.Fatalf("%s holds no row %s", args[0], args[1])
		}
		return rows.Delete(k)
	}))
}

// lines FILE N fails unless a file has N lines.
func countLines(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: lines FILE N")
	}
	n := bytes.Count([]byte(ts.ReadFile(args[0])), []byte("\n"))
	if same := args[1] == strconv.Itoa(n); same == neg {
		ts.Fatalf("%s has %d lines", args[0], n)
	}
}
