package engine

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/store"
	"akin/recommend/text"
)

// Worked by hand, of 8 items 2 have the term: ln(1 + 8/2) = 1.609437912. Once in
// the title and once in the summary is 2.5 + 1 = 3.5, damped 1 + ln 3.5 =
// 2.252762968; the product is 3.625682127.
func TestWeight(t *testing.T) {
	s := recommend.DefaultSettings()
	s.Kinds.Number, s.Kinds.Topic = 0, 1.5
	s.Weights = recommend.PlainWeights()
	w := newWeigher(&statistics{items: 8, terms: []termStatistics{{"en:rent", "rents", 2}}}, &s, 0)
	for _, tt := range []struct {
		name string
		term termCount
		want float64
	}{
		{"title and summary", termCount{key: "en:rent", kind: text.Word, counts: [fields]uint8{1, 1}}, 3.625682127},
		{"half of it for a pair", termCount{key: "en:rent", kind: text.Pair, counts: [fields]uint8{1, 1}}, 1.812841063},
		{"topic", termCount{key: "en:rent", kind: kindTopic, counts: [fields]uint8{0, 1}}, 1.5 * 1.609437912},
		// Below one the frequency counts as it is: 0.2 * ln 9.
		{"only the image, and unseen", termCount{key: "en:new", kind: text.Word, counts: [fields]uint8{0, 0, 0, 1}}, 0.439444915},
		{"a kind that weighs nothing", termCount{key: "en:rent", kind: text.Number, counts: [fields]uint8{9}}, 0},
		{"nowhere", termCount{key: "en:rent", kind: text.Word}, 0},
	} {
		n, _ := w.find(tt.term.key)
		if got := w.weight(&tt.term, w.idfAt(n, tt.term.key)); math.Abs(got-tt.want) > 1e-8 {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// The same occurrences in different fields add up before they are damped: twice
// in the summary is less than twice once.
func TestWeightDampsTheSum(t *testing.T) {
	s := recommend.DefaultSettings()
	w := newWeigher(&statistics{items: 1}, &s, 0)
	weight := func(counts ...uint8) float64 {
		term := termCount{key: "en:x", kind: text.Word}
		copy(term.counts[:], counts)
		n, _ := w.find(term.key)
		return w.weight(&term, w.idfAt(n, term.key))
	}
	if one, two := weight(0, 1), weight(0, 2); two >= 2*one || two <= one {
		t.Errorf("once %v, twice %v", one, two)
	}
	if both, apart := weight(1, 1), weight(1)+weight(0, 1); both >= apart {
		t.Errorf("in two fields %v, apart %v", both, apart)
	}
}

func explainedBy(t *testing.T, terms map[string]string, impacts ...uint16) ([]recommend.Reason, recommend.Millionths) {
	t.Helper()
	s := recommend.DefaultSettings()
	stats := &statistics{items: 10}
	for _, key := range slices.Sorted(maps.Keys(terms)) {
		stats.terms = append(stats.terms, termStatistics{key, terms[key], 2})
	}
	w := newWeigher(stats, &s, 0)
	var a, b index.Vector
	for i, impact := range impacts { // in the order of keys
		a = append(a, index.Impact{Term: uint32(i), Impact: impact})
		b = append(b, index.Impact{Term: uint32(i), Impact: impact})
	}
	// What only one of them has is not a reason.
	a = append(a, index.Impact{Term: 90, Impact: 9})
	b = append(b, index.Impact{Term: 91, Impact: 9})
	return w.explain(side{vector: a, day: index.NoDay}, side{vector: b, day: index.NoDay}), recommend.Millionths(index.Millionths(index.Dot(a, b)))
}

// Impacts of 16384 and 8192 are a half and a quarter of One: their squares are
// parts of 0.25 and 0.0625.
func TestExplain(t *testing.T) {
	const half, quarter = index.One / 2, index.One / 4
	for _, tt := range []struct {
		name    string
		terms   map[string]string // key and spelling
		impacts []uint16          // by ascending key
		want    []recommend.Reason
	}{
		{"the strongest first", map[string]string{"en:rent": "rents", "en:visa": "visas"}, []uint16{quarter, half},
			[]recommend.Reason{{Term: "visas", Part: 250000}, {Term: "rents", Part: 62500}}},
		{"ties by spelling", map[string]string{"en:rent": "zoning", "en:visa": "bail"}, []uint16{half, half},
			[]recommend.Reason{{Term: "bail", Part: 250000}, {Term: "zoning", Part: 250000}}},
		{"a pair takes its words", map[string]string{"en:control": "control", "en:rent": "rents", "en:rent control": "rent control", "en:visa": "visas"},
			[]uint16{quarter, quarter, half, quarter}, []recommend.Reason{{Term: "rent control", Part: 375000}, {Term: "visas", Part: 62500}}},
		{"a phrase takes words spelled like its own", map[string]string{"en:titl": "Title", "number:title 42": "Title 42"},
			[]uint16{quarter, half}, []recommend.Reason{{Term: "Title 42", Part: 312500}}},
		{"a phrase does not take a part of a word", map[string]string{"en:ent": "ent", "en:rent control": "rent control"},
			[]uint16{quarter, half}, []recommend.Reason{{Term: "rent control", Part: 250000}, {Term: "ent", Part: 62500}}},
		{"one spelling is one reason", map[string]string{"#heat": "heat", "en:heat": "Heat"}, []uint16{quarter, half},
			[]recommend.Reason{{Term: "Heat", Part: 312500}}},
		{"terms called as kinds are", map[string]string{"@ann lee": "Ann Lee", "en:a": "same author", "en:b": "other"}, []uint16{half, quarter, quarter},
			[]recommend.Reason{{Term: "same author", Kind: recommend.KindAuthor, Part: 250000}, {Term: "other", Part: 62500}, {Term: "same author", Part: 62500}}},
		{"four, and the rest is other",
			map[string]string{"en:a": "a", "en:b": "b", "en:c": "c", "en:d": "d", "en:e": "e", "en:f": "f"},
			[]uint16{quarter, quarter, quarter, quarter, quarter / 2, quarter / 2},
			[]recommend.Reason{{Term: "a", Part: 62500}, {Term: "b", Part: 62500}, {Term: "c", Part: 62500}, {Term: "d", Part: 62500}, {Term: "other", Kind: recommend.KindRest, Part: 31250}}},
		{"more where four make less than three quarters",
			map[string]string{"en:a": "a", "en:b": "b", "en:c": "c", "en:d": "d", "en:e": "e", "en:f": "f"},
			[]uint16{quarter, quarter, quarter, quarter, quarter, quarter},
			[]recommend.Reason{{Term: "a", Part: 62500}, {Term: "b", Part: 62500}, {Term: "c", Part: 62500}, {Term: "d", Part: 62500}, {Term: "e", Part: 62500}, {Term: "other", Kind: recommend.KindRest, Part: 62500}}},
		// 1/32768 squared is 0.0009 millionths: nothing by itself, but part of the sum.
		{"what rounding leaves goes to the largest", map[string]string{"en:a": "a", "en:b": "b", "en:c": "c"},
			[]uint16{half, 1000, 1000}, []recommend.Reason{{Term: "a", Part: 250001}, {Term: "b", Part: 931}, {Term: "c", Part: 931}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, score := explainedBy(t, tt.terms, tt.impacts...)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			sum := recommend.Millionths(0)
			for _, r := range got {
				sum += r.Part
			}
			if sum != score {
				t.Errorf("parts add up to %v, not to %v", sum, score)
			}
		})
	}
	if got, _ := explainedBy(t, map[string]string{"en:a": "a"}); got != nil {
		t.Errorf("nothing shared: %v", got)
	}
}

// Long texts share many terms of which none stands out: 48 of equal weight, of which
// 36 make three quarters. Of more than explainedLong no more are kept.
func TestExplainLongTexts(t *testing.T) {
	for _, tt := range []struct{ shared, reasons int }{{48, 36}, {2 * explainedLong, explainedLong}} {
		terms, impacts := map[string]string{}, make([]uint16, tt.shared)
		for i := range impacts {
			terms[fmt.Sprintf("en:w%03d", i)], impacts[i] = fmt.Sprintf("w%03d", i), index.One/16
		}
		got, score := explainedBy(t, terms, impacts...)
		rest := got[len(got)-1]
		if len(got) != tt.reasons+1 || rest.Kind != recommend.KindRest {
			t.Fatalf("%d terms: %d reasons, the last %v; want %d and the rest", tt.shared, len(got), rest, tt.reasons)
		}
		sum := recommend.Millionths(0)
		for _, r := range got {
			sum += r.Part
		}
		if sum != score || tt.shared == 48 && rest.Part > score/4 {
			t.Errorf("%d terms: parts add up to %v of %v, the rest is %v", tt.shared, sum, score, rest.Part)
		}
	}
}

// A stateOf has lists as given: for each document from 1 the documents that it
// names, all with the score of a half; 0 stands for one below the least score.
func stateOf(lists_ ...[]index.Doc) *state {
	st := &state{weigher: new(weigher), gen: &generation{Options: recommend.DefaultSettings()}, lists: lists{k: 10}}
	const half = index.One * index.One / 2
	var entries []weighed
	for i := range lists_ {
		entries = append(entries, weighed{uint32(i + 1), index.Key{ID: fmt.Sprint("item", i+1)}, part{}, index.Vector{{Term: 1, Impact: 1}}})
	}
	st.fill(entries)
	for i, docs := range lists_ {
		var ms []index.Match
		for _, d := range docs {
			score := uint32(half)
			if d == 0 {
				score = 1
			}
			ms = append(ms, index.Match{Doc: d, Score: score})
		}
		st.lists.set(index.Doc(i+1), ms)
	}
	return st
}

// Worked by hand. Of five items all had two similar entries. Now one has none,
// one has one, and of the first five places of the four that have lists 1 of 2,
// 0 of 2, 0 of 2 and 0 of 1 are new: (1/2 + 0 + 0 + 0) / 5 = 0.1.
func TestGates(t *testing.T) {
	before := stateOf([]index.Doc{2, 3}, []index.Doc{1, 3}, []index.Doc{1, 2}, []index.Doc{1, 2}, []index.Doc{1, 2})
	after := stateOf([]index.Doc{2, 4}, []index.Doc{1, 3}, []index.Doc{1, 2}, []index.Doc{1}, nil)
	want := []recommend.Gate{
		{Name: "items with a similar entry, of before", Value: 0.8, Bound: 0.9, OK: false},
		{Name: "mean list length, of before", Value: 0.7, Bound: 0.8, OK: false},
		{Name: "mean change of the first five", Value: 0.1, Bound: 0.6, OK: true},
	}
	got := gates(before, after, nil)
	for i := range got {
		got[i].Value = math.Round(got[i].Value*1e9) / 1e9
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if failed := failedGates(got); len(failed) != 2 {
		t.Errorf("%d gates failed, want 2", len(failed))
	}
	for _, tt := range []struct {
		name        string
		old, st     *state
		none        bool
		wantAllGood bool
	}{
		{"the first generation", nil, after, true, true},
		{"the same lists", before, before, false, true},
		{"an item more is a fifth", before, stateOf(nil, nil, nil, nil, nil, nil), false, false},
		{"two items more are over a fifth", before, stateOf(nil, nil, nil, nil, nil, nil, nil), true, true},
		{"entries below the least score count as none", before, stateOf([]index.Doc{0}, []index.Doc{0}, []index.Doc{0}, []index.Doc{0}, []index.Doc{0}), false, false},
		{"all others", before, stateOf([]index.Doc{4, 5}, []index.Doc{4, 5}, []index.Doc{4, 5}, []index.Doc{3, 5}, []index.Doc{3, 4}), false, false},
	} {
		gs := gates(tt.old, tt.st, nil)
		if (gs == nil) != tt.none || (len(failedGates(gs)) == 0) != tt.wantAllGood {
			t.Errorf("%s: %+v", tt.name, gs)
		}
	}
}

// Worked by hand: two items share a term with the product a quarter, and two authors
// with a sixteenth each. 0.25 + 0.0625 + 0.0625 = 0.375, half as much again for being of one
// day, 0.1875, is 0.5625. What is left over by rounding goes to the largest.
func TestExplainAuthorsAndTime(t *testing.T) {
	s := recommend.DefaultSettings()
	s.Weights.Nearness = 0.5
	w := newWeigher(&statistics{items: 10, terms: []termStatistics{{"@ann lee", "Ann Lee", 2}, {"@bo", "Bo", 2}, {"en:tide", "tides", 2}}}, &s, 0)
	v := index.Vector{{Term: 0, Impact: index.One / 4}, {Term: 1, Impact: index.One / 4}, {Term: 2, Impact: index.One / 2}}
	want := []recommend.Reason{{Term: "tides", Part: 250_000}, {Term: "close in time", Kind: recommend.KindTime, Part: 187_500}, {Term: "same author", Kind: recommend.KindAuthor, Part: 125_000}}
	if diff := cmp.Diff(want, w.explain(side{vector: v, day: 9}, side{vector: v, day: 9})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// A score beyond a full match counts as one, and so do its parts together.
	whole := index.Vector{{Term: 2, Impact: index.One}}
	want = []recommend.Reason{{Term: "tides", Part: 666_667}, {Term: "close in time", Kind: recommend.KindTime, Part: 333_333}}
	if diff := cmp.Diff(want, w.explain(side{vector: whole, day: 9}, side{vector: whole, day: 9})); diff != "" {
		t.Errorf("beyond a full match (-want +got):\n%s", diff)
	}
}

// A generation that an earlier program made goes on with the weights of its time.
func TestGenerationWithoutWeights(t *testing.T) {
	row := store.Row{Data: []byte(`{"number":3,"options":{"k":50,"kinds":{"word":1,"topic":1.5},"minScore":0.04}}`)}
	g, err := unpackGeneration(row)
	if err != nil {
		t.Fatal(err)
	}
	if g.Options.Weights != recommend.PlainWeights() || g.Options.Kinds.Author != 0 || g.Pivot != 0 || g.General != 0 {
		t.Errorf("weights %+v, authors %v, pivot %d, table %d", g.Options.Weights, g.Options.Kinds.Author, g.Pivot, g.General)
	}
	w := newWeigher(&statistics{items: 8, terms: []termStatistics{{"en:peopl", "people", 2}}}, &g.Options, g.Pivot)
	if got, want := w.idfAt(0, "en:peopl"), index.SmoothedIDF(8, 2, 0, 0, 1); got != want {
		t.Errorf("idf %v, want %v", got, want)
	}
	if _, err := unpackGeneration(store.Row{Data: []byte(`{"general":99}`)}); err == nil {
		t.Error("a later table of general language is taken for a known one")
	}
}

// Words that are spelled alike but for case have a letter's bit in common.
func TestLetterOf(t *testing.T) {
	for r := rune(1); r <= unicode.MaxRune; r++ {
		word, other := string(r)+"x", string(unicode.SimpleFold(r))+"X"
		if strings.EqualFold(word, other) && letterOf(word)&letterOf(other) == 0 {
			t.Errorf("%q and %q have none", word, other)
		}
	}
	if letterOf("Rents")&letterOf("control") != 0 || letterOf("")&letterOf("rents") == 0 {
		t.Error("words of other letters have one, or no word has none")
	}
}
