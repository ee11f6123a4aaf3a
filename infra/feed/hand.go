package feed

import (
	"context"
	"fmt"

	"akin/infra/feed/entry"
	"akin/recommend"
)

// A reader reads one source. Its methods return false when there is no more to
// be read, or the caller wants no more.
type reader struct {
	ctx       context.Context
	o         Options
	name      string
	yield     func(Record) bool
	gzipped   bool
	file      string            // page of a feed that is being read; empty: the first
	further   bool              // it is one of several pages
	seen      map[string]string // place of each item handed out, by id
	seenTopic map[string]string // place of each topic handed out, by slug
	originals map[string]string // id of the first item of each group of translations
}

func newReader(ctx context.Context, o Options, yield func(Record) bool) *reader {
	return &reader{ctx: ctx, o: o, name: o.Name, yield: yield,
		seen: map[string]string{}, seenTopic: map[string]string{}, originals: map[string]string{}}
}

// foreign hands out what a reader of another system's format finds.
func (f *reader) foreign(read entry.Reader, in *entry.Input) bool {
	for found := range read(f.ctx, in, f.o) {
		if !f.hand(found) {
			return false
		}
	}
	return true
}

// hand hands out what was found.
func (f *reader) hand(x entry.Found) bool {
	at := Record{File: x.File, Line: x.Line}
	switch {
	case x.Err != nil:
		if x.Item != nil {
			at.ID = x.Item.ID
		}
		at.Cut = x.Cut
		return f.fail(at, x.Err) && !x.Cut
	case x.Notice != nil:
		return f.notice(at, *x.Notice)
	case x.Table != nil:
		at.Table = x.Table
		return f.yield(at)
	case x.Topic != nil:
		at.Foreign = true
		return f.topic(at, *x.Topic)
	case x.Item != nil:
		return f.put(at, *x.Item)
	case x.Entry != nil:
		return f.entry(at, x.Entry)
	case x.Same != "":
		at.ID = x.Same
		return f.yield(at)
	}
	return true
}

// entry hands out the item of a foreign system's entry, or says why it is left
// out.
func (f *reader) entry(at Record, e *entry.Entry) bool {
	it, notices, err := e.Item(f.o)
	at.ID = it.ID
	if n, hidden := e.Hidden(); hidden {
		at.Gone = true
		return f.notice(at, n)
	}
	for _, n := range notices {
		if !f.notice(at, n) {
			return false
		}
	}
	if err != nil {
		return f.fail(at, err)
	}
	if e.Group != "" && it.TranslationOf == "" {
		if first, ok := f.originals[e.Group]; !ok {
			f.originals[e.Group] = it.ID
		} else if first != it.ID {
			it.TranslationOf = first
		}
	}
	return f.put(at, it)
}

// put hands out an item, unless its id has come already. What a publishing
// system writes into texts for itself is dropped.
func (f *reader) put(at Record, it recommend.Item) bool {
	at.ID = it.ID
	if first, again := f.seen[it.ID]; again {
		return f.fail(at, wrong("id", "%q stands in %s already; give each item once", it.ID, first))
	}
	it = it.WithoutCodes()
	if err := it.Validate(); err != nil {
		return f.fail(at, err)
	}
	f.seen[it.ID] = at.place()
	at.Item = &it
	return f.yield(at)
}

// topic hands out a topic, unless its slug has come already.
func (f *reader) topic(at Record, t recommend.Topic) bool {
	if first, again := f.seenTopic[t.Slug]; again {
		return f.fail(at, wrong("slug", "%q stands in %s already; give each topic once", t.Slug, first))
	}
	f.seenTopic[t.Slug] = at.place()
	at.Topic = &t
	return f.yield(at)
}

// notice hands out a notice.
func (f *reader) notice(at Record, n entry.Notice) bool {
	at.Notice = &n
	if n.Err != nil {
		at.Warning = &Error{f.at(at.File), at.Line, n.Err}
	}
	return f.yield(at)
}

// fail hands out an error of one record.
func (f *reader) fail(at Record, err error) bool {
	at.Err = &Error{f.at(at.File), at.Line, err}
	return f.yield(at)
}

// at names a file of the source.
func (f *reader) at(file string) string {
	switch {
	case file == "":
		return f.name
	case f.name == "":
		return file
	}
	return f.name + ": " + file
}

// place says where a record stands, as part of a sentence.
func (r Record) place() string {
	switch {
	case r.File != "" && r.Line > 0:
		return fmt.Sprintf("line %d of %s", r.Line, r.File)
	case r.File != "":
		return r.File
	}
	return fmt.Sprintf("line %d", r.Line)
}
