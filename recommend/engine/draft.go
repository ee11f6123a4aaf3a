package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/store"
)

// NearDuplicateScore is the cosine from which an item says nearly the same as another:
// the score without what nearness in time and the lengths of texts make of it.
const NearDuplicateScore recommend.Millionths = 750_000

const (
	// maxEntered is how many lists a draft names that it would enter.
	maxEntered = 100
	// lookedAt is how many lists are looked at, those of the nearest items, where
	// not all are in memory.
	lookedAt = 200
)

// Draft answers what an item would be related to if it were published as it is,
// items that say nearly the same, and the lists that it would enter; topics to
// give it are for others to find, from what its Survey holds. An item of the
// same id is left out. Nothing is stored.
func (x *Indexer) Draft(ctx context.Context, it recommend.Item, q recommend.Query) (*Draft, error) {
	d, err := x.draft(ctx, it, q)
	if err != nil {
		return nil, fmt.Errorf("draft: %w", err)
	}
	return d, nil
}

// A drafting is one draft under one generation.
type drafting struct {
	st    *state
	item  recommend.Item
	terms *termList
	works []*termList // of the other versions that are one document with it
	self  index.Doc   // that document, or that of the stored item of its id; [index.None]: there is none
	key   index.Key
	v     index.Vector
	told  index.Vector // without what its words carry over to

	carried bool                   // v has more than told
	near    []storedEntry          // the best K, best first
	alike   []recommend.Millionths // of each, the cosine
	gains   []gain                 // lists that it would enter
}

// A gain is a list that a draft would enter.
type gain struct {
	list   index.Doc
	place  int // from 1
	score  uint32
	leaves index.Doc // [index.None]: nothing
}

func (x *Indexer) draft(ctx context.Context, it recommend.Item, q recommend.Query) (*Draft, error) {
	it.ID = cmp.Or(it.ID, "draft")
	if err := it.Validate(); err != nil {
		return nil, err
	}
	if err := q.Check(); err != nil {
		return nil, err
	}
	st, err := x.ready(ctx)
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(it.Lang, "und") { // nobody has said it, and the site has its languages
		it.Lang = ""
	}
	d := &drafting{st: st, item: it.Readable(st.gen.languages()), self: index.None}
	if err := d.read(ctx, x); err != nil {
		return nil, err
	}
	x.mu.RLock()
	d.relate()
	following := x.following != nil
	if !following {
		d.enter(func(doc index.Doc) []index.Match { return st.lists.get(nil, doc) }, 0)
	}
	x.mu.RUnlock()
	if following {
		if err := d.look(ctx, x); err != nil {
			return nil, err
		}
	}
	return d.answer(ctx, x, q)
}

// read makes the draft's terms, and reads those of the other versions of its work.
func (d *drafting) read(ctx context.Context, x *Indexer) error {
	st := d.st
	d.terms = analyse(st.analyzer, &d.item)
	d.terms.part = partOf(&record{Item: d.item, changedAt: x.now()})
	st.gen.frame(d.terms)
	if !st.gen.Pooled {
		return nil
	}
	x.mu.RLock()
	numbers := slices.Clone(st.works.groups[d.item.Group()])
	x.mu.RUnlock()
	if len(numbers) == 0 {
		return nil
	}
	var keys []store.Key
	for _, n := range numbers {
		keys = append(keys, recordKey(n), termsKey(st.gen.TextHash, n))
	}
	rows, err := x.store.Get(ctx, store.Strong, keys...)
	if err != nil {
		return err
	}
	for i := range numbers {
		l, err := st.terms(ctx, x.store, rows[2*i], rows[2*i+1], false)
		if err != nil {
			return err
		}
		st.gen.frame(l)
		if !l.dead && l.id != d.item.ID && l.embargo == d.terms.embargo {
			d.works = append(d.works, l)
		}
	}
	return nil
}

// relate finds the draft's neighbours; the state is held for reading.
func (d *drafting) relate() {
	st := d.st
	all := append([]*termList{d.terms}, d.works...)
	work, first := d.item.Group(), d.terms
	vs := make([]index.Vector, len(all))
	for i, l := range all {
		vs[i] = st.weigher.vector(l)
		if l.id == work || first.id != work && l.id < first.id {
			first = l
		}
	}
	d.v, d.key = index.Pool(vs, st.weigher.isShared), first.key()
	d.told = d.v
	if g := st.weigher.glossary; g != nil && !slices.ContainsFunc(all, func(l *termList) bool { return g.speaks(l.lang) }) {
		d.v, d.carried = g.carry(d.v), true
	}
	for _, l := range append(d.works, d.terms) {
		if at := slices.Index(st.ids, l.id); at >= 0 && st.works.doc(uint32(at)) != index.None {
			d.self = st.works.doc(uint32(at))
			break
		}
	}
	for _, m := range st.index.Nearest(nil, d.v, d.key.Day, st.gen.Options.K, d.self) {
		dot := st.weigher.near.Dot(m.Score, d.key.Day, st.index.Key(m.Doc).Day)
		alike := index.Cosine(dot, d.v, st.index.Vector(m.Doc))
		for _, n := range st.works.of(m.Doc) { // what says the same as one version says half as much as all
			own := st.own(n)
			alike = max(alike, index.Cosine(index.Dot(d.v, own), d.v, own))
		}
		d.alike = append(d.alike, recommend.Millionths(alike))
		d.near = append(d.near, st.entry(d.side(), m, nil))
	}
}

