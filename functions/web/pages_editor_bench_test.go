package web

import (
	"context"
	"fmt"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
)

// largeReport is the report of a site of n items and 545 topics with a finding
// for each item and more.
func largeReport(n int) *coverage.Report {
	s := &engine.Survey{}
	for i := range n {
		it := recommend.Item{
			ID: fmt.Sprintf("item-%06d", i), Title: fmt.Sprintf("Title %d of a work about harbours", i), Lang: "en",
			Types: []string{"Articles"}, Topics: []string{fmt.Sprintf("topic-%03d", i%545), fmt.Sprintf("topic-%03d", i*7%545)},
			Date: fmt.Sprintf("20%02d-%02d", 10+i%16, 1+i%12),
		}
		if i%2 == 0 {
			it.Image = &recommend.Image{URL: "/a.jpg"}
		}
		s.Items = append(s.Items, engine.Surveyed{Item: it, Order: uint32(i)})
	}
	return coverage.Make(s, corpusNow)
}

// A largeReporter has one report and what changed since the one before.
type largeReporter struct {
	report  *coverage.Report
	changes *coverage.Changes
}

func (largeReporter) Days(context.Context, time.Time) ([]coverage.Day, error) { return nil, nil }

func (l largeReporter) Latest(context.Context) (*coverage.Report, *coverage.Changes, error) {
	return l.report, l.changes, nil
}

// BenchmarkEditorsPages serves pages of the report of 63,436 items.
func BenchmarkEditorsPages(b *testing.B) {
	c, err := engineConfig(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	report := largeReport(63_436)
	c.Report = largeReporter{report, &coverage.Changes{Since: corpusNow.AddDate(0, 0, -1), Added: report.Findings[:1000], Gone: report.Findings[1000:9000]}}
	h := New(c)
	cpu := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	for _, path := range []string{
		"/coverage", "/coverage/topic-007", "/coverage?kind=no-summary&page=7", "/coverage?sort=-item", "/coverage?q=harbours+99",
		"/items/cool-by-noon/edit", "/coverage/topic-007/edit", "/draft", "/curation",
	} {
		b.Run(path, func(b *testing.B) {
			before := cpu()
			for b.Loop() {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, local("GET", path, ""))
				if w.Code != 200 && path != "/coverage/topic-007/edit" {
					b.Fatalf("status %d", w.Code)
				}
			}
			b.ReportMetric(float64((cpu()-before).Microseconds())/float64(b.N)/1000, "cpu-ms/op")
		})
	}
}
