package editors

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"math"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"

	"akin/functions/web/pages"
	"akin/functions/web/words"
	"akin/recommend/coverage"
)

// Charts are drawn as SVG with classes of the style sheet, without a script,
// and each stands beside the same numbers in a table.

const (
	heatMonths = 36 // months of a heat map
	heatTopics = 60 // topics of a heat map, the largest
	heatLabel  = 190
	heatCell   = 16
)

// A heatMap shows how many items topics got, month by month.
type heatMap struct {
	Title, CSV    string
	Width, Height int
	Months        []heatMonth
	Rows          []heatRow
	Names         []string // of the months, for the table
}

type heatMonth struct {
	X    int
	Text string
}

type heatRow struct {
	Title, Short, Href string
	TextY              int

	// Thousands of small pieces, which take html/template long, are written
	// here; what is not ours in them is escaped.
	Cells, Values template.HTML
}

// drawHeatMap draws the largest topics.
func drawHeatMap(v *pages.View, report *coverage.Report) *heatMap {
	topics := slices.SortedStableFunc(slices.Values(report.Topics), func(a, b coverage.Topic) int { return cmp.Compare(b.Items, a.Items) })
	return heatMapOf(v, report, topics[:min(heatTopics, len(topics))])
}

// heatMapOf draws topics over the months up to that of the site's latest item.
func heatMapOf(v *pages.View, report *coverage.Report, topics []coverage.Topic) *heatMap {
	var year, month int
	if _, err := fmt.Sscanf(report.Site.Last, "%d-%d", &year, &month); err != nil || len(topics) == 0 {
		return nil
	}
	months := make([]string, heatMonths)
	for i := range months {
		n := year*12 + month - 1 - (heatMonths - 1 - i)
		months[i] = fmt.Sprintf("%04d-%02d", n/12, n%12+1)
	}
	most := 1
	for _, t := range topics {
		for _, m := range months {
			most = max(most, report.Charts.Months[t.Slug][m])
		}
	}
	h := &heatMap{
		Title: v.T("heat-title", words.PrintDate(v.Lang, months[0]), words.PrintDate(v.Lang, months[heatMonths-1]), v.Num(most)),
		CSV:   v.Here(map[string]string{"format": "csv", "table": "months"}, ""),
		Width: heatLabel + heatMonths*heatCell, Height: 20 + len(topics)*heatCell,
	}
	var names []string // escaped
	for i, m := range months {
		h.Names = append(h.Names, words.PrintDate(v.Lang, m))
		names = append(names, template.HTMLEscapeString(h.Names[i]))
		if strings.HasSuffix(m, "-01") || i == 0 && !strings.HasSuffix(m, "-11") && !strings.HasSuffix(m, "-12") {
			h.Months = append(h.Months, heatMonth{heatLabel + i*heatCell, m[:4]})
		}
	}
	for n, t := range topics {
		title := pages.TopicTitle(report.Charts.Topics, t.Slug)
		row := heatRow{
			Title: title, Short: clip(title, 26), Href: v.Href("/coverage/" + url.PathEscape(t.Slug)),
			TextY: 20 + n*heatCell + 12,
		}
		var cells, values []byte
		escaped := template.HTMLEscapeString(title)
		for i, m := range months {
			value, tone := report.Charts.Months[t.Slug][m], 0 // tones go from 0, none, to 4, most
			if value > 0 {
				tone = 1 + 3*value/most
			}
			values = fmt.Appendf(values, `<td class="num">%d</td>`, value)
			cells = fmt.Appendf(cells, `<rect class="t%d" x="%d" y="%d" width="14" height="14"><title>%s, %s: %d</title></rect>`,
				tone, heatLabel+i*heatCell, 20+n*heatCell, escaped, names[i], value)
		}
		row.Cells, row.Values = template.HTML(cells), template.HTML(values)
		h.Rows = append(h.Rows, row)
	}
	return h
}

// clip cuts s to n characters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

const sparkHeight = 18

// spark draws counts by year as one path, the greatest as high as the line.
func spark(counts map[string]int, years []string) string {
	most := 1
	for _, n := range counts {
		most = max(most, n)
	}
	var path []byte
	for i, year := range years {
		if n := counts[year]; n > 0 {
			h := max(2, sparkHeight*n/most)
			path = fmt.Appendf(path, "M%d %dh4v%dh-4z", 5*i, sparkHeight-h, h)
		}
	}
	return string(path)
}

// yearsInWords says what a spark shows.
func yearsInWords(counts map[string]int, years []string) string {
	var parts []string
	for _, year := range years {
		if n := counts[year]; n > 0 {
			parts = append(parts, year+": "+strconv.Itoa(n))
		}
	}
	return strings.Join(parts, ", ")
}

// span returns the years from the first to the last that are counted, 40 of
// them at most.
func span(counts map[string]int) []string {
	years := slices.Sorted(maps.Keys(counts))
	if len(years) == 0 {
		return nil
	}
	first, _ := strconv.Atoi(years[0])
	last, _ := strconv.Atoi(years[len(years)-1])
	var out []string
	for y := max(first, last-39); y <= last; y++ {
		out = append(out, fmt.Sprintf("%04d", y))
	}
	return out
}

// byCount returns the names of counts, the greatest first, ties by name.
func byCount(counts map[string]int) []string {
	names := slices.Collect(maps.Keys(counts))
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	return names
}

// A lorenz is the curve of exposure.
type lorenz struct {
	Title  string
	Half   string // how few works get half of all recommendations; empty: there are none
	Gini   string
	CSV    string
	Points string // of the polyline, in a square of 200
	Rows   []fact // for the table
}

const lorenzSize = 200

func drawLorenz(v *pages.View, report *coverage.Report) *lorenz {
	c := report.Charts.Curve
	if len(c) != 101 {
		return nil
	}
	l := &lorenz{CSV: v.Here(map[string]string{"format": "csv", "table": "exposure"}, ""), Title: v.T("lorenz-title"), Gini: strconv.FormatFloat(report.Exposure.Gini, 'f', 2, 64)}
	if least := sort.SearchFloat64s(c, 0.5); c[len(c)-1] > 0 {
		// Of the hundredth in which half is passed, as much as it takes.
		part := float64(least)
		if least > 0 && c[least] > c[least-1] {
			part -= (c[least] - 0.5) / (c[least] - c[least-1])
		}
		works := float64(report.Site.Works)
		l.Half = v.T("half-go-to", v.Num(int(math.Ceil(works*(100-part)/100))), v.Num(report.Site.Works))
	}
	var b strings.Builder
	for i, share := range c {
		fmt.Fprintf(&b, "%d,%.1f ", i*lorenzSize/100, lorenzSize*(1-share))
		if i%10 == 0 {
			l.Rows = append(l.Rows, fact{strconv.Itoa(i) + " %", strconv.FormatFloat(100*share, 'f', 1, 64) + " %"})
		}
	}
	l.Points = strings.TrimSpace(b.String())
	return l
}
