package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.etcd.io/bbolt"
)

// runMain makes a test binary behave as akin, for tests that start processes.
const runMain = "AKIN_TEST_RUN_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(runMain) != "" {
		main()
	}
	testscript.Main(m, map[string]func(){"akin": main})
}

// The scripts in testdata/script run the program as a user does. $CORPUS is the
// folder of the sample corpus.
func TestScripts(t *testing.T) {
	corpus, err := filepath.Abs("testdata/corpus")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("CORPUS", corpus)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"dropline": dropLine,
			"droplist": dropList,
			"lines":    countLines,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
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

// droplist STORE removes the related list of one item behind akin's back.
func dropList(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: droplist STORE")
	}
	db, err := bbolt.Open(ts.MkAbs(args[0]), 0o600, nil)
	ts.Check(err)
	defer db.Close()
	ts.Check(db.Update(func(tx *bbolt.Tx) error {
		rows := tx.Bucket([]byte("rows"))
		k, _ := rows.Cursor().Seek([]byte("rel/"))
		if !bytes.HasPrefix(k, []byte("rel/")) {
			ts.Fatalf("%s holds no list", args[0])
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
