package coverage

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"akin/recommend"
	"akin/recommend/engine"
)

// Four works: a is judged; b has its words, author, type and date; c has one of
// its words, and no date; d only its time.
//
//	a  p     (3 4 .)  2024-01-01  Ana
//	b  p, q  (3 4 .)  2024-01-01  Ana
//	c  r     (1 . .)
//	d        (. . 1)  2024-02-01
//
// The title of q has the first word. Only b has q, so the share of q is
// (1+0.5)/4 = 0.375, as is that of r; a itself apart, also that of p.
func labelled() *corpus {
	items := []engine.Surveyed{
		item("a", "2024-01-01", "p"), item("b", "2024-01-01", "p", "q"), item("c", "", "r"), item("d", "2024-02-01"),
	}
	items[0].Authors, items[1].Authors, items[2].Types = []string{"Ana"}, []string{"Ana"}, []string{"Talks"}
	items[0].Vector = []engine.Impact{{Term: 0, Impact: 3}, {Term: 1, Impact: 4}}
	items[1].Vector = items[0].Vector
	items[2].Vector = []engine.Impact{{Term: 0, Impact: 1}}
	items[3].Vector = []engine.Impact{{Term: 2, Impact: 1}}
	near(items, map[string][]string{"a": {"b", "c"}}, 500_000)
	return newCorpus(&engine.Survey{
		Generation: 1, Items: items, Terms: make([]engine.SurveyedTerm, 3),
		Topics: []recommend.Topic{{Slug: "q", Title: "Q"}}, Themes: [][]engine.Impact{{{Term: 0, Impact: 1}}},
	}, today)
}

// Worked by hand, from the table above:
//
//   - near: b votes with a cosine of 1, c with 0.6, squared 0.36
//   - kin: b is 1*3*3*(0.3+e^0) = 11.7, c 0.36*(0.3+e^-1). Of b's topics without q
//     all are a's, 0.1+(1+0.5)/(1+1) = 0.85; c shares none, and has one of two,
//     0.1+0.5/3. Without p neither shares any, of one: 0.1+0.5/2 = 0.35
//   - words: b is the only other item with p or q; c's cosine is 0.6
//   - telling: of the two other items with the first word one has q, and it is
//     the one with the second: 1/(2+3) and 1/(1+3), so (0.2+0.25+0)/3
//   - together: the one other work with p has q, ln((1+1.5)/(1+4)/0.375), not r
//   - authors: Ana's one other work has q, (1+2*0.375)/(1+2)
//   - season: of b and d one has q, ln((1+1.5)/(2+4)/0.375)
//   - fewer: b and c have 1.5 topics in the mean, a one beside q and none beside p
func TestTraits(t *testing.T) {
	const b, c = 11.7, 0.36 * (0.3 + 1/math.E)
	ln := math.Log
	want := map[string][traits]float64{
		"p": {
			odds(1/1.36) - ln(0.375), odds(b * 0.35 / (b*0.35 + c*0.35)), ln(1.02), odds(0.15),
			0, 0, odds(1.75 / 3), ln(2.5 / 6 / 0.375), 0, 1.5, 0,
		},
		"q": {
			odds(1/1.36) - ln(0.375), odds(b * 0.85 / (b*0.85 + c*(0.1+0.5/3))), ln(1.02), odds(0.15),
			ln(4. / 3), 0, odds(1.75 / 3), ln(2.5 / 6 / 0.375), 0.6, 0.5, 1,
		},
		"r": {
			odds(0.36/1.36) - ln(0.375), odds(c * (0.1 + 0.5/2) / (b*(0.1+1.5/3) + c*(0.1+0.5/2))), ln(0.62), odds(0.2 / 3),
			ln(0.8), ln(0.8), odds(0.25), ln(1.5 / 6 / 0.375), 0, 0.5, 1,
		},
	}
	k := labelled()
	known := read(k).learn(k.own)
	got := map[string][traits]float64{}
	for _, l := range known.labels(known.about(0)) {
		slug := k.topics[l.topic].Slug
		got[slug] = l.x
		if l.has != (slug == "p") {
			t.Errorf("%s: has %v", slug, l.has)
		}
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-6)); diff != "" {
		t.Errorf("traits of a's labels (-want +got):\n%s", diff)
	}
}

