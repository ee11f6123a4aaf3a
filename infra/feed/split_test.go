package feed_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"akin/infra/feed"
)

// A right array comes out whole, wherever what is read at once ends.
func TestArrayAtEveryEdge(t *testing.T) {
	var in strings.Builder
	for i := range 3000 {
		in.WriteString(map[bool]string{true: "[", false: ", "}[i == 0])
		fmt.Fprintf(&in, `{"id":"w%d" , "title":"%s \"said\" },{ x" , "topics" : ["a" , "b"]}`, i, strings.Repeat("y", i%97+1))
	}
	in.WriteString("]")
	for name, src := range map[string]*feed.Source{
		"whole":  feed.NewSource(strings.NewReader(in.String()), "F"),
		"halves": feed.NewSource(iotest.HalfReader(strings.NewReader(in.String())), "F"),
		"bytes":  feed.NewSource(iotest.OneByteReader(strings.NewReader(in.String())), "F"),
	} {
		n := 0
		for r := range src.Records(t.Context(), feed.Options{}) {
			if r.Err != nil || r.Item == nil || r.Item.ID != fmt.Sprintf("w%d", n) {
				t.Fatalf("%s: record %d: %v, %v", name, n, r.Item, r.Err)
			}
			n++
		}
		if n != 3000 {
			t.Errorf("%s: %d items", name, n)
		}
	}
}

// Brackets in brackets, however many, cost the element that they stand in and
// not the next one.
func TestArrayOfDeepElements(t *testing.T) {
	for _, depth := range []int{3, 65, 999, 1000, 1001, 5000} {
		in := fmt.Sprintf(`[{"id":"a","title":%s1%s},{"id":"b","title":"B"}]`, strings.Repeat("[", depth), strings.Repeat("]", depth))
		var got []string
		for r := range feed.Read(strings.NewReader(in), "F") {
			got = append(got, fmt.Sprint(r.ID, " ", r.Err != nil))
		}
		if want := []string{"a true", "b false"}; !slices.Equal(got, want) {
			t.Errorf("%d brackets: records %q, want %q", depth, got, want)
		}
	}
}
