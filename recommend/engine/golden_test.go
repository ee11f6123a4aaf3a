package engine

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/judge"
)

var rewrite = flag.Bool("update", false, "write the golden files anew")

const goldenRanking = "../../testdata/golden/ranking.txt"

// Every change of ranking is to be a diff that somebody reads: the first five of
// every judged item of the sample corpus, with their scores and grades. To
// accept a change: go test ./recommend/engine -run Golden -update
func TestGoldenRanking(t *testing.T) {
	got := ranking(t)
	if *rewrite {
		if err := os.WriteFile(goldenRanking, got, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(goldenRanking)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(got, want) {
		return
	}
	t.Errorf("the ranking changed; if it is meant, run go test ./recommend/engine -run Golden -update (-want +got):\n%s",
		differing(string(want), string(got)))
}

// differing shows the first lines that are not the same in both texts.
func differing(want, got string) string {
	const most = 20
	ws, gs := strings.Split(want, "\n"), strings.Split(got, "\n")
	var b strings.Builder
	n := 0
	for i := range max(len(ws), len(gs)) {
		var w, g string
		if i < len(ws) {
			w = ws[i]
		}
		if i < len(gs) {
			g = gs[i]
		}
		if w == g {
			continue
		}
		if n++; n <= most {
			fmt.Fprintf(&b, "%d\n- %s\n+ %s\n", i+1, w, g)
		}
	}
	fmt.Fprintf(&b, "%d lines differ", n)
	return b.String()
}

// ranking writes figures and first entries as the golden file holds them.
func ranking(t *testing.T) []byte {
	t.Helper()
	var items []recommend.Item
	byID := map[string]*recommend.Item{}
	for line := range bytes.Lines(read(t, "../../testdata/corpus/items.jsonl")) {
		it, err := recommend.DecodeItem(line)
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, it)
		byID[it.ID] = &it
	}
	c, err := NewCorpus(items, recommend.DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	const qrels = "../../testdata/corpus/qrels.tsv"
	order, judged, err := judge.Read(bytes.NewReader(read(t, qrels)), qrels)
	if err != nil {
		t.Fatal(err)
	}
	sources := judged.Sources(order, c.Has)
	var figures []judge.Figures
	var lists bytes.Buffer
	for _, id := range sources {
		ranked := c.Rank(id, 1000)
		figures = append(figures, judge.Score(ranked, judged[id]))
		fmt.Fprintf(&lists, "\n%s: %s\n", id, byID[id].Title)
		for _, other := range ranked[:min(5, len(ranked))] {
			score := c.index.Score(c.works.doc(uint32(c.docs[id])), c.works.doc(uint32(c.docs[other])))
			fmt.Fprintf(&lists, "  %v  %v  %s: %s\n", recommend.Millionths(index.Millionths(score)), judged[id][other], other, byID[other].Title)
		}
	}
	m := judge.Mean(figures)
	return fmt.Appendf(nil, "items:   %d\njudged:  %d\nnDCG@5:  %.4f\nnDCG@10: %.4f\n\n"+
		"score, grade (0 to 3), entry\n%s", c.Len(), len(sources), m.NDCG5, m.NDCG10, lists.Bytes())
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
