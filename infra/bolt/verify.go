package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"akin/recommend/store"
)

// maxProblems is how much [Verify] says of a file.
const maxProblems = 1000

var errNoHeader = errors.New("no bbolt header")

// A DamagedError says why a file cannot be opened.
type DamagedError struct {
	Path string
	What string
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s: damaged store: %s; akin check says what is lost", e.Path, e.What)
}

// checkTree returns an error if a reader of the file could go round in a circle,
// or a writer would write over what is in use. It reads few pages.
func checkTree(path string) error {
	f, err := openRegular(path)
	if err != nil {
		return err
	}
	defer f.Close()
	p, err := readPages(f)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	what := ""
	p.note = func(s string) {
		if what == "" {
			what = s
		}
	}
	p.branches()
	if what != "" {
		return &DamagedError{path, what}
	}
	return nil
}

// Verify reads all pages of the file in path, and returns what is wrong with
// them, a line each: pages that are not as bbolt writes them or not where they
// belong, rows that are not what was written, and whether rows are gone. If that
// is nothing, bbolt's own check of consistency comes last. It holds a bit a page
// and some words for each row that expires, and tells progress, which may be
// nil, how many pages it has read. A file that a process serves is ErrInUse.
func Verify(ctx context.Context, path string, progress func(done, total int)) ([]string, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	s, err := Open(path)
	if Unwritable(err) {
		s, err = OpenToRead(path)
	}
	switch {
	case errors.Is(err, ErrInUse), errors.Is(err, os.ErrPermission):
		return nil, err
	case err != nil:
		problems, e := verifyPages(ctx, path, progress)
		if e != nil {
			return nil, errors.Join(err, e)
		}
		if len(problems) == 0 {
			return nil, err // such as a store of a newer akin
		}
		return problems, nil
	}
	defer s.Close()
	problems, err := verifyPages(ctx, path, progress)
	if err != nil || len(problems) > 0 {
		return problems, err
	}
	err = s.guard(func() error {
		return s.db.View(func(tx *bbolt.Tx) error {
			for err := range tx.Check() { // which only whole pages are safe for
				problems = append(problems, err.Error())
			}
			return nil
		})
	})
	return problems, err
}

// A verification is one look at all rows of a file.
type verification struct {
	problems []string
	more     int // not kept
	format   byte
	totals   totals // as the file has them
	known    bool   // whether it has them
	found    totals
	expiry   map[uint64]bool // hashes of the entries of that bucket, which comes before that of rows
	seed     maphash.Seed
}

func (v *verification) note(what string) {
	if len(v.problems) < maxProblems {
		v.problems = append(v.problems, what)
	} else {
		v.more++
	}
}

