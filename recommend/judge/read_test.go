package judge_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"akin/recommend/judge"
)

func ExampleRead() {
	order, j, err := judge.Read(strings.NewReader("rents\ttenants\t3\nports\tships\t1\nrents\tports\t1\n"), "qrels.tsv")
	fmt.Println(order, j, err)
	// Output: [rents ports] map[ports:map[ships:1] rents:map[ports:1 tenants:3]] <nil>
}

func TestRead(t *testing.T) {
	tests := []struct {
		name, in string
		order    []string
		want     judge.Judgements
	}{
		{"nothing is not a judgement", "", nil, judge.Judgements{}},
		{"the highest of a repeated pair stays", "a\tb\t1\na\tb\t3\na\tb\t2\n", []string{"a"}, judge.Judgements{"a": {"b": 3}}},
		{"negative is unrelated", "a\tb\t-1\n", []string{"a"}, judge.Judgements{"a": {"b": 0}}},
		{"fractions stay", "a\tb\t0.5", []string{"a"}, judge.Judgements{"a": {"b": 0.5}}},
		{"more columns and CRLF do no harm", "a\tb\t2\tby hand\r\nb\ta\t1\r\n", []string{"a", "b"}, judge.Judgements{"a": {"b": 2}, "b": {"a": 1}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			order, got, err := judge.Read(strings.NewReader(tt.in), "q")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Read(%q) mismatch (-want +got):\n%s", tt.in, diff)
			}
			if diff := cmp.Diff(tt.order, order); diff != "" {
				t.Errorf("order of Read(%q) mismatch (-want +got):\n%s", tt.in, diff)
			}
		})
	}
}

func TestReadNamesTheFault(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"too few columns", "a\tb\t1\na b 1\n", "q.tsv:2: want source, item and grade separated by tabs, got 1 of 3"},
		{"an empty line", "\n", "q.tsv:1: want source, item and grade separated by tabs, got 1 of 3"},
		{"no source", "\tb\t1\n", "q.tsv:1: source is empty"},
		{"no item", "a\t\t1\n", "q.tsv:1: item is empty"},
		{"a word for a grade", "a\tb\tgood\n", `q.tsv:1: grade "good" is not a number`},
		{"NaN", "a\tb\tNaN\n", `q.tsv:1: grade "NaN" is not a number`},
		{"infinity", "a\tb\t+Inf\n", `q.tsv:1: grade "+Inf" is not a number`},
		{"a line without end", "a\tb\t1\n" + strings.Repeat("x", 64<<10), "q.tsv:2: line is longer than 65535 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := judge.Read(strings.NewReader(tt.in), "q.tsv")
			if err == nil || err.Error() != tt.want {
				t.Errorf("Read(%.20q) = %v, want %s", tt.in, err, tt.want)
			}
		})
	}

	broken := errors.New("broken")
	if _, _, err := judge.Read(iotest.ErrReader(broken), "q.tsv"); !errors.Is(err, broken) {
		t.Errorf("Read of a broken reader = %v, want %v", err, broken)
	}
}

func TestSources(t *testing.T) {
	j := judge.Judgements{"a": {"x": 1}, "b": {"x": 0}, "gone": {"x": 3}, "c": {"x": 0, "y": 2}}
	got := j.Sources([]string{"c", "b", "gone", "a"}, func(id string) bool { return id != "gone" })
	if diff := cmp.Diff([]string{"c", "a"}, got); diff != "" {
		t.Errorf("Sources mismatch (-want +got):\n%s", diff)
	}
}

// What Read accepts has every source once and only finite grades from 0, and
// is the same when written out and read again. What it refuses it names.
func FuzzRead(f *testing.F) {
	f.Add("a\tb\t1\n")
	f.Add("a\tb\t1e3\na\tb\t-0\r\n\t\t\t")
	f.Add("a\tb\t0x1p-2\textra")
	f.Fuzz(func(t *testing.T, in string) {
		order, j, err := judge.Read(strings.NewReader(in), "q")
		if err != nil {
			if !strings.HasPrefix(err.Error(), "q:") {
				t.Errorf("error %q does not begin with the name", err)
			}
			return
		}
		if len(order) != len(j) {
			t.Fatalf("%d sources in order, %d judged", len(order), len(j))
		}
		var out strings.Builder
		for _, s := range order {
			for item, g := range j[s] {
				if g < 0 || math.IsNaN(g) || math.IsInf(g, 0) {
					t.Errorf("grade of %q for %q is %v", s, item, g)
				}
				fmt.Fprintf(&out, "%s\t%s\t%v\n", s, item, g)
			}
		}
		again, k, err := judge.Read(strings.NewReader(out.String()), "again")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(order, again); diff != "" {
			t.Errorf("order changed (-first +again):\n%s", diff)
		}
		if diff := cmp.Diff(j, k); diff != "" {
			t.Errorf("judgements changed (-first +again):\n%s", diff)
		}
	})
}
