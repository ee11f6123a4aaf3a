package editors

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"akin/functions/web/pages"
	"akin/functions/web/serve"
	"akin/recommend/coverage"
)

// coverageCSV writes a table of the page of the site or of a topic: the findings
// that were chosen, or what the parameter table names.
func (e *site) coverageCSV(w http.ResponseWriter, r *http.Request, v *pages.View, report *coverage.Report, changes *coverage.Changes, topic string) error {
	var b bytes.Buffer
	name := v.Params.Get("table")
	switch rows := tableRows(v, report, name, topic); {
	case rows != nil:
		if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
			return err
		}
	default:
		var out []coverage.Finding
		if name == "gone" {
			for i := range changes.Gone {
				if about(report, &changes.Gone[i], topic) {
					out = append(out, changes.Gone[i])
				}
			}
		} else {
			name = "findings"
			x := e.indexed(report)
			for _, i := range chosenFindings(v, x, topic, changes.Added) {
				out = append(out, x.all[i])
			}
		}
		for i := range out {
			out[i].Evidence, out[i].Action = out[i].In(v.Lang)
		}
		if err := coverage.WriteCSV(&b, out); err != nil {
			return err
		}
	}
	return e.download(w, r, v, name, b.Bytes())
}

// download answers with comma-separated values, as a file of a name.
func (e *site) download(w http.ResponseWriter, r *http.Request, v *pages.View, name string, csv []byte) error {
	h := w.Header()
	h.Set("Cache-Control", serve.Private)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Disposition", `attachment; filename="`+name+`.csv"`)
	return e.Write(w, r, http.StatusOK, "text/csv; charset=utf-8; header=present", csv, v.Until)
}

// tableRows returns a table of the page with its head, nil if it has none of the
// name.
func tableRows(v *pages.View, report *coverage.Report, name, topic string) [][]string {
	topics, site := report.Topics, &report.Site
	byYear, byType, byLang, byAuthor := site.ByYear, site.ByType, site.ByLang, site.ByAuthor
	if topic != "" {
		topics = slices.DeleteFunc(slices.Clone(topics), func(t coverage.Topic) bool { return t.Slug != topic })
		byYear, byType, byLang, byAuthor = topics[0].ByYear, topics[0].ByType, topics[0].ByLang, nil
	}
	switch name {
	case "topics":
		years := span(site.ByYear)
		rows := [][]string{append([]string{"slug", "title", "items", "state", "first", "last"}, years...)}
		for _, t := range topics {
			row := []string{t.Slug, pages.TopicTitle(report.Charts.Topics, t.Slug), strconv.Itoa(t.Items), t.State, t.First, t.Last}
			for _, year := range years {
				row = append(row, strconv.Itoa(t.ByYear[year]))
			}
			rows = append(rows, row)
		}
		return rows
	case "months":
		rows := [][]string{{"topic", "month", "items"}}
		for _, t := range topics {
			months := report.Charts.Months[t.Slug]
			for _, month := range ascending(months) {
				rows = append(rows, []string{t.Slug, month, strconv.Itoa(months[month])})
			}
		}
		return rows
	case "exposure":
		rows := [][]string{{"leastShown", "share"}}
		for i, share := range report.Charts.Curve {
			rows = append(rows, []string{fmt.Sprintf("%.2f", float64(i)/100), strconv.FormatFloat(share, 'f', 4, 64)})
		}
		return rows
	case "shown":
		rows := [][]string{{"item", "title", "places"}}
		for _, s := range report.Charts.Shown {
			rows = append(rows, []string{s.Item, report.Charts.Titles[s.Item], strconv.Itoa(s.Places)})
		}
		return rows
	case "counts":
		rows := [][]string{{"of", "name", "items"}}
		for _, c := range counts(byYear, byType, byLang, byAuthor) {
			rows = append(rows, []string{c.of, c.name, strconv.Itoa(c.count)})
		}
		return rows
	case "clicks":
		return clickRows(report.Clicks)
	}
	return nil
}

// ascending returns the names of counts in order.
func ascending(counts map[string]int) []string {
	names := byCount(counts)
	slices.Sort(names)
	return names
}
