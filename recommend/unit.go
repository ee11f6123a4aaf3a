package recommend

import (
	"context"
	"slices"
)

// A unit gathers reads and writes of rows and commits the writes in one
// transaction, which fails if a row that was read has changed since. Reads see
// the writes before them. It is not safe for concurrent use.
type unit struct {
	store  Store
	read   map[Key]Row // as the store had them
	writes map[Key]Op
	order  []Key
}

func newUnit(s Store) *unit {
	return &unit{store: s, read: map[Key]Row{}, writes: map[Key]Op{}}
}

// load reads those of keys that were not read before, in one call.
func (u *unit) load(ctx context.Context, keys ...Key) error {
	var missing []Key
	for _, k := range keys {
		if _, ok := u.read[k]; !ok && !slices.Contains(missing, k) {
			missing = append(missing, k)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	rows, err := u.store.Get(ctx, Strong, missing...)
	if err != nil {
		return err
	}
	for i, k := range missing {
		u.read[k] = rows[i]
	}
	return nil
}

// get returns the row as the unit sees it; Rev is 0 if there is none.
func (u *unit) get(ctx context.Context, k Key) (Row, error) {
	if op, ok := u.writes[k]; ok {
		if op.Act == Delete {
			return Row{Key: k}, nil
		}
		return op.Row, nil
	}
	if err := u.load(ctx, k); err != nil {
		return Row{}, err
	}
	return u.read[k], nil
}

// put writes a row. If it was read, the commit holds only while nobody else
// writes it; otherwise it is written whatever is there.
func (u *unit) put(k Key, data []byte) {
	op := Op{Row: Row{Key: k, Data: data, Rev: 1}}
	if row, ok := u.read[k]; ok {
		op.Row.Rev = row.Rev + 1
		op.Cond, op.Want = RevIs, row.Rev
		if row.Rev == 0 {
			op.Cond = Absent
		}
	}
	u.set(op)
}

// putRev writes a row with a Rev of its own, whatever is there.
func (u *unit) putRev(k Key, data []byte, rev uint64) {
	u.set(Op{Row: Row{Key: k, Data: data, Rev: rev}})
}

// delete removes a row, whatever is there.
func (u *unit) delete(k Key) { u.set(Op{Act: Delete, Row: Row{Key: k}}) }

func (u *unit) set(op Op) {
	if _, ok := u.writes[op.Row.Key]; !ok {
		u.order = append(u.order, op.Row.Key)
	}
	u.writes[op.Row.Key] = op
}

func (u *unit) commit(ctx context.Context) error {
	if len(u.order) == 0 {
		return nil
	}
	tx := make(Tx, len(u.order))
	for i, k := range u.order {
		tx[i] = u.writes[k]
	}
	return u.store.Apply(ctx, tx)[0]
}
