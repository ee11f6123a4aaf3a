package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"akin/infra/test/storetest"
	"akin/recommend/store"
)

func open(t testing.TB) *Store {
	t.Helper()
	return openFile(t, filepath.Join(t.TempDir(), "akin.db"))
}

func openFile(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func key(part, sort string) store.Key { return store.Key{Part: part, Sort: sort} }

func row(sort string, rev uint64, data string) store.Row {
	return store.Row{Key: key("p", sort), Rev: rev, Data: []byte(data)}
}

func mustPut(t testing.TB, s *Store, rows ...store.Row) {
	t.Helper()
	var tx store.Tx
	for _, r := range rows {
		tx = append(tx, store.Op{Row: r})
	}
	if err := s.Apply(context.Background(), tx)[0]; err != nil {
		t.Fatal(err)
	}
}

// all returns every row of the part "p".
func all(t testing.TB, s *Store) []store.Row {
	t.Helper()
	var rows []store.Row
	for r, err := range store.Scan(context.Background(), s, store.Strong, store.Range{Part: "p"}) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	return rows
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t) })
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "akin.db")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	mustPut(t, s, row("a", 1, "A"), row("b", 2, ""))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	want := []store.Row{row("a", 1, "A"), row("b", 2, "")}
	if d := cmp.Diff(want, all(t, openFile(t, path)), cmp.Comparer(bytes.Equal)); d != "" {
		t.Errorf("after reopening (-want +got):\n%s", d)
	}
}

// A file that another process holds is waited for, one second, and named.
func TestInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "akin.db")
	openFile(t, path)
	start := time.Now()
	_, err := Open(path)
	if want := path + " is in use by another akin process"; err == nil || err.Error() != want {
		t.Errorf("second Open = %v, want %s", err, want)
	}
	if waited := time.Since(start); waited < lockWait/2 || waited > 3*lockWait {
		t.Errorf("waited %v", waited)
	}
}

// filled writes a store of some hundred pages and returns its bytes.
func filled(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "akin.db")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		var rows []store.Row
		for j := range 100 {
			rows = append(rows, row(fmt.Sprintf("%03d", i*100+j), 1, strings.Repeat("x", 1000)))
		}
		mustPut(t, s, rows...)
	}
	var b bytes.Buffer
	if _, err := s.Backup(&b); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is not a whole store is refused in words, and stays as it is.
func TestNotAStore(t *testing.T) {
	good := filled(t)
	other := filepath.Join(t.TempDir(), "other")
	db, err := bbolt.Open(other, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("theirs"))
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	theirs, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	noHeader := bytes.Clone(good)
	clear(noHeader[:2*os.Getpagesize()])
	for _, tt := range []struct {
		name string
		file []byte
		want string
	}{
		{"text", []byte("id,title\n1,Rents\n"), "not an akin store"},
		{"zeros", make([]byte, 100_000), "not an akin store"},
		{"a header lost", noHeader, "not an akin store"},
		{"less than a header", good[:50], "not an akin store"},
		{"one page", good[:4096], "truncated store"},
		{"half", good[:len(good)/2], "truncated store"},
		{"all but a byte", good[:len(good)-1], "truncated store"},
		{"another program's", theirs, "another program"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "akin.db")
			if err := os.WriteFile(path, tt.file, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(path)
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
				t.Errorf("Open = %v, want one line with %q and the path", err, tt.want)
			}
			if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, tt.file) {
				t.Errorf("the file changed: %d bytes, %v", len(now), err)
			}
		})
	}
	if _, err := Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("Open of a folder = %v", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none", "akin.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Open in a folder that is not there = %v", err)
	}
	empty := filepath.Join(t.TempDir(), "empty.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	openFile(t, empty)
}

// A store of a later format is refused.
func TestNewerFormat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "akin.db")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(metaBucket).Put(formatKey, []byte{format + 1})
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "newer akin") {
		t.Errorf("Open = %v", err)
	}
}

