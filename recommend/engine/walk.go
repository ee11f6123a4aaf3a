package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"akin/recommend"
	"akin/recommend/store"
	"akin/recommend/text"
)

// A Damage is a place where the rows of a store do not fit each other.
type Damage struct {
	What string // what is wrong, in one line

	// Lost says that the store no longer has what stood there: only its source or
	// a backup has. What is not lost follows from other rows, and
	// [Indexer.Repair] makes it anew.
	Lost bool

	fix func(*unit) // puts what makes it anew; nil: it is lost
	how string      // what makes it anew, where that takes more than fix
}

func (d Damage) String() string {
	switch {
	case d.how != "":
		return d.What + "; " + d.how
	case d.Lost:
		return d.What + "; it is lost, publish it again or restore a backup"
	}
	return d.What + "; akin check --repair makes it anew"
}

// Walk reads the rows of items, topics, decisions and the generation in use, and
// returns where one does not fit the others, or cannot be read, in a fixed
// order. Whether lists are those of their items' terms is [Indexer.Check]'s to
// say. What changes while it reads is not damage. It holds a record of every item.
func (x *Indexer) Walk(ctx context.Context) ([]Damage, error) {
	found, err := x.walkOnce(ctx)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	// A store without snapshots may have been written to meanwhile: what is
	// wrong stays wrong.
	again, err := x.walkOnce(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(again, func(d Damage) bool {
		return !slices.ContainsFunc(found, func(f Damage) bool { return f.What == d.What })
	}), nil
}

// repairRounds is how often [Indexer.Repair] looks again: an item whose record is
// lost takes its listings along only then.
const repairRounds = 3

// Repair makes anew what [Indexer.Walk] finds damaged and other rows tell, and
// returns that, and what is still damaged. An item whose record is lost is
// withdrawn, so that it can be published again. The indexer must be caught up.
func (x *Indexer) Repair(ctx context.Context) (repaired, left []Damage, err error) {
	for range repairRounds {
		if left, err = x.Walk(ctx); err != nil {
			return repaired, nil, err
		}
		n := len(repaired)
		for _, d := range left {
			if d.fix == nil {
				continue
			}
			u := newUnit(x.store)
			if err := u.load(ctx, counterKey); err != nil {
				return repaired, left, err
			}
			d.fix(u)
			switch err := u.commit(ctx); {
			case err == nil:
				repaired = append(repaired, d)
			case !errors.Is(err, store.ErrCondition): // else somebody changed it meanwhile
				return repaired, left, fmt.Errorf("repair: %s: %w", d.What, err)
			}
		}
		if len(repaired) == n {
			break
		}
		if _, err := x.CatchUp(ctx); err != nil {
			return repaired, left, err
		}
	}
	return repaired, left, nil
}

// A walk is one look at all rows.
type walk struct {
	store store.Store
	head  *head
	gen   *generation // in use; nil: none that can be read

	mu       sync.Mutex
	found    []Damage
	records  map[uint32]*record
	rows     map[uint32]store.Row   // of the records
	broken   map[uint32]bool        // numbers of records that are lost
	number   map[string]uint32      // by id, of the records
	bodies   map[uint32]string      // by number
	terms    map[uint32][]store.Row // by number, without data
	queue    map[uint32]bool        // numbers of items with changes that have none yet
	reserved uint32                 // the first number that was given out in a block; 0: none was
	topics   map[string]bool        // that have rows
	count    counters               // as the records have it

	expect map[store.Key]expected // rows that are to be met
}

// An expected is a row that follows from others.
type expected struct {
	data []byte
	rev  uint64 // to write it with; 0: any
	what string
}

func (x *Indexer) walkOnce(ctx context.Context) ([]Damage, error) {
	rows, err := x.store.Get(ctx, store.Strong, headKey, counterKey, exclusionsKey, mergesKey, reservedKey)
	if err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	w := &walk{
		store: x.store, records: map[uint32]*record{}, rows: map[uint32]store.Row{}, broken: map[uint32]bool{}, number: map[string]uint32{},
		queue: map[uint32]bool{}, bodies: map[uint32]string{}, terms: map[uint32][]store.Row{}, topics: map[string]bool{}, expect: map[store.Key]expected{},
	}
	if w.head, err = unpackHead(rows[0]); err != nil {
		w.head = &head{rev: rows[0].Rev}
		w.lose(nil, "the head, which says what is in use, cannot be read")
	}
	if w.head.Current != 0 {
		if w.gen, err = readGeneration(ctx, x.store, w.head.Current); err != nil && !errors.Is(err, errCorrupt) && !errors.Is(err, ErrNoGeneration) {
			return nil, fmt.Errorf("check: %w", err)
		}
	}
	w.readReserved(rows[4], rows[1])
	for _, step := range []func(context.Context) error{
		w.readQueue,
		w.readRecords,
		func(ctx context.Context) error { return w.readIDs(ctx, rows[1]) },
		w.readBodies,
		w.readHeard,
		w.readTerms,
		w.readGroups,
		func(ctx context.Context) error { return w.readTopics(ctx, rows[3]) },
		w.readListings,
		w.readAddresses,
		func(ctx context.Context) error { return w.readDecisions(ctx, rows[2]) },
		w.readLists,
	} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("check: %w", err)
		}
	}
	w.counters(rows[1])
	slices.SortFunc(w.found, func(a, b Damage) int { return strings.Compare(a.What, b.What) })
	return w.found, nil
}

