package engine

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"akin/recommend"
	"akin/recommend/text"
)

// The terms of an item are those of its fields, counted, under the smallest
// kind and the commonest spelling, by key.
func TestAnalyseCounts(t *testing.T) {
	a, err := text.New(text.DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	word := rapid.SampledFrom(strings.Fields("Rent rents renting harbour-side Harbour side port Port the COVID-19 NGO NGOs ngo 移民政策 wage."))
	words := rapid.Map(rapid.SliceOfN(word, 0, 40), func(ws []string) string { return strings.Join(ws, " ") })
	var r reading // has read other items before
	rapid.Check(t, func(t *rapid.T) {
		it := recommend.Item{
			ID: "x", Lang: "en", Title: words.Draw(t, "title"), Summary: words.Draw(t, "summary"), Body: words.Draw(t, "body"),
			Topics: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"rents", "harbour-side"}), 0, 2, rapid.ID).Draw(t, "topics"),
		}
		found, spelt := map[string]*termCount{}, map[string]map[string]int{}
		count := func(f field, terms []text.Term) {
			for _, x := range terms {
				if found[x.Key] == nil {
					found[x.Key], spelt[x.Key] = &termCount{key: x.Key, kind: x.Kind}, map[string]int{}
				}
				found[x.Key].kind = min(found[x.Key].kind, x.Kind)
				found[x.Key].counts[f]++
				spelt[x.Key][x.Surface]++
			}
		}
		count(fieldTitle, a.Terms(nil, "en", it.Title))
		count(fieldSummary, a.Terms(nil, "en", it.Summary))
		count(fieldBody, a.Terms(nil, "en", it.Body))
		for _, topic := range it.Topics {
			count(fieldSummary, []text.Term{{Key: "#" + topic, Surface: strings.ReplaceAll(topic, "-", " "), Kind: kindTopic}})
		}
		want := []termCount{}
		for _, key := range slices.Sorted(maps.Keys(found)) {
			of := spelt[key]
			found[key].surface = slices.MinFunc(slices.Collect(maps.Keys(of)), func(a, b string) int {
				return cmp.Or(cmp.Compare(of[b], of[a]), cmp.Compare(a, b))
			})
			want = append(want, *found[key])
		}
		if diff := gocmp.Diff(want, append([]termCount{}, r.analyse(a, &it).terms...), gocmp.AllowUnexported(termCount{})); diff != "" {
			t.Fatalf("terms of %+v (-want +got):\n%s", it, diff)
		}
	})
}
