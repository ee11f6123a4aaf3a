package editors

import (
	"strconv"

	"akin/functions/web/pages"
	"akin/functions/web/words"
	"akin/recommend/coverage"
)

// showClicks puts what readers followed into body, where anything was counted.
func showClicks(v *pages.View, body *coverageBody, c *coverage.Clicks) {
	if c == nil {
		return
	}
	rate := func(clicks, impressions int) string {
		if impressions == 0 {
			return "–"
		}
		return strconv.FormatFloat(100*float64(clicks)/float64(impressions), 'f', 1, 64) + " %"
	}
	body.Told = v.T("clicks-text", words.PrintDate(v.Lang, c.From), words.PrintDate(v.Lang, c.To), v.Num(c.Impressions), v.Num(c.Clicks), rate(c.Clicks, c.Impressions))
	body.Clicks = &table{
		Caption: v.T("clicks"), CSV: v.Here(map[string]string{"format": "csv", "table": "clicks"}, ""),
		Heads: []sortHead{
			{Name: v.T("column-tier")}, {Name: v.T("column-position"), Number: true}, {Name: v.T("column-seen"), Number: true},
			{Name: v.T("column-clicks"), Number: true}, {Name: v.T("column-rate"), Number: true},
		},
	}
	for _, p := range c.Places {
		body.Clicks.Rows = append(body.Clicks.Rows, []tableCell{
			{Text: v.T("tier-" + string(p.Tier))}, {Text: v.Num(p.Position), Number: true}, {Text: v.Num(p.Impressions), Number: true},
			{Text: v.Num(p.Clicks), Number: true}, {Text: rate(p.Clicks, p.Impressions), Number: true},
		})
	}
}

// clickRows is the table of clicks for a spreadsheet; only its head if nothing
// was counted.
func clickRows(c *coverage.Clicks) [][]string {
	rows := [][]string{{"tier", "position", "impressions", "clicks"}}
	if c == nil {
		return rows
	}
	for _, p := range c.Places {
		rows = append(rows, []string{string(p.Tier), strconv.Itoa(p.Position), strconv.Itoa(p.Impressions), strconv.Itoa(p.Clicks)})
	}
	return rows
}
