// Package bolt keeps rows in one file, for one process at a time. It is a
// [store.Store] on go.etcd.io/bbolt.
//
// The file holds three buckets. "rows" maps Part, a NUL byte and Sort to a value
// (see encode); since names hold no NUL, the order of the keys is that of the
// store. "expiry" holds, for each row that expires, the second as 8 bytes and the
// row's key; every commit removes some rows whose second has passed. "akin" holds
// the number of this format and the totals of all rows.
//
// Every row has a checksum, which every read verifies. The totals tell what is
// gone, [Verify] reads every page for itself, and [Salvage] copies the rows that
// are sound into another file. Files of format 1 have neither checksums nor
// totals; the first commit makes them format 2, and rows get a checksum as they
// are written anew.
package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"akin/recommend/store"
)

const (
	format    = 2           // of the file; a higher one is of a newer akin
	lockWait  = time.Second // for another process to let go of the file
	mapBytes  = 1 << 30     // address space taken at once: a file that outgrows its map waits for its readers
	pageBytes = 1 << 20     // keys and data after which an answer of Query ends
)

var (
	rowsBucket   = []byte("rows")
	expiryBucket = []byte("expiry")
	metaBucket   = []byte("akin")
	formatKey    = []byte("format")
	totalsKey    = []byte("totals")
)

// A Store keeps rows in a file. Each Apply is synced to disk before it returns;
// calls that come in during a commit share the next one.
type Store struct {
	db   *bbolt.DB
	path string

	lastCommit atomic.Int64 // its number, as bbolt counts; -1 while one is under way or after one that failed
	passed     atomic.Int64 // bytes of the file that scans and commits went through since its pages were let go
	plain      atomic.Bool  // there may be rows without a checksum

	writer chan struct{} // holds a token while a commit runs

	mu    sync.Mutex
	queue []*write // calls of Apply that no commit has taken yet
}

var (
	_ store.Store     = (*Store)(nil)
	_ store.Versioner = (*Store)(nil)
)

// ErrInUse is wrapped by the error of [Open] where another process has the file
// open.
var ErrInUse = errors.New("in use by another akin process")

// Open opens the store in the file path, which is made if there is none (but not
// its folder). It waits one second for another process that has it open. A file
// that is not a whole store of a known format is left as it is.
func Open(path string) (*Store, error) { return openFor(path, false) }

// OpenToRead opens the store in the file path as [Open] does, but never writes to
// it: what it asks for is the right to read. Several processes may, at the same
// time. Apply is an error.
func OpenToRead(path string) (*Store, error) { return openFor(path, true) }

// Unwritable reports whether an error of [Open] says that this process may not
// write to the file. It may have the right to read it.
func Unwritable(err error) bool {
	return errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.EROFS)
}

func openFor(path string, readOnly bool) (*Store, error) {
	if err := checkFile(path); err != nil {
		return nil, err
	}
	s := &Store{path: path, writer: make(chan struct{}, 1)}
	err := s.guard(func() error {
		options := &bbolt.Options{
			Timeout:      lockWait,
			FreelistType: bbolt.FreelistMapType,
			NoStatistics: true,
			ReadOnly:     readOnly,
		}
		if runtime.GOOS != "windows" { // where the file itself would grow to it
			options.InitialMmapSize = mapBytes
		}
		var err error
		if s.db, err = bbolt.Open(path, 0o600, options); err != nil {
			return err
		}
		if err := checkTree(path); err != nil {
			return err
		}
		return s.prepare()
	})
	if err == nil {
		return s, nil
	}
	if s.db != nil {
		err = errors.Join(err, s.db.Close())
	}
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("%s is %w", path, ErrInUse)
	}
	return nil, err
}