// readReserved reads from which number on some are never used.
func (w *walk) readReserved(row, counter store.Row) {
	first, err := unpackReserved(row)
	if c, bad := unpackCounters(counter); bad == nil && (err != nil || first == 0) {
		if first = c.Reserved; first != 0 || err != nil {
			w.note(put(row, packReserved(max(1, first)), 1), "the row of the first number that was given out in a block is gone or cannot be read")
		}
	}
	w.reserved = first
}

// note keeps what is wrong.
func (w *walk) note(fix func(*unit), format string, args ...any) {
	w.mu.Lock()
	w.found = append(w.found, Damage{What: fmt.Sprintf(format, args...), fix: fix})
	w.mu.Unlock()
}

func (w *walk) lose(fix func(*unit), format string, args ...any) {
	w.mu.Lock()
	w.found = append(w.found, Damage{What: fmt.Sprintf(format, args...), Lost: true, fix: fix})
	w.mu.Unlock()
}

// put returns what writes a row in place of the one that was read.
func put(was store.Row, data []byte, rev uint64) func(*unit) {
	return func(u *unit) {
		u.read[was.Key] = was
		u.put(was.Key, data)
		if rev > 0 {
			op := u.writes[was.Key]
			op.Row.Rev = rev
			u.writes[was.Key] = op
		}
	}
}

// drop returns what deletes a row that was read.
func drop(was store.Row) func(*unit) {
	return func(u *unit) {
		u.set(store.Op{Act: store.Delete, Row: store.Row{Key: was.Key}, Cond: store.RevIs, Want: was.Rev})
	}
}

// compare holds the rows of parts to those that are expected there: rows that
// are missing or other than expected, and what orphan says of the others.
func (w *walk) compare(ctx context.Context, parts []string, orphan func(store.Row)) error {
	if err := w.meet(ctx, parts, orphan); err != nil {
		return err
	}
	for key, e := range w.expect {
		w.note(put(store.Row{Key: key}, e.data, e.rev), "%s is gone", e.what)
	}
	clear(w.expect)
	return nil
}

// meet strikes out the rows that are as expected.
func (w *walk) meet(ctx context.Context, parts []string, orphan func(store.Row)) error {
	return scanParts(ctx, w.store, parts, func(row store.Row) error {
		w.mu.Lock()
		e, ok := w.expect[row.Key]
		delete(w.expect, row.Key)
		w.mu.Unlock()
		switch {
		case !ok:
			orphan(row)
		case !bytes.Equal(row.Data, e.data):
			w.note(put(row, e.data, e.rev), "%s is other than it should be", e.what)
		}
		return nil
	})
}

