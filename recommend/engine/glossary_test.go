package engine

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/store"
)

// twenty are twenty works in English and Spanish of which some have these words, by key: the words
// are the numbers of the works that have them.
var twenty = map[string][]int{
	"en:heat": {0, 1, 2}, "es:calor": {0, 1, 2},
	"en:river": {3, 4, 5, 6}, "es:rio": {3, 4, 5},
	"es:cauc": {3, 4, 6}, "es:orilla": {4, 5, 6},
	"en:bank":  {7, 8, 9},
	"es:banco": {8, 9, 10},
	"en:year":  {11, 12, 13, 14, 15}, "es:año": {11, 12, 13, 14, 15},
	"en:once": {16}, "es:vez": {16},
	"en:tide tabl": {17, 18}, "es:tabl mare": {17, 18},
	":lima": {18, 19},
}

// lessons makes items of works by number that have words by key, in an order and with numbers of terms
// that a seed gives, and the words by number.
func lessons(words map[string][]int, seed uint64) ([]weighed, []string) {
	rng := rand.New(rand.NewPCG(seed, 1))
	words = maps.Clone(words)
	for work := range 20 { // none is without a word
		words[fmt.Sprint("en:own", work)], words[fmt.Sprint("es:own", work)] = []int{work}, []int{work}
	}
	keys := slices.Sorted(maps.Keys(words))
	rng.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	var items []weighed
	for work := range 20 {
		for _, lang := range []string{"en", "es-MX"} {
			id := fmt.Sprintf("work%d-%s", work, lang)
			it := weighed{number: uint32(len(items)), key: index.Key{ID: id}, part: part{lang: lang}}
			if lang != "en" {
				it.part.work = fmt.Sprintf("work%d-en", work)
			}
			for n, key := range keys {
				if own := languageOf(key); (own == "" || own == lang[:2]) && slices.Contains(words[key], work) {
					it.vector = append(it.vector, index.Impact{Term: uint32(n), Impact: 9})
				}
			}
			items = append(items, it)
		}
	}
	items = append(items, weighed{key: index.Key{ID: "alone"}, part: part{lang: "en"}}) // so that English is the pivot
	rng.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	return items, keys
}

// Worked by hand, of 20 works, so that a word may stand in 4. The weight is half of Dice's
// coefficient: "calor" and "heat" 2*3/(3+3) = 1. "rio", "cauc" and "orilla", 3 each, share 3 of
// their works with "river", which has 4: 2*3/(3+4) = 0.857, log-likelihood
// 2 (3 ln(60/12) + ln(20/68) + 16 ln(320/272)) = 12.41; "river" stands for two of them, the first by key.
// "banco" and "bank" share two of three: 0.667, but 2 (2 ln(40/9) + 2 ln(20/51) + 16 ln(320/289)) = 5.48 is
// chance. "año" is in too many works, "vez" in too few; phrases, and names that languages
// share, are left out.
func TestLearn(t *testing.T) {
	want := []string{"en calor heat 500", "en cauc river 428", "en orilla river 428"}
	for seed := range uint64(20) {
		items, keys := lessons(twenty, seed)
		pivot, glosses := learn(items, func(term uint32) string { return keys[term] })
		var got []string
		for _, g := range glosses {
			got = append(got, fmt.Sprintf("%s %s %s %d", pivot, keys[g.from][3:], keys[g.to][3:], g.weight))
		}
		if !slices.IsSortedFunc(glosses, func(a, b gloss) int { return int(a.from) - int(b.from) }) {
			t.Errorf("seed %d: %v is not by ascending term", seed, glosses)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("seed %d (-want +got):\n%s", seed, diff)
		}
	}
}

func TestLearnFromNothing(t *testing.T) {
	items, keys := lessons(twenty, 1)
	key := func(term uint32) string { return keys[term] }
	for i := range items { // no version tells what another says before it may be read
		if items[i].part.work != "" {
			items[i].part.embargo = 1
		}
	}
	if _, glosses := learn(items, key); glosses != nil {
		t.Errorf("from works of which one version is under embargo: %v", glosses)
	}
	for i := range items {
		items[i].part.work = ""
	}
	if pivot, glosses := learn(items, key); pivot != "" || glosses != nil {
		t.Errorf("without translations: %q, %v", pivot, glosses)
	}
}

