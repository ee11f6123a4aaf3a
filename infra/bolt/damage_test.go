package bolt

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"akin/recommend/store"
)

var (
	damages    = flag.Int("damages", 120, "how many files TestDamage damages")
	damageSeed = flag.Uint64("damage-seed", 1, "what TestDamage chooses by")
)

// various returns a file of rows of all sizes, some written anew and some that
// expire, with free pages, and the rows, and those before the last commit.
func various(t *testing.T) (file []byte, rows, before []store.Row) {
	t.Helper()
	s := small(t)
	rng := rand.New(rand.NewPCG(7, 7))
	for round := range 6 {
		before = rows
		var txs []store.Tx
		for _, n := range rng.Perm(900)[:300] {
			r := store.Row{Key: store.Key{Part: fmt.Sprint("part", n%7), Sort: fmt.Sprintf("%04d", n)}, Rev: uint64(round + 1)}
			size := rng.IntN(300)
			if n%100 == 1 {
				size = rng.IntN(60_000)
			}
			r.Data = make([]byte, size)
			for i := range r.Data {
				r.Data[i] = byte(rng.Uint32())
			}
			if n%50 == 3 {
				r.Expires = time.Date(2999, 1, 1, 0, 0, n, 0, time.UTC)
			}
			op := store.Op{Row: r}
			if n%11 == 0 {
				op.Act = store.Delete
			}
			txs = append(txs, store.Tx{op})
		}
		for _, err := range s.Apply(t.Context(), txs...) {
			if err != nil {
				t.Fatal(err)
			}
		}
		var err error
		if rows, err = everyRow(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	return file, rows, before
}

// everyRow reads the rows of all parts.
func everyRow(ctx context.Context, s *Store) ([]store.Row, error) {
	var rows []store.Row
	for part := range 7 {
		for row, err := range store.Scan(ctx, s, store.Strong, store.Range{Part: fmt.Sprint("part", part), Reverse: part%2 == 1}) {
			if err != nil {
				return rows, err
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func sameRow(a, b store.Row) bool {
	return a.Key == b.Key && a.Rev == b.Rev && a.Expires.Equal(b.Expires) && bytes.Equal(a.Data, b.Data)
}

// damage changes a copy of a file in one of several ways, within its pages.
func damage(rng *rand.Rand, good []byte) []byte {
	bad := bytes.Clone(good)
	page := os.Getpagesize()
	spot := func() int { return rng.IntN(len(bad)) }
	switch rng.IntN(6) {
	case 0: // a bit anywhere
		bad[spot()] ^= 1 << rng.IntN(8)
	case 1: // some bytes
		for range 1 + rng.IntN(6) {
			bad[spot()] = byte(rng.Uint32())
		}
	case 2: // what a page says of itself and its elements
		bad[rng.IntN(len(bad)/page)*page+rng.IntN(160)] ^= 1 << rng.IntN(8)
	case 3: // a sector of another page, or of zeros
		from, to := spot()/512*512, spot()/512*512
		if rng.IntN(2) == 0 {
			clear(bad[to : to+512])
		} else {
			copy(bad[to:to+512], bad[from:from+512])
		}
	case 4: // a page written to the wrong place
		from, to := spot()/page*page, spot()/page*page
		copy(bad[to:to+page], bad[from:from+page])
	case 5: // bits close to each other
		at := spot()
		for range 3 {
			bad[min(at+rng.IntN(16), len(bad)-1)] ^= 1 << rng.IntN(8)
		}
	}
	return bad
}

// However a file is damaged, every read ends, no row that was not written is
// answered, and what differs is named by Verify. What Salvage takes from it is
// what was written, and sound.
func TestDamage(t *testing.T) {
	good, all, before := various(t)
	rng := rand.New(rand.NewPCG(*damageSeed, 9))
	folder := t.TempDir()
	path, salvaged := filepath.Join(folder, "akin.db"), filepath.Join(folder, "salvaged.db")
	named, harmless, kept := 0, 0, 0
	for n := range *damages {
		bad := damage(rng, good)
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		problems, err := Verify(ctx, path, nil)
		sound := err == nil && len(problems) == 0
		rows := all
		was, _ := newestHeader(good)
		if is, _ := newestHeader(bad); is.tx != was.tx && !sound {
			rows = before // as after a power cut: the other header leads there
		}
		if s, err := Open(path); err == nil {
			held(t, ctx, n, s, rows, sound)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		} else if sound {
			t.Errorf("seed %d, damage %d: Verify found nothing, and Open: %v", *damageSeed, n, err)
		}
		if sound {
			harmless++
		} else {
			named++
		}
		_ = os.Remove(salvaged)
		count, err := Salvage(ctx, path, salvaged)
		if err != nil && sound || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("seed %d, damage %d: salvage: %v", *damageSeed, n, err)
		} else if err == nil {
			kept += count
			if problems, err := Verify(ctx, salvaged, nil); err != nil || len(problems) > 0 {
				t.Errorf("seed %d, damage %d: what was salvaged: %q, %v", *damageSeed, n, problems, err)
			}
			s := openFile(t, salvaged)
			held(t, ctx, n, s, rows, sound)
		}
		cancel()
		if t.Failed() {
			break
		}
	}
	t.Logf("seed %d: %d files damaged, %d named, %d harmless; %.2f %% of the rows salvaged",
		*damageSeed, *damages, named, harmless, 100*float64(kept)/float64(*damages*len(all)))
	if named == 0 || harmless == 0 {
		t.Error("no such file")
	}
}

// held reads all rows in two ways and holds them to what was written. Whole says
// that none may be missing.
func held(t *testing.T, ctx context.Context, n int, s *Store, rows []store.Row, whole bool) {
	t.Helper()
	was := map[store.Key]store.Row{}
	keys := make([]store.Key, len(rows))
	for i, r := range rows {
		was[r.Key], keys[i] = r, r.Key
	}
	got, err := everyRow(ctx, s)
	if err != nil && (whole || ctx.Err() != nil) {
		t.Errorf("seed %d, damage %d: scan: %v", *damageSeed, n, err)
	}
	for _, r := range got {
		if !sameRow(r, was[r.Key]) {
			t.Fatalf("seed %d, damage %d: row %q %q was not written", *damageSeed, n, r.Part, r.Sort)
		}
	}
	if whole && len(got) != len(rows) {
		t.Errorf("seed %d, damage %d: Verify found nothing, and %d of %d rows are there", *damageSeed, n, len(got), len(rows))
	}
	for i, k := range keys {
		if i%7 != 0 && !whole {
			continue
		}
		found, err := s.Get(ctx, store.Strong, k)
		switch {
		case err != nil && whole:
			t.Errorf("seed %d, damage %d: get: %v", *damageSeed, n, err)
		case err == nil && (found[0].Rev != 0 || whole) && !sameRow(found[0], rows[i]):
			t.Errorf("seed %d, damage %d: row %q %q was not written so", *damageSeed, n, k.Part, k.Sort)
		}
	}
}

// A row that is gone from a leaf without a trace is missed, and so is one that
// was changed with its checksum.
func TestMissingRow(t *testing.T) {
	for _, way := range []string{"gone", "older", "expiry"} {
		s := open(t)
		mustPut(t, s, row("a", 1, "x"), row("b", 1, "y"), store.Row{Key: key("p", "c"), Rev: 1, Expires: time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)})
		err := s.db.Update(func(tx *bbolt.Tx) error {
			k := appendKey(nil, key("p", "a"))
			switch way {
			case "gone":
				return tx.Bucket(rowsBucket).Delete(k)
			case "older":
				return tx.Bucket(rowsBucket).Put(k, encode(k, value{rev: 1, data: []byte("w")}))
			}
			first, _ := tx.Bucket(expiryBucket).Cursor().First()
			return tx.Bucket(expiryBucket).Delete(first)
		})
		if err := errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
		if problems, err := Verify(t.Context(), s.path, nil); err != nil || len(problems) != 1 {
			t.Errorf("%s: %q, %v", way, problems, err)
		}
	}
}

// A file of an earlier program is read as it is, and its rows get checksums as
// they are written.
func TestPlainFile(t *testing.T) {
	s := open(t)
	err := s.db.Update(func(tx *bbolt.Tx) error {
		meta := tx.Bucket(metaBucket)
		for _, sort := range []string{"a", "b", "c"} {
			if err := tx.Bucket(rowsBucket).Put([]byte("p\x00"+sort), []byte{plainValue, 1, 0, 'x'}); err != nil {
				return err
			}
		}
		return errors.Join(meta.Put(formatKey, []byte{1}), meta.Delete(totalsKey))
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	verify := func() {
		t.Helper()
		if problems, err := Verify(t.Context(), s.path, nil); err != nil || len(problems) > 0 {
			t.Errorf("%q, %v", problems, err)
		}
	}
	verify()
	for n, sorts := range [][]string{{"a"}, {"b", "c"}} {
		s = openFile(t, s.path)
		if got := all(t, s); len(got) != 3 || string(got[2].Data) != "x" || !s.plain.Load() {
			t.Errorf("%d: rows %v, plain %v", n, got, s.plain.Load())
		}
		for _, sort := range sorts {
			mustPut(t, s, row(sort, 2, "x"))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		verify()
	}
	if s = openFile(t, s.path); s.plain.Load() {
		t.Error("there are rows without a checksum")
	}
}

// A damaged row is refused alone: others of the same commit are written, and it
// can be overwritten and deleted.
func TestDamagedRowAlone(t *testing.T) {
	s := open(t)
	mustPut(t, s, row("a", 1, "x"), row("b", 1, "y"))
	err := s.db.Update(func(tx *bbolt.Tx) error {
		k := appendKey(nil, key("p", "a"))
		bad := bytes.Clone(tx.Bucket(rowsBucket).Get(k))
		bad[len(bad)-1] ^= 1
		return tx.Bucket(rowsBucket).Put(k, bad)
	})
	if err != nil {
		t.Fatal(err)
	}
	errs := s.Apply(t.Context(),
		store.Tx{{Row: row("b", 2, "z"), Cond: store.RevIs, Want: 1}},
		store.Tx{{Row: row("a", 2, "z"), Cond: store.RevIs, Want: 1}},
		store.Tx{{Row: row("c", 1, "z")}})
	var damage *store.DamageError
	if errs[0] != nil || !errors.As(errs[1], &damage) || damage.Key != key("p", "a") || errs[2] != nil {
		t.Errorf("errors %v", errs)
	}
	mustPut(t, s, row("a", 3, "new"))
	if got := all(t, s); len(got) != 3 {
		t.Errorf("rows %v", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if problems, err := Verify(t.Context(), s.path, nil); err != nil || len(problems) > 0 {
		t.Errorf("%q, %v", problems, err)
	}
}