func (w *walk) readRecords(ctx context.Context) error {
	return scanParts(ctx, w.store, parts("item", itemShards), func(row store.Row) error {
		n, err := numberOf(row.Key)
		if err != nil {
			w.note(drop(row), "the row %q of items is of none", row.Sort)
			return nil
		}
		r, err := unpackRecord(row.Data)
		w.mu.Lock()
		defer w.mu.Unlock()
		if err != nil || r.number != n {
			w.broken[n] = true
			w.rows[n] = row
			return nil
		}
		w.records[n], w.rows[n] = r, row
		w.number[r.ID] = n
		w.count.count(countsAs(r), 1)
		if !w.queue[n] {
			w.count.Change = max(w.count.Change, r.change)
		}
		w.count.Number = max(w.count.Number, n)
		return nil
	})
}

func (w *walk) readIDs(ctx context.Context, counter store.Row) error {
	for n, r := range w.records {
		if w.number[r.ID] != n {
			w.lose(nil, "item %q: there are two records of it, numbers %d and %d", r.ID, n, w.number[r.ID])
			continue
		}
		w.expect[idKey(r.ID)] = expected{data: identity{n, r.group()}.pack(), what: fmt.Sprintf("item %q: the row of its id", r.ID)}
	}
	named := map[uint32]bool{}
	err := w.compare(ctx, parts("id", itemShards), func(row store.Row) {
		id, err := unpackIdentity(row.Data)
		w.mu.Lock()
		lost := err == nil && w.records[id.number] == nil
		if lost {
			w.broken[id.number], named[id.number] = true, true
			w.count.Number = max(w.count.Number, id.number)
		}
		was := w.rows[id.number]
		w.mu.Unlock()
		switch {
		case lost:
			was.Key = recordKey(id.number)
			w.lose(func(u *unit) { w.tombstone(u, row.Sort, id, was) }, "item %q: its record is gone or cannot be read", row.Sort)
		default:
			w.note(drop(row), "the id %q leads to the record of another item, or nowhere", row.Sort)
		}
	})
	if err != nil {
		return err
	}
	c, err := unpackCounters(counter)
	if err != nil {
		c = w.count
	}
	for n := uint32(1); n <= max(c.Number, w.count.Number); n++ {
		// Of blocks of numbers, some are never used.
		if w.records[n] == nil && !named[n] && (w.reserved == 0 || n < w.reserved) {
			w.broken[n] = true
			w.lose(nil, "item number %d: its record and the row of its id are gone or cannot be read", n)
		}
	}
	return nil
}

// tombstone withdraws an item whose record is lost, under a version less than
// that of its terms, so that it can be published again under its own.
func (w *walk) tombstone(u *unit, id string, who identity, was store.Row) {
	c, err := unpackCounters(u.read[counterKey])
	if err != nil {
		return // which is a damage of its own
	}
	r := &record{Item: recommend.Item{ID: id, Status: recommend.Withdrawn}, number: who.number, change: c.Change + 1}
	r.hash = contentHash(r.Item)
	for _, row := range w.terms[who.number] {
		r.Version = max(r.Version, int64(row.Rev)-1)
		dead := termList{id: id, version: int64(row.Rev), dead: true}
		put(row, dead.pack(), row.Rev)(u)
	}
	put(was, r.pack(), 0)(u)
	u.enqueue(queued{change: change{number: who.number, id: id, version: r.Version, left: who.group}})
}

