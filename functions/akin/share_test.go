package akin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"akin/infra/bolt"
	"akin/recommend"
)

// Every verb works on a store that is being served, all at once, while clients
// publish: each ends well, the lists are exact at every look and at the end, and
// nothing that was acknowledged is lost.
func TestVerbsBesideServe(t *testing.T) {
	t.Parallel()
	k := newKilling(t)
	s := startServe(t, k.dir, nil, "--settings", "ten.json")
	const published = killItems / 2
	wg := k.clients(s, published)
	k.mu.Lock()
	imported := k.importOf(upwards(published, killItems))
	k.mu.Unlock()
	var verbs sync.WaitGroup
	run := func(want string, args ...string) {
		verbs.Go(func() {
			out, told, code := akin(t, k.dir, args...)
			if code != 0 || !strings.Contains(out, want) {
				t.Errorf("%q beside serve: %d %s%s", args, code, out, told)
			}
		})
	}
	// The first of the two imports to come stores the items, the other finds them.
	run(", stale 0, rejected 0\n", "import", "items.jsonl")
	run(", stale 0, rejected 0\n", "import", "items.jsonl")
	run(" in use: ", "reindex", "--force", "--settings", "ten.json")
	run("exact: ", "check")
	run(`"related":[`, "related", imported[0].ID, "--json")
	run(`"items":[`, "topic", "ports", "--json")
	run("exposure: ", "coverage")
	run(" lists, ", "export", "site")
	run("copy.db: ", "backup", "copy.db")
	run("NUMBER", "generations")
	run("item,", "curation", "export")
	run("lists", "reindex", "--dry-run")
	run("nothing was written", "import", "--dry-run", "items.jsonl")
	verbs.Wait()
	run("in use: ", "rollback")
	run("exact: ", "check")
	run("exact: ", "check", "--store", "copy.db")
	verbs.Wait()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	<-s.read
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("serve ended with %v: %s", err, s.log())
	}
	if strings.Contains(s.log(), "level=ERROR") {
		t.Errorf("serve logs errors: %s", s.log())
	}
	for _, it := range imported {
		k.model[number(it.ID)].acknowledged = it
	}
	k.check("nobody")
	t.Logf("%d writes acknowledged meanwhile, none lost", k.acknowledged)
	left, err := filepath.Glob(filepath.Join(k.dir, "*.sock"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// upwards returns the numbers from a to b, without b.
func upwards(a, b int) []int {
	var ns []int
	for ; a < b; a++ {
		ns = append(ns, a)
	}
	return ns
}

// Whichever of a server and a command beside it is killed, at any time, the other
// goes on or says what happened, and the store is as TestKill wants it. make
// torture does it more often.
func TestKillBesideServe(t *testing.T) {
	t.Parallel()
	k := newKilling(t)
	for n := range *kills {
		k.beside([]string{"import", "reindex", "rollback"}[n/2%3], n%2 == 0)
		if t.Failed() {
			break
		}
	}
	t.Logf("seed %d: %d kills %v, %d writes acknowledged, none lost; %d lists exact at the end",
		*killSeed, *kills, k.done, k.acknowledged, k.lists)
}

// beside runs a verb beside a server and kills one of them at some time.
func (k *killing) beside(verb string, killServer bool) {
	const published = killItems / 2
	s := startServe(k.t, k.dir, nil, "--settings", "ten.json")
	wg := k.clients(s, published)
	args := []string{verb}
	var items []recommend.Item
	k.mu.Lock()
	switch verb {
	case "import":
		items = k.importOf(upwards(published, published+1+k.rng.IntN(killItems-published)))
		args = append(args, "items.jsonl")
	case "reindex":
		args = append(args, "--force", "--settings", []string{"ten.json", "twelve.json"}[k.rng.IntN(2)])
	}
	after := time.Duration(k.rng.Float64() * 2 * float64(k.took[verb]))
	k.mu.Unlock()
	ctx, cancel := context.WithTimeout(k.t.Context(), patience)
	defer cancel()
	cmd := akinCommand(ctx, k.t, k.dir, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	victim := cmd.Process
	if killServer {
		victim = s.cmd.Process
	}
	timer := time.AfterFunc(after, func() { _ = victim.Kill() })
	defer timer.Stop()
	err := cmd.Wait()
	killed := !killServer && cmd.ProcessState.ExitCode() == -1
	if err != nil && !killed && !(killServer && strings.Contains(said.String(), "has ended")) {
		k.t.Errorf("%q beside serve: %v: %s", args, err, said.String())
	}
	if !killServer {
		// It serves on, and ends well.
		if _, body := s.do("GET", "/v1/status", ""); !strings.Contains(body, `"generation"`) {
			k.t.Errorf("status after %s was killed: %s", verb, body)
		}
		if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
			k.t.Fatal(err)
		}
	}
	wg.Wait()
	<-s.read
	if err := s.cmd.Wait(); err != nil && !killServer {
		k.t.Errorf("serve ended with %v: %s", err, s.log())
	}
	for _, it := range items {
		f := &k.model[number(it.ID)]
		if err == nil {
			f.acknowledged = it
		} else {
			f.doubtful = append(f.doubtful, it)
		}
	}
	if killServer {
		verb = "serve beside " + verb
	} else {
		verb += " beside serve"
	}
	k.done[verb]++
	k.check(verb)
	if err != nil {
		k.whole(items)
	}
}

// A store that something else has open is in use, and a server that has ended
// leaves nothing in the way.
func TestInUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	leaveChange(t, filepath.Join(dir, "akin.db"))
	s := startServe(t, dir, nil)
	_ = s.cmd.Process.Kill()
	<-s.read
	_ = s.cmd.Wait() // it was killed
	if _, err := os.Lstat(filepath.Join(dir, "akin.db.sock")); err != nil {
		t.Fatalf("a killed server leaves its socket: %v", err)
	}
	if out, told, code := akin(t, dir, "related", "left-over"); code != 0 {
		t.Errorf("related after the server was killed: %d %s%s", code, out, told)
	}
	s = startServe(t, dir, nil)
	s.stop()
	if _, err := os.Lstat(filepath.Join(dir, "akin.db.sock")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
	unserved := openElsewhere(t, filepath.Join(dir, "akin.db"))
	if _, told, code := akin(t, dir, "related", "left-over"); code != 1 || told != fmt.Sprintln("akin: akin.db is in use by another akin process") {
		t.Errorf("related of a store that is open and not served: %d %s", code, told)
	}
	unserved()
}

// openElsewhere opens a store as a process does that does not serve it.
func openElsewhere(t *testing.T, path string) (end func()) {
	t.Helper()
	s, err := bolt.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
