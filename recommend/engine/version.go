package engine

import (
	"context"
	"strings"

	"akin/recommend/store"
	"akin/recommend/text"
)

// chosen returns the number of the version of an entry to be looked at first: one in a
// language that is asked for, or else in the reader's.
func (a *answering) chosen(e *storedEntry) uint32 {
	return (&wanted{&a.q, a.rules, a.lang}).version(e)
}

// versionIn returns the number of an entry's version in the first of the languages, or of
// another country's form of it; without one, the entry's own.
func versionIn(e *storedEntry, langs ...string) uint32 {
	for _, form := range []func(tag string) string{strings.ToLower, text.BaseLanguage} {
		for _, lang := range langs {
			for _, v := range e.versions {
				if form(v.lang) == form(lang) {
					return v.number
				}
			}
		}
	}
	return e.number
}

// others puts in place of records that cannot be shown, or do not pass, other versions of
// the same entries that can, in the order of the entry. It reads only those.
func (a *answering) others(ctx context.Context, entries []storedEntry, records []*record) ([]*record, error) {
	var numbers []uint32
	var of []int
	for i, rec := range records {
		if a.shows(rec) {
			continue
		}
		for _, v := range entries[i].versions {
			if rec == nil || v.number != rec.number {
				numbers, of = append(numbers, v.number), append(of, i)
			}
		}
	}
	if len(numbers) > 0 {
		found, err := a.r.records(ctx, store.Strong, numbers)
		if err != nil {
			return nil, err
		}
		for j, rec := range found {
			if i := of[j]; a.shows(rec) && !a.shows(records[i]) {
				records[i] = rec
			}
		}
	}
	return records, a.translate(ctx, records)
}

// translate puts in place of records the versions of their works that are in the reader's
// language, if they can be shown. Of the entries of lists those are mostly there,
// but for what was under embargo when the generation began, or is not indexed yet.
func (a *answering) translate(ctx context.Context, records []*record) error {
	if len(a.q.Langs) > 0 {
		return nil
	}
	var numbers []uint32
	var of []int
	for i, rec := range records {
		if !a.shows(rec) || rec.Lang == a.lang || a.shown[rec.group()] {
			continue // what cannot be shown says nothing of its work
		}
		for _, t := range rec.twins {
			if t.Lang == a.lang {
				numbers, of = append(numbers, t.number), append(of, i)
			}
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	found, err := a.r.records(ctx, store.Strong, numbers)
	if err != nil {
		return err
	}
	for j, rec := range found {
		if a.shows(rec) {
			records[of[j]] = rec
		}
	}
	return nil
}

// shows reports whether a record can be shown and passes the filters.
func (a *answering) shows(rec *record) bool {
	return rec != nil && rec.visible(a.now, &a.answer.Until) && rec.passes(&a.q)
}
