package recommend

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Lists are a site's rules for what readers see of related lists. They act when
// a list is read, and so at once; no stored list depends on them.
type Lists struct {
	// Share is how much of a list the similar entries of one author, or of one
	// series, may take, 0 to 1, but one entry at least; 1: all of it. Those beyond
	// it give way to the next, and come back where these do not fill the list.
	Share float64

	// Exposure is by how much less than the last entry of a list another may score, in shares of
	// it, and still take one of the later two thirds of its places, where it stands in
	// fewer lists; 0 to 0.9; 0: none.
	Exposure float64

	// Popular is 1 where short lists are filled with what readers of lists followed most, before
	// the latest; 0 elsewhere.
	Popular int

	MaxAge []AgeLimit
	Boosts []Boost
}

// An AgeLimit keeps items of a type out of lists that are older than so many days,
// unless editors pin them. Items without a date are of no age.
type AgeLimit struct {
	Type string
	Days int // 1 to 36,500
}

// A Boost multiplies the scores of similar entries that fit all that it names. It
// names one thing at least.
type Boost struct {
	Type   string
	Topic  string // a slug
	Author string // the whole name

	OlderThan int // days since the item's date, 1 to 36,500; 0: says nothing of it
	NewerThan int // likewise

	Factor float64 // a tenth to 10; below 1 it buries

	From, To time.Time // when it holds, from inclusive, to exclusive; zero: no bound
}

const (
	// MaxBoost is the greatest factor of one boost, and of all that fit an item
	// together; one part of it is the least.
	MaxBoost = 10
	// MaxBoosts is how many boosts a site, and a query, may name.
	MaxBoosts = 64

	maxAgeLimits = 64
	maxAgeDays   = 36_500
	maxRuleText  = 200 // bytes
)

// DefaultLists returns the rules that akin ships with.
func DefaultLists() Lists { return Lists{Share: 0.5} }

// Holds reports whether a boost is in force.
func (b *Boost) Holds(now time.Time) bool {
	return !now.Before(b.From) && (b.To.IsZero() || now.Before(b.To))
}

// Check returns an [*InvalidError] that names what is wrong with a boost, below
// field.
func (b *Boost) Check(field string) error {
	for _, t := range []struct{ name, value string }{{"type", b.Type}, {"topic", b.Topic}, {"author", b.Author}} {
		if err := CheckText(field+"."+t.name, t.value, maxRuleText); err != nil {
			return err
		}
	}
	for _, d := range []struct {
		name string
		days int
	}{{"olderThan", b.OlderThan}, {"newerThan", b.NewerThan}} {
		if d.days < 0 || d.days > maxAgeDays {
			return Invalid(field+"."+d.name, "%d is not from 1 to %d", d.days, maxAgeDays)
		}
	}
	if !(b.Factor >= 1.0/MaxBoost && b.Factor <= MaxBoost) {
		return Invalid(field+".factor", "%v is not from %v to %v", b.Factor, 1.0/MaxBoost, MaxBoost)
	}
	if b.Type == "" && b.Topic == "" && b.Author == "" && b.OlderThan == 0 && b.NewerThan == 0 {
		return Invalid(field, "names no type, topic, author or age")
	}
	return nil
}

// ParseBoost reads a boost as addresses have it: what it names, a colon, a value, a
// colon and the factor, as type:Reports:2, topic:housing:0.5, author:Jane Doe:3,
// older:365:0.5 and newer:30:2, the last two in days.
func ParseBoost(s string) (Boost, error) {
	name, rest, _ := strings.Cut(s, ":")
	at := strings.LastIndexByte(rest, ':')
	if at < 1 {
		return Boost{}, Invalid("boost", "%q is not like type:Reports:2", s)
	}
	value := rest[:at]
	factor, err := strconv.ParseFloat(rest[at+1:], 64)
	if err != nil || math.IsNaN(factor) {
		return Boost{}, Invalid("boost", "%q does not end in a factor", s)
	}
	b := Boost{Factor: factor}
	switch name {
	case "type":
		b.Type = value
	case "topic":
		b.Topic = value
	case "author":
		b.Author = value
	case "older", "newer":
		days, err := strconv.Atoi(value)
		if err != nil || days < 1 {
			return Boost{}, Invalid("boost", "%q names no number of days", s)
		}
		if b.OlderThan = days; name == "newer" {
			b.OlderThan, b.NewerThan = 0, days
		}
	default:
		return Boost{}, Invalid("boost", "%q is none of type, topic, author, older and newer", name)
	}
	return b, b.Check("boost")
}