// Any one page overwritten gives answers or errors, never a crash.
func TestDamagedPages(t *testing.T) {
	good := filled(t)
	size := os.Getpagesize()
	errs := 0
	for page := 2; page < len(good)/size; page += 4 {
		path := filepath.Join(t.TempDir(), "akin.db")
		bad := bytes.Clone(good)
		for i := range size {
			bad[page*size+i] = byte(i * 31)
		}
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path)
		if err != nil {
			errs++
			continue
		}
		for _, err := range store.Scan(t.Context(), s, store.Strong, store.Range{Part: "p"}) {
			if err != nil {
				errs++
			}
		}
		if err := s.Apply(t.Context(), store.Tx{{Row: row("250", 2, "")}})[0]; err != nil {
			errs++
		}
		if err := s.Close(); err != nil {
			errs++
		}
	}
	if errs == 0 {
		t.Error("no damage was noticed")
	}
}

// A value that decode refuses is an error that names the row.
func TestUnknownValue(t *testing.T) {
	s := open(t)
	err := s.db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(rowsBucket).Put([]byte("p\x00a"), []byte{valueFormat + 1, 1})
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Get(t.Context(), store.Strong, key("p", "a"))
	if err == nil || !strings.Contains(err.Error(), `row "p" "a": damaged: format 3 is unknown`) {
		t.Errorf("Get = %v", err)
	}
	if _, _, err = s.Query(t.Context(), store.Strong, store.Range{Part: "p"}); err == nil {
		t.Error("Query of it succeeded")
	}
	op := store.Op{Row: row("a", 1, ""), Cond: store.Absent}
	if err := s.Apply(t.Context(), store.Tx{op})[0]; err == nil || errors.Is(err, store.ErrCondition) {
		t.Errorf("Apply = %v", err)
	}
}

// A backup made while two rows are always written together holds both alike,
// opens, and is no longer than its pages.
func TestBackup(t *testing.T) {
	s := open(t)
	mustPut(t, s, row("a", 1, ""), row("b", 1, ""))
	started, stop := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for rev := uint64(2); ; rev++ {
			mustPut(t, s, row("a", rev, strings.Repeat("a", 5000)), row("b", rev, strings.Repeat("b", 5000)))
			if rev == 3 {
				close(started)
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	})
	<-started
	for range 5 {
		path := filepath.Join(t.TempDir(), "backup.db")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		n, err := s.Backup(f)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() != n {
			t.Errorf("Backup = %d bytes, the file has %v, %v", n, info.Size(), err)
		}
		rows := all(t, openFile(t, path))
		if len(rows) != 2 || rows[0].Rev != rows[1].Rev || rows[0].Rev < 3 {
			t.Errorf("backup holds %d rows: %v", len(rows), rows)
		}
	}
	close(stop)
	wg.Wait()
	if _, err := s.Backup(failingWriter{}); !errors.Is(err, errFull) {
		t.Errorf("Backup to a full disk = %v", err)
	}
}

var errFull = errors.New("disk full")

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errFull }

// bbolt's own compaction makes a store with the same rows.
func TestCompact(t *testing.T) {
	s := open(t)
	for i := range 50 {
		mustPut(t, s, row(fmt.Sprint(i), 1, strings.Repeat("x", i)))
	}
	want := all(t, s)
	path := filepath.Join(t.TempDir(), "compact.db")
	dst, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(bbolt.Compact(dst, s.db, 1<<16), dst.Close()); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, all(t, openFile(t, path))); d != "" {
		t.Errorf("compacted (-want +got):\n%s", d)
	}
}