// Of a long text the same words are learned from as of any other.
func TestLearnFromLongTexts(t *testing.T) {
	key := func(term uint32) string { return fmt.Sprintf("en:w%d", term) }
	var a, b index.Vector
	for n := range uint32(3 * wordsLearned) {
		a = append(a, index.Impact{Term: n, Impact: 1})
		if n%2 == 0 {
			b = append(b, index.Impact{Term: n, Impact: 1})
		}
	}
	long, short := singleWords(a, "en", key), singleWords(b, "en", key)
	if len(long) != wordsLearned || len(short) != wordsLearned {
		t.Fatalf("%d and %d words, want %d", len(long), len(short), wordsLearned)
	}
	for _, w := range long {
		if w%2 == 0 && !slices.Contains(short, w) {
			t.Errorf("word %d is learned from one text and not the other, which has it too", w)
		}
	}
}

func TestGlossaryRow(t *testing.T) {
	s := statistics{items: 9, pivot: "en", glosses: []gloss{{1, 0, 500}, {1, 2, 428}, {3, 0, 1}}}
	for _, key := range []string{"en:heat", "es:calor", "en:warm", "es:tibio"} {
		s.terms = append(s.terms, termStatistics{key, key[3:], 2})
	}
	slices.SortFunc(s.terms, func(a, b termStatistics) int { return strings.Compare(a.key, b.key) })
	row := s.packGlossary()
	read := func(row []byte) (statistics, error) {
		got := statistics{items: 9}
		for _, chunk := range s.pack() {
			if err := got.unpack(chunk); err != nil {
				t.Fatal(err)
			}
		}
		return got, got.unpack(row)
	}
	got, err := read(row)
	if diff := cmp.Diff(s, got, cmp.AllowUnexported(statistics{}, termStatistics{}, gloss{})); diff != "" || err != nil {
		t.Errorf("(-want +got): %v\n%s", err, diff)
	}
	if (&statistics{}).packGlossary() != nil {
		t.Error("an empty glossary has a row")
	}
	for _, broken := range [][]byte{
		row[:len(row)-1], append(bytes.Clone(row), 0), {glossaryFormat}, {glossaryFormat + 1},
		(&statistics{glosses: []gloss{{4, 0, 500}}}).packGlossary(), // terms that there are not
		(&statistics{glosses: []gloss{{0, 4, 500}}}).packGlossary(),
	} {
		if _, err := read(broken); err == nil {
			t.Errorf("%v passes", broken)
		}
	}
}

// A row holds the largest glossary, of a corpus of any size.
func TestGlossaryRowFits(t *testing.T) {
	s := statistics{pivot: "en", glosses: make([]gloss, glossed)}
	for i := range s.glosses {
		s.glosses[i] = gloss{uint32(i) * 200_000, 1<<32 - 1, 1000}
	}
	if n := len(s.packGlossary()); n > store.MaxData {
		t.Errorf("%d bytes, more than a row may have", n)
	}
}

// translating is a weigher of words without a prior, with the glossary of TestLearn but for weights: of 20
// items, "calor" stands in two, and "heat" in five.
func translating() *weigher {
	s := recommend.DefaultSettings()
	s.Weights = recommend.PlainWeights()
	return newWeigher(&statistics{
		items: 20, pivot: "en",
		terms:   []termStatistics{{"en:heat", "heat", 5}, {"en:wave", "waves", 2}, {"es:calor", "calor", 2}, {"es:ola", "olas", 2}, {"fr:chaleur", "chaleur", 2}},
		glosses: []gloss{{2, 0, 500}, {3, 1, 1000}, {4, 0, 500}},
	}, &s, 0)
}

// Worked by hand: idf is ln(1 + 20/5) = ln 5 for "heat" and ln 11 for "calor", so half of "calor" is
// ln 5 / ln 11 / 2 = 0.33559 of it, and 16384 of that 5498. With a length of One all shrink by
// 32768 / sqrt(32768^2 + 5498^2) = 0.98621.
func TestGlossaryCarries(t *testing.T) {
	w := translating()
	v := index.Vector{{Term: 2, Impact: 16384}}
	want := index.Vector{{Term: 0, Impact: 5422}, {Term: 2, Impact: 16158}}
	carried := w.glossary.carry(v)
	if diff := cmp.Diff(want, carried); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := w.told(carried); len(got) != 1 || got[0].Term != 2 || got[0].Impact < 17043 || got[0].Impact > 17044 { // sqrt(5422^2 + 16158^2)
		t.Errorf("it tells %v, want term 2 with all of the length", got)
	}
}

