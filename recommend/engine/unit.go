package engine

import (
	"context"

	"akin/recommend/store"
)

// A unit gathers reads and writes of rows and commits the writes in one
// transaction, which fails if a row that was read has changed since. Reads see
// the writes before them. It is not safe for concurrent use.
type unit struct {
	store  store.Store
	read   map[store.Key]store.Row // as the store had them
	writes map[store.Key]store.Op
	order  []store.Key
}

func newUnit(s store.Store) *unit {
	return &unit{store: s, read: map[store.Key]store.Row{}, writes: map[store.Key]store.Op{}}
}

// load reads those of keys that were not read before, in one call.
func (u *unit) load(ctx context.Context, keys ...store.Key) error {
	var missing []store.Key
	asked := make(map[store.Key]bool, len(keys))
	for _, k := range keys {
		if _, ok := u.read[k]; !ok && !asked[k] {
			asked[k] = true
			missing = append(missing, k)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	rows, err := u.store.Get(ctx, store.Strong, missing...)
	if err != nil {
		return err
	}
	for i, k := range missing {
		u.read[k] = rows[i]
	}
	return nil
}

// get returns the row as the unit sees it; Rev is 0 if there is none.
func (u *unit) get(ctx context.Context, k store.Key) (store.Row, error) {
	if op, ok := u.writes[k]; ok && op.Act != store.Check {
		if op.Act == store.Delete {
			return store.Row{Key: k}, nil
		}
		return op.Row, nil
	}
	if err := u.load(ctx, k); err != nil {
		return store.Row{}, err
	}
	return u.read[k], nil
}

// put writes a row. If it was read, the commit holds only while nobody else
// writes it; otherwise it is written whatever is there.
func (u *unit) put(k store.Key, data []byte) {
	op := store.Op{Row: store.Row{Key: k, Data: data, Rev: 1}}
	if row, ok := u.read[k]; ok {
		op.Row.Rev = row.Rev + 1
		op.Cond, op.Want = store.RevIs, row.Rev
		if row.Rev == 0 {
			op.Cond = store.Absent
		}
	}
	u.set(op)
}

// putRev writes a row with a Rev of its own, whatever is there.
func (u *unit) putRev(k store.Key, data []byte, rev uint64) {
	u.set(store.Op{Row: store.Row{Key: k, Data: data, Rev: rev}})
}

// check makes the commit hold only while a row that was read stays as it was; of
// one that is written too, [unit.put] takes care.
func (u *unit) check(k store.Key) {
	if _, ok := u.writes[k]; ok {
		return
	}
	op := store.Op{Act: store.Check, Row: store.Row{Key: k}, Cond: store.RevIs, Want: u.read[k].Rev}
	if op.Want == 0 {
		op.Cond = store.Absent
	}
	u.set(op)
}

// delete removes a row, whatever is there.
func (u *unit) delete(k store.Key) { u.set(store.Op{Act: store.Delete, Row: store.Row{Key: k}}) }

func (u *unit) set(op store.Op) {
	if _, ok := u.writes[op.Row.Key]; !ok {
		u.order = append(u.order, op.Row.Key)
	}
	u.writes[op.Row.Key] = op
}

func (u *unit) commit(ctx context.Context) error {
	if len(u.order) == 0 {
		return nil
	}
	tx := make(store.Tx, len(u.order))
	for i, k := range u.order {
		tx[i] = u.writes[k]
	}
	return u.store.Apply(ctx, tx)[0]
}
