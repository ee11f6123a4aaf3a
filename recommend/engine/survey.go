package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/sources"
	"akin/recommend/store"
)

// A Survey is everything that a report over all items is made from, read at
// one time but not as a snapshot. It is plain data: nobody changes it, and its
// vectors must not be changed.
type Survey struct {
	Generation int                  // in use; 0: none yet, and so neither lists nor terms
	MinScore   recommend.Millionths // from which an entry counts as similar
	Items      []Surveyed           // all that are published, also those under embargo, by id
	Topics     []recommend.Topic    // described, or named by an item at any time, by slug
	Themes     [][]Impact           // by place in Topics: title and introduction, weighed as an item's texts; none without a generation
	Merged     map[string]string    // slugs of topics that count as another, and the slug of that
	Withdrawn  []string             // ids, ascending
	Curations  []Curated            // by id
	Dead       []recommend.DeadLetter
	Sources    []sources.Source // that items come from, by name
	Terms      []SurveyedTerm   // by the numbers that vectors name
	Attention  *Attention       // of readers; empty where nobody counts
}

// A Surveyed is an item of a [Survey].
type Surveyed struct {
	recommend.Item          // without Body
	Order          uint32   // items known earlier have smaller ones
	Near           []Near   // the whole stored list, best first
	Vector         []Impact // by ascending term; only terms that several items have, and no authors
}

// An Impact is a term of an item, and how much it weighs in it.
type Impact = index.Impact

// A Near is an entry of a stored list.
type Near struct {
	Item   int32 // place in [Survey.Items]
	Score  recommend.Millionths
	Cosine recommend.Millionths // without what nearness in time and the lengths of texts make of the score
}

// A Curated is a work that editors decided something for.
type Curated struct {
	ID string // of the original
	recommend.Curation
}

// A SurveyedTerm is a term that several items have.
type SurveyedTerm struct {
	Word string // as readers spell it, in one of its spellings
	Lang string // base language; empty: of all languages
	Kind TermKind
}

// TermKind says what a term of a [Survey] is.
type TermKind uint8

const (
	TermWord  TermKind = iota // a word, a name, an acronym or a number
	TermPair                  // two neighbouring words
	TermTopic                 // stands for a topic; Word is its slug
)

// Survey reads every published item with its list and its vector, the topics,
// what editors decided, and the dead letters. It takes as much memory as the
// items and their lists together, and writes nothing.
func (x *Indexer) Survey(ctx context.Context) (*Survey, error) {
	s, err := x.survey(ctx)
	if err != nil {
		return nil, fmt.Errorf("survey: %w", err)
	}
	return s, nil
}

func (x *Indexer) survey(ctx context.Context) (*Survey, error) {
	if err := x.Load(ctx); err != nil {
		return nil, err
	}
	s := &Survey{}
	numbers, err := s.readItems(ctx, x.store)
	if err != nil {
		return nil, err
	}
	if err := s.readEditors(ctx, x.store, x.now); err != nil {
		return nil, err
	}
	today := x.now()
	if s.Attention, err = readAttention(ctx, x.store, today.AddDate(0, 0, -CountWindow), today); err != nil {
		return nil, fmt.Errorf("read counts: %w", err)
	}
	x.mu.RLock()
	st := x.state
	var m *measure
	if st != nil {
		s.take(st, numbers)
		m = s.measure(st, numbers)
	}
	x.mu.RUnlock()
	if st == nil {
		return s, nil
	}
	return s, s.readLists(ctx, x.store, st.gen.Number, numbers, m)
}

