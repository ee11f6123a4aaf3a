package engine

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"akin/recommend"
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

	queue    []queued  // changes to be numbered
	queueKey store.Key // of their row
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

// edited tells [Indexer.Tell], once anything else is written, that what editors decided
// is other than before.
func (u *unit) edited() {
	if len(u.writes) > 0 {
		u.putRev(editsKey, []byte(rand.Text()), 1)
	}
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

// fits returns an error if the writes for one item are more than a transaction of the
// store takes, though each field of the item is within its limit: many topics
// meet many addresses, language versions, or those that the item had before. It
// names the field that takes the most.
func (u *unit) fits() error {
	fields := [...]string{"topics", "aliases", "translationOf", "body"}
	var writes, size [len(fields)]int // by field; what every item takes comes last
	most, bytes, all := u.store.Limits(), 0, len(u.order)
	for _, k := range u.order {
		at := len(fields) - 1
		switch name, _, _ := strings.Cut(k.Part, "/"); name {
		case "list":
			at = 0
		case "alias":
			at = 1
		case "item", "group":
			at = 2
		}
		row := u.writes[k].Row
		n := len(k.Part) + len(k.Sort) + len(row.Data)
		if len(row.Data) > store.MaxData {
			return recommend.Invalid(fields[at], "takes a row of %d bytes, more than %d; leave out some, or shorten what they hold", len(row.Data), store.MaxData)
		}
		writes[at], size[at], bytes = writes[at]+1, size[at]+n, bytes+n
	}
	switch {
	case all > most.Ops:
		at := slices.Index(writes[:], slices.Max(writes[:len(fields)-1]))
		return recommend.Invalid(fields[at], "takes %d writes with all else of the item, and the store %d at once: %d for topics, %d for addresses, %d for language versions, those it had before counted; leave out %d of them, or change the item in two steps",
			all, most.Ops, writes[0], writes[1], writes[2], all-most.Ops)
	case bytes > most.Bytes:
		at := slices.Index(size[:], slices.Max(size[:len(fields)-1]))
		return recommend.Invalid(fields[at], "takes %d bytes with all else of the item, and the store %d at once: %d for topics, %d for addresses, %d for language versions; leave out some of them, or shorten what they hold",
			bytes, most.Bytes, size[0], size[1], size[2])
	}
	return nil
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
