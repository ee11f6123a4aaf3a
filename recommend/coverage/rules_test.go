package coverage

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"akin/recommend"
	"akin/recommend/engine"
)

var today = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

func item(id, date string, topics ...string) engine.Surveyed {
	return engine.Surveyed{Item: recommend.Item{
		ID: id, Title: "T " + id, Summary: "S", Lang: "en", Date: date, Topics: topics, Types: []string{"Articles"},
	}}
}

// make1 reports on items, in the order of their ids, with what of adds.
func make1(items []engine.Surveyed, of func(s *engine.Survey)) *Report {
	slices.SortFunc(items, func(a, b engine.Surveyed) int { return strings.Compare(a.ID, b.ID) })
	s := &engine.Survey{Generation: 1, MinScore: 100_000, Items: items}
	for i := range items {
		items[i].Order = uint32(i)
	}
	if of != nil {
		of(s)
	}
	return Make(s, today)
}

// told returns "topic item other" of the findings of a kind.
func told(r *Report, k Kind) []string {
	var out []string
	for _, f := range r.Findings {
		if f.Kind == k {
			out = append(out, strings.TrimSpace(f.Topic+" "+f.Item+" "+f.Other))
		}
	}
	return out
}

// Worked by hand: 1*0 + 2*1 + 3*3 = 11, so 2*11/(3*4) - 4/3 = 1/2; of 1, 2, 3 and 4
// it is 2*30/(4*10) - 5/4 = 1/4.
func TestGini(t *testing.T) {
	for _, tt := range []struct {
		counts []int
		want   float64
	}{
		{[]int{0, 1, 3}, 0.5}, {[]int{1, 2, 3, 4}, 0.25}, {[]int{2, 2, 2, 2}, 0}, {[]int{0, 0, 0, 8}, 0.75}, {[]int{0, 0}, 0}, {nil, 0},
	} {
		if got := gini(tt.counts); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("gini(%v) = %v, want %v", tt.counts, got, tt.want)
		}
	}
	if got := topShare([]int{1, 1, 2}, 0.01); got != 0.5 {
		t.Errorf("the top hundredth of 1, 1, 2 has %v, want 0.5: one item of three", got)
	}
	if c := curve([]int{0, 1, 3}); c[0] != 0 || c[67] != 0.25 || c[100] != 1 {
		t.Errorf("curve of 0, 1, 3 is %v, %v, %v at 0, 67 and 100, want 0, 0.25, 1", c[0], c[67], c[100])
	}
}

// Worked by hand: with mean 2, P(X >= 2) = 1 - e^-2 (1 + 2) = 0.593994; of three
// trials with chance 1/2, at most one succeeds in 4 of 8 cases.
func TestChances(t *testing.T) {
	if got := atLeast(2, 2); math.Abs(got-0.5939941502901616) > 1e-12 {
		t.Errorf("atLeast(2, 2) = %v", got)
	}
	if got := atMost(1, 3, 0.5); math.Abs(got-0.5) > 1e-12 {
		t.Errorf("atMost(1, 3, 0.5) = %v, want 0.5", got)
	}
	if got := atLeast(1100, 1000); got < 0.0005 || got > 0.002 {
		t.Errorf("atLeast(1100, 1000) = %v, want about 0.001", got)
	}
}

// A topic with a work every half year is stale after three years of silence
// (6 expected, e^-6 < 0.05); one with a work in ten years is not.
func TestStale(t *testing.T) {
	items := []engine.Surveyed{item("z-new", "2024-12-01", "busy")}
	for y := 2015; y <= 2021; y++ {
		items = append(items, item(fmt.Sprint("a", y), fmt.Sprint(y, "-02-01"), "quick"), item(fmt.Sprint("b", y), fmt.Sprint(y, "-08-01"), "quick"))
	}
	items = append(items, item("s1", "2012-01-01", "slow"), item("s2", "2022-01-01", "slow"), item("old", "2018-05-01", "gone"))
	r := make1(items, nil)
	if diff := cmp.Diff([]string{"gone", "quick"}, told(r, Stale)); diff != "" {
		t.Errorf("stale topics (-want +got):\n%s", diff)
	}
	for _, f := range r.Findings {
		if f.Kind == Stale && f.Topic == "quick" {
			const want = "Its last work is of 2021-08-01, 1218 days before the site’s latest; at its own pace, 14 works since 2015-02-01, 7.2 more were to be expected."
			if f.Evidence != want {
				t.Errorf("evidence %q, want %q", f.Evidence, want)
			}
		}
	}
}

