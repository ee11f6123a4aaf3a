package coverage_test

import (
	"bufio"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/coverage"
)

// benchSite relates the items that AKIN_BENCH_ITEMS names, a file of JSON Lines,
// gzipped or not; without it the sample corpus.
func benchSite(b *testing.B) *site {
	b.Helper()
	name := os.Getenv("AKIN_BENCH_ITEMS")
	if name == "" {
		items, topics := sample(b)
		return newSite(b, items, topics...)
	}
	f, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if filepath.Ext(name) == ".gz" {
		if r, err = gzip.NewReader(f); err != nil {
			b.Fatal(err)
		}
	}
	var items []recommend.Item
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		it, err := recommend.DecodeItem(sc.Bytes())
		if err != nil {
			b.Fatal(err)
		}
		items = append(items, it)
	}
	if err := sc.Err(); err != nil {
		b.Fatal(err)
	}
	return newSite(b, items)
}

// cpu is the processor time that this process has taken.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkReport makes and stores the report of a site whose lists are made:
// the survey of the store, the findings, the rows of the report.
func BenchmarkReport(b *testing.B) {
	s := benchSite(b)
	survey, err := s.indexer.Survey(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	r := coverage.Make(survey, now)
	step := func(name string, f func() error) {
		b.Run(name, func(b *testing.B) {
			before := cpu(b)
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric((cpu(b)-before).Seconds()/float64(b.N), "cpu-s/op")
			b.ReportMetric(float64(len(survey.Items)), "items")
		})
	}
	step("survey", func() (err error) {
		survey, err = s.indexer.Survey(b.Context())
		return err
	})
	step("make", func() error {
		r = coverage.Make(survey, now)
		return nil
	})
	step("save", func() error {
		_, err := coverage.Save(b.Context(), memory.New(), r)
		return err
	})
}
