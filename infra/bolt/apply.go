package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"akin/recommend/store"
)

const (
	maxShared  = 1 << 16 // operations after which a commit takes no further call
	maxExpired = 128     // expired rows that one commit removes
)

// A write is one call of Apply.
type write struct {
	txs  []store.Tx
	errs []error // of each; set for those that are not to be run
	done chan struct{}
}

// Apply makes one commit of all transactions, in their order, leaving out those
// whose conditions do not hold. If the commit fails none has happened. A ctx that
// ends while Apply waits for its turn withdraws it.
func (s *Store) Apply(ctx context.Context, txs ...store.Tx) []error {
	w := &write{txs, s.Limits().Check(txs), make(chan struct{})}
	if err := ctx.Err(); err != nil {
		w.fail(err)
		return w.errs
	}
	if !w.any() {
		return w.errs
	}
	s.mu.Lock()
	s.queue = append(s.queue, w)
	s.mu.Unlock()
	select {
	case <-w.done:
	case s.writer <- struct{}{}:
		s.commit(s.take())
		<-s.writer
		// If this call was not taken, another one did so before.
		<-w.done
	case <-ctx.Done():
		if s.withdraw(w) {
			w.fail(ctx.Err())
			return w.errs
		}
		<-w.done
	}
	return w.errs
}

// fail sets err for every transaction that was to be run.
func (w *write) fail(err error) {
	for i := range w.errs {
		if w.errs[i] == nil {
			w.errs[i] = err
		}
	}
}

// bytes is about how much of the file the operations go through: a page each, and
// what they write.
func (w *write) bytes() int {
	n := 0
	for _, tx := range w.txs {
		for _, op := range tx {
			n += pageSize + len(op.Row.Data)
		}
	}
	return n
}

// any says whether a transaction is to be run.
func (w *write) any() bool { return slices.Contains(w.errs, nil) }

// take takes the calls for one commit off the queue.
func (s *Store) take() []*write {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, ops := 0, 0
	for n < len(s.queue) && ops < maxShared {
		for _, tx := range s.queue[n].txs {
			ops += len(tx)
		}
		n++
	}
	taken := slices.Clone(s.queue[:n])
	s.queue = slices.Delete(s.queue, 0, n)
	return taken
}

// withdraw takes w off the queue and says whether it was there.
func (s *Store) withdraw(w *write) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.queue, w)
	if i < 0 {
		return false
	}
	s.queue = slices.Delete(s.queue, i, i+1)
	return true
}

// errUnchanged ends a transaction of bbolt that has nothing to commit.
var errUnchanged = errors.New("nothing changed")

// commit runs writes in one transaction of bbolt and answers each. Only the
// holder of s.writer calls it.
func (s *Store) commit(writes []*write) {
	if len(writes) == 0 {
		return
	}
	results := make([][]error, len(writes))
	var number int
	plain := s.plain.Load()
	err := s.guard(func() error {
		return s.db.Update(func(tx *bbolt.Tx) error {
			b := &batch{rows: tx.Bucket(rowsBucket), expiry: tx.Bucket(expiryBucket), plain: s.plain.Load()}
			if err := b.load(tx.Bucket(metaBucket)); err != nil {
				return err
			}
			number = tx.ID()
			for i, w := range writes {
				s.pass(tx, w.bytes())
				results[i] = slices.Clone(w.errs)
				for j, t := range w.txs {
					if w.errs[j] != nil {
						continue
					}
					err := b.apply(t)
					var damage *store.DamageError
					switch {
					case errors.Is(err, store.ErrCondition):
						results[i][j] = err
					case errors.As(err, &damage):
						results[i][j] = fmt.Errorf("%s: %w", s.path, err)
					case err != nil:
						return err
					}
				}
			}
			if !b.changed {
				return errUnchanged
			}
			if err := b.expire(time.Now().Unix()); err != nil {
				return err
			}
			if b.counted {
				if err := putTotals(tx, b.totals); err != nil {
					return err
				}
				plain = b.plain && b.totals.plain > 0
			}
			s.lastCommit.Store(-1)
			return nil
		})
	})
	switch {
	case err == nil:
		s.lastCommit.Store(int64(number))
		s.plain.Store(plain)
	case !errors.Is(err, errUnchanged):
		s.lastCommit.Store(-1)
	}
	for i, w := range writes {
		if err == nil || errors.Is(err, errUnchanged) {
			w.errs = results[i]
		} else {
			w.fail(err)
		}
		close(w.done)
	}
}