// prepare checks that the open file is a store of this format, and makes an
// empty file one.
func (s *Store) prepare() error {
	found, fresh := -1, true
	err := s.db.View(func(tx *bbolt.Tx) error {
		s.lastCommit.Store(int64(tx.ID()))
		k, _ := tx.Cursor().First()
		fresh = k == nil
		meta := tx.Bucket(metaBucket)
		if meta == nil || tx.Bucket(rowsBucket) == nil || tx.Bucket(expiryBucket) == nil {
			return nil
		}
		if v := meta.Get(formatKey); len(v) == 1 {
			found = int(v[0])
		}
		t, err := unpackTotals(meta.Get(totalsKey))
		s.plain.Store(found < format || err == nil && t.plain > 0)
		return nil
	})
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", s.path, err)
	case fresh:
		return s.db.Update(func(tx *bbolt.Tx) error {
			for _, name := range [][]byte{rowsBucket, expiryBucket, metaBucket} {
				if _, err := tx.CreateBucket(name); err != nil {
					return err
				}
			}
			s.plain.Store(false)
			return putTotals(tx, totals{})
		})
	case found <= 0:
		return fmt.Errorf("%s: a bbolt file of another program, not an akin store", s.path)
	case found > format:
		return fmt.Errorf("%s: store format %d is of a newer akin; this one knows %d", s.path, found, format)
	}
	return nil
}

// putTotals writes the format and the totals.
func putTotals(tx *bbolt.Tx, t totals) error {
	meta := tx.Bucket(metaBucket)
	if err := meta.Put(formatKey, []byte{format}); err != nil {
		return err
	}
	return meta.Put(totalsKey, t.pack())
}

// guard calls f and turns a panic or a page fault in it, which is how bbolt
// meets damaged pages, into an error.
func (s *Store) guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: damaged store: %v", s.path, p)
		}
	}()
	return f()
}

// Close ends the use of the file once running reads are done.
func (s *Store) Close() error { return s.db.Close() }

// Limits returns 1,048,576 operations and 64 MB.
func (s *Store) Limits() store.Limits {
	return store.Limits{Ops: 1 << 20, Bytes: 64 << 20}
}

// Version returns a number that every commit changes, and true unless a commit is
// under way: while it stays the same, every row is as it was.
func (s *Store) Version() (uint64, bool) {
	n := s.lastCommit.Load()
	return uint64(n), n >= 0
}

// Backup writes a consistent copy of the file, as it is at the call, to w and
// returns its size in bytes. Reads and writes go on meanwhile; the file does not
// reuse space until Backup returns. An error of w is returned as it is.
func (s *Store) Backup(w io.Writer) (int64, error) {
	var n int64
	ew := &errWriter{w: w}
	err := s.guard(func() error {
		return s.db.View(func(tx *bbolt.Tx) error {
			var err error
			n, err = tx.WriteTo(ew)
			return err
		})
	})
	if ew.err != nil {
		return n, ew.err
	}
	return n, err
}

// An errWriter keeps the first error of w, which bbolt reports as text only.
type errWriter struct {
	w   io.Writer
	err error
}

func (e *errWriter) Write(b []byte) (int, error) {
	n, err := e.w.Write(b)
	if e.err == nil {
		e.err = err
	}
	return n, err
}

// Get answers from one snapshot. Both consistencies are strong.
func (s *Store) Get(ctx context.Context, _ store.Consistency, keys ...store.Key) ([]store.Row, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, k := range keys {
		if err := k.Check(); err != nil {
			return nil, err
		}
	}
	var rows []store.Row
	err := s.guard(func() error {
		return s.db.View(func(tx *bbolt.Tx) (err error) {
			rows, err = s.get(tx.Bucket(rowsBucket), keys)
			return err
		})
	})
	return rows, err
}

// get answers from the bucket of rows of one transaction.
func (s *Store) get(bucket *bbolt.Bucket, keys []store.Key) ([]store.Row, error) {
	rows := make([]store.Row, len(keys))
	c := bucket.Cursor() // one for all; Bucket.Get makes one each
	var buf []byte
	for i, k := range keys {
		rows[i].Key = k
		buf = appendKey(buf[:0], k)
		at, stored := c.Seek(buf)
		if !bytes.Equal(at, buf) {
			continue
		}
		v, err := s.value(k, at, stored)
		if err != nil {
			return nil, err
		}
		rows[i] = newRow(k, v)
	}
	return rows, nil
}