// Both texts' words are told, in the order of the texts, and once where they are one.
func TestExplainCarriedTerms(t *testing.T) {
	w := translating()
	v := func(terms ...uint32) side {
		var v index.Vector
		for _, term := range terms {
			v = append(v, index.Impact{Term: term, Impact: index.One / 2})
		}
		return side{vector: v, day: index.NoDay}
	}
	spanish, french := v(0, 2), v(0, 4) // "heat" by the glossary
	spanish.carried, french.carried = true, true
	for _, tt := range []struct {
		name string
		a, b side
		want []recommend.Reason
	}{
		{"English and Spanish", v(0), spanish, []recommend.Reason{{Term: "heat / calor", Part: 250_000}}},
		{"Spanish and English", spanish, v(0), []recommend.Reason{{Term: "calor / heat", Part: 250_000}}},
		{"Spanish and French", spanish, french, []recommend.Reason{{Term: "calor / chaleur", Part: 250_000}}},
		{"Spanish and Spanish", spanish, spanish, []recommend.Reason{{Term: "calor", Part: 500_000}}},
		{"a work in both and Spanish", v(0, 1, 2), spanish, []recommend.Reason{{Term: "calor", Part: 500_000}}},
		{"two works in both", v(0, 1, 2), v(0, 1, 2), []recommend.Reason{{Term: "calor", Part: 250_000}, {Term: "heat", Part: 250_000}, {Term: "waves", Part: 250_000}}},
	} {
		if diff := cmp.Diff(tt.want, w.explain(tt.a, tt.b)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// bilingual is a vocabulary in English and Spanish; words of a place mean the same.
var bilingual = [2][]string{
	strings.Fields("flood rent harbour visa school clinic market border orchard bridge"),
	strings.Fields("inundación alquiler puerto visado escuela clínica mercado frontera huerto puente"),
}

// wordy is an item of the words of some places.
func wordy(id, lang string, places ...int) recommend.Item {
	var words []string
	for _, p := range places {
		words = append(words, bilingual[map[string]int{"en": 0, "es": 1}[lang]][p])
	}
	return recommend.Item{ID: id, Lang: lang, Title: strings.Join(words, ", ")}
}

// A school is a store of works in English, thirty of them also in Spanish, from which a glossary can
// be learned.
type school struct {
	store store.Store
	p     *Publisher
	x     *Indexer
}

func newSchool(t testing.TB, order []int) *school {
	settings := recommend.DefaultSettings()
	settings.MinScore, settings.Odds = 0, 0
	clock := func() time.Time { return time.Unix(1_700_000_000, 0) }
	s := memory.New()
	p, err := NewPublisher(s, settings, PublisherOptions{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	c := &school{s, p, NewIndexer(s, settings, IndexerOptions{Now: clock})}
	for _, n := range order {
		en := wordy(fmt.Sprintf("en%d", n), "en", n%10, (n+n/10+1)%10)
		c.put(t, en)
		if n < 30 {
			es := wordy(fmt.Sprintf("es%d", n), "es", n%10, (n+n/10+1)%10)
			es.TranslationOf = en.ID
			c.put(t, es)
		}
	}
	return c
}

func (c *school) put(t testing.TB, items ...recommend.Item) {
	t.Helper()
	for _, r := range c.p.Put(context.Background(), items...) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
}

// rows returns the statistics and the lists of the generation in use, these by id without numbers,
// which items have in the order in which they came.
func (c *school) rows(t testing.TB) (chunks []string, lists map[string]string) {
	t.Helper()
	st := c.x.state
	for row, err := range store.Scan(t.Context(), c.store, store.Strong, store.Range{Part: chunkKey(st.gen.Number, 0).Part}) {
		if err != nil {
			t.Fatal(err)
		}
		chunks = append(chunks, string(row.Data))
	}
	lists = map[string]string{}
	for _, d := range st.index.Docs() {
		row := st.row(d, 0, 1)
		l, err := unpackList(row.Data)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range l.entries {
			lists[st.ids[d]] += fmt.Sprintln(st.ids[e.number], e.score, e.reasons)
		}
	}
	return chunks, lists
}

func forty() []int {
	order := make([]int, 40)
	for i := range order {
		order[i] = i
	}
	return order
}

// A work in Spanish alone finds works in English, and says by which of its words; the same items in
// another order give the same glossary and lists.
func TestGlossaryOfAStore(t *testing.T) {
	schools := []*school{newSchool(t, forty()), newSchool(t, rand.New(rand.NewPCG(3, 4)).Perm(40))}
	var chunks [2][]string
	var lists [2]map[string]string
	for i, c := range schools {
		c.put(t, wordy("solo", "es", 0, 5))
		if _, err := c.x.Reindex(t.Context(), ReindexOptions{}); err != nil {
			t.Fatal(err)
		}
		chunks[i], lists[i] = c.rows(t)
	}
	if diff := cmp.Diff(chunks[0], chunks[1]); diff != "" {
		t.Errorf("statistics in one order and another:\n%s", diff)
	}
	if diff := cmp.Diff(lists[0], lists[1]); diff != "" {
		t.Errorf("lists in one order and another:\n%s", diff)
	}
	c := schools[0]
	if g := c.x.state.weigher.glossary; g == nil || g.pivot != "en" || len(g.over) < 8 {
		t.Fatalf("the glossary is %+v, want one for most words", g)
	}
	if c.x.state.gen.Chunks != len(chunks[0]) || chunks[0][len(chunks[0])-1][0] != glossaryFormat {
		t.Errorf("%d chunks, of which the last begins with %d", len(chunks[0]), chunks[0][len(chunks[0])-1][0])
	}
	r, err := c.x.reader.Related(t.Context(), "solo", recommend.Query{Limit: 50, NoFill: true})
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(r.Related, func(e recommend.Entry) bool { return e.ID == "en30" })
	if at < 0 || r.Related[at].Why[0].Term != "inundación / flood" {
		t.Errorf("related to the work in Spanish alone: %+v, want en30, which is about a flood too", r.Related)
	}
	for _, id := range []string{"en0", "en39", "solo"} { // in both, in English, in Spanish
		if got := c.x.state.works.carries(c.x.state.doc(t, id), c.x.state.weigher.glossary); got != (id == "solo") {
			t.Errorf("the words of %s carry over: %v", id, got)
		}
	}
	own := c.x.state.own(uint32(c.x.state.doc(t, "solo")))
	for _, i := range own {
		if c.x.state.weigher.language(i.Term) == "en" {
			t.Errorf("what it says itself is %v, with an English word", own)
		}
	}
}

// doc returns the document of an item.
func (st *state) doc(t testing.TB, id string) index.Doc {
	at := slices.Index(st.ids, id)
	if at < 0 {
		t.Fatalf("%q is not there", id)
	}
	return st.works.doc(uint32(at))
}

// Promise 1 with a glossary: after works gained and lost translations, and others came and went,
// the lists are those that brute force gives with the same glossary, and those of a store that is
// loaded anew.
func TestListsAreExactWithAGlossary(t *testing.T) {
	start := newSchool(t, forty())
	if _, err := start.x.Reindex(t.Context(), ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	frozen, _ := start.rows(t)
	rapid.Check(t, func(rt *rapid.T) {
		clock := func() time.Time { return time.Unix(1_700_000_100, 0) }
		s := start.store.(*memory.Store).Clone()
		p, err := NewPublisher(s, start.x.settings, PublisherOptions{Now: clock})
		if err != nil {
			t.Fatal(err)
		}
		c := &school{s, p, NewIndexer(s, start.x.settings, IndexerOptions{Now: clock})}
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			n := rapid.IntRange(0, 45).Draw(rt, "work")
			lang := rapid.SampledFrom([]string{"en", "es"}).Draw(rt, "lang")
			it := wordy(fmt.Sprint(lang, n), lang, rapid.SliceOfNDistinct(rapid.IntRange(0, 9), 1, 4, rapid.ID).Draw(rt, "words")...)
			if rapid.Bool().Draw(rt, "withdraw") {
				if r := c.p.Withdraw(t.Context(), it.ID, 0); r.Err != nil {
					rt.Fatal(r.Err)
				}
			} else {
				if lang == "es" && rapid.Bool().Draw(rt, "linked") {
					it.TranslationOf = fmt.Sprint("en", n)
				}
				for _, r := range c.p.Put(t.Context(), it) {
					if r.Err != nil {
						rt.Fatal(r.Err)
					}
				}
			}
			if rapid.Bool().Draw(rt, "at once") {
				if _, err := c.x.CatchUp(t.Context()); err != nil {
					rt.Fatal(err)
				}
			}
		}
		ds, _, err := c.x.Check(t.Context(), nil)
		if err != nil {
			rt.Fatal(err)
		}
		for _, d := range ds {
			rt.Errorf("not exact: %v", d)
		}
		chunks, lists := c.rows(t)
		if !slices.Equal(chunks, frozen) {
			rt.Error("the statistics changed without a rebuild")
		}
		anew := NewIndexer(s, start.x.settings, IndexerOptions{Now: clock})
		if err := anew.Load(t.Context()); err != nil {
			rt.Fatal(err)
		}
		anew.state.nearest(anew.state.index.Docs())
		_, want := (&school{s, p, anew}).rows(t)
		if diff := cmp.Diff(want, lists); diff != "" {
			rt.Errorf("lists made step by step (-anew +stepwise):\n%s", diff)
		}
	})
}