// A draft that equals a stored item is judged as the item is, itself apart.
func TestTraitsOfDraft(t *testing.T) {
	c := labelled()
	k := read(c).learn(c.own)
	of := &about{topics: []int32{c.slugs["p"]}, authors: []string{"Ana"}, types: []string{"Articles"}, group: "a", counted: 1}
	of.date = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	of.texts, of.length = k.likeness.words(c.s.Items[0].Vector)
	of.near = k.rerank(of, c.s.Items[0].Near)
	if diff := cmp.Diff(k.labels(k.about(0)), k.labels(of), cmp.AllowUnexported(label{})); diff != "" {
		t.Errorf("labels (-stored +draft):\n%s", diff)
	}
}

// Works around a date come nearest first, before it and after it, without
// versions of the work.
func TestAround(t *testing.T) {
	items := []engine.Surveyed{
		item("a", "2024-01-01"), item("b", "2024-01-02"), item("c", "2024-01-03"), item("c-es", "2024-01-03"), item("d", "2024-01-04"), item("e", "2024-01-05"),
	}
	items[3].TranslationOf = "c"
	c := newCorpus(&engine.Survey{Generation: 1, Items: items}, today)
	r := read(c)
	var got []string
	r.around(r.about(2), r.dated, 2, func(i int32) { got = append(got, c.s.Items[i].ID) })
	if diff := cmp.Diff([]string{"b", "a", "d", "e"}, got); diff != "" {
		t.Errorf("around c (-want +got):\n%s", diff)
	}
}

// Weights of 0 expect half of all suggestions to be right. Of one topic's four
// all were, of the other's two none: (4+10)/(2+10) and (0+10)/(1+10).
func TestLean(t *testing.T) {
	var j judge
	var examples []example
	for i := range 6 {
		e := example{right: i < 4}
		if i >= 4 {
			e.topic = 1
		}
		examples = append(examples, e)
	}
	j.lean([][]example{examples[:3], examples[3:]}, 3)
	want := []float64{math.Log(14. / 12), math.Log(10. / 11), 0}
	if diff := cmp.Diff(want, j.leaning, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("leaning (-want +got):\n%s", diff)
	}
}

// With log odds of 2, 1 and -3, the last has 5 against it, and the first -1. Of
// two labels at -3 nothing is against either, as 1/(1+e^3) is below 0.2.
func TestAgainst(t *testing.T) {
	j := &judge{}
	j.weights[1] = 1
	at := func(zs ...float64) []label {
		ls := make([]label, len(zs))
		for i, z := range zs {
			ls[i].x[0] = z
		}
		return ls
	}
	three := at(2, 1, -3)
	for _, tt := range []struct {
		of   claim
		want float64
	}{{claim{three, 2}, 5}, {claim{three, 0}, -1}, {claim{at(-3, -3), 0}, noOther}, {claim{at(2), 0}, noOther}} {
		if got := j.against(tt.of); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("against label %d of %d: %v, want %v", tt.of.at, len(tt.of.all), got, tt.want)
		}
	}
}

// Of 1, 2 and 6 the mean is 3 and the deviation the root of (4+1+9)/2.
func TestSpread(t *testing.T) {
	for _, tt := range []struct {
		figures []float64
		want    Spread
	}{{[]float64{1, 2, 6}, Spread{3, 2.6458, 1, 6}}, {[]float64{0.5}, Spread{0.5, 0, 0.5, 0.5}}, {nil, Spread{}}} {
		if got := NewSpread(tt.figures); got != tt.want {
			t.Errorf("NewSpread(%v) = %v, want %v", tt.figures, got, tt.want)
		}
	}
}