// Expired rows go with the next commit that writes; rows that were given another
// expiry or none since do not.
func TestExpiry(t *testing.T) {
	s := open(t)
	past, future := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	expiring := func(sort string, at time.Time) store.Row {
		r := row(sort, 1, "")
		r.Expires = at
		return r
	}
	mustPut(t, s, expiring("later", future), expiring("moved", future), expiring("kept", future))
	// Dated back by hand, as time passes for no test.
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for _, sort := range []string{"gone", "moved", "kept", "deleted"} {
			k := appendKey(nil, key("p", sort))
			if err := tx.Bucket(expiryBucket).Put(appendExpiry(nil, past.Unix(), k), nil); err != nil {
				return err
			}
		}
		k := appendKey(nil, key("p", "gone"))
		return tx.Bucket(rowsBucket).Put(k, encode(k, value{rev: 1, expires: past.Unix()}))
	})
	if err != nil {
		t.Fatal(err)
	}
	mustPut(t, s, row("kept", 2, ""))
	var got []string
	for _, r := range all(t, s) {
		got = append(got, r.Sort)
	}
	if want := []string{"kept", "later", "moved"}; !cmp.Equal(got, want) {
		t.Errorf("rows %q, want %q", got, want)
	}
	entries := 0
	err = s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(expiryBucket).ForEach(func(k, _ []byte) error {
			if int64(binary.BigEndian.Uint64(k)) != future.Unix() {
				t.Errorf("entry %q is left", k)
			}
			entries++
			return nil
		})
	})
	if err != nil || entries != 3 { // later, moved, and the old one of kept
		t.Errorf("%d entries, %v", entries, err)
	}
}

// Calls that wait for a commit share the next one, and one whose context ends
// first leaves the queue without a trace.
func TestSharedCommit(t *testing.T) {
	s := open(t)
	s.writer <- struct{}{} // as if a commit were running
	ctx, cancel := context.WithCancel(t.Context())
	withdrawn := make(chan error)
	go func() { withdrawn <- s.Apply(ctx, store.Tx{{Row: row("withdrawn", 1, "")}})[0] }()
	const calls = 20
	var wg sync.WaitGroup
	for i := range calls {
		wg.Go(func() {
			op := store.Op{Row: row(fmt.Sprint(i/2), 1, fmt.Sprint(i)), Cond: store.Absent}
			err := s.Apply(t.Context(), store.Tx{op})[0]
			if err != nil && !errors.Is(err, store.ErrCondition) {
				t.Error(err)
			}
		})
	}
	for queued := 0; queued < calls+1; {
		s.mu.Lock()
		queued = len(s.queue)
		s.mu.Unlock()
		runtime.Gosched()
	}
	cancel()
	if err := <-withdrawn; !errors.Is(err, context.Canceled) {
		t.Errorf("Apply with an ended context = %v", err)
	}
	before := txid(t, s)
	<-s.writer
	wg.Wait()
	if got := txid(t, s) - before; got != 1 {
		t.Errorf("%d calls took %d commits, want 1", calls, got)
	}
	if got := len(all(t, s)); got != calls/2 {
		t.Errorf("%d rows, want %d", got, calls/2)
	}
	// A call that changes nothing takes none.
	before = txid(t, s)
	s.Apply(t.Context(), store.Tx{{Row: row("0", 1, ""), Cond: store.Absent}}, nil)
	if got := txid(t, s) - before; got != 0 {
		t.Errorf("a failed condition took %d commits", got)
	}
}

// txid returns the number of the last commit.
func txid(t *testing.T, s *Store) int {
	t.Helper()
	id := 0
	if err := s.db.View(func(tx *bbolt.Tx) error { id = tx.ID(); return nil }); err != nil {
		t.Fatal(err)
	}
	return id
}

// One call with many transactions is one commit, in which those that fail are
// left out.
func TestOneCommit(t *testing.T) {
	s := open(t)
	var txs []store.Tx
	for i := range 1000 {
		op := store.Op{Row: row(fmt.Sprint(i), 1, "")}
		if i%2 == 1 {
			op.Cond, op.Want = store.RevIs, 5
		}
		txs = append(txs, store.Tx{op})
	}
	before := txid(t, s)
	s.Apply(t.Context(), txs...)
	if got := txid(t, s) - before; got != 1 {
		t.Errorf("took %d commits", got)
	}
	if got := len(all(t, s)); got != 500 {
		t.Errorf("%d rows, want 500", got)
	}
}
