package engine

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"akin/recommend/index"
	"akin/recommend/store"
	"akin/recommend/text"
)

// works tell which items are one document of the index: the language versions of a
// work, as far as they can be seen from one time on. What is under embargo is a
// document of its own until the next generation, so that it cannot be told from
// what is shown of the others, nor lists change because the clock moved.
//
// A document has the number and the key of its first version: the original, or else
// the one of the least id.
type works struct {
	versions []version           // by number
	groups   map[string][]uint32 // by the original's id: the versions that are live, ascending

	// several are, by document, the versions of those that are of more than one: the
	// first one first, the others by id. The lists are replaced, never changed.
	several map[index.Doc][]storedVersion
}

// A version is an item as part of its work.
type version struct {
	part // its work is never empty
	key  index.Key
	doc  index.Doc
	live bool
}

// grow makes room for items below n.
func (w *works) grow(n int) {
	if more := n - len(w.versions); more > 0 {
		w.versions = append(w.versions, make([]version, more)...)
	}
}

// leave takes an item out of its work, and returns which that was; empty: none.
func (w *works) leave(n uint32) string {
	if !w.has(n) {
		return ""
	}
	work := w.versions[n].work
	left := slices.DeleteFunc(w.groups[work], func(o uint32) bool { return o == n })
	if w.groups[work] = left; len(left) == 0 {
		delete(w.groups, work)
	}
	w.versions[n] = version{}
	delete(w.several, index.Doc(n))
	return work
}

// join puts an item, which is in no work, into one, and returns which. Whoever
// calls it then calls settle.
func (w *works) join(n uint32, key index.Key, p part) string {
	w.grow(int(n) + 1)
	p.work = cmp.Or(p.work, key.ID)
	if p.work != key.ID {
		p.work = strings.Clone(p.work)
	}
	p.lang = strings.Clone(p.lang)
	w.versions[n] = version{p, key, index.Doc(n), true}
	at, _ := slices.BinarySearch(w.groups[p.work], n)
	w.groups[p.work] = slices.Insert(w.groups[p.work], at, n)
	return p.work
}

// settle finds the documents of a work.
func (w *works) settle(work string) {
	members := w.groups[work]
	for _, n := range members {
		first := n
		for _, o := range members {
			if w.versions[o].embargo == w.versions[n].embargo && w.before(o, first) {
				first = o
			}
		}
		w.versions[n].doc = index.Doc(first)
		delete(w.several, index.Doc(n))
	}
	if len(members) < 2 {
		return
	}
	if w.several == nil {
		w.several = map[index.Doc][]storedVersion{}
	}
	of := map[index.Doc][]uint32{}
	for _, n := range members {
		d := w.versions[n].doc
		of[d] = append(of[d], n)
	}
	for d, numbers := range of {
		if len(numbers) > 1 {
			w.several[d] = w.inOrder(numbers)
		}
	}
}

// inOrder returns versions of a document, the first one first and the others by id.
func (w *works) inOrder(numbers []uint32) []storedVersion {
	slices.SortFunc(numbers, func(a, b uint32) int {
		if w.before(a, b) {
			return -1
		}
		return 1
	})
	vs := make([]storedVersion, len(numbers))
	for i, n := range numbers {
		vs[i] = storedVersion{n, w.versions[n].lang}
	}
	return vs
}

// before reports whether a version of a work comes before another one.
func (w *works) before(a, b uint32) bool {
	v, o := &w.versions[a], &w.versions[b]
	if original := v.key.ID == v.work; original != (o.key.ID == o.work) {
		return original
	}
	return v.key.ID < o.key.ID
}

func (w *works) has(n uint32) bool { return int(n) < len(w.versions) && w.versions[n].live }

// doc returns the document that an item is part of, [index.None] if it is in none.
func (w *works) doc(n uint32) index.Doc {
	if !w.has(n) {
		return index.None
	}
	return w.versions[n].doc
}

// of returns the versions that a document is of, the first one first and the others
// by id; nil if it is only one.
func (w *works) of(d index.Doc) []uint32 {
	var of []uint32
	for _, v := range w.several[d] {
		of = append(of, v.number)
	}
	return of
}

// all returns the versions that a document is of, in their order.
func (w *works) all(d index.Doc) []uint32 {
	if of := w.of(d); of != nil {
		return of
	}
	return []uint32{uint32(d)}
}

// live returns the numbers of all items that are in the index, each as a document or
// part of one, ascending.
func (w *works) live() []index.Doc {
	var ns []index.Doc
	for n := range w.versions {
		if w.versions[n].live {
			ns = append(ns, index.Doc(n))
		}
	}
	return ns
}

// spoken are the versions of a document as lists name them; nil if it is only one. They
// must not be changed.
func (w *works) spoken(d index.Doc) []storedVersion { return w.several[d] }

// pool puts all items, which are by ascending number, into works that are empty, and
// returns the documents. G may be nil.
func (w *works) pool(items []weighed, shared func(term uint32) bool, g *glossary) []index.Entry {
	for _, it := range items {
		w.join(it.number, it.key, it.part)
	}
	vectors := map[uint32]index.Vector{} // of items that are not their works' only version
	for work, members := range w.groups {
		if len(members) > 1 {
			w.settle(work)
			for _, n := range members {
				vectors[n] = nil
			}
		}
	}
	for _, it := range items {
		if _, several := vectors[it.number]; several {
			vectors[it.number] = it.vector
		}
	}
	entries := make([]index.Entry, 0, len(items))
	for _, it := range items {
		d := index.Doc(it.number)
		if w.doc(it.number) != d {
			continue
		}
		e := index.Entry{Doc: d, Key: it.key, Vector: it.vector}
		if of := w.of(d); of != nil {
			var vs []index.Vector
			for _, n := range of {
				vs = append(vs, vectors[n])
			}
			e.Vector = index.Pool(vs, shared)
		}
		if w.carries(d, g) {
			e.Vector = g.carry(e.Vector)
		}
		entries = append(entries, e)
	}
	return entries
}

