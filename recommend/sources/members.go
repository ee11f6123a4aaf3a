package sources

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"akin/recommend/store"
)

// members are the ids of the items that a source brought, as they are stored.
type members struct {
	st    store.Store
	part  string
	ids   map[string]bool
	revs  map[string]uint64 // of the rows
	dirty map[string]bool   // rows that differ from what is stored
}

// slot is the row that an id stands in.
func slot(id string) string {
	h := fnv.New32a()
	h.Write([]byte(id))
	return fmt.Sprintf("%02x", h.Sum32()&0xff)
}

func readMembers(ctx context.Context, st store.Store, name string) (*members, error) {
	m := &members{st: st, part: part + "/" + name, ids: map[string]bool{}, revs: map[string]uint64{}, dirty: map[string]bool{}}
	for row, err := range store.Scan(ctx, st, store.Strong, store.Range{Part: m.part}) {
		if err != nil {
			return nil, fmt.Errorf("items of source %q: %w", name, err)
		}
		m.revs[row.Sort] = row.Rev
		for id := range strings.SplitSeq(string(row.Data), "\n") {
			if id != "" {
				m.ids[id] = true
			}
		}
	}
	return m, nil
}

func (m *members) add(id string) {
	if !m.ids[id] {
		m.ids[id], m.dirty[slot(id)] = true, true
	}
}

func (m *members) drop(id string) {
	if m.ids[id] {
		delete(m.ids, id)
		m.dirty[slot(id)] = true
	}
}

// save stores the rows that changed.
func (m *members) save(ctx context.Context) error {
	if len(m.dirty) == 0 {
		return nil
	}
	lists := map[string][]string{}
	for id := range m.ids {
		if s := slot(id); m.dirty[s] {
			lists[s] = append(lists[s], id)
		}
	}
	for s := range m.dirty {
		slices.Sort(lists[s])
		row := store.Row{Key: store.Key{Part: m.part, Sort: s}, Data: []byte(strings.Join(lists[s], "\n")), Rev: m.revs[s] + 1}
		op := store.Op{Act: store.Put, Row: row, Cond: store.Absent}
		if m.revs[s] > 0 {
			op.Cond, op.Want = store.RevIs, m.revs[s]
		}
		if err := m.st.Apply(ctx, store.Tx{op})[0]; err != nil {
			return err
		}
		m.revs[s] = row.Rev
		delete(m.dirty, s)
	}
	return nil
}

// has says whether another source brought an item.
func has(ctx context.Context, st store.Store, names []string, id string) (bool, error) {
	if len(names) == 0 {
		return false, nil
	}
	keys := make([]store.Key, len(names))
	for i, n := range names {
		keys[i] = store.Key{Part: part + "/" + n, Sort: slot(id)}
	}
	rows, err := st.Get(ctx, store.Strong, keys...)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(rows, func(r store.Row) bool {
		return slices.Contains(strings.Split(string(r.Data), "\n"), id)
	}), nil
}