// readItems fills in items and withdrawn ids, and returns the numbers of the items.
func (s *Survey) readItems(ctx context.Context, db store.Store) ([]uint32, error) {
	var mu sync.Mutex
	err := scanParts(ctx, db, parts("item", itemShards), func(row store.Row) error {
		r, err := unpackRecord(row.Data)
		if err != nil {
			return fmt.Errorf("item number %s: %w", row.Sort, err)
		}
		mu.Lock()
		defer mu.Unlock()
		if r.Status == recommend.Withdrawn {
			s.Withdrawn = append(s.Withdrawn, r.ID)
		} else {
			s.Items = append(s.Items, Surveyed{Item: r.Item, Order: r.number})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(s.Items, func(a, b Surveyed) int { return strings.Compare(a.ID, b.ID) })
	slices.Sort(s.Withdrawn)
	numbers := make([]uint32, len(s.Items))
	for i := range s.Items {
		numbers[i] = s.Items[i].Order
	}
	return numbers, nil
}

// readEditors fills in topics, curations and dead letters, and gives the items
// the topics that theirs count as.
func (s *Survey) readEditors(ctx context.Context, db store.Store, now func() time.Time) error {
	r := NewReader(db, ReaderOptions{Now: now})
	topics, err := r.tree(ctx)
	if err != nil {
		return err
	}
	m := r.merged()
	s.Merged = m
	for i := range s.Items {
		s.Items[i].Topics = m.all(s.Items[i].Topics)
	}
	for _, t := range topics.topics {
		s.Topics = append(s.Topics, t.Topic)
	}
	slices.SortFunc(s.Topics, func(a, b recommend.Topic) int { return strings.Compare(a.Slug, b.Slug) })
	var mu sync.Mutex
	err = scanParts(ctx, db, parts("curation", termShards), func(row store.Row) error {
		c := Curated{ID: row.Sort}
		if err := json.Unmarshal(row.Data, &c.Curation); err != nil {
			return fmt.Errorf("curation %q: %w", row.Sort, errCorrupt)
		}
		for i := range c.NotByTopic {
			c.NotByTopic[i].ID = m.of(c.NotByTopic[i].ID)
		}
		mu.Lock()
		defer mu.Unlock()
		s.Curations = append(s.Curations, c)
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(s.Curations, func(a, b Curated) int { return strings.Compare(a.ID, b.ID) })
	if s.Dead, err = r.DeadLetters(ctx); err != nil {
		return err
	}
	s.Sources, err = sources.List(ctx, r.store)
	return err
}

// take fills in vectors and terms from a generation in memory. Terms that the
// statistics lack are left out: their numbers follow the order in which they
// were met.
func (s *Survey) take(st *state, numbers []uint32) {
	s.Generation, s.MinScore = st.gen.Number, st.gen.minScore()
	known := len(st.weigher.known)
	s.Terms = make([]SurveyedTerm, known)
	for i := range s.Terms {
		s.Terms[i] = surveyedTerm(st.weigher.known[i].key, st.weigher.known[i].word)
	}
	for i, n := range numbers {
		s.Items[i].Vector = st.weigher.surveyed(st.own(n))
	}
	s.themes(st)
}

// surveyed returns v as far as the statistics have its terms, without authors.
func (w *weigher) surveyed(v index.Vector) []Impact {
	end, _ := slices.BinarySearchFunc(v, uint32(len(w.known)), func(im Impact, t uint32) int { return cmp.Compare(im.Term, t) })
	v = v[:end:end]
	author := func(im Impact) bool { return strings.HasPrefix(w.known[im.Term].key, "@") }
	if slices.ContainsFunc(v, author) {
		v = slices.DeleteFunc(slices.Clone(v), author)
	}
	return v
}

// A measure is what turns scores of a generation into cosines.
type measure struct {
	near    *index.Nearness
	lengths []float64 // by place of the items: of their vectors, of which [index.One] is 1
	days    []int32   // of their documents
	several []bool    // versions of their works
}

// measure takes one from a generation in memory.
func (s *Survey) measure(st *state, numbers []uint32) *measure {
	m := &measure{&st.weigher.near, make([]float64, len(numbers)), make([]int32, len(numbers)), make([]bool, len(numbers))}
	for i, n := range numbers {
		v := st.index.Vector(st.works.doc(n))
		m.lengths[i], m.days[i] = math.Sqrt(float64(index.Dot(v, v)))/index.One, index.NoDay
		if d := st.works.doc(n); d != index.None {
			m.days[i], m.several[i] = st.index.Key(d).Day, st.works.of(d) != nil
		}
	}
	return m
}

// cosine returns that of two items with a score.
func (m *measure) cosine(score uint32, i, j int32) recommend.Millionths {
	lengths := m.lengths[i] * m.lengths[j]
	if lengths == 0 {
		return 0
	}
	dot := index.Millionths(m.near.Dot(score, m.days[i], m.days[j]))
	return recommend.Millionths(min(float64(dot)/lengths+0.5, 1_000_000))
}

// themes fills in what the topics' own texts say. A topic that nobody described
// is taken by its slug, in the language that most of its items are in.
func (s *Survey) themes(st *state) {
	spoken := map[string]map[string]int{} // by topic and language: items
	for i := range s.Items {
		for _, slug := range s.Items[i].Topics {
			if spoken[slug] == nil {
				spoken[slug] = map[string]int{}
			}
			spoken[slug][s.Items[i].Lang]++
		}
	}
	s.Themes = make([][]Impact, len(s.Topics))
	for i, t := range s.Topics {
		it := recommend.Item{Title: t.Title, Summary: t.Introduction}
		if t.Title == t.Slug {
			it.Title = strings.ReplaceAll(t.Slug, "-", " ")
		}
		if t.Introduction == "" {
			for _, lang := range slices.Sorted(maps.Keys(spoken[t.Slug])) {
				if it.Lang == "" || spoken[t.Slug][lang] > spoken[t.Slug][it.Lang] {
					it.Lang = lang
				}
			}
		}
		it = it.Readable(st.gen.languages())
		l := analyse(st.analyzer, &it)
		l.terms = slices.DeleteFunc(l.terms, func(t termCount) bool {
			_, known := st.weigher.find(t.key)
			return !known
		})
		s.Themes[i] = st.weigher.vector(l)
	}
}

func surveyedTerm(key, word string) SurveyedTerm {
	if slug, ok := strings.CutPrefix(key, "#"); ok {
		return SurveyedTerm{Word: slug, Kind: TermTopic}
	}
	lang, stem, _ := strings.Cut(key, ":")
	t := SurveyedTerm{Word: word, Lang: lang}
	if strings.Contains(stem, " ") {
		t.Kind = TermPair
	}
	return t
}

// readLists fills in the lists of a generation, without entries that are no
// longer published. All versions of a work have its list, each with the versions in
// its language where there are such.
func (s *Survey) readLists(ctx context.Context, db store.Store, generation int, numbers []uint32, m *measure) error {
	places := make([]int32, slices.Max(append(numbers, 0))+1) // by number, from 1; 0: not there
	for i, n := range numbers {
		places[n] = int32(i + 1)
	}
	place := func(n uint32) int32 {
		if int(n) >= len(places) {
			return 0
		}
		return places[n]
	}
	var mu sync.Mutex
	type shared struct {
		item int32  // whose list it also is
		of   string // id of whose row has it
	}
	var others []shared
	lists := map[string][]storedEntry{} // of works with several versions, by the id of their first
	err := scanParts(ctx, db, parts(fmt.Sprintf("rel/%d", generation), itemShards), func(row store.Row) error {
		u := unpacker{s: string(row.Data)}
		l, err := u.list(false, recommend.MaxCandidates)
		if err != nil {
			return fmt.Errorf("list of %q: %w", row.Sort, err)
		}
		self := place(l.number)
		switch {
		case self == 0:
		case l.of != "":
			mu.Lock()
			others = append(others, shared{self - 1, l.of})
			mu.Unlock()
		default:
			if m.several[self-1] {
				mu.Lock()
				lists[row.Sort] = l.entries
				mu.Unlock()
			}
			s.Items[self-1].Near = s.near(self-1, l.entries, place, m) // no two lists are of one item
		}
		return nil
	})
	for _, o := range others {
		s.Items[o.item].Near = s.near(o.item, lists[o.of], place, m)
	}
	return err
}

// near returns the entries of the list of an item, each by the version in the item's language
// if there is one.
func (s *Survey) near(self int32, entries []storedEntry, place func(uint32) int32, m *measure) []Near {
	near := make([]Near, 0, len(entries))
	for i := range entries {
		at := place(versionIn(&entries[i], s.Items[self].Lang))
		if at == 0 {
			at = place(entries[i].number)
		}
		if at != 0 {
			near = append(near, Near{at - 1, recommend.Millionths(index.Millionths(entries[i].score)), m.cosine(entries[i].score, self, at-1)})
		}
	}
	return near
}
