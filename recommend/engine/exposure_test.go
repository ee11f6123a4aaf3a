package engine

import (
	"math/rand/v2"
	"slices"
	"testing"

	"akin/infra/memory"
	"akin/infra/test/tools"
	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/judge"
)

func TestHandicaps(t *testing.T) {
	e := exposure{Levels: []byte{128, 160, 96, 0}}
	for n, want := range []uint64{1 << 16, 2 << 16, 1 << 15, 1 << 12, 1 << 16} { // the last has none
		if got := e.of(uint32(n)); got+1 < want || got > want+1 {
			t.Errorf("number %d: %d, want %d", n, got, want)
		}
	}
}

// Worked by hand: a list of three shows its best as it is. The last place has 60, so what scores 42
// and more may take the others: 80 x 1/2, 60, 50 x 2 and 42 x 1, of which 50 x 2 and 60
// are the greatest. 41 is too little, unless it is the list's guest.
func TestPlaces(t *testing.T) {
	scores := []uint32{90, 80, 60, 50, 42, 41, 10}
	e := exposure{Levels: []byte{128, 96, 128, 160, 128, 255, 255}}
	at := func(i int) (uint32, uint32) { return uint32(i), scores[i] }
	for _, tt := range []struct {
		name    string
		list    int
		entries int
		want    []int
	}{
		{"hubs give way on near ties", 9, 7, []int{0, 2, 3}},
		{"a guest takes the last place", 8, 7, []int{0, 2, 6}},
		{"a guest that scores too little to be similar is none", 8, 6, []int{0, 2, 3}},
		{"nothing to choose from", 9, 3, nil},
	} {
		e.Guests = map[uint32]uint32{8: 6}
		if got := e.places(tt.list, 3, keepOf(0.3), tt.entries, at); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	if got := first([]string{"a", "b", "c", "d"}, []int{0, 2}); !slices.Equal(got, []string{"a", "c", "b", "d"}) {
		t.Errorf("first: %v", got)
	}
}

// Of works that some list has among its candidates, every one is shown, by lists that show works
// more evenly than those of the best entries, and it is always the same.
func TestExposureIsEven(t *testing.T) {
	x := crowdIndexer(t, rand.New(rand.NewPCG(16, 9)), 160)
	st, err := x.ready(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	docs, keep := st.index.Docs(), keepOf(exposedTie)
	similar := func(d index.Doc) []index.Match { return st.lists.get(nil, d) }
	before := make([]int, len(st.ids))
	held := map[index.Doc]bool{}
	for _, d := range docs {
		for i, m := range similar(d) {
			if held[m.Doc] = true; i < exposedPlaces {
				before[m.Doc]++
			}
		}
	}
	e := newExposure(docs, similar)
	if again := newExposure(docs, similar); !slices.Equal(e.Levels, again.Levels) || len(e.Guests) != len(again.Guests) {
		t.Error("the exposure of the same lists differs")
	}
	after := e.count(docs, similar, keep)
	var was, is []int
	missed := 0
	for _, d := range docs {
		if was, is = append(was, before[d]), append(is, after[d]); held[d] && after[d] == 0 {
			t.Errorf("%s is in no list", st.ids[d])
		}
		if held[d] && before[d] == 0 {
			missed++
		}
	}
	if a, b := judge.Gini(was), judge.Gini(is); missed == 0 || b > a*2/3 {
		t.Errorf("Gini %.3f, before %.3f; %d works were in no list", b, a, missed)
	}
}

// Where the site wants it, a list shows what its exposure says, in the order of scores; all else
// of it stays, and so do lists with filters.
func TestExposureIsRead(t *testing.T) {
	tools.SkipRaced(t)
	s := memory.New()
	x := crowdIndexerOn(t, s, rand.New(rand.NewPCG(16, 11)), 160)
	st, err := x.ready(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPublisher(s, recommend.DefaultSettings(), PublisherOptions{})
	if err != nil {
		t.Fatal(err)
	}
	answer := func(d index.Doc, q recommend.Query) (ids []string) {
		t.Helper()
		q.NoFill = true
		r, err := NewReader(s, ReaderOptions{}).Related(t.Context(), st.ids[d], q)
		if err != nil {
			t.Fatal(err)
		}
		last := recommend.Millionths(2_000_000)
		for _, e := range r.Related {
			if e.Score > last {
				t.Errorf("%s: %s scores more than the entry before it", st.ids[d], e.ID)
			}
			ids, last = append(ids, e.ID), e.Score
		}
		return ids
	}
	rule := func(said string) {
		t.Helper()
		if _, err := p.PutSettings(t.Context(), []byte(said), Edit{IfMatch: "*"}); err != nil {
			t.Fatal(err)
		}
	}
	rule(`{"lists":{"share":1}}`)
	before := map[index.Doc][]string{}
	filtered := answer(st.index.Docs()[0], recommend.Query{Types: []string{"Reports"}})
	for _, d := range st.index.Docs() {
		before[d] = answer(d, recommend.Query{})
	}
	rule(`{"lists":{"share":1,"exposure":0.3}}`)
	if got := answer(st.index.Docs()[0], recommend.Query{Types: []string{"Reports"}}); !slices.Equal(got, filtered) {
		t.Errorf("filtered %v, want %v", got, filtered)
	}
	moved := 0
	for _, d := range st.index.Docs() {
		got := answer(d, recommend.Query{})
		var want []string
		st.gen.Exposure.shows(d, above(st.lists.get(nil, d), st.gen.minScore()), keepOf(0.3), func(m index.Match) { want = append(want, st.ids[m.Doc]) })
		if !slices.Equal(got, want) {
			t.Fatalf("%s: %v, want %v", st.ids[d], got, want)
		}
		if !slices.Equal(got, before[d]) {
			moved++
		}
		for _, id := range before[d] {
			if slices.Contains(got, id) || moved > 20 { // of twenty lists
				continue
			}
			w, err := x.Why(t.Context(), st.ids[d], id, recommend.Query{NoFill: true})
			if err != nil {
				t.Fatal(err)
			}
			if len(w.Holds) != 1 || w.Holds[0].Kind != recommend.HoldExposure {
				t.Errorf("%s gave its place in the list of %s to a work that fewer lists show; Why says %+v", id, st.ids[d], w.Holds)
			}
		}
	}
	if moved < 10 {
		t.Errorf("%d lists differ", moved)
	}
}