// readTerms holds the terms under the text settings of the generation in use to
// the records.
func (w *walk) readTerms(ctx context.Context) error {
	if w.gen == nil {
		return nil
	}
	analyzer, err := text.New(w.gen.Options.Text)
	if err != nil {
		return fmt.Errorf("settings of generation %d: %w", w.gen.Number, err)
	}
	make := func(r *record, row store.Row) func(*unit) {
		return func(u *unit) {
			l := &termList{id: r.ID, dead: true}
			if r.Status != recommend.Withdrawn {
				it := r.Item
				it.Body = w.bodies[r.number]
				l = analyse(analyzer, &it)
				l.part = partOf(r)
			}
			l.version = r.Version
			put(row, l.pack(), uint64(max(1, r.Version)))(u)
		}
	}
	seen := map[uint32]bool{}
	err = scanParts(ctx, w.store, parts("terms/"+w.gen.TextHash, termShards), func(row store.Row) error {
		n, err := numberOf(row.Key)
		l, bad := unpackTermList(row.Data)
		w.mu.Lock()
		seen[n] = true
		r := w.records[n]
		w.terms[n] = append(w.terms[n], store.Row{Key: row.Key, Rev: row.Rev})
		broken := w.broken[n]
		w.mu.Unlock()
		switch {
		case broken:
		case err == nil && r == nil && w.reserved != 0 && n >= w.reserved:
			w.lose(drop(row), "item number %d: its record and the row of its id are gone or cannot be read", n)
		case err != nil || r == nil:
			w.note(drop(row), "the terms of item number %s are of none", row.Sort)
		case bad != nil || l.id != r.ID || l.dead != (r.Status == recommend.Withdrawn):
			w.note(make(r, row), "item %q: its terms are those of another version, or cannot be read", r.ID)
		case !l.dead && l.sortDate != sortMillis(&r.Item):
			w.note(make(r, row), "item %q: its terms have another date", r.ID)
		case !l.dead && w.gen.Pooled && l.part != partOf(r):
			w.note(make(r, row), "item %q: its terms are of another work or language", r.ID)
		case len(r.labels) > 0 && !l.isFiled(r):
			w.note(make(r, row), "item %q: its terms lack a topic that editors gave it", r.ID)
		}
		return nil
	})
	for n, r := range w.records {
		if !seen[n] {
			w.note(make(r, store.Row{Key: termsKey(w.gen.TextHash, n)}), "item %q: its terms are gone", r.ID)
		}
	}
	return err
}

// readBodies finds items whose texts are not those that were published, by the
// hash that their records keep.
func (w *walk) readBodies(ctx context.Context) error {
	err := scanParts(ctx, w.store, parts("body", itemShards), func(row store.Row) error {
		n, err := numberOf(row.Key)
		w.mu.Lock()
		defer w.mu.Unlock()
		switch r := w.records[n]; {
		case err == nil && r == nil && w.broken[n]:
		case err != nil || r == nil || r.Status == recommend.Withdrawn:
			w.found = append(w.found, Damage{What: fmt.Sprintf("the body of item number %s is of none", row.Sort), fix: drop(row)})
		default:
			w.bodies[n] = string(row.Data)
		}
		return nil
	})
	for n, r := range w.records {
		it := r.asPublished()
		it.Body = w.bodies[n]
		if r.Status != recommend.Withdrawn && contentHash(it) != r.hash {
			w.lose(nil, "item %q: its text is not what was published, or its body is gone", r.ID)
		}
	}
	return err
}

// readHeard finds rows of what was heard that cannot be read, or are of no item. Without one
// the time counts at which its item was stored.
func (w *walk) readHeard(ctx context.Context) error {
	return scanParts(ctx, w.store, parts("heard", itemShards), func(row store.Row) error {
		_, err := unpackHeard(row.Data)
		w.mu.Lock()
		_, known := w.number[row.Sort]
		w.mu.Unlock()
		switch {
		case !known && len(w.broken) == 0:
			w.note(drop(row), "what was heard of %q is of no item", row.Sort)
		case err != nil:
			w.note(drop(row), "item %q: when it was heard of cannot be read", row.Sort)
		}
		return nil
	})
}

// readGroups holds the rows of works to their language versions, and what these
// say of each other.
func (w *walk) readGroups(ctx context.Context) error {
	members := map[string][]uint32{}
	translated := map[string]bool{}
	for _, n := range slices.Sorted(maps.Keys(w.records)) {
		r := w.records[n]
		members[r.group()] = append(members[r.group()], n)
		translated[r.group()] = translated[r.group()] || r.TranslationOf != ""
	}
	for root, numbers := range members {
		var twins []twin
		for _, n := range numbers {
			if r := w.records[n]; r.Status != recommend.Withdrawn {
				twins = append(twins, r.twin())
			}
		}
		slices.SortFunc(twins, func(a, b twin) int { return strings.Compare(a.ID, b.ID) })
		for _, n := range numbers {
			r := *w.records[n]
			r.setTwins(twins)
			if data := r.pack(); !bytes.Equal(data, w.rows[n].Data) {
				w.note(put(w.rows[n], data, 0), "item %q: what it says of its language versions is not so", r.ID)
			}
		}
		if translated[root] {
			w.expect[groupKey(root)] = expected{data: packMembers(numbers), what: fmt.Sprintf("item %q: the row of its language versions", root)}
		}
	}
	return w.compare(ctx, parts("group", termShards), func(row store.Row) {
		// There were versions once.
		if data := packMembers(members[row.Sort]); !bytes.Equal(row.Data, data) {
			w.note(put(row, data, 0), "item %q: the row of its language versions is other than it should be", row.Sort)
		}
	})
}

