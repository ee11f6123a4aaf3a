package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

var (
	powerCuts = flag.Int("cuts", 12, "how often TestPowerLoss cuts the power")
	powerSeed = flag.Uint64("cut-seed", 1, "what TestPowerLoss chooses by")
)

// A synced store passes writes on and keeps what the file held after the last
// two that were answered, each of which was synced before.
type synced struct {
	*Store
	t             *testing.T
	before, after []byte
	cut           func() // called after each Apply
}

func (s *synced) Apply(ctx context.Context, txs ...store.Tx) []error {
	errs := s.Store.Apply(ctx, txs...)
	b, err := os.ReadFile(s.path)
	if err != nil {
		s.t.Error(err)
	}
	s.before, s.after = s.after, b
	if s.before != nil && !bytes.Equal(s.before, s.after) {
		s.cut()
	}
	return errs
}

// When the power fails in the middle of a commit, the disk holds some of the
// sectors that it was to write. It syncs its pages before it writes the header
// that leads to them, so either any of the pages are there and the header is the
// old one, or all of them and the header is old, new or torn. In every case the
// file opens as it was before the commit or after it, its pages are sound, its
// lists become exact, and what was acknowledged before the commit is there.
func TestPowerLoss(t *testing.T) {
	rng := rand.New(rand.NewPCG(*powerSeed, 3))
	words := strings.Fields("flood rent harbour visa bus school heat clinic market border tram orchard ferry quarry council")
	s := &synced{Store: small(t), t: t}
	acknowledged := map[string]int64{}
	cuts, old := 0, 0
	s.cut = func() {
		if cuts == *powerCuts || rng.IntN(4) != 0 {
			return
		}
		file := tear(rng, cuts, s.before, s.after)
		cuts++
		if afterPowerLoss(t, file, acknowledged) == headerNumber(s.before) {
			old++
		}
	}
	settings := recommend.DefaultSettings()
	settings.K = 10
	p, err := engine.NewPublisher(s, settings, engine.PublisherOptions{})
	if err != nil {
		t.Fatal(err)
	}
	x := engine.NewIndexer(s, settings, engine.IndexerOptions{Alone: true})
	for round := 0; cuts < *powerCuts && !t.Failed(); round++ {
		var items []recommend.Item
		for _, n := range rng.Perm(60)[:1+rng.IntN(20)] {
			title := make([]string, 2+rng.IntN(6))
			for i := range title {
				title[i] = words[rng.IntN(len(words))]
			}
			items = append(items, recommend.Item{ID: fmt.Sprintf("item%d", n), Title: strings.Join(title, ", "), Lang: "en"})
		}
		for _, r := range p.Put(t.Context(), items...) {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			acknowledged[r.ID] = r.Version
		}
		if round%8 == 0 {
			_, err = x.Reindex(t.Context(), engine.ReindexOptions{Force: true})
		} else {
			_, err = x.CatchUp(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("seed %d: %d cuts, after %d of them the file is as before the commit", *powerSeed, cuts, old)
	if want := cuts - cuts/4; !t.Failed() && old != want {
		t.Errorf("%d of %d files opened as before the commit, want %d", old, cuts, want)
	}
}

// small opens a new store in a file that grows by little. bbolt makes a file of
// 16 MB otherwise, all of which is read after each commit.
func small(t *testing.T) *Store {
	t.Helper()
	var b bytes.Buffer
	if _, err := open(t).Backup(&b); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "akin.db")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	s := openFile(t, path)
	s.db.AllocSize = 64 << 10
	return s
}

// tear returns a file as it may be when the power fails between two synced
// states of it, in one of four ways by turns.
func tear(rng *rand.Rand, turn int, before, after []byte) []byte {
	page := os.Getpagesize()
	const sector = 512
	headers := 2 * page
	if turn%4 == 0 { // some sectors, and the file grown or not
		file := bytes.Clone(before)
		if len(after) > len(file) && rng.IntN(2) == 0 {
			file = append(file, make([]byte, len(after)-len(file))...)
		}
		for at := headers; at < len(file); at += sector {
			if end := min(at+sector, len(after)); at < end && rng.IntN(2) == 0 {
				copy(file[at:end], after[at:end])
			}
		}
		return file
	}
	file := bytes.Clone(after)
	if turn%4 == 3 { // everything
		return file
	}
	copy(file[:headers], before)
	if turn%4 == 2 { // a part of the header: its number, and not its checksum
		at := 0
		if headerNumber(after)%2 == 1 {
			at = page
		}
		n := metaOffset + 49 + rng.IntN(metaBytes-49)
		copy(file[at:at+n], after[at:])
	}
	return file
}

// headerNumber returns the number of the last commit that a file's headers tell.
func headerNumber(file []byte) uint64 {
	page := os.Getpagesize()
	number := func(at int) uint64 { return binary.NativeEndian.Uint64(file[at+metaOffset+48:]) }
	return max(number(0), number(page))
}

// afterPowerLoss opens a file, holds it to what was acknowledged, and returns
// the number of its last commit.
func afterPowerLoss(t *testing.T, file []byte, acknowledged map[string]int64) uint64 {
	t.Helper()
	path := filepath.Join(t.TempDir(), "akin.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path)
	if err != nil {
		t.Errorf("open after the power failed: %v", err)
		return 0
	}
	defer s.Close()
	var number uint64
	err = s.db.View(func(tx *bbolt.Tx) error {
		number = uint64(tx.ID())
		for err := range tx.Check() {
			t.Errorf("damaged page: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	r := engine.NewReader(s, engine.ReaderOptions{})
	for id, version := range acknowledged {
		if got, err := r.Item(t.Context(), id); err != nil || got.Version < version {
			t.Errorf("item %q: %v, %v; version %d was acknowledged", id, got, err, version)
		}
	}
	st, err := r.Status(t.Context())
	if err != nil {
		t.Error(err)
		return number
	}
	if st.Generation == 0 {
		return number
	}
	settings := recommend.DefaultSettings()
	settings.K = 10
	x := engine.NewIndexer(s, settings, engine.IndexerOptions{Alone: true})
	ds, _, err := x.Check(t.Context(), nil)
	if err != nil {
		t.Error(err)
	}
	for _, d := range ds {
		t.Error(d)
	}
	damage, err := x.Walk(t.Context())
	if err != nil {
		t.Error(err)
	}
	for _, d := range damage {
		t.Error(d)
	}
	return number
}