// Silence is measured to the site's latest work: one that stopped as a whole
// has no stale topic. Works announced for later do not count.
func TestStoppedSiteIsNotStale(t *testing.T) {
	var items []engine.Surveyed
	for m := 1; m <= 9; m++ {
		items = append(items, item(fmt.Sprint("a", m), fmt.Sprintf("2015-%02d-01", m), "one"), item(fmt.Sprint("b", m), fmt.Sprintf("2015-%02d-03", m), "two"))
	}
	items = append(items, item("later", "2031-01-01", "two"))
	if got := told(make1(items, nil), Stale); got != nil {
		t.Errorf("stale: %v, want none", got)
	}
}

// Four works are thin, five are not; language versions count once, works of a
// topic below count, about pages are not judged.
func TestThin(t *testing.T) {
	var items []engine.Surveyed
	for i := range 5 {
		items = append(items, item(fmt.Sprint("a", i), "2024-01-01", "five"))
	}
	for i := range 4 {
		items = append(items, item(fmt.Sprint("b", i), "2024-01-01", "child"))
	}
	version := item("b0-es", "2024-01-01", "child")
	version.TranslationOf, version.Lang = "b0", "es"
	items = append(items, version, item("c", "2024-01-01", "parent"))
	r := make1(items, func(s *engine.Survey) {
		s.Topics = []recommend.Topic{
			{Slug: "about", Title: "About", Kind: recommend.KindAbout}, {Slug: "child", Title: "Child", Parent: "parent"},
			{Slug: "parent", Title: "Parent"},
		}
	})
	if diff := cmp.Diff([]string{"child"}, told(r, Thin)); diff != "" {
		t.Errorf("thin topics (-want +got):\n%s", diff)
	}
	for _, topic := range r.Topics {
		if topic.Slug == "parent" && (topic.Items != 6 || topic.ByLang["es"] != 1 || topic.ByYear["2024"] != 6) {
			t.Errorf("parent counts %+v, want 6 items with those of its child", topic)
		}
	}
}

// 60 of 100 works are too many for one topic; 60 of 301 are not a fifth.
func TestBloated(t *testing.T) {
	for all, want := range map[int][]string{100: {"big"}, 301: nil} {
		var items []engine.Surveyed
		for i := range all {
			topic := "small"
			if i < 60 {
				topic = "big"
			}
			items = append(items, item(fmt.Sprintf("i%03d", i), "2024-01-01", topic))
		}
		got := told(make1(items, nil), Bloated)
		if !slices.Contains(got, "big") == (want != nil) {
			t.Errorf("of %d works: bloated %v, want %v", all, got, want)
		}
	}
}

// Eight works in the last year after one a year for five years are growth; on a
// site that grew eightfold as a whole they are not.
func TestGrowing(t *testing.T) {
	grow := func(others int) []string {
		var items []engine.Surveyed
		for y := 2019; y <= 2023; y++ {
			items = append(items, item(fmt.Sprint("a", y), fmt.Sprint(y, "-06-01"), "up"))
			for i := range 9 {
				items = append(items, item(fmt.Sprint("o", y, i), fmt.Sprint(y, "-06-02"), "else"))
			}
		}
		for i := range 8 {
			items = append(items, item(fmt.Sprint("b", i), fmt.Sprintf("2024-%02d-05", i+2), "up"))
		}
		for i := range others {
			items = append(items, item(fmt.Sprint("p", i), "2024-10-01", "else"))
		}
		return told(make1(items, nil), Growing)
	}
	if got := grow(5); !slices.Contains(got, "up") {
		t.Errorf("growing: %v, want up", got)
	}
	if got := grow(72); slices.Contains(got, "up") {
		t.Errorf("growing: %v, though the whole site grew as much", got)
	}
}

