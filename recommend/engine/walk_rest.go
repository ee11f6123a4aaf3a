package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"akin/recommend"
	"akin/recommend/store"
)

// readTopics reads the descriptions of topics and what editors decided for them.
func (w *walk) readTopics(ctx context.Context, mergesRow store.Row) error {
	merged, decided := map[string]recommend.Decision{}, map[string]bool{}
	for row, err := range store.Scan(ctx, w.store, store.Strong, store.Range{Part: topicPart}) {
		if err != nil {
			return err
		}
		if slug, ok := strings.CutSuffix(row.Sort, topicCurated); ok {
			c, err := unpackTopicCuration(row)
			if decided[slug] = err == nil; err != nil {
				w.lose(nil, "topic %q: what editors decided for it cannot be read", slug)
			} else if c.MergedInto != nil {
				merged[slug] = *c.MergedInto
			}
			continue
		}
		w.topics[row.Sort] = true
		var t recommend.Topic
		if len(row.Data) > 0 && (json.Unmarshal(row.Data, &t) != nil || t.Slug != row.Sort) {
			w.lose(put(row, nil, 0), "topic %q: its description cannot be read", row.Sort)
		}
	}
	missing := map[string]bool{}
	for slug := range decided {
		missing[slug] = !w.topics[slug]
	}
	for _, r := range w.records {
		for _, slug := range r.Topics {
			missing[slug] = !w.topics[slug] && (missing[slug] || r.Status != recommend.Withdrawn)
		}
	}
	for slug, gone := range missing {
		if gone {
			w.lose(put(store.Row{Key: topicKey(slug)}, nil, 1), "topic %q: its row is gone, and what described it, if anything did", slug)
		}
	}
	has, err := unpackMerges(mergesRow)
	for slug, d := range has {
		if known, there := decided[slug]; known {
			continue
		} else if data, err := json.Marshal(recommend.TopicCuration{MergedInto: &d}); err == nil && !there {
			w.lose(put(store.Row{Key: topicCurationKey(slug)}, data, 1), "topic %q: what editors decided for it is gone, but for the topic that it counts as", slug)
		}
		merged[slug] = d
	}
	want, _ := json.Marshal(merged)
	if got, _ := json.Marshal(has); err != nil || !bytes.Equal(got, want) {
		mergesRow.Key = mergesKey
		w.note(put(mergesRow, want, 0), "the row of merged topics is not what editors decided")
	}
	return nil
}

