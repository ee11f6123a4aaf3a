package cms

import (
	"slices"
	"strings"
	"time"

	"akin/infra/feed/entry"
)

// From and until are the names of times from and until which a work may be seen.
var from, until = set(entry.FromNames), set(entry.UntilNames)

func set(names string) map[string]bool {
	m := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		m[name] = true
	}
	return m
}

// kept are names of objects that say how a work is kept.
var kept = []string{"meta", "metadata", "system", "sys"}

// judge sets who may see a work, and from and until when, by all that says so.
// A name that --map asks about says nothing.
func (l *list) judge(path string, w work, e *entry.Entry) {
	var names []string
	for p := range w.plain {
		if l.sign(w.names[p]) != nil || from[p] || until[p] {
			names = append(names, p)
		}
	}
	slices.Sort(names)
	for _, p := range names {
		value, ok := said(w.plain[p])
		switch sign := l.sign(w.names[p]); {
		case !ok:
		case from[p]:
			e.Scheduled = max(e.Scheduled, value) // ISO 8601, mostly
		case until[p]:
			e.Expires = value
		case p == "visibility" && isNumber(w.plain[p]) && strings.HasPrefix(path, "payload."): // Medium
			if w.plain[p] != 0.0 && w.plain[p] != 1.0 {
				e.Status = entry.Private // 2 is unlisted
			}
		case sign != nil && (p != "access" || !isNumber(w.plain[p])):
			of := *sign
			of.Null = w.plain[p] == nil
			e.Judge(of, value)
		}
	}
	for _, name := range kept {
		inner, _ := w.plain[name].(object)
		for _, name := range sorted(inner) {
			if sign := l.sign(name); sign != nil {
				if value, ok := said(inner[name]); ok && value != "" {
					loose := *sign
					loose.Strict = false
					e.Judge(loose, value)
				}
			}
		}
	}
	w.ofSystems(e)
	if w.paid(path) {
		e.Content = ""
	}
	e.Settle(l.o)
}

// ofSystems adds what single systems have in ways of their own.
func (w work) ofSystems(e *entry.Entry) {
	hide := func(s entry.Status) {
		if e.Status == entry.Public {
			e.Status = s
		}
	}
	if id, _ := w.object["_id"].(string); strings.HasPrefix(id, "drafts.") || strings.HasPrefix(id, "versions.") { // Sanity
		hide(entry.Draft)
	}
	if access, ok := w.plain["access"].(float64); ok && isNumber(w.plain["state"]) && access > 1 && access != 5 { // Joomla: 1 is anybody, 5 a guest
		hide(entry.Private)
	}
	if w.plain["uid"] != nil { // TYPO3
		if group := text(w.plain["fegroup"]); group != "" && group != "0" && group != "-1" {
			hide(entry.Private)
		}
		if at, ok := w.plain["starttime"].(float64); ok && at > 0 {
			e.Scheduled = time.Unix(int64(at), 0).UTC().Format(time.RFC3339)
		}
		if at, ok := w.plain["endtime"].(float64); ok && at > 0 {
			e.Expires = time.Unix(int64(at), 0).UTC().Format(time.RFC3339)
		}
	}
	if to := w.plain["to"]; to != nil && (w.plain["actor"] != nil || w.plain["attributedto"] != nil) && !everyone(to) && !everyone(w.plain["cc"]) {
		hide(entry.Private)
	}
}

// paid says whether the text of a work is for those who pay alone, while its title
// and its summary are for all.
func (w work) paid(path string) bool {
	for _, name := range []string{"isaccessibleforfree", "accessibleforfree"} {
		if closed(w.plain[name]) {
			return true
		}
	}
	for _, name := range []string{"paywall", "paywalled", "ispaywalled", "haspaywall", "behindpaywall", "issubscriptionlocked", "premium", "ispremium"} {
		if yes, _ := truth(w.plain[name]); yes {
			return true
		}
	}
	return w.plain["visibility"] == 1.0 && strings.HasPrefix(path, "payload.") || w.plain["islocked"] == true && w.plain["mediumurl"] != nil || text(w.plain["contenttier"]) == "locked"
}

// closed says whether what Schema.org calls isAccessibleForFree says no.
func closed(v any) bool {
	if s, ok := v.(string); ok {
		v = strings.TrimPrefix(strings.TrimPrefix(s, "http://schema.org/"), "https://schema.org/")
	}
	yes, known := truth(v)
	return known && !yes
}

// sign returns the sign that a name is, nil if it is none.
func (l *list) sign(name string) *entry.Sign {
	if sign, there := l.signs[name]; there {
		return sign
	}
	var sign *entry.Sign
	if s, ok := entry.SignOf(name); ok && !l.asked(name) {
		sign = &s
	}
	if l.signs == nil {
		l.signs = map[string]*entry.Sign{}
	}
	if len(l.signs) < 1000 {
		l.signs[name] = sign
	}
	return sign
}

// asked says whether --map names a member.
func (l *list) asked(name string) bool {
	for of := range l.o.Map {
		if entry.Fold(of) == entry.Fold(name) {
			return true
		}
	}
	return false
}

// said returns a value as one would write it into a table; ok is false of what is
// no word, number or yes or no.
func said(v any) (value string, ok bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case bool:
		if v {
			return "yes", true
		}
		return "no", true
	case string, float64:
		return text(v), true
	case object:
		for _, name := range []string{"value", "name", "slug", "label", "key", "codename"} {
			if s, ok := v[name].(string); ok {
				return s, true
			}
		}
	}
	return "", false
}

func isNumber(v any) bool {
	_, ok := v.(float64)
	return ok
}

func sorted(o object) []string {
	var names []string
	for name := range o {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// everyone says whether those that an activity is sent to are all.
func everyone(to any) bool {
	switch to := to.(type) {
	case string:
		return to == "as:Public" || to == "Public" || strings.HasSuffix(to, "activitystreams#Public")
	case []any:
		return slices.ContainsFunc(to, everyone)
	}
	return false
}
