package recommend

import (
	"bufio"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// The actions of a [Ruling].
const (
	ActPin           = "pin"            // show target first beside item
	ActBlock         = "block"          // never show target and item beside each other
	ActExcludeTarget = "exclude-target" // show item beside no other
	ActExcludeSource = "exclude-source" // show no similar entries beside item
	ActIgnoreTopic   = "ignore-topic"   // the topic target is no evidence for item
	ActFeature       = "feature"        // feature item on the topic target
)

// rulingColumns are the columns of a file of rulings, in the order in which
// they are written. Only action and item must be there.
var rulingColumns = [...]string{"action", "item", "target", "note", "author", "expires", "remove"}

// MaxRulings is the number of lines that a file of rulings may have.
const MaxRulings = 20_000

// A Ruling is one decision of editors as a line of a file.
type Ruling struct {
	Line    int // from 1, the header's being 1
	Action  string
	Item    string // id
	Target  string // id or slug, as the action has it
	Note    string
	Author  string    // empty: who hands the file over
	Expires time.Time // zero: never
	Remove  bool      // take the decision back
}

// A RulingError says which line, and which column of it, is wrong. Its text is
// safe to show to the caller.
type RulingError struct {
	Line   int
	Column string // empty: the line as a whole
	Reason string
}

func (e *RulingError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
	}
	return fmt.Sprintf("line %d: %s: %s", e.Line, e.Column, e.Reason)
}

// ReadRulings reads comma-separated values with a header, or values separated by
// semicolons, as spreadsheets of some countries write them. Columns may come in
// any order; unknown ones are errors. Lines that are wrong are reported and
// left out. An error is that of r, or of the header.
func ReadRulings(r io.Reader) ([]Ruling, []RulingError, error) {
	b := bufio.NewReader(r)
	if bom, _ := b.Peek(3); string(bom) == "\ufeff" {
		b.Discard(3)
	}
	c := csv.NewReader(b)
	c.FieldsPerRecord, c.TrimLeadingSpace = -1, true
	first, _ := b.Peek(1024)
	if head, _, _ := strings.Cut(string(first), "\n"); strings.Contains(head, ";") && !strings.Contains(head, ",") {
		c.Comma = ';'
	}
	head, err := c.Read()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = &RulingError{1, "", "the header is missing: " + strings.Join(rulingColumns[:], ",")}
		}
		return nil, nil, err
	}
	places := map[string]int{}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(rulingColumns[:], name) {
			return nil, nil, &RulingError{1, brief(name), "is no column; there are " + strings.Join(rulingColumns[:], ", ")}
		}
		if _, twice := places[name]; twice {
			return nil, nil, &RulingError{1, name, "comes twice"}
		}
		places[name] = i
	}
	for _, name := range rulingColumns[:2] {
		if _, ok := places[name]; !ok {
			return nil, nil, &RulingError{1, name, "the column is missing"}
		}
	}
	var rulings []Ruling
	var wrong []RulingError
	seen := map[[3]string]*Ruling{}
	for {
		fields, err := c.Read()
		if errors.Is(err, io.EOF) {
			return rulings, wrong, nil
		}
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			wrong = append(wrong, RulingError{parse.StartLine, "", parse.Err.Error()})
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		line, _ := c.FieldPos(0)
		if len(fields) > len(head) {
			wrong = append(wrong, RulingError{line, "", fmt.Sprintf("has %d fields, more than the %d of the header", len(fields), len(head))})
			continue
		}
		rule, bad := readRuling(line, func(name string) string {
			if i, ok := places[name]; ok && i < len(fields) {
				return strings.TrimSpace(fields[i])
			}
			return ""
		})
		if bad == nil {
			key := rule.key()
			if before, ok := seen[key]; ok {
				bad = &RulingError{line, "", fmt.Sprintf("decides what line %d decides already", before.Line)}
			} else {
				seen[key] = &rule
			}
		}
		if bad == nil && len(rulings) == MaxRulings {
			bad = &RulingError{line, "", fmt.Sprintf("is beyond the %d lines that a file may have; divide it", MaxRulings)}
		}
		if bad != nil {
			wrong = append(wrong, *bad)
			continue
		}
		rulings = append(rulings, rule)
	}
}