// readDecisions reads what editors decided for works: blocks hold both ways, and
// one row gathers what is excluded.
func (w *walk) readDecisions(ctx context.Context, exclusionsRow store.Row) error {
	rows := map[string]store.Row{}
	works := map[string]*recommend.Curation{}
	excluded := map[string]recommend.Note{}
	err := scanParts(ctx, w.store, parts("curation", termShards), func(row store.Row) error {
		c, err := unpackCuration(row)
		w.mu.Lock()
		defer w.mu.Unlock()
		rows[row.Sort] = row
		if err != nil {
			w.found = append(w.found, Damage{What: fmt.Sprintf("item %q: what editors decided for it cannot be read", row.Sort), Lost: true})
			return nil
		}
		works[row.Sort] = c
		if c.Exclude != nil {
			excluded[row.Sort] = *c.Exclude
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(works)) {
		for _, b := range works[id].Blocks {
			other, ok := works[b.ID]
			if !ok && rows[b.ID].Rev != 0 || ok && slices.ContainsFunc(other.Blocks, func(d recommend.Decision) bool { return d.ID == id }) {
				continue
			}
			row, mirror := rows[b.ID], curationRow{}
			if ok && json.Unmarshal(row.Data, &mirror) != nil {
				continue
			}
			row.Key = curationKey(b.ID)
			mirror.Blocks = append(mirror.Blocks, recommend.Decision{ID: id, Note: b.Note})
			if data, err := json.Marshal(mirror); err == nil {
				w.note(put(row, data, 0), "item %q: it is blocked beside %q, and does not say so", b.ID, id)
			}
		}
	}
	has, err := unpackExclusions(exclusionsRow)
	if has == nil {
		has = map[string]recommend.Note{}
	}
	for id, note := range has {
		if works[id] != nil {
			continue
		}
		excluded[id] = note
		var c curationRow
		c.Exclude = &note
		if data, err := json.Marshal(c); err == nil && rows[id].Rev == 0 {
			w.lose(put(store.Row{Key: curationKey(id)}, data, 1), "item %q: what editors decided for it is gone, but that it is shown beside no other", id)
		}
	}
	want, _ := json.Marshal(excluded)
	if got, _ := json.Marshal(has); err != nil || !bytes.Equal(got, want) {
		exclusionsRow.Key = exclusionsKey
		w.note(put(exclusionsRow, want, 0), "the row of what is shown beside no item is not what editors decided")
	}
	return nil
}

// readLists reads the rows of the generation in use.
func (w *walk) readLists(ctx context.Context) error {
	if w.head.Current == 0 {
		return nil
	}
	aside := func(u *unit) {
		h := *w.head
		h.Current, h.Previous, h.Intent, h.All = 0, 0, nil, false
		if data, err := json.Marshal(h); err == nil {
			put(store.Row{Key: headKey, Rev: h.rev}, data, 0)(u)
			u.delete(generationKey(w.head.Current))
		}
	}
	const how = "akin check --repair sets it aside, and akin reindex makes another"
	if w.gen == nil {
		w.found = append(w.found, Damage{What: fmt.Sprintf("generation %d, which is in use: its row is gone or cannot be read", w.head.Current), how: how, fix: aside})
		return nil
	}
	chunks, stats := 0, &statistics{items: w.gen.StatItems}
	for row, err := range store.Scan(ctx, w.store, store.Strong, store.Range{Part: chunkKey(w.gen.Number, 0).Part}) {
		if err != nil {
			return err
		}
		if stats.unpack(row.Data) == nil {
			chunks++
		}
	}
	if chunks != w.gen.Chunks {
		w.found = append(w.found, Damage{What: fmt.Sprintf("generation %d, which is in use: %d of the %d rows of its statistics can be read", w.gen.Number, chunks, w.gen.Chunks), how: how, fix: aside})
	}
	const anew = "akin check --repair takes it out, and akin reindex makes it anew"
	err := scanParts(ctx, w.store, parts(fmt.Sprintf("rel/%d", w.gen.Number), itemShards), func(row store.Row) error {
		l, err := unpackList(row.Data)
		w.mu.Lock()
		defer w.mu.Unlock()
		n, ok := w.number[row.Sort]
		switch {
		case err != nil:
			w.found = append(w.found, Damage{What: fmt.Sprintf("item %q: its related list cannot be read", row.Sort), how: anew, fix: drop(row)})
		case !ok && len(w.broken) == 0:
			w.found = append(w.found, Damage{What: fmt.Sprintf("the related list of %q is of no item", row.Sort), fix: drop(row)})
		case ok && l.number != n:
			w.found = append(w.found, Damage{What: fmt.Sprintf("item %q: its related list is that of another item", row.Sort), how: anew, fix: drop(row)})
		}
		return nil
	})
	if err != nil {
		return err
	}
	waits, unreadable := map[uint32]bool{}, map[uint64]bool{}
	for row, err := range store.Scan(ctx, w.store, store.Strong, store.Range{Part: ChangePart, From: changeKey(w.head.Done + 1).Sort}) {
		if err != nil {
			return err
		}
		changes, err := unpackChanges(row)
		if n, bad := strconv.ParseUint(row.Sort, 16, 64); err != nil && bad == nil {
			unreadable[n] = true // and the indexer's to set aside
			continue
		}
		for _, ch := range changes {
			waits[ch.number] = true
		}
	}
	for n, r := range w.records {
		if w.number[r.ID] == n && r.change > w.head.Done && !waits[n] && !unreadable[r.change] && !w.queue[n] {
			q := queued{change: change{number: n, id: r.ID, version: r.Version, at: r.changedAt}}
			w.note(func(u *unit) { u.enqueue(q) }, "item %q: the row of its last change is gone before it was indexed", r.ID)
		}
	}
	return nil
}

// counters holds what publishers count on to the records. While records are lost
// their number cannot be told.
func (w *walk) counters(row store.Row) {
	c, err := unpackCounters(row)
	want := c
	want.Reserved = w.reserved
	want.Number, want.Change = max(c.Number, w.count.Number), max(c.Change, w.count.Change, w.head.Done)
	if len(w.broken) == 0 {
		want.Items, want.Withdrawn = w.count.Items, w.count.Withdrawn
	}
	if err == nil && c.Number == want.Number && c.Change == want.Change && c.Items == want.Items && c.Withdrawn == want.Withdrawn {
		return
	}
	row.Key = counterKey
	if data, err := json.Marshal(want); err == nil {
		w.note(put(row, data, 0), "the counters say %d items and %d withdrawn, numbers up to %d and changes up to %d; they are %d, %d, %d and %d",
			c.Items, c.Withdrawn, c.Number, c.Change, want.Items, want.Withdrawn, want.Number, want.Change)
	}
}

// readQueue reads the changes that have no number yet: the counters lack what they count
// for.
func (w *walk) readQueue(ctx context.Context) error {
	queue, err := waiting(ctx, w.store)
	if err != nil {
		return err
	}
	for _, q := range queue {
		w.queue[q.number] = true
		w.count.count(q.is, -1)
		w.count.count(q.was, +1)
	}
	var last uint64
	for row, err := range store.Scan(ctx, w.store, store.Strong, store.Range{Part: ChangePart, Reverse: true, Limit: 1}) {
		if err != nil {
			return err
		}
		if n, err := strconv.ParseUint(row.Sort, 16, 64); err == nil {
			last = n
		}
	}
	w.count.Change = last
	return nil
}
