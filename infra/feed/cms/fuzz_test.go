package cms

import (
	"net/http"
	"strings"
	"testing"

	"akin/infra/feed/entry"
)

// Whatever a file holds, the readers end, and what they hand out is one thing
// at a time.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		`{"db":[{"data":{"posts":[{"id":"1","title":"a","lexical":"{\"root\":{\"children\":[]}}","status":"published"}],"tags":[{"id":1}],"posts_tags":[{"post_id":"1","tag_id":1}]}}]}`,
		`{"jsonapi":{},"data":[{"type":"node--a","id":"1","attributes":{"title":"a"},"relationships":{"uid":{"data":{"type":"user--user","id":"2"}},"x":{"data":[null,3]}}}],"included":[{"type":"user--user","id":"2"}]}`,
		`{"contentTypes":[],"entries":[{"sys":{"id":"a","publishedVersion":1},"fields":{"title":{"en":"a","de":"b"},"body":{"en":{"nodeType":"document","content":[{"nodeType":"text","value":"x"}]}}}}],"assets":[{}]}`,
		`{"data":[{"id":1,"attributes":{"title":"a"}}],"meta":{"pagination":{"page":1,"pageCount":2}}}`,
		`{"posts":[{"title":"a"},{"title":"b"`, `[{"headline":"a","tags":[[[["x"]]]]}]`, `{"a":` + strings.Repeat(`{"a":`, 500), strings.Repeat("[", 5000),
		`<feed><entry><blogger:type>POST</blogger:type><title>a</title></entry><entry>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, read := range []entry.Reader{ReadBlogger, ReadJSONAPI, ReadGhost, ReadContentful, ReadList} {
			in := entry.NewInput(strings.NewReader(string(b)))
			for _, tell := range []func(*entry.Input) bool{TellBlogger, TellJSONAPI, TellGhost, TellContentful, TellList} {
				tell(in)
			}
			for x := range read(t.Context(), in, entry.Options{Client: http.DefaultClient}) {
				n := 0
				for _, there := range []bool{x.Entry != nil, x.Topic != nil, x.Notice != nil, x.Err != nil} {
					if there {
						n++
					}
				}
				if n != 1 {
					t.Fatalf("handed out %+v, which is %d things", x, n)
				}
				if x.Topic != nil && x.Topic.Validate() != nil {
					t.Fatalf("topic %+v: %v", x.Topic, x.Topic.Validate())
				}
				if x.Entry != nil {
					_, _, _ = x.Entry.Item(entry.Options{}) // it must not panic
				}
			}
		}
	})
}