// carries reports whether the terms of a document carry over to those of the pivot: there is a
// glossary, and no version speaks for itself.
func (w *works) carries(d index.Doc, g *glossary) bool {
	if g == nil || !w.has(uint32(d)) {
		return false
	}
	if of := w.several[d]; of != nil {
		return !slices.ContainsFunc(of, func(v storedVersion) bool { return g.speaks(v.lang) })
	}
	return w.versions[d].doc != d || !g.speaks(w.versions[d].lang)
}

// own returns what the vector of its document says of an item: its own, but for
// rounding, with the means of what its versions share; nil if it is in none.
func (st *state) own(n uint32) index.Vector {
	d := st.works.doc(n)
	if d == index.None {
		return nil
	}
	v := st.index.Vector(d)
	if st.works.carries(d, st.weigher.glossary) {
		v = st.weigher.told(v)
	}
	return st.weigher.unpooled(v, max(len(st.works.of(d)), 1), st.works.versions[n].lang)
}

// unpooled returns what the vector of so many versions says of the one in a language.
func (w *weigher) unpooled(v index.Vector, versions int, lang string) index.Vector {
	base := text.BaseLanguage(lang)
	return index.Unpool(v, versions, func(term uint32) bool { return w.language(term) == base }, w.isShared)
}

// place brings the index up to date with items as they are now. Of a work that one
// of them is part of, or was, all versions must be among them.
func (st *state) place(updates []update) {
	terms := map[uint32]*termList{}
	var touched []string
	touch := func(work string) {
		if work != "" && !slices.Contains(touched, work) {
			touched = append(touched, work)
		}
	}
	for _, u := range updates {
		d := index.Doc(u.number)
		st.room(d)
		touch(st.works.leave(u.number))
		if u.terms != nil {
			st.ids[d] = strings.Clone(u.terms.id)
		}
		if u.terms == nil || u.terms.dead {
			st.index.Remove(d)
			continue
		}
		st.gen.frame(u.terms)
		terms[u.number] = u.terms
		key := u.terms.key()
		key.ID = st.ids[d]
		touch(st.works.join(u.number, key, u.terms.part))
	}
	for _, work := range touched {
		st.works.settle(work)
		for _, n := range st.works.groups[work] {
			d := index.Doc(n)
			if st.works.versions[n].doc != d {
				st.index.Remove(d)
				continue
			}
			var vs []index.Vector
			for _, o := range st.works.groups[work] {
				if st.works.versions[o].doc == d {
					vs = append(vs, st.weigher.vector(terms[o]))
				}
			}
			v := index.Pool(vs, st.weigher.isShared)
			if st.works.carries(d, st.weigher.glossary) {
				v = st.weigher.glossary.carry(v)
			}
			st.index.Put(d, st.works.versions[n].key, v)
		}
	}
}

// siblings appends to updates all other versions of the works that the items are
// part of or were, as they are now; left are works that items left. The terms of
// what the store cannot tell are none.
func (st *state) siblings(ctx context.Context, s store.Store, updates []update, left []string, keep bool) ([]update, error) {
	has := map[uint32]bool{}
	var wanted []string
	want := func(work string) {
		if work != "" && !slices.Contains(wanted, work) {
			wanted = append(wanted, work)
		}
	}
	meet := func(u update) {
		has[u.number] = true
		if int(u.number) < len(st.works.versions) {
			want(st.works.versions[u.number].work)
		}
		if u.terms != nil { // one that is gone may have been an original
			want(cmp.Or(u.terms.work, u.terms.id))
		}
	}
	if !st.gen.Pooled {
		return updates, nil
	}
	for _, u := range updates {
		meet(u)
	}
	for _, work := range left {
		want(work)
	}
	for len(wanted) > 0 {
		var numbers []uint32
		var keys []store.Key
		for _, work := range wanted {
			for _, n := range st.works.groups[work] {
				if !has[n] {
					has[n] = true
					numbers = append(numbers, n)
					keys = append(keys, recordKey(n), termsKey(st.gen.TextHash, n))
				}
			}
		}
		wanted = nil
		if len(numbers) == 0 {
			break
		}
		rows, err := s.Get(ctx, store.Strong, keys...)
		if err != nil {
			return nil, err
		}
		for i, n := range numbers {
			terms, err := st.terms(ctx, s, rows[2*i], rows[2*i+1], keep)
			if err != nil && !poison(err) {
				return nil, err
			}
			u := update{n, terms}
			meet(u)
			updates = append(updates, u)
		}
	}
	return updates, nil
}

// headsOf returns the candidates, best first, of the lists of documents, by work; nil where a work has
// several lists. Documents that are in the index no more are left out.
func (st *state) headsOf(docs []index.Doc) map[string][]uint32 {
	heads := map[string][]uint32{}
	least := st.gen.minScore()
	var ms []index.Match
	for _, d := range docs {
		first := st.works.doc(uint32(d))
		if first == index.None {
			continue
		}
		work := st.works.versions[d].work
		if slices.ContainsFunc(st.works.groups[work], func(n uint32) bool { return st.works.versions[n].doc != first }) {
			heads[work] = nil
			continue
		}
		ms = above(st.lists.get(ms[:0], first), least)
		head := make([]uint32, len(ms))
		for i, m := range ms {
			head[i] = uint32(m.Doc)
		}
		heads[work] = head
	}
	return heads
}
