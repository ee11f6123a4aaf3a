package editors

import (
	"bytes"
	"encoding/csv"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"akin/functions/web/pages"
	"akin/functions/web/words"
	"akin/recommend/coverage"
)

const shownDays = 30 // on the page; the file has all that are kept

// daysTable lists how findings stood on the last days, the latest first; of one kind or topic
// where the query names one, a kind before a topic.
func daysTable(v *pages.View, days []coverage.Day) *table {
	if len(days) == 0 {
		return nil
	}
	t := &table{
		Caption: v.T("days"), CSV: v.Here(map[string]string{"format": "csv", "page": "", "done": ""}, ""),
		Heads: []sortHead{{Name: v.T("column-day")}, {Name: v.T("finding-open"), Number: true}, {Name: v.T("finding-done"), Number: true}, {Name: v.T("finding-dismissed"), Number: true}},
	}
	for _, d := range slices.Backward(days) {
		var sum coverage.Tally
		for _, name := range slices.Sorted(maps.Keys(d.Kinds)) {
			n := d.Kinds[name]
			sum.Open, sum.Done, sum.Dismissed = sum.Open+n.Open, sum.Done+n.Done, sum.Dismissed+n.Dismissed
		}
		if kind := v.Params.Get("kind"); kind != "" {
			sum = d.Kinds[kind]
		} else if topic := v.Params.Get("topic"); topic != "" {
			sum = d.Topics[topic]
		}
		t.Rows = append(t.Rows, []tableCell{
			{Text: words.PrintDate(v.Lang, d.Date)}, {Text: v.Num(sum.Open), Number: true}, {Text: v.Num(sum.Done), Number: true}, {Text: v.Num(sum.Dismissed), Number: true},
		})
	}
	return t
}

// daysCSV writes how findings of each kind and topic stood on all days that are kept.
func (e *site) daysCSV(w http.ResponseWriter, r *http.Request, v *pages.View) error {
	days, err := e.Report.Days(r.Context(), time.Time{})
	if err != nil {
		return err
	}
	rows := [][]string{{"day", "kind", "topic", "open", "done", "dismissed"}}
	for _, d := range days {
		for _, of := range []struct {
			kind bool
			by   map[string]coverage.Tally
		}{{true, d.Kinds}, {false, d.Topics}} {
			for _, name := range slices.Sorted(maps.Keys(of.by)) {
				n, kind, topic := of.by[name], name, ""
				if !of.kind {
					kind, topic = "", name
				}
				rows = append(rows, []string{d.Date, kind, topic, strconv.Itoa(n.Open), strconv.Itoa(n.Done), strconv.Itoa(n.Dismissed)})
			}
		}
	}
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		return err
	}
	return e.download(w, r, v, "findings-days", b.Bytes())
}
