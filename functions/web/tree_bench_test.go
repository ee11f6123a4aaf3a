package web

import (
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"akin/infra/bolt"
	"akin/recommend"
)

// One root, 20 groups below it, and topics below those, each with two works.
func BenchmarkTopicTree(b *testing.B) {
	for _, topics := range []int{500, 1000, 3000} {
		b.Run(fmt.Sprint(topics), func(b *testing.B) {
			s, err := bolt.Open(filepath.Join(b.TempDir(), "tree.db"))
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = s.Close() })
			e := newEngineOn(b, s)
			tree := []recommend.Topic{{Slug: "root", Title: "Root"}}
			var items []recommend.Item
			for i := range 20 {
				tree = append(tree, recommend.Topic{Slug: fmt.Sprint("group", i), Title: fmt.Sprint("Group ", i), Parent: "root"})
			}
			for i := range topics {
				slug := fmt.Sprint("topic", i)
				tree = append(tree, recommend.Topic{Slug: slug, Title: slug, Parent: fmt.Sprint("group", i%20)})
				for j := range 2 {
					items = append(items, recommend.Item{ID: fmt.Sprint(slug, "-", j), Title: "Work about " + slug, Lang: "en", Topics: []string{slug}, Types: []string{"Reports"}, Date: "2025-01-02"})
				}
			}
			if err := e.publisher.PutTopics(b.Context(), tree...); err != nil {
				b.Fatal(err)
			}
			for _, r := range e.publisher.Put(b.Context(), items...) {
				if r.Err != nil {
					b.Fatal(r.Err)
				}
			}
			for _, target := range []string{"/topics/root", "/v1/topics/root/items", "/v1/topics", "/topics/group1"} {
				b.Run(target, func(b *testing.B) {
					for b.Loop() {
						e.clock.Add(int64(60e9)) // nothing is remembered
						w := httptest.NewRecorder()
						e.h.ServeHTTP(w, local("GET", target, ""))
						if w.Code != 200 {
							b.Fatal(w.Code, w.Body)
						}
					}
				})
			}
		})
	}
}