// A batch is the part of one transaction of bbolt that writes rows.
type batch struct {
	rows, expiry *bbolt.Bucket
	totals       totals
	counted      bool   // the totals are known
	plain        bool   // there may be rows without a checksum
	changed      bool   // whether any row was written, also if it is as before
	key          []byte // buffer
}

// load reads the totals, and counts the rows of a file of an earlier program,
// which has none. Totals that cannot be read are left, for [Verify] to find.
func (b *batch) load(meta *bbolt.Bucket) (err error) {
	if stored := meta.Get(totalsKey); stored != nil || bytes.Equal(meta.Get(formatKey), []byte{format}) {
		b.totals, err = unpackTotals(stored)
		b.counted = err == nil
		return nil
	}
	b.counted = true
	return b.rows.ForEach(func(k, v []byte) error {
		sum, plain := summed(k, v)
		b.totals.count(sum, plain, false)
		return nil
	})
}

// put writes a value in place of another, if there is one.
func (b *batch) put(key []byte, v value) error {
	b.uncount(key)
	stored := encode(key, v)
	sum, _ := summed(key, stored)
	b.totals.count(sum, false, false)
	b.changed = true
	return b.rows.Put(key, stored)
}

// remove removes a value, if there is one.
func (b *batch) remove(key []byte) error {
	b.uncount(key)
	b.changed = true
	return b.rows.Delete(key)
}

func (b *batch) uncount(key []byte) {
	if stored := b.rows.Get(key); stored != nil {
		sum, plain := summed(key, stored)
		b.totals.count(sum, plain, true)
	}
}

// apply runs t, or answers a ConditionError or a DamageError before it changed
// anything. After any other error the whole batch is to be given up.
func (b *batch) apply(t store.Tx) error {
	for i, op := range t {
		if op.Cond == store.Always {
			continue
		}
		var rev uint64
		b.key = appendKey(b.key[:0], op.Row.Key)
		if stored := b.rows.Get(b.key); stored != nil {
			v, err := decode(b.key, stored, b.plain)
			if err != nil {
				return &store.DamageError{Key: op.Row.Key, Err: err}
			}
			rev = v.rev
		}
		if !op.Holds(rev) {
			return &store.ConditionError{Op: i, Key: op.Row.Key}
		}
	}
	for _, op := range t {
		b.key = appendKey(b.key[:0], op.Row.Key)
		switch op.Act {
		case store.Put:
			v := value{rev: op.Row.Rev, data: op.Row.Data}
			if !op.Row.Expires.IsZero() {
				v.expires = op.Row.Expires.Unix()
				if err := b.expiry.Put(appendExpiry(nil, v.expires, b.key), nil); err != nil {
					return err
				}
			}
			if err := b.put(b.key, v); err != nil {
				return err
			}
		case store.Delete:
			if err := b.remove(b.key); err != nil {
				return err
			}
		}
	}
	return nil
}

// expire removes rows that expired before now, in Unix seconds: a bounded number,
// so that no commit is slow. An entry that its row no longer agrees with, as it
// was replaced, removed or damaged, goes without harm to the row.
func (b *batch) expire(now int64) error {
	var due [][]byte
	c := b.expiry.Cursor()
	for k, _ := c.First(); k != nil && len(due) < maxExpired; k, _ = c.Next() {
		if len(k) > 8 && binary.BigEndian.Uint64(k) >= uint64(now) {
			break
		}
		due = append(due, bytes.Clone(k))
	}
	for _, k := range due {
		if err := b.expiry.Delete(k); err != nil {
			return err
		}
		if len(k) <= 8 {
			continue
		}
		key := k[8:]
		stored := b.rows.Get(key)
		if stored == nil {
			continue
		}
		v, err := decode(key, stored, b.plain)
		if err == nil && v.expires == int64(binary.BigEndian.Uint64(k)) {
			if err := b.remove(key); err != nil {
				return err
			}
		}
	}
	return nil
}
