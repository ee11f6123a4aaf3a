package wordpress

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
		`<rss><channel><wp:wxr_version>1.2</wp:wxr_version><item><title>a</title><guid>g</guid><wp:status>publish</wp:status><wp:post_type>post</wp:post_type></item></channel></rss>`,
		`<rss><item><title><![CDATA[a</title></item><item><item>`,
		`<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><rss><item><title>&b;</title><wp:post_type>post</wp:post_type></item></rss>`,
		"<item>" + strings.Repeat("<a>", 5000) + "</item>",
		`[{"id":1,"title":{"rendered":"a"}},{"id":"x","title":7,"_embedded":[]},3,`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, read := range []entry.Reader{ReadExport, ReadREST} {
			in := entry.NewInput(strings.NewReader(string(b)))
			TellExport(in)
			TellREST(in)
			for x := range read(t.Context(), in, entry.Options{Client: http.DefaultClient}) {
				n := 0
				for _, there := range []bool{x.Entry != nil, x.Topic != nil, x.Notice != nil, x.Err != nil, x.Same != ""} {
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