func verifyPages(ctx context.Context, path string, progress func(done, total int)) ([]string, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := readPages(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	v := &verification{expiry: map[uint64]bool{}, seed: maphash.MakeSeed()}
	done := 0
	p.ctx, p.note, p.leaf = ctx, v.note, v.leaf
	p.page = func() {
		if done++; progress != nil {
			progress(done, int(p.high))
		}
	}
	if p.headers < 2 {
		v.note("one of the two headers of the file cannot be read; if that is not for a power cut, the last commit is lost")
	}
	freeKnown := p.all()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if freeKnown {
		p.unseen(func(id uint64) { v.note(fmt.Sprintf("page %d is neither in use nor free", id)) })
	}
	v.end()
	return v.problems, nil
}

// leaf looks at one entry of a bucket.
func (v *verification) leaf(bucket string, key, stored []byte) {
	switch bucket {
	case string(metaBucket):
		v.meta(key, stored)
	case string(expiryBucket):
		v.expiry[maphash.Bytes(v.seed, key)] = true
	case string(rowsBucket):
		k, val, err := readRow(key, stored, v.plain())
		if err != nil {
			v.note((&store.DamageError{Key: k, Err: err}).Error())
			return
		}
		v.found.count(val.sum, val.plain, false)
		if val.expires != 0 && !v.expiry[maphash.Bytes(v.seed, appendExpiry(nil, val.expires, key))] {
			v.note(fmt.Sprintf("row %q %q: it is to expire, and would not", k.Part, k.Sort))
		}
	default:
		v.note(fmt.Sprintf("there is a bucket %q", bucket))
	}
}

func (v *verification) meta(key, stored []byte) {
	switch {
	case bytes.Equal(key, formatKey) && len(stored) == 1:
		v.format = stored[0]
	case bytes.Equal(key, totalsKey):
		t, err := unpackTotals(stored)
		if err != nil {
			v.note(err.Error())
			return
		}
		v.totals, v.known = t, true
	default:
		v.note(fmt.Sprintf("bucket %q has an entry %q", metaBucket, key))
	}
}

// plain reports whether there may be rows without a checksum.
func (v *verification) plain() bool {
	return v.known && v.totals.plain > 0 || !v.known && v.format < format
}

// end compares what was found with what should be there.
func (v *verification) end() {
	switch {
	case v.format == 0 || v.format > format:
		v.note(fmt.Sprintf("the file is of format %d, and this akin knows %d", v.format, format))
	case v.known && v.format != format, !v.known && v.format == format && len(v.problems) == 0:
		v.note(errTotals.Error())
	case v.known && v.totals != v.found:
		if v.totals.rows == v.found.rows {
			v.note("the sums over all rows are not those of the rows")
			break
		}
		v.note(fmt.Sprintf("there are %d rows that are sound, and should be %d", v.found.rows, v.totals.rows))
	}
	if v.more > 0 {
		v.problems = append(v.problems, fmt.Sprintf("and %d more", v.more))
	}
}

// readRow reads what the bucket of rows holds under a key.
func readRow(key, stored []byte, plain bool) (store.Key, value, error) {
	part, sort, _ := strings.Cut(string(key), "\x00")
	k := store.Key{Part: part, Sort: sort}
	if len(key) > store.MaxPart+1+store.MaxSort {
		return store.Key{}, value{}, errors.New("its key is too long")
	}
	v, err := decode(key, stored, plain)
	if err == nil {
		err = k.Check()
	}
	return k, v, err
}

// salvageRows is how many rows [Salvage] writes at once.
const salvageRows = 4096

// Salvage writes all rows of the file from that are sound into a new store in the
// file to, whatever the rest of from is like, and returns their number. Where a
// page has lost its place it takes the page's rows nevertheless. Nobody may have
// from open.
func Salvage(ctx context.Context, from, to string) (rows int, err error) {
	f, err := openRegular(from)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	// A page that is in use and listed as free may be either. What the file says
	// of all its rows tells which; failing that, the list is believed.
	listed := false
	v, err := salvage(ctx, f, listed, nil)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", from, err)
	}
	if !v.known || v.totals != v.found {
		listed = true
	}
	s, err := Open(to)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var txs []store.Tx
	var failed error
	size := 0
	flush := func() {
		for _, err := range s.Apply(ctx, txs...) {
			switch {
			case err == nil:
				rows++
			case !errors.Is(err, store.ErrCondition) && failed == nil: // else it was there already
				failed = err
			}
		}
		txs, size = nil, 0
	}
	_, err = salvage(ctx, f, listed, func(k store.Key, v value) {
		txs = append(txs, store.Tx{{Row: newRow(k, v), Cond: store.Absent}})
		if size += len(v.data); len(txs) == salvageRows || size > 16<<20 {
			flush()
		}
	})
	flush()
	return rows, errors.Join(err, failed)
}

// salvage calls row for each row that is sound. If listed, pages that are listed
// as free are left out, and those that are nowhere looked at.
func salvage(ctx context.Context, f *os.File, listed bool, row func(store.Key, value)) (*verification, error) {
	p, err := readPages(f)
	if err != nil {
		return nil, err
	}
	v := &verification{}
	took := func(key, stored []byte) {
		k, val, err := readRow(key, stored, v.plain())
		if err != nil {
			return
		}
		v.found.count(val.sum, val.plain, false)
		if row != nil {
			row(k, val)
		}
	}
	p.ctx = ctx
	p.leaf = func(bucket string, key, stored []byte) {
		switch bucket {
		case string(rowsBucket):
			took(key, stored)
		case string(metaBucket):
			v.meta(key, stored)
		}
	}
	freeKnown := p.readFree()
	if listed && freeKnown {
		for i := range p.seen {
			p.seen[i] |= p.free[i] // which keeps them from being read
		}
	}
	p.buckets()
	if !listed || !freeKnown {
		return v, ctx.Err()
	}
	var lost []uint64
	p.unseen(func(id uint64) { lost = append(lost, id) })
	for _, id := range lost {
		if n, err := p.read(id, maxNode); err == nil && n.flags == leafFlag {
			es, _ := n.elements()
			for _, e := range es {
				took(e.key, e.value)
			}
		}
	}
	return v, ctx.Err()
}

// Replace puts the file salvaged in the place of a damaged one, which it keeps
// under another name that it returns.
func Replace(path, salvaged string) (kept string, err error) {
	name := path + ".damaged-" + time.Now().UTC().Format("20060102-150405")
	kept = name
	for n := 2; ; n++ { // several in a second have numbers
		if err = os.Link(path, kept); !errors.Is(err, fs.ErrExist) {
			break
		}
		kept = fmt.Sprintf("%s-%d", name, n)
	}
	if err != nil {
		return "", err
	}
	return kept, os.Rename(salvaged, path)
}
