package coverage

import "time"

// Changes is what two reports differ in.
type Changes struct {
	Since time.Time `json:"since,omitzero"` // when the earlier one was made; zero: there was none
	Added []Finding `json:"added"`
	Gone  []Finding `json:"gone"`
}

// Diff returns the findings of next that old lacks and those of old that next
// lacks, each in the order of its report. Two findings are the same if they
// agree in kind, topic, item and other; their figures may differ.
func Diff(old, next *Report) *Changes {
	type key struct {
		kind               Kind
		topic, item, other string
	}
	keys := func(fs []Finding) map[key]bool {
		m := make(map[key]bool, len(fs))
		for i := range fs {
			m[key{fs[i].Kind, fs[i].Topic, fs[i].Item, fs[i].Other}] = true
		}
		return m
	}
	lacking := func(fs []Finding, there map[key]bool) []Finding {
		var out []Finding
		for _, f := range fs {
			if !there[key{f.Kind, f.Topic, f.Item, f.Other}] {
				out = append(out, f)
			}
		}
		return out
	}
	return &Changes{
		Since: old.ComputedAt,
		Added: lacking(next.Findings, keys(old.Findings)),
		Gone:  lacking(old.Findings, keys(next.Findings)),
	}
}