// key tells rulings apart; a block decides the same from either side.
func (d *Ruling) key() [3]string {
	if d.Action == ActBlock && d.Target < d.Item {
		return [3]string{d.Action, d.Target, d.Item}
	}
	return [3]string{d.Action, d.Item, d.Target}
}

func readRuling(line int, field func(string) string) (Ruling, *RulingError) {
	d := Ruling{
		Line: line, Action: strings.ToLower(field("action")), Item: field("item"), Target: field("target"),
		Note: field("note"), Author: field("author"),
	}
	fail := func(column, format string, args ...any) (Ruling, *RulingError) {
		return d, &RulingError{line, column, fmt.Sprintf(format, args...)}
	}
	var check func(field, s string) error
	switch d.Action {
	case ActPin, ActBlock:
		check = checkID
	case ActIgnoreTopic, ActFeature:
		check = checkSlug
	case ActExcludeTarget, ActExcludeSource:
		if d.Target != "" {
			return fail("target", "is %q, and %s has none", brief(d.Target), d.Action)
		}
	default:
		return fail("action", "%q is none of %s, %s, %s, %s, %s, %s", brief(d.Action), ActPin, ActBlock, ActExcludeTarget, ActExcludeSource, ActIgnoreTopic, ActFeature)
	}
	reason := func(err error) string {
		var invalid *InvalidError
		if errors.As(err, &invalid) {
			return invalid.Reason
		}
		return err.Error()
	}
	if err := checkID("item", d.Item); err != nil {
		return fail("item", "%s", reason(err))
	}
	if check != nil {
		if err := check("target", d.Target); err != nil {
			return fail("target", "%s", reason(err))
		}
	}
	if err := checkText("note", d.Note, MaxNote); err != nil {
		return fail("note", "%s", reason(err))
	}
	if err := checkText("author", d.Author, 200); err != nil {
		return fail("author", "%s", reason(err))
	}
	if s := field("expires"); s != "" {
		t, err := time.Parse(time.DateOnly, s)
		if err != nil {
			return fail("expires", "%q is no day like 2026-03-31", brief(s))
		}
		d.Expires = t
	}
	switch s := strings.ToLower(field("remove")); s {
	case "", "no":
	case "yes":
		d.Remove = true
	default:
		return fail("remove", "%q is neither yes nor no", brief(s))
	}
	return d, nil
}