// side returns the draft as one of two documents.
func (d *drafting) side() side { return side{d.v, d.key.Day, d.carried} }

// before reports whether the draft, with a score, goes before an entry of a list.
func (d *drafting) before(score uint32, m index.Match) bool {
	return cmp.Or(cmp.Compare(m.Score, score), d.key.Compare(d.st.index.Key(m.Doc))) < 0
}

// enter finds the lists that the draft would enter, among those of the nearest
// items if most is not 0, and otherwise of all. The state is held for reading.
func (d *drafting) enter(list func(index.Doc) []index.Match, most int) {
	var all []index.Match
	d.st.index.Scores(d.v, d.key.Day, func(m index.Match) {
		if m.Doc != d.self {
			all = append(all, m)
		}
	})
	slices.SortFunc(all, d.st.index.Compare)
	if most > 0 {
		all = all[:min(len(all), most)]
	}
	for _, m := range all {
		old := list(m.Doc)
		if slices.ContainsFunc(old, func(o index.Match) bool { return o.Doc == d.self }) {
			continue // it is there already
		}
		place := slices.IndexFunc(old, func(o index.Match) bool { return d.before(m.Score, o) })
		g := gain{m.Doc, place + 1, m.Score, index.None}
		switch k := d.st.gen.Options.K; {
		case place < 0 && len(old) >= k:
			continue
		case place < 0:
			g.place = len(old) + 1
		case len(old) >= k:
			g.leaves = old[len(old)-1].Doc
		}
		d.gains = append(d.gains, g)
	}
	slices.SortStableFunc(d.gains, func(a, b gain) int { return cmp.Compare(a.place, b.place) })
}

