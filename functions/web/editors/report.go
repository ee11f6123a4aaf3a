package editors

import (
	"cmp"
	"slices"
	"strings"

	"akin/recommend/coverage"
)

// A reportIndex is what pages need of a report of a hundred thousand findings to
// answer without looking through it: orders, what searches look at, and the
// findings of each topic. It is made once for each report and does not change.
type reportIndex struct {
	report *coverage.Report
	all    []coverage.Finding // those of the report, and then each that one of these stands for
	text   []string           // by finding: what a search looks at, in lower case
	orders map[string][]int32 // by column: all findings, in ascending order, ties in that of the report
	topics map[string][]int32 // by topic: the findings about it, in the order of the report
	rank   map[string][]int32 // by column, by finding: its place in orders
}

// indexed returns the index of a report, the last one if it is the same.
func (e *site) indexed(report *coverage.Report) *reportIndex {
	if x := e.index.Load(); x != nil && x.report == report {
		return x
	}
	x := newReportIndex(report)
	e.index.Store(x)
	return x
}

func newReportIndex(report *coverage.Report) *reportIndex {
	findings := slices.Concat(report.Findings, report.Each)
	n := len(findings)
	x := &reportIndex{
		report: report, all: findings, text: make([]string, n), orders: map[string][]int32{}, topics: map[string][]int32{}, rank: map[string][]int32{},
	}
	ch := &report.Charts
	names := make([]string, n)
	all := make([]int32, n)
	for i := range findings {
		f := &findings[i]
		all[i] = int32(i)
		names[i] = cmp.Or(ch.Titles[f.Item], f.Item)
		x.text[i] = strings.ToLower(strings.Join([]string{f.Item, f.Other, f.Topic, ch.Titles[f.Item], ch.Topics[f.Topic]}, " "))
		if f.Topic != "" {
			x.topics[f.Topic] = append(x.topics[f.Topic], int32(i))
		}
		for _, t := range ch.ItemTopics[f.Item] {
			if t != f.Topic {
				x.topics[t] = append(x.topics[t], int32(i))
			}
		}
	}
	x.orders[""] = all
	for column, compare := range map[string]func(a, b int32) int{
		"topic":      func(a, b int32) int { return strings.Compare(findings[a].Topic, findings[b].Topic) },
		"item":       func(a, b int32) int { return strings.Compare(names[a], names[b]) },
		"confidence": func(a, b int32) int { return cmp.Compare(findings[a].Confidence, findings[b].Confidence) },
	} {
		order := slices.Clone(all)
		slices.SortStableFunc(order, compare)
		rank := make([]int32, n)
		for place, i := range order {
			rank[i] = int32(place)
		}
		x.orders[column], x.rank[column] = order, rank
	}
	return x
}

// order returns the findings about a topic, of the whole site if it is empty, in
// the order of a column, in that of the report if there is no such column. It
// must not be changed.
func (x *reportIndex) order(topic, column string) []int32 {
	if _, ok := x.orders[column]; !ok {
		column = ""
	}
	if topic == "" {
		return x.orders[column]
	}
	list := x.topics[topic]
	if column == "" {
		return list
	}
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b int32) int { return cmp.Compare(x.rank[column][a], x.rank[column][b]) })
	return list
}