func near(items []engine.Surveyed, lists map[string][]string, score recommend.Millionths) {
	at := map[string]int32{}
	slices.SortFunc(items, func(a, b engine.Surveyed) int { return strings.Compare(a.ID, b.ID) })
	for i := range items {
		at[items[i].ID] = int32(i)
	}
	for id, others := range lists {
		for _, o := range others {
			items[at[id]].Near = append(items[at[id]].Near, engine.Near{Item: at[o], Score: score, Cosine: score})
		}
	}
}

// Of a, b, c and d, readers see b on a, and a on b. Blocked, embargoed, weak
// and excluded entries are not seen; a pin recommends.
func TestExposure(t *testing.T) {
	items := []engine.Surveyed{item("a", "2024-01-01"), item("b", "2024-01-01"), item("c", "2024-01-01"), item("d", "2024-01-01"), item("e", "2024-01-01")}
	items[3].VisibleFrom = today.AddDate(0, 1, 0)
	near(items, map[string][]string{"a": {"c", "d", "e", "b"}, "b": {"a", "e"}, "c": {"a", "e"}, "e": {"e"}}, 200_000)
	items[2].Near[0].Score = 90_000
	items[4].Near = nil
	r := make1(items, func(s *engine.Survey) {
		s.Curations = []engine.Curated{
			{ID: "a", Curation: recommend.Curation{Blocks: []recommend.Decision{{ID: "c"}}}},
			{ID: "e", Curation: recommend.Curation{Exclude: &recommend.Note{}, Pins: []recommend.Decision{{ID: "b"}}}},
		}
	})
	if diff := cmp.Diff([]string{"c"}, told(r, NeverRecommended)); diff != "" {
		t.Errorf("never recommended (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"c"}, told(r, EmptyList)); diff != "" {
		t.Errorf("empty lists (-want +got):\n%s", diff)
	}
	// Places of a, b, c and e, who are visible: 1, 1, 0, 0.
	if r.Exposure.Gini != 0.5 {
		t.Errorf("Gini %v, want 0.5", r.Exposure.Gini)
	}
}

// One item on all of 30 lists of two entries has 30 places; the mean is 60/31.
func TestOverExposed(t *testing.T) {
	items := []engine.Surveyed{item("hub", "2024-01-01")}
	lists := map[string][]string{}
	for i := range 30 {
		id := fmt.Sprintf("i%02d", i)
		items = append(items, item(id, "2024-01-01"))
		lists[id] = []string{"hub", fmt.Sprintf("i%02d", (i+1)%30)}
	}
	near(items, lists, 200_000)
	r := make1(items, nil)
	if diff := cmp.Diff([]string{"hub"}, told(r, OverExposed)); diff != "" {
		t.Errorf("over-exposed (-want +got):\n%s", diff)
	}
	if want := (Shown{"hub", 30}); r.Charts.Shown[0] != want {
		t.Errorf("most shown: %v, want %v", r.Charts.Shown[0], want)
	}
}

// Two items of one language that score 0.8 over five terms are duplicates, and
// the later one is to go; over four terms, or in two languages, they are not.
func TestNearDuplicate(t *testing.T) {
	for _, tt := range []struct {
		name  string
		terms int
		lang  string
		want  []string
	}{{"five terms", 5, "en", []string{"a b"}}, {"four terms", 4, "en", nil}, {"two languages", 5, "es", nil}} {
		items := []engine.Surveyed{item("a", "2024-02-01", "t"), item("b", "2024-01-01", "t")}
		items[1].Lang = tt.lang
		near(items, map[string][]string{"a": {"b"}, "b": {"a"}}, 800_000)
		r := make1(items, func(s *engine.Survey) {
			s.Terms = make([]engine.SurveyedTerm, tt.terms)
			for i := range s.Items {
				for n := range tt.terms {
					s.Items[i].Vector = append(s.Items[i].Vector, engine.Impact{Term: uint32(n), Impact: 9})
				}
			}
		})
		if diff := cmp.Diff(tt.want, told(r, NearDuplicate)); diff != "" {
			t.Errorf("%s: near duplicates (-want +got):\n%s", tt.name, diff)
		}
	}
}

// A Spanish and an English work by one author on the same topics, two months
// apart, are likely one; a year apart, or by others, they are not, nor if the
// English one has a Spanish version already.
func TestUnlinkedTranslation(t *testing.T) {
	pair := func(date, author string, linked bool) []string {
		a, b := item("en", "2024-01-01", "t"), item("es", date, "t")
		a.Authors, b.Authors, b.Lang = []string{"Ana"}, []string{author}, "es"
		items := []engine.Surveyed{a, b}
		if linked {
			c := item("es-linked", "2024-01-02", "t")
			c.Lang, c.TranslationOf, c.Authors = "es", "en", []string{"Ana"}
			items = append(items, c)
		}
		return told(make1(items, nil), UnlinkedTranslation)
	}
	for _, tt := range []struct {
		date, author string
		linked       bool
		want         []string
	}{{"2024-03-01", "Ana", false, []string{"es en"}}, {"2025-01-01", "Ana", false, nil}, {"2024-03-01", "Eva", false, nil}, {"2024-03-01", "Ana", true, nil}} {
		if diff := cmp.Diff(tt.want, pair(tt.date, tt.author, tt.linked)); diff != "" {
			t.Errorf("%+v: (-want +got):\n%s", tt, diff)
		}
	}
}

// Half of 20 works are translated, and none of the six of a topic: a chance of
// 1 in 64 at that rate.
func TestUntranslated(t *testing.T) {
	var items []engine.Surveyed
	for i := range 20 {
		topic := "done"
		if i < 6 {
			topic = "left"
		}
		items = append(items, item(fmt.Sprintf("i%02d", i), "2024-01-01", topic))
		if i >= 10 {
			v := item(fmt.Sprintf("v%02d", i), "2024-01-01", topic)
			v.Lang, v.TranslationOf = "es", fmt.Sprintf("i%02d", i)
			items = append(items, v)
		}
	}
	if diff := cmp.Diff([]string{"left  es"}, told(make1(items, nil), Untranslated)); diff != "" {
		t.Errorf("untranslated (-want +got):\n%s", diff)
	}
}

func TestGaps(t *testing.T) {
	bare := item("bare", "")
	bare.Summary = " "
	camera := item("camera", "2024-01-01", "t")
	camera.Image = &recommend.Image{URL: "/a.jpg", Alt: "DSC_0042"}
	silent := item("silent", "2024-01-01", "t")
	silent.Image = &recommend.Image{URL: "/b.jpg"}
	fine := item("fine", "2024-01-01", "t")
	fine.Image = &recommend.Image{URL: "/c.jpg", Alt: "A boat at the quay."}
	r := make1([]engine.Surveyed{bare, camera, silent, fine}, nil)
	for k, want := range map[Kind][]string{
		NoTopic: {"bare"}, NoSummary: {"bare"}, NoDate: {"bare"}, NoAlt: {"camera", "silent"},
	} {
		if diff := cmp.Diff(want, told(r, k)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", k, diff)
		}
	}
}

func TestMissingAlt(t *testing.T) {
	for alt, want := range map[string]bool{
		"": true, "IMG 2031": true, "cover.PNG": true, "_Banner lr": true, "photo-12": true,
		"A queue at dawn.": false, "Image of a bridge": false, "Line 9": false, "Mr. Smith": false,
	} {
		if _, got := missingAlt(alt); got != want {
			t.Errorf("missingAlt(%q) = %v, want %v", alt, got, want)
		}
	}
}

func TestCuration(t *testing.T) {
	items := []engine.Surveyed{item("a", "2024-01-01"), item("b", "2024-01-01"), item("soon", "2024-01-01"), item("xfr", "2024-01-01")}
	items[2].VisibleFrom = today.AddDate(0, 0, 9)
	items[3].Lang = "fr"
	over := recommend.Note{By: "mar", Expires: today}
	r := make1(items, func(s *engine.Survey) {
		s.Withdrawn = []string{"gone"}
		s.Topics = []recommend.Topic{{Slug: "t", Title: "T", Featured: []string{"b", "gone"}}}
		s.Dead = []recommend.DeadLetter{{ID: "bad", Version: 3, Error: "row cannot be read"}}
		s.Curations = []engine.Curated{{ID: "a", Curation: recommend.Curation{
			Pins:    []recommend.Decision{{ID: "b"}, {ID: "gone"}, {ID: "nobody"}, {ID: "soon"}, {ID: "xfr"}},
			Blocks:  []recommend.Decision{{ID: "b", Note: over}, {ID: "xfr"}},
			Exclude: &over,
		}}}
	})
	for k, want := range map[Kind][]string{
		DeadPin: {"a gone", "a nobody", "a soon", "a xfr", "t  gone"}, ExpiredBlock: {"a", "a b"}, DeadLetter: {"bad"},
	} {
		if diff := cmp.Diff(want, told(r, k)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", k, diff)
		}
	}
}

// A version without a topic that the other has lacks it for certain.
func TestVersionsDifferInTopics(t *testing.T) {
	a, b := item("a", "2024-01-01", "x", "y"), item("b", "2024-01-01", "x")
	b.Lang, b.TranslationOf = "es", "a"
	if diff := cmp.Diff([]string{"y b a"}, told(make1([]engine.Surveyed{a, b}, nil), MissingTopic)); diff != "" {
		t.Errorf("missing topics (-want +got):\n%s", diff)
	}
}

// Six works that name no topic and stand in each other's lists are a subject,
// named by the words that they share.
func TestUncoveredSubject(t *testing.T) {
	var items []engine.Surveyed
	lists := map[string][]string{}
	for i := range 6 {
		items = append(items, item(fmt.Sprint("s", i), "2024-01-01"))
		for j := range 6 {
			if j != i {
				lists[fmt.Sprint("s", i)] = append(lists[fmt.Sprint("s", i)], fmt.Sprint("s", j))
			}
		}
	}
	items = append(items, item("z", "2024-01-01", "t"))
	near(items, lists, 300_000)
	r := make1(items, func(s *engine.Survey) {
		s.Terms = []engine.SurveyedTerm{{Word: "kelp", Lang: "en"}, {Word: "report", Lang: "en"}}
		for i := range s.Items {
			s.Items[i].Vector = []engine.Impact{{Term: 1, Impact: 100}}
			if i < 6 {
				s.Items[i].Vector = []engine.Impact{{Term: 0, Impact: 200}, {Term: 1, Impact: 100}}
			}
		}
	})
	if diff := cmp.Diff([]string{"s0 kelp, report"}, told(r, UncoveredSubject)); diff != "" {
		t.Errorf("uncovered subjects (-want +got):\n%s", diff)
	}
}

// A term of 8 of 20 works of the year, and of 1 of 100 before, rises; one that
// as many have always had does not.
func TestRisingTerm(t *testing.T) {
	var items []engine.Surveyed
	for i := range 120 {
		date := fmt.Sprintf("%d-06-01", 2020+i%4)
		if i < 20 {
			date = "2024-11-01"
		}
		items = append(items, item(fmt.Sprintf("i%03d", i), date, "t"))
	}
	r := make1(items, func(s *engine.Survey) {
		s.Terms = []engine.SurveyedTerm{{Word: "heat pump", Lang: "en", Kind: engine.TermPair}, {Word: "city", Lang: "en"}, {Word: "t", Kind: engine.TermTopic}}
		for i := range s.Items {
			if i < 8 || i == 50 {
				s.Items[i].Vector = append(s.Items[i].Vector, engine.Impact{Term: 0, Impact: 100})
			}
			if i%25 == 0 {
				s.Items[i].Vector = append(s.Items[i].Vector, engine.Impact{Term: 1, Impact: 100})
			}
			s.Items[i].Vector = append(s.Items[i].Vector, engine.Impact{Term: 2, Impact: 100})
		}
	})
	if diff := cmp.Diff([]string{"heat pump"}, told(r, RisingTerm)); diff != "" {
		t.Errorf("rising terms (-want +got):\n%s", diff)
	}
}

// The share of truths at a score or above, with half a lie added: 2 of 2.5 in
// the upper bin; 3 of 5 pooled below would be 1 of 3, and 3 of 4.5 from there up.
// Three quarters of the way between two steps it is as much of the way.
func TestCalibrate(t *testing.T) {
	points := []point{{1, 1, 0}, {2, 1, 1}, {3, 1, 1}, {4, 1, 1}}
	c := calibrate(points, 2)
	for score, want := range map[float64]float64{0.5: 0, 1: 3 / 4.5, 2.5: 3/4.5 + 0.75*(2/2.5-3/4.5), 3: 2 / 2.5, 9: 2 / 2.5} {
		if got := c.at(score); math.Abs(got-want) > 1e-12 {
			t.Errorf("at(%v) = %v, want %v", score, got, want)
		}
	}
}

// Half of the heaviest lie is added, however light the truths are: 0.2 of 0.2 and
// 0.5.
func TestCalibrateWeights(t *testing.T) {
	c := calibrate([]point{{1, 1, 0}, {2, 0.1, 0.1}, {3, 0.1, 0.1}}, 1)
	if got, want := c.at(3), 0.2/0.7; math.Abs(got-want) > 1e-12 {
		t.Errorf("at(3) = %v, want %v", got, want)
	}
}

// With one trait that is 1 for three examples of which two are true, and 0 for
// three of which one is, the odds are 1:2 and 2:1.
func TestFit(t *testing.T) {
	var examples []example
	for i, right := range []bool{true, false, false, true, true, false} {
		e := example{right: right}
		if i >= 3 {
			e.x[0] = 1
		}
		examples = append(examples, e)
	}
	for _, near := range []logistic{{}, {1, -1}} {
		w := fit([][]example{examples[:2], examples[2:]}, 1e-9, near)
		if math.Abs(w[0]+math.Ln2) > 1e-6 || math.Abs(w[1]-2*math.Ln2) > 1e-6 {
			t.Errorf("weights %v, want -ln 2 and 2 ln 2", w[:2])
		}
	}
}

// Every kind has its sentences in both languages, with no placeholder left over.
func TestSentences(t *testing.T) {
	for key, en := range sentences["en"]() {
		es, ok := sentences["es"]()[key]
		if !ok || en[1] == "" || es[0] == "" || es[1] == "" {
			t.Errorf("%s: not said in both languages", key)
		}
	}
	if len(sentences["en"]()) != len(sentences["es"]()) {
		t.Errorf("%d sentences in English, %d in Spanish", len(sentences["en"]()), len(sentences["es"]()))
	}
	for _, k := range Kinds() {
		found := false
		for key := range sentences["en"]() {
			found = found || key == string(k) || strings.HasPrefix(key, string(k)+"/")
		}
		if !found {
			t.Errorf("%s has no sentence", k)
		}
	}
}

// twins gives all items the same five terms and each other as neighbours.
func twins(items []engine.Surveyed) *Report {
	lists := map[string][]string{}
	for i := range items {
		for j := range items {
			if i != j {
				lists[items[i].ID] = append(lists[items[i].ID], items[j].ID)
			}
		}
	}
	near(items, lists, 990_000)
	return make1(items, func(s *engine.Survey) {
		s.Terms = make([]engine.SurveyedTerm, twinTerms)
		for i := range s.Items {
			for n := range twinTerms {
				s.Items[i].Vector = append(s.Items[i].Vector, engine.Impact{Term: uint32(n), Impact: 9})
			}
		}
	})
}

// A series is one finding, whatever its length, that advises no withdrawal; so is a group
// of copies, and a series with a copy of one of its issues is two.
func TestSeriesAndGroups(t *testing.T) {
	titled := func(titles ...string) []engine.Surveyed {
		var items []engine.Surveyed
		for i, title := range titles {
			it := item(fmt.Sprintf("i%d", i), fmt.Sprintf("2024-01-%02d", i+1), "t")
			it.Title = title
			items = append(items, it)
		}
		return items
	}
	for _, tt := range []struct {
		name              string
		titles            []string
		series, duplicate []string
	}{
		{"a series", []string{"Notes #1", "Notes #2", "Notes #3", "Notes #4"}, []string{"i3 i0"}, nil},
		{"of dates", []string{"Tides of March 2024", "Tides of April 2024", "Tides of May 2024"}, []string{"i2 i0"}, nil},
		{"of two", []string{"Plan 2023", "Plan 2024"}, []string{"i1 i0"}, nil},
		{"two series", []string{"Notes 1", "Notes 2", "Tides 1", "Tides 2"}, []string{"i1 i0", "i3 i2"}, []string{"i2 i0"}},
		{"of letters", []string{"Manual, volume A", "Manual, volume B"}, []string{"i1 i0"}, nil},
		{"of places", []string{"Guide to Cork", "Guide to Porto", "Guide to Riga"}, []string{"i2 i0"}, nil},
		{"of numbers and guests", []string{"Talk 1: Ann", "Talk 2: Ben", "Talk 3: Eva"}, []string{"i2 i0"}, nil},
		{"one work under two headlines", []string{"Walls mended", "Walls repaired"}, nil, []string{"i1 i0"}},
		{"a pair", []string{"Boats", "Boats"}, nil, []string{"i1 i0"}},
		{"a group", []string{"Boats", "Boats", "Boats", "Ships"}, nil, []string{"i1 i0"}},
		{"the same number twice", []string{"Plan 2030", "Plan 2030"}, nil, []string{"i1 i0"}},
	} {
		r := twins(titled(tt.titles...))
		if diff := cmp.Diff(tt.series, told(r, Series)); diff != "" {
			t.Errorf("%s: series (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.duplicate, told(r, NearDuplicate)); diff != "" {
			t.Errorf("%s: near duplicates (-want +got):\n%s", tt.name, diff)
		}
		for _, f := range r.Findings {
			if f.Kind == Series && strings.Contains(strings.ToLower(f.Action), "withdraw") {
				t.Errorf("%s: the action is %q", tt.name, f.Action)
			}
		}
	}
}

// Topics that differ in spelling only are one finding a group, which names the
// commonest; not once an editor merged them.
func TestSameTopic(t *testing.T) {
	items := []engine.Surveyed{
		item("a", "2024-01-01", "Piers", "Café"), item("b", "2024-01-02", "piers", "cafe"), item("c", "2024-01-03", "piers"),
		item("d", "2024-01-04", "old_town", "locks"), item("e", "2024-01-05", "old-town", "lock"), item("f", "2024-01-06", "PIERS", "old town"),
	}
	r := make1(items, nil)
	if diff := cmp.Diff([]string{"Café  cafe", "old town  old-town, old_town", "piers  PIERS, Piers"}, sortedStrings(told(r, SameTopic))); diff != "" {
		t.Errorf("topics in several spellings (-want +got):\n%s", diff)
	}
	for _, tt := range []struct{ name, slugs, want string }{
		{"apostrophes and quotation marks", "Women's rights|Women’s rights|Womens “rights”", "Women's rights  Womens “rights”, Women’s rights"},
		{"the word for and", "Arts & Culture|Arts &amp; Culture|arts-and-culture|Arts + Culture", "Arts & Culture  Arts &amp; Culture, Arts + Culture, arts-and-culture"},
		{"and in German", "Kunst & Kultur|Kunst und Kultur", "Kunst & Kultur  Kunst und Kultur"},
		{"one word or two", "JavaScript|Java Script|e-mail|Email", "Email  e-mail, Java Script  JavaScript"},
		{"dots", "Node.js|NodeJS|U.K.|UK", "Node.js  NodeJS, U.K.  UK"},
		{"signs at the ends", "#harbour|harbour.|Harbour:", "#harbour  Harbour:, harbour."},
		{"escapes", "caf%C3%A9|Café", "Café  caf%C3%A9"},
		{"keys that are missing", "Ölhafen|Oelhafen|Olhafen", "Oelhafen  Olhafen, Ölhafen"},
		{"two keyboards", "کتاب|كتاب", "كتاب  کتاب"},
		{"other labels", "C|C++|C#|.NET|NET|1.5|15|2020-1|20201|Vitamin E|Vitamin|Budget 2023|Budget 2024|Poet|Pöt x", ""},
	} {
		var items []engine.Surveyed
		for i, slug := range strings.Split(tt.slugs, "|") {
			items = append(items, item(fmt.Sprintf("i%d", i), "2024-01-01", slug))
		}
		if got := strings.Join(sortedStrings(told(make1(items, nil), SameTopic)), ", "); got != tt.want {
			t.Errorf("%s: told %q, want %q", tt.name, got, tt.want)
		}
	}
	r = make1(items, func(s *engine.Survey) {
		s.Merged = map[string]string{"Piers": "piers", "PIERS": "piers", "cafe": "Café", "old_town": "old-town", "old town": "old-town"}
	})
	if got := told(r, SameTopic); got != nil {
		t.Errorf("merged topics are told: %q", got)
	}
}

func sortedStrings(ss []string) []string {
	slices.Sort(ss)
	return ss
}

// Hundreds of findings of a kind that most topics have are one, which counts them.
func TestManyOfAKindAreOne(t *testing.T) {
	for _, tt := range []struct{ topics, want int }{{200, 200}, {201, 1}} {
		var items []engine.Surveyed
		for i := range tt.topics {
			items = append(items, item(fmt.Sprintf("i%03d", i), "2024-01-01", fmt.Sprintf("tag %d", i)))
		}
		r := make1(items, nil)
		got := 0
		for _, f := range r.Findings {
			if f.Kind == Thin {
				got++
				if tt.want == 1 && (f.Many() != 201 || f.Topic != "" || f.Evidence != "201 of the 201 topics have too few works to fill a section of their page; 201 have a single one.") {
					t.Errorf("the one finding is %+v", f)
				}
			}
		}
		each := slices.DeleteFunc(slices.Clone(r.Each), func(f Finding) bool { return f.Kind != Thin })
		if tt.want == 1 && (len(each) != tt.topics || each[0].Topic != "tag 0" || each[0].Many() != 0) || tt.want > 1 && len(each) > 0 {
			t.Errorf("%d thin topics: %d behind the one, the first of them %+v", tt.topics, len(each), each[:min(len(each), 1)])
		}
		if got != tt.want || r.Site.Findings["thin"] != tt.want {
			t.Errorf("%d thin topics make %d findings, counted as %d, want %d", tt.topics, got, r.Site.Findings["thin"], tt.want)
		}
	}
}

// A large bucket finds the partners that looking at every two items finds, as far as they
// share rare names.
func TestCouplesOfLargeBuckets(t *testing.T) {
	var items []engine.Surveyed
	for i := range 200 {
		a, b := item(fmt.Sprintf("en%03d", i), "2024-01-01", "t"), item(fmt.Sprintf("es%03d", i), "2024-02-01", "t")
		b.Lang = "es"
		for n := range sharedNames {
			im := engine.Impact{Term: uint32(sharedNames*i + n), Impact: 9}
			a.Vector, b.Vector = append(a.Vector, im), append(b.Vector, im)
		}
		items = append(items, a, b)
	}
	r := make1(items, func(s *engine.Survey) { s.Terms = make([]engine.SurveyedTerm, 400) })
	found := told(r, UnlinkedTranslation)
	if len(found) != 200 || !slices.Contains(found, "es017 en017") {
		t.Errorf("%d pairs, want 200, among them es017 and en017", len(found))
	}
}