// readListings holds the rows of listings and embargoes to the records.
func (w *walk) readListings(ctx context.Context) error {
	listings := map[string]bool{listPart(""): true, embargoPart: true}
	for slug := range w.topics {
		listings[listPart(slug)] = true
	}
	for _, r := range w.records {
		if r.Status == recommend.Withdrawn {
			continue
		}
		l := r.listed()
		e := expected{data: l.pack(), rev: uint64(max(1, r.Version))}
		for _, slug := range append([]string{""}, r.Topics...) {
			key := listKey(slug, sortMillis(&r.Item), r.ID)
			listings[key.Part] = true
			e.what = fmt.Sprintf("item %q: its row in the listing of topic %q", r.ID, slug)
			if slug == "" {
				e.what = fmt.Sprintf("item %q: its row in the listing of the site", r.ID)
			}
			w.expect[key] = e
		}
		if !r.VisibleFrom.IsZero() {
			e.what = fmt.Sprintf("item %q: the row of its embargo", r.ID)
			w.expect[embargoKey(r.VisibleFrom, r.number)] = e
		}
	}
	return w.compare(ctx, slices.Sorted(maps.Keys(listings)), func(row store.Row) {
		l, err := unpackListed(row.Data)
		w.mu.Lock()
		broken := err == nil && w.broken[l.number]
		w.mu.Unlock()
		if !broken {
			w.note(drop(row), "the row %q of %s is of no item", row.Sort, row.Part)
		}
	})
}

// readAddresses finds items that their addresses do not lead to.
func (w *walk) readAddresses(ctx context.Context) error {
	rows := map[store.Key]store.Row{}
	err := scanParts(ctx, w.store, parts("alias", itemShards), func(row store.Row) error {
		unknown := slices.IndexFunc(unpackHolders(row.Data), func(id string) bool {
			n, ok := w.number[id]
			return (!ok || w.records[n].Status == recommend.Withdrawn) && len(w.broken) == 0
		})
		w.mu.Lock()
		rows[row.Key] = row
		w.mu.Unlock()
		if unknown >= 0 {
			ids := slices.DeleteFunc(unpackHolders(row.Data), func(id string) bool {
				n, ok := w.number[id]
				return !ok || w.records[n].Status == recommend.Withdrawn
			})
			fix := drop(row)
			if len(ids) > 0 {
				fix = put(row, packHolders(ids), 0)
			}
			w.note(fix, "an address leads to %q, which is not an item", unpackHolders(row.Data)[unknown])
		}
		return nil
	})
	for _, n := range slices.Sorted(maps.Keys(w.records)) {
		r := w.records[n]
		if r.Status == recommend.Withdrawn {
			continue
		}
		for _, a := range append([]string{r.URL}, r.Aliases...) {
			if a == "" {
				continue
			}
			// Where that row is full, one of its own leads to the item; stores of
			// earlier programs have none, which is no damage as long as it is not.
			key := aliasKey(pageOf(a))
			full := a == r.URL && len(unpackHolders(rows[key].Data)) >= maxHolders
			if full {
				key = aliasKey(exactPage(a))
			}
			holders := unpackHolders(rows[key].Data)
			// Stores of earlier programs have it in a form of the site's.
			if slices.Contains(holders, r.ID) || len(holders) >= maxHolders || !full &&
				(slices.Contains(unpackHolders(rows[aliasKey(formerPage(a))].Data), r.ID) ||
					slices.Contains(unpackHolders(rows[aliasKey(normalAddress("", a))].Data), r.ID) ||
					slices.Contains(unpackHolders(rows[aliasKey(normalAddress(a, a))].Data), r.ID)) {
				continue
			}
			was := rows[key]
			was.Key = key
			data := packHolders(append(holders, r.ID))
			w.note(put(was, data, 0), "item %q: its address %q does not lead to it", r.ID, a)
			was.Data = data
			rows[key] = was
		}
	}
	return err
}