// setObjects takes a list of objects, of which each is read by one.
func setObjects[T any](t setting, v any, to *[]T, read func(field string, said map[string]any) (T, error)) error {
	list, ok := v.([]any)
	if !ok {
		return &InvalidError{t.path, "must be an array of objects"}
	}
	if len(list) > int(t.max) {
		return Invalid(t.path, "has %d entries, more than %d", len(list), int(t.max))
	}
	*to = nil
	for i, v := range list {
		field := fmt.Sprintf("%s[%d]", t.path, i)
		said, ok := v.(map[string]any)
		if !ok {
			return &InvalidError{field, "must be an object"}
		}
		entry, err := read(field, said)
		if err != nil {
			return err
		}
		*to = append(*to, entry)
	}
	return nil
}

// A ruleMember is one value of an object of a rule.
type ruleMember struct {
	name string
	to   any // *string, *int, *float64 or *time.Time
}

func (b *Boost) members() []ruleMember {
	return []ruleMember{
		{"type", &b.Type}, {"topic", &b.Topic}, {"author", &b.Author}, {"olderThan", &b.OlderThan}, {"newerThan", &b.NewerThan},
		{"factor", &b.Factor}, {"from", &b.From}, {"to", &b.To},
	}
}

func (l *AgeLimit) members() []ruleMember { return []ruleMember{{"type", &l.Type}, {"days", &l.Days}} }

func readBoost(field string, said map[string]any) (b Boost, err error) {
	if err = readMembers(field, said, b.members()); err == nil {
		err = b.Check(field)
	}
	return b, err
}

func readAgeLimit(field string, said map[string]any) (l AgeLimit, err error) {
	switch err = readMembers(field, said, l.members()); {
	case err != nil:
	case l.Type == "":
		err = &InvalidError{field + ".type", "is missing"}
	case l.Days < 1 || l.Days > maxAgeDays:
		err = Invalid(field+".days", "%d is not from 1 to %d", l.Days, maxAgeDays)
	default:
		err = CheckText(field+".type", l.Type, maxRuleText)
	}
	return l, err
}

func readMembers(field string, said map[string]any, members []ruleMember) error {
	for _, name := range slices.Sorted(maps.Keys(said)) {
		at := slices.IndexFunc(members, func(m ruleMember) bool { return m.name == name })
		if at < 0 {
			return &InvalidError{field + "." + name, "unknown field"}
		}
		if said[name] == nil {
			continue
		}
		if err := members[at].set(field+"."+name, said[name]); err != nil {
			return err
		}
	}
	return nil
}

func (m ruleMember) set(field string, v any) error {
	s, isText := v.(string)
	n, isNumber := v.(json.Number)
	switch to := m.to.(type) {
	case *string:
		if *to = s; !isText || s == "" {
			return &InvalidError{field, "must be a string that is not empty"}
		}
	case *int:
		days, err := strconv.Atoi(n.String())
		if *to = days; !isNumber || err != nil || days < 1 {
			return &InvalidError{field, "must be a whole number of days from 1"}
		}
	case *float64:
		f, err := n.Float64()
		if *to = f; !isNumber || err != nil {
			return &InvalidError{field, "must be a number"}
		}
	case *time.Time:
		t, err := ParseBound(s)
		if *to = t; !isText || err != nil {
			return &InvalidError{field, "must be a time like 2024, 2024-03, 2024-03-26 or 2024-03-26T09:00:00Z"}
		}
	}
	return nil
}

// saidObjects returns a list of objects as settings have it.
func saidObjects[T any](list []T, members func(*T) []ruleMember) []any {
	all := []any{}
	for i := range list {
		said := map[string]any{}
		for _, m := range members(&list[i]) {
			switch from := m.to.(type) {
			case *string:
				if *from != "" {
					said[m.name] = *from
				}
			case *int:
				if *from != 0 {
					said[m.name] = *from
				}
			case *float64:
				said[m.name] = *from
			case *time.Time:
				if !from.IsZero() {
					said[m.name] = from.Format(time.RFC3339)
				}
			}
		}
		all = append(all, said)
	}
	return all
}
