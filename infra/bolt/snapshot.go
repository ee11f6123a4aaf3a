package bolt

import (
	"context"
	"errors"
	"sync"

	"go.etcd.io/bbolt"

	"akin/recommend/store"
)

// A Snapshot is a store as it was at one moment. Nothing can be written to it.
type Snapshot struct {
	store *Store

	mu   sync.RWMutex // held to read, and to close
	tx   *bbolt.Tx    // nil: closed
	rows *bbolt.Bucket
	id   int
}

var _ store.Store = (*Snapshot)(nil)

var (
	errReadOnly = errors.New("a snapshot is only read")
	errClosed   = errors.New("the snapshot is closed")
)

// Snapshot returns the store as it is at the call. Reads and writes of the store
// go on meanwhile; the file does not reuse space until the snapshot is closed,
// and one that outgrows the address space taken for it waits for that.
func (s *Store) Snapshot() (store.Store, error) {
	n := &Snapshot{store: s}
	err := s.guard(func() error {
		tx, err := s.db.Begin(false)
		if err != nil {
			return err
		}
		// A bucket of a transaction that only reads keeps nothing, so that
		// several cursors may be on it at once.
		n.tx, n.rows, n.id = tx, tx.Bucket(rowsBucket), tx.ID()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return n, nil
}

// read calls f while the transaction is open.
func (n *Snapshot) read(ctx context.Context, f func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	if n.tx == nil {
		return errClosed
	}
	return n.store.guard(f)
}

// Get answers as [Store.Get] did at the moment of the snapshot.
func (n *Snapshot) Get(ctx context.Context, _ store.Consistency, keys ...store.Key) ([]store.Row, error) {
	for _, k := range keys {
		if err := k.Check(); err != nil {
			return nil, err
		}
	}
	var rows []store.Row
	err := n.read(ctx, func() (err error) {
		rows, err = n.store.get(n.rows, keys)
		return err
	})
	return rows, err
}

// Query answers as [Store.Query] did at the moment of the snapshot.
func (n *Snapshot) Query(ctx context.Context, _ store.Consistency, r store.Range) (rows []store.Row, more bool, err error) {
	if err := r.Check(); err != nil {
		return nil, false, err
	}
	err = n.read(ctx, func() error {
		rows, more, err = n.store.query(n.rows, r)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	return rows, more, nil
}

// Apply refuses every transaction.
func (n *Snapshot) Apply(_ context.Context, txs ...store.Tx) []error {
	errs := make([]error, len(txs))
	for i, tx := range txs {
		if len(tx) > 0 {
			errs[i] = errReadOnly
		}
	}
	return errs
}

// Limits returns those of the store.
func (n *Snapshot) Limits() store.Limits { return n.store.Limits() }

// Version returns that of the store at the moment of the snapshot, and true.
func (n *Snapshot) Version() (uint64, bool) { return uint64(n.id), true }

// Close gives up the snapshot, once reads under way are done.
func (n *Snapshot) Close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.tx == nil {
		return nil
	}
	tx := n.tx
	n.tx, n.rows = nil, nil
	return tx.Rollback()
}