// Query answers from one snapshot. An answer ends when its keys and data have
// passed 1 MB.
func (s *Store) Query(ctx context.Context, _ store.Consistency, r store.Range) (rows []store.Row, more bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	if err := r.Check(); err != nil {
		return nil, false, err
	}
	err = s.guard(func() error {
		return s.db.View(func(tx *bbolt.Tx) error {
			rows, more, err = s.query(tx.Bucket(rowsBucket), r)
			return err
		})
	})
	if err != nil {
		return nil, false, err
	}
	return rows, more, nil
}

// query answers from the bucket of rows of one transaction.
func (s *Store) query(bucket *bbolt.Bucket, r store.Range) (rows []store.Row, more bool, err error) {
	from := append(append([]byte(r.Part), 0), r.From...)
	to := append([]byte(r.Part), 1) // after every key of the part
	if r.To != "" {
		to = append(append([]byte(r.Part), 0), r.To...)
	}
	prefix := len(r.Part) + 1
	size := 0
	if r.Limit == 0 { // a scan, and no reader's page
		defer func() { s.pass(bucket.Tx(), size) }()
	}
	c := bucket.Cursor()
	var k, v, before []byte
	if r.Reverse {
		if k, _ = c.Seek(to); k == nil {
			k, v = c.Last()
		} else {
			k, v = c.Prev()
		}
	} else if k, v = c.Seek(from); k != nil && bytes.Compare(k, from) < 0 {
		return nil, false, fmt.Errorf("%s: %w", s.path, errOrder)
	}
	for k != nil && bytes.Compare(k, from) >= 0 && bytes.Compare(k, to) < 0 {
		if size >= pageBytes || r.Limit > 0 && len(rows) == r.Limit {
			return rows, true, nil
		}
		if n := bytes.Compare(k, before); before != nil && n != 0 && (n > 0) == r.Reverse || n == 0 {
			return nil, false, fmt.Errorf("%s: %w", s.path, errOrder)
		}
		before = k
		key := store.Key{Part: r.Part, Sort: string(k[prefix:])}
		val, err := s.value(key, k, v)
		if err != nil {
			return nil, false, err
		}
		rows = append(rows, newRow(key, val))
		size += len(k) + len(val.data)
		if r.Reverse {
			k, v = c.Prev()
		} else {
			k, v = c.Next()
		}
	}
	return rows, false, nil
}

// errOrder says that the file leads from a key to one that is not behind it.
var errOrder = errors.New("damaged store: keys are out of order")

// value decodes what is stored under k, which is key in the file.
func (s *Store) value(k store.Key, key, stored []byte) (value, error) {
	v, err := decode(key, stored, s.plain.Load())
	if err != nil {
		return v, fmt.Errorf("%s: %w", s.path, &store.DamageError{Key: k, Err: err})
	}
	return v, nil
}

// newRow returns the row with the key k that v says, with bytes of its own; no
// row if v is zero.
func newRow(k store.Key, v value) store.Row {
	row := store.Row{Key: k, Rev: v.rev, Data: bytes.Clone(v.data)}
	if v.expires != 0 {
		row.Expires = time.Unix(v.expires, 0).UTC()
	}
	return row
}

// appendKey appends the key of a row in the bucket of rows.
func appendKey(b []byte, k store.Key) []byte {
	b = append(b, k.Part...)
	b = append(b, 0)
	return append(b, k.Sort...)
}

// appendExpiry appends the key of a row in the bucket of expiries.
func appendExpiry(b []byte, second int64, key []byte) []byte {
	return append(binary.BigEndian.AppendUint64(b, uint64(second)), key...)
}