func brief(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// WriteRulings writes a file that [ReadRulings] reads.
func WriteRulings(w io.Writer, rulings []Ruling) error {
	c := csv.NewWriter(w)
	if err := c.Write(rulingColumns[:]); err != nil {
		return err
	}
	for _, d := range rulings {
		expires, remove := "", ""
		if !d.Expires.IsZero() {
			expires = d.Expires.UTC().Format(time.DateOnly)
		}
		if d.Remove {
			remove = "yes"
		}
		if err := c.Write([]string{d.Action, d.Item, d.Target, d.Note, d.Author, expires, remove}); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// Rulings returns all that editors decided for works and what they feature on
// topics, by work and then by topic; pins and featured works in their order, and
// a block once.
func (r *Reader) Rulings(ctx context.Context) ([]Ruling, error) {
	works := map[string]*Curation{}
	for _, part := range parts("curation", termShards) {
		for row, err := range Scan(ctx, r.store, Strong, Range{Part: part}) {
			if err == nil {
				works[row.Sort], err = unpackCuration(row)
			}
			if err != nil {
				return nil, fmt.Errorf("curation: %w", err)
			}
		}
	}
	var all []Ruling
	add := func(action, item, target string, n *Note) {
		all = append(all, Ruling{Action: action, Item: item, Target: target, Note: n.Text, Author: n.By, Expires: n.Expires})
	}
	for _, id := range slices.Sorted(maps.Keys(works)) {
		c := works[id]
		for _, d := range c.Pins {
			add(ActPin, id, d.ID, &d.Note)
		}
		for _, d := range c.Blocks {
			if id < d.ID {
				add(ActBlock, id, d.ID, &d.Note)
			}
		}
		for _, d := range c.NotByTopic {
			add(ActIgnoreTopic, id, d.ID, &d.Note)
		}
		if c.Exclude != nil {
			add(ActExcludeTarget, id, "", c.Exclude)
		}
		if c.NoSimilar != nil {
			add(ActExcludeSource, id, "", c.NoSimilar)
		}
	}
	for row, err := range Scan(ctx, r.store, Strong, Range{Part: topicPart}) {
		if err != nil {
			return nil, fmt.Errorf("curation of topics: %w", err)
		}
		slug, ok := strings.CutSuffix(row.Sort, topicCurated)
		if !ok {
			continue
		}
		c, err := unpackTopicCuration(row)
		if err != nil {
			return nil, err
		}
		for _, d := range c.Featured {
			add(ActFeature, d.ID, slug, &d.Note)
		}
	}
	return all, nil
}

// A RulingsResult says what became of a file of rulings.
type RulingsResult struct {
	Changed   []Subject     // works, by the id of the original, and topics
	Unchanged int           // works and topics that were as the file has them
	Wrong     []RulingError // by line; nothing of these lines holds
}

// Rule applies rulings, each work's and each topic's together, in one change of
// its history. A decision that is there already takes the note, author and
// end of the line. Pins and featured works of the file come first, in the
// order of their lines, those that it does not name after them. A line that
// names what there is not is reported and left out. Rulings that hold already
// change nothing, so the same file may be handed over again.
func (p *Publisher) Rule(ctx context.Context, rulings []Ruling, e Edit) (*RulingsResult, error) {
	result := &RulingsResult{}
	groups, order, err := p.subjects(ctx, rulings, result)
	if err != nil {
		return nil, err
	}
	e.IfMatch = "*"
	for _, s := range order {
		changed, err := p.ruleOne(ctx, s, groups[s], e, result)
		var invalid *InvalidError
		switch {
		case errors.As(err, &invalid):
			for _, d := range groups[s] {
				result.Wrong = append(result.Wrong, RulingError{d.Line, invalid.Field, invalid.Reason})
			}
		case err != nil:
			return result, err
		case changed:
			result.Changed = append(result.Changed, s)
		default:
			result.Unchanged++
		}
	}
	slices.SortStableFunc(result.Wrong, func(a, b RulingError) int { return cmp.Compare(a.Line, b.Line) })
	return result, nil
}

// subjects sorts rulings by what they are about, and leaves out those that name
// what there is not.
func (p *Publisher) subjects(ctx context.Context, rulings []Ruling, result *RulingsResult) (map[Subject][]Ruling, []Subject, error) {
	var keys []Key
	for _, d := range rulings {
		keys = append(keys, idKey(d.Item))
		switch d.Action {
		case ActPin, ActBlock:
			keys = append(keys, idKey(d.Target))
		case ActIgnoreTopic, ActFeature:
			keys = append(keys, topicKey(d.Target))
		}
	}
	u := newUnit(p.store)
	if err := u.load(ctx, distinctKeys(keys)...); err != nil {
		return nil, nil, err
	}
	groups := map[Subject][]Ruling{}
	var order []Subject
	pairs := map[[2]string]int{} // works that a line blocks
	for _, d := range rulings {
		fail := func(column, format string, args ...any) {
			result.Wrong = append(result.Wrong, RulingError{d.Line, column, fmt.Sprintf(format, args...)})
		}
		self, err := u.identify(ctx, d.Item)
		if errors.Is(err, ErrNotFound) {
			fail("item", "there is no item %q", d.Item)
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		s := Subject{Item: self.group}
		switch d.Action {
		case ActPin, ActBlock:
			other, err := u.identify(ctx, d.Target)
			if errors.Is(err, ErrNotFound) {
				fail("target", "there is no item %q", d.Target)
				continue
			}
			if err != nil {
				return nil, nil, err
			}
			if other.group == self.group {
				fail("target", "is the item itself, or a version of it")
				continue
			}
			if d.Action == ActBlock {
				d.Target = other.group
				pair := [2]string{min(self.group, other.group), max(self.group, other.group)}
				if line, ok := pairs[pair]; ok {
					fail("", "decides what line %d decides already", line)
					continue
				}
				pairs[pair] = d.Line
			}
		case ActIgnoreTopic, ActFeature:
			if u.read[topicKey(d.Target)].Rev == 0 {
				fail("target", "there is no topic %q", d.Target)
				continue
			}
			if d.Action == ActFeature {
				s = Subject{Topic: d.Target}
			}
		}
		if groups[s] == nil {
			order = append(order, s)
		}
		groups[s] = append(groups[s], d)
	}
	return groups, order, nil
}

func distinctKeys(keys []Key) []Key {
	slices.SortFunc(keys, func(a, b Key) int { return cmp.Or(strings.Compare(a.Part, b.Part), strings.Compare(a.Sort, b.Sort)) })
	return slices.Compact(keys)
}

// ruleOne applies the rulings for one work or topic, and reports whether they
// changed anything.
func (p *Publisher) ruleOne(ctx context.Context, s Subject, rulings []Ruling, e Edit, result *RulingsResult) (bool, error) {
	before := ""
	after, err := p.edit(ctx, e, func(u *unit) (string, error) {
		if s.Topic != "" {
			old, err := u.topicCuration(ctx, s.Topic)
			if err != nil {
				return "", err
			}
			before = old.ETag
			next := *old
			if next.Featured, err = u.featured(ctx, s.Topic, old); err != nil {
				return "", err
			}
			rule(&next.Featured, rulings, ActFeature, func(d *Ruling) string { return d.Item }, true)
			if old.Featured == nil && len(next.Featured) == 0 {
				next.Featured = nil
			}
			if err := next.validate(s.Topic); err != nil {
				return "", err
			}
			return p.stageTopic(ctx, u, s.Topic, next, e, 0)
		}
		_, old, err := u.curation(ctx, s.Item)
		if err != nil {
			return "", err
		}
		before = old.ETag
		next := *old
		target := func(d *Ruling) string { return d.Target }
		rule(&next.Pins, rulings, ActPin, target, true)
		rule(&next.Blocks, rulings, ActBlock, target, false)
		rule(&next.NotByTopic, rulings, ActIgnoreTopic, target, false)
		for _, d := range rulings {
			switch d.Action {
			case ActExcludeTarget:
				next.Exclude = d.note()
			case ActExcludeSource:
				next.NoSimilar = d.note()
			}
		}
		if err := next.validate(); err != nil {
			return "", err
		}
		return p.stageCuration(ctx, u, s.Item, next, e, 0)
	})
	return after != before, err
}

// featured returns what a topic features, as editors or its description have it.
func (u *unit) featured(ctx context.Context, slug string, c *TopicCuration) ([]Decision, error) {
	if c.Featured != nil {
		return slices.Clone(c.Featured), nil
	}
	row, err := u.get(ctx, topicKey(slug))
	if err != nil || len(row.Data) == 0 {
		return nil, err
	}
	var t Topic
	if err := json.Unmarshal(row.Data, &t); err != nil {
		return nil, fmt.Errorf("topic %q: %w", slug, errCorrupt)
	}
	var ds []Decision
	for _, id := range t.Featured {
		if _, err := u.identify(ctx, id); err == nil {
			ds = append(ds, Decision{ID: id})
		} else if !errors.Is(err, ErrNotFound) {
			return nil, err
		}
	}
	return ds, nil
}

// note returns the note of a ruling, nil if it takes the decision back.
func (d *Ruling) note() *Note {
	if d.Remove {
		return nil
	}
	return &Note{By: d.Author, Text: d.Note, Expires: d.Expires}
}

// rule applies those of the rulings that are of one action to a list. In an
// ordered list those that the rulings name come first.
func rule(list *[]Decision, rulings []Ruling, action string, id func(*Ruling) string, ordered bool) {
	old := *list
	next := slices.Clone(old)
	var first []Decision
	touched := false
	for i := range rulings {
		d := &rulings[i]
		if d.Action != action {
			continue
		}
		touched = true
		at := slices.IndexFunc(next, func(o Decision) bool { return o.ID == id(d) })
		n := d.note()
		switch {
		case at >= 0 && (n == nil || ordered):
			next = slices.Delete(next, at, at+1)
		case at >= 0:
			next[at].Note = *n
		}
		switch {
		case n == nil:
		case ordered:
			first = append(first, Decision{id(d), *n})
		case at < 0:
			next = append(next, Decision{id(d), *n})
		}
	}
	if touched {
		*list = append(first, next...)
	}
}

// On returns a publisher that is p over another store.
func (p *Publisher) On(s Store) *Publisher {
	return &Publisher{store: s, analyzer: p.analyzer, hash: p.hash, now: p.now, site: p.site}
}

// On returns a reader that is r over another store, and remembers nothing.
func (r *Reader) On(s Store) *Reader {
	o := r.opt
	o.HeadAge = 0
	return NewReader(s, o)
}