// look reads the lists of the nearest items, where memory holds no lists.
func (d *drafting) look(ctx context.Context, x *Indexer) error {
	x.mu.RLock()
	var keys []store.Key
	near := d.st.index.Nearest(nil, d.v, d.key.Day, lookedAt, d.self)
	for _, m := range near {
		keys = append(keys, relatedKey(d.st.gen.Number, d.st.ids[m.Doc]))
	}
	x.mu.RUnlock()
	rows, err := x.store.Get(ctx, store.Strong, keys...)
	if err != nil {
		return err
	}
	lists := map[index.Doc][]index.Match{}
	for i, row := range rows {
		if row.Rev == 0 {
			continue
		}
		u := unpacker{s: string(row.Data)}
		l, err := u.list(false, recommend.MaxCandidates)
		if err != nil {
			return fmt.Errorf("list of %q: %w", row.Sort, err)
		}
		for _, e := range l.entries {
			lists[near[i].Doc] = append(lists[near[i].Doc], index.Match{Doc: index.Doc(e.number), Score: e.score})
		}
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	for doc, list := range lists { // of items that this index does not have yet, no key is known
		lists[doc] = slices.DeleteFunc(list, func(m index.Match) bool { return !d.st.index.Has(m.Doc) })
	}
	d.enter(func(doc index.Doc) []index.Match { return lists[doc] }, lookedAt)
	return nil
}

// answer puts together what is shown of the draft.
func (d *drafting) answer(ctx context.Context, x *Indexer, q recommend.Query) (*Draft, error) {
	st := d.st
	r := x.reader
	view, err := r.look(ctx)
	if err != nil {
		return nil, err
	}
	numbers := make([]uint32, len(d.near))
	candidates := d.near
	for i, e := range d.near {
		numbers[i] = versionIn(&e, d.item.Lang)
		if recommend.Millionths(index.Millionths(e.score)) < st.gen.minScore() && len(candidates) > i {
			candidates = d.near[:i]
		}
	}
	records, err := r.records(ctx, store.Strong, numbers)
	if err != nil {
		return nil, err
	}
	rows, err := x.store.Get(ctx, store.Strong, exclusionsKey)
	if err != nil {
		return nil, err
	}
	it := d.item
	it.Topics = view.merges.all(it.Topics)
	q.Topics = view.merges.all(q.Topics)
	a := &answering{
		r: r, q: q, now: x.now(), view: view, candidates: candidates, lang: it.Lang, source: &record{Item: it}, draft: true,
		answer: &recommend.Related{Item: it.ID, Generation: st.gen.Number, ComputedAt: x.now().UTC(), Stale: view.stale(x.now()), Related: []recommend.Entry{}},
	}
	a.whole = len(d.near) < st.gen.Options.K || len(candidates) < len(d.near)
	a.rules = newRules(view.lists, &q, view.merges, a.now)
	a.rank = func(ctx context.Context, q *wanted, k int) ([]storedEntry, error) {
		return x.rank(ctx, st, d.side(), d.self, q, k)
	}
	if err := a.editors(store.Row{}, rows[0]); err != nil {
		return nil, err
	}
	if err := a.gather(ctx, records[:len(candidates)]); err != nil {
		return nil, err
	}
	x.mu.RLock()
	v := st.weigher.surveyed(st.weigher.unpooled(d.told, 1+len(d.works), d.item.Lang))
	x.mu.RUnlock()
	out := &Draft{
		SuggestedTopics: []TopicSuggestion{}, NearDuplicates: []NearDuplicate{},
		Survey: &DraftSurvey{Generation: st.gen.Number, Topics: it.Topics, Vector: v}, Lang: it.Lang,
	}
	for i, rec := range records {
		if rec == nil || rec.Status == recommend.Withdrawn {
			continue
		}
		score := recommend.Millionths(index.Millionths(d.near[i].score))
		shown := rec.visible(a.now, &a.answer.Until)
		out.Survey.Near = append(out.Survey.Near, Neighbour{rec.ID, score, !shown})
		if shown && d.alike[i] >= NearDuplicateScore && rec.group() != it.Group() {
			out.NearDuplicates = append(out.NearDuplicates, NearDuplicate{rec.card(a.now, &a.answer.Until), d.alike[i]})
		}
	}
	if out.Enters, out.EntersTotal, err = d.entered(ctx, r, a); err != nil {
		return nil, err
	}
	out.Related = *a.answer
	return out, nil
}

// entered names the lists that the draft would enter, of items that readers may
// see, by place, ties by score and id.
func (d *drafting) entered(ctx context.Context, r *Reader, a *answering) ([]Entered, int, error) {
	var numbers []uint32
	for _, g := range d.gains {
		numbers = append(numbers, uint32(g.list))
		if g.leaves != index.None {
			numbers = append(numbers, uint32(g.leaves))
		}
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	records, err := r.records(ctx, store.Strong, numbers)
	if err != nil {
		return nil, 0, err
	}
	card := func(doc index.Doc) *record {
		at, ok := slices.BinarySearch(numbers, uint32(doc))
		if !ok || records[at] == nil || !records[at].visible(a.now, &a.answer.Until) {
			return nil
		}
		return records[at]
	}
	all := []Entered{}
	for _, g := range d.gains {
		rec := card(g.list)
		if rec == nil {
			continue
		}
		e := Entered{ID: rec.ID, Title: rec.Title, Place: g.place, Score: recommend.Millionths(index.Millionths(g.score))}
		if g.leaves != index.None {
			if out := card(g.leaves); out != nil {
				e.Leaves = out.ID
			}
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b Entered) int {
		return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(b.Score, a.Score), strings.Compare(a.ID, b.ID))
	})
	return all[:min(len(all), maxEntered)], len(all), nil
}

// A Draft is what is found for an item that is not stored.
type Draft struct {
	recommend.Related
	Lang            string            `json:"lang"` // of the draft: as it says, or else what its text is in among the site's languages
	SuggestedTopics []TopicSuggestion `json:"suggestedTopics"`
	NearDuplicates  []NearDuplicate   `json:"nearDuplicates"`

	// Enters are the stored lists that the draft would stand in, at most 100,
	// the best places first, and EntersTotal how many there are. Where the
	// index holds no lists, only those of the 200 nearest items are looked at.
	Enters      []Entered `json:"enters"`
	EntersTotal int       `json:"entersTotal"`

	Survey *DraftSurvey `json:"-"`
}

// A DraftSurvey is what a draft is as part of a [Survey] of the same generation.
type DraftSurvey struct {
	Generation int
	Topics     []string    // of the draft, as they count
	Vector     []Impact    // as of a [Surveyed]
	Near       []Neighbour // best first
}

// A Neighbour is an item near a draft.
type Neighbour struct {
	ID     string
	Score  recommend.Millionths
	Hidden bool // readers may not see it
}

// An Entered is a list that a draft would enter.
type Entered struct {
	ID     string               `json:"id"` // of the item whose list it is
	Title  string               `json:"title,omitempty"`
	Place  int                  `json:"place"` // in the stored list, from 1
	Score  recommend.Millionths `json:"score"`
	Leaves string               `json:"leaves,omitempty"` // the item that would leave; empty: none, or one that readers may not see
}

// A TopicSuggestion is a topic that an item's neighbours speak for.
type TopicSuggestion struct {
	Topic      string   `json:"topic"`
	Confidence float64  `json:"confidence"` // 0 to 1
	Evidence   []string `json:"evidence"`   // ids of the neighbours that have it
}

// A NearDuplicate is a stored item that says nearly the same.
type NearDuplicate struct {
	recommend.Card
	Score recommend.Millionths `json:"score"`
}
