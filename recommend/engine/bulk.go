package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"akin/recommend"
	"akin/recommend/store"
)

// The actions of a [Ruling].
const (
	ActPin           = "pin"            // show target first beside item
	ActBlock         = "block"          // never show target and item beside each other
	ActExcludeTarget = "exclude-target" // show item beside no other
	ActExcludeSource = "exclude-source" // show no similar entries beside item
	ActIgnoreTopic   = "ignore-topic"   // the topic target is not evidence for item
	ActLabel         = "label"          // item has the topic target, though it is not published with it
	ActBelongs       = "belongs"        // target was judged to belong beside item
	ActBelongsNot    = "belongs-not"    // target was judged not to
	ActFeature       = "feature"        // feature item on the topic target
	ActMerge         = "merge"          // the topic item counts as the topic target
)

// MaxRulings is the number of lines that a file of rulings may have.
const MaxRulings = 20_000

// A Ruling is one decision of editors as a line of a file.
type Ruling struct {
	Line    int // from 1, the header's being 1
	Action  string
	Item    string // id; of a merge, the slug of the topic that counts as another
	Target  string // id or slug, as the action has it
	Note    string
	Author  string    // empty: who hands the file over
	Expires time.Time // zero: never
	Remove  bool      // take the decision back

	// ItemTitle and TargetTitle are what the two are called, for people who read a file; nobody
	// reads them from one.
	ItemTitle, TargetTitle string

	Position int // of a new pin, see [recommend.Decision]; not in files
}

// Rulings returns all that editors decided for works and for topics, by work and
// then by topic; pins and featured works in their order, and a block once.
func (r *Reader) Rulings(ctx context.Context) ([]Ruling, error) {
	works := map[string]*recommend.Curation{}
	for _, part := range parts("curation", termShards) {
		for row, err := range store.Scan(ctx, r.store, store.Strong, store.Range{Part: part}) {
			if err == nil {
				works[row.Sort], err = unpackCuration(row)
			}
			if err != nil {
				return nil, fmt.Errorf("curation: %w", err)
			}
		}
	}
	var all []Ruling
	add := func(action, item, target string, n *recommend.Note) {
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
		for _, d := range c.Belongs {
			add(ActBelongs, id, d.ID, &d.Note)
		}
		for _, d := range c.BelongsNot {
			add(ActBelongsNot, id, d.ID, &d.Note)
		}
		for _, d := range c.Labels {
			add(ActLabel, id, d.ID, &d.Note)
		}
		if c.Exclude != nil {
			add(ActExcludeTarget, id, "", c.Exclude)
		}
		if c.NoSimilar != nil {
			add(ActExcludeSource, id, "", c.NoSimilar)
		}
	}
	for row, err := range store.Scan(ctx, r.store, store.Strong, store.Range{Part: topicPart}) {
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
		if c.MergedInto != nil {
			add(ActMerge, slug, c.MergedInto.ID, &c.MergedInto.Note)
		}
	}
	return all, r.titled(ctx, all)
}

// titled tells rulings what their items and topics are called.
func (r *Reader) titled(ctx context.Context, all []Ruling) error {
	var ids []string
	topic := func(d *Ruling) bool {
		return d.Action == ActIgnoreTopic || d.Action == ActFeature || d.Action == ActMerge
	}
	for i := range all {
		d := &all[i]
		if d.Action != ActMerge {
			ids = append(ids, d.Item)
		}
		if d.Target != "" && !topic(d) {
			ids = append(ids, d.Target)
		}
	}
	slices.Sort(ids)
	items, err := r.Named(ctx, slices.Compact(ids)...)
	if err != nil {
		return err
	}
	var slugs []string
	for i := range all {
		slugs = append(slugs, all[i].Item, all[i].Target)
	}
	topics, err := r.NamedTopics(ctx, slugs...)
	if err != nil {
		return err
	}
	called := func(id string) string {
		it := items[id]
		return titleOf(&it)
	}
	for i := range all {
		d := &all[i]
		d.ItemTitle, d.TargetTitle = called(d.Item), called(d.Target)
		if d.Action == ActMerge {
			d.ItemTitle = topics[d.Item].Title
		}
		if topic(d) {
			d.TargetTitle = topics[d.Target].Title
		}
	}
	return nil
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
	groups, subjects, err := p.subjects(ctx, rulings, result)
	if err != nil {
		return nil, err
	}
	e.IfMatch = "*"
	order := subjects
	changed := map[Subject]bool{} // of those of which something was right
	for len(order) > 0 {
		var again []Subject // whose merges another one of the file may have made possible
		var wrong []RulingError
		for _, s := range order {
			did, left, err := p.ruleSubject(ctx, s, groups[s], e)
			if err != nil {
				return result, err
			}
			if len(left) < len(groups[s]) {
				changed[s] = changed[s] || did
			}
			groups[s] = nil
			for _, l := range left {
				if l.ruling.Action == ActMerge {
					groups[s], wrong = append(groups[s], l.ruling), append(wrong, l.RulingError)
				} else {
					result.Wrong = append(result.Wrong, l.RulingError)
				}
			}
			if groups[s] != nil {
				again = append(again, s)
			}
		}
		if len(again) == len(order) {
			result.Wrong = append(result.Wrong, wrong...)
			break
		}
		order = again
	}
	for _, s := range subjects {
		if did, ok := changed[s]; ok && did {
			result.Changed = append(result.Changed, s)
		} else if ok {
			result.Unchanged++
		}
	}
	slices.SortFunc(result.Wrong, func(a, b RulingError) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), strings.Compare(a.Column, b.Column))
	})
	return result, nil
}

// A refusedRuling is a line that was left out.
type refusedRuling struct {
	ruling Ruling
	RulingError
}

// ruleSubject applies what is right of the rulings for one work or topic, and
// returns what is not, and whether the rest changed anything.
func (p *Publisher) ruleSubject(ctx context.Context, s Subject, lines []Ruling, e Edit) (changed bool, left []refusedRuling, err error) {
	for len(lines) > 0 {
		changed, err = p.ruleOne(ctx, s, lines, e)
		var invalid *recommend.InvalidError
		if !errors.As(err, &invalid) {
			break
		}
		// What is wrong with one kind of decision leaves the others.
		action, column := actionOf(invalid), columnOf(invalid)
		if !slices.ContainsFunc(lines, func(d Ruling) bool { return d.Action == action }) {
			action, column = "", ""
		}
		var rest []Ruling
		for _, d := range lines {
			if action == "" || d.Action == action {
				left = append(left, refusedRuling{d, RulingError{d.Line, column, invalid.Reason}})
			} else {
				rest = append(rest, d)
			}
		}
		lines, changed, err = rest, false, nil
	}
	return changed, left, err
}

// actionOf returns the kind of ruling that a field of a curation comes from; empty:
// of several.
func actionOf(e *recommend.InvalidError) string {
	name, _, _ := strings.Cut(e.Field, "[")
	name, _, _ = strings.Cut(name, ".")
	return map[string]string{
		"pins": ActPin, "blocks": ActBlock, "ignoreTopics": ActIgnoreTopic, "labels": ActLabel, "exclude": ActExcludeTarget,
		"noSimilar": ActExcludeSource, "belongs": ActBelongs, "belongsNot": ActBelongsNot, "featured": ActFeature, "mergedInto": ActMerge,
	}[name]
}

// columnOf returns the column of a ruling that a field of a curation comes from;
// empty: all of them.
func columnOf(e *recommend.InvalidError) string {
	switch {
	case e.Field == "mergedInto.id":
		return "target"
	case strings.HasSuffix(e.Field, ".note"):
		return "note"
	}
	return ""
}

// subjects sorts rulings by what they are about, and leaves out those that name
// what there is not.
func (p *Publisher) subjects(ctx context.Context, rulings []Ruling, result *RulingsResult) (map[Subject][]Ruling, []Subject, error) {
	var keys []store.Key
	for i := range rulings {
		keys = append(keys, rulings[i].names()...)
	}
	c := clerk{unit: newUnit(p.store), pairs: map[[2]string]int{}}
	if err := c.load(ctx, distinctKeys(keys)...); err != nil {
		return nil, nil, err
	}
	groups := map[Subject][]Ruling{}
	var order []Subject
	for _, d := range rulings {
		s, err := c.subject(ctx, &d)
		var wrong *RulingError
		if errors.As(err, &wrong) {
			result.Wrong = append(result.Wrong, *wrong)
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		if groups[s] == nil {
			order = append(order, s)
		}
		groups[s] = append(groups[s], d)
	}
	return groups, order, nil
}

// names returns the rows of the items and topics that a ruling names.
func (d *Ruling) names() []store.Key {
	switch d.Action {
	case ActMerge:
		return []store.Key{topicKey(d.Item), topicKey(d.Target)}
	case ActPin, ActBlock, ActBelongs, ActBelongsNot:
		return []store.Key{idKey(d.Item), idKey(d.Target)}
	case ActIgnoreTopic, ActLabel, ActFeature:
		return []store.Key{idKey(d.Item), topicKey(d.Target)}
	}
	return []store.Key{idKey(d.Item)}
}

// wrong returns what is wrong with a column of a ruling.
func (d *Ruling) wrong(column, format string, args ...any) error {
	return &RulingError{d.Line, column, fmt.Sprintf(format, args...)}
}

// A clerk tells what rulings are about. Its unit has read the rows that they name.
type clerk struct {
	*unit
	pairs map[[2]string]int // works that a line blocks or judges, and which
}

// subject returns the work or topic that a ruling is about, or a [*RulingError]
// if it names what there is not, or decides what another one decides. The work
// that a block or a judgement names becomes its original.
func (c *clerk) subject(ctx context.Context, d *Ruling) (Subject, error) {
	if d.Action == ActMerge {
		return Subject{Topic: d.Item}, cmp.Or(c.topicThere(d, "item", d.Item), c.topicThere(d, "target", d.Target))
	}
	self, err := c.item(ctx, d, "item", d.Item)
	if err != nil {
		return Subject{}, err
	}
	switch d.Action {
	case ActPin, ActBlock, ActBelongs, ActBelongsNot:
		err = c.target(ctx, d, self.group)
	case ActIgnoreTopic, ActLabel, ActFeature:
		err = c.topicThere(d, "target", d.Target)
	}
	if d.Action == ActFeature {
		return Subject{Topic: d.Target}, err
	}
	return Subject{Item: self.group}, err
}

// target checks the item that a pin, a block or a judgement of a work names.
func (c *clerk) target(ctx context.Context, d *Ruling, group string) error {
	other, err := c.item(ctx, d, "target", d.Target)
	if err != nil {
		return err
	}
	if other.group == group {
		return d.wrong("target", "is the item itself, or a version of it")
	}
	if d.Action == ActPin {
		return nil
	}
	d.Target = other.group
	pair := [2]string{min(group, other.group), max(group, other.group)}
	if d.Action != ActBlock { // what is judged is the list of the one
		pair = [2]string{"list of " + group, other.group}
	}
	if line, ok := c.pairs[pair]; ok {
		return d.wrong("", "decides what line %d decides already", line)
	}
	c.pairs[pair] = d.Line
	return nil
}

// item returns who an item is that a column of a ruling names.
func (c *clerk) item(ctx context.Context, d *Ruling, column, id string) (identity, error) {
	who, err := c.identify(ctx, id)
	if errors.Is(err, recommend.ErrNotFound) {
		err = d.wrong(column, "there is no item %q", id)
	}
	return who, err
}

// topicThere checks that there is a topic that a column of a ruling names.
func (c *clerk) topicThere(d *Ruling, column, slug string) error {
	if c.read[topicKey(slug)].Rev == 0 {
		return d.wrong(column, "there is no topic %q", slug)
	}
	return nil
}

func distinctKeys(keys []store.Key) []store.Key {
	slices.SortFunc(keys, func(a, b store.Key) int {
		return cmp.Or(strings.Compare(a.Part, b.Part), strings.Compare(a.Sort, b.Sort))
	})
	return slices.Compact(keys)
}

// ruleOne applies the rulings for one work or topic, and reports whether they
// changed anything.
func (p *Publisher) ruleOne(ctx context.Context, s Subject, rulings []Ruling, e Edit) (bool, error) {
	before := ""
	after, err := p.edit(ctx, e, func(u *unit) (after string, err error) {
		before, after, err = p.stageRulings(ctx, u, s, rulings, e)
		return after, err
	})
	return after != before, err
}

// stageRulings puts the rulings for one work or topic into u, and returns the ETags
// of what was decided before and after.
func (p *Publisher) stageRulings(ctx context.Context, u *unit, s Subject, rulings []Ruling, e Edit) (before, after string, err error) {
	if s.Topic != "" {
		old, err := u.topicCuration(ctx, s.Topic)
		if err != nil {
			return "", "", err
		}
		next, err := u.ruledTopic(ctx, s.Topic, old, rulings)
		if err != nil {
			return "", "", err
		}
		after, err = p.stageTopic(ctx, u, s.Topic, *next, e, 0)
		return old.ETag, after, err
	}
	_, old, err := u.curation(ctx, s.Item)
	if err != nil {
		return "", "", err
	}
	next := ruled(old, rulings)
	if err := next.Validate(); err != nil {
		return "", "", err
	}
	after, err = p.stageCuration(ctx, u, s.Item, *next, e, 0)
	return old.ETag, after, err
}

// ruledTopic returns what editors decided for a topic, with rulings applied.
func (u *unit) ruledTopic(ctx context.Context, slug string, old *recommend.TopicCuration, rulings []Ruling) (*recommend.TopicCuration, error) {
	next := *old
	if slices.ContainsFunc(rulings, func(d Ruling) bool { return d.Action == ActFeature }) {
		var err error
		if next.Featured, err = u.featured(ctx, slug, old); err != nil {
			return nil, err
		}
		rule(&next.Featured, rulings, ActFeature, func(d *Ruling) string { return d.Item }, true)
		if old.Featured == nil && len(next.Featured) == 0 {
			next.Featured = nil
		}
	}
	for i := range rulings {
		if rulings[i].Action == ActMerge {
			next.MergedInto = rulings[i].merge(old.MergedInto, next.MergedInto)
		}
	}
	return &next, next.Validate(slug)
}

// merge returns what a topic is merged into after a ruling that says so or takes
// it back: was is what it was before all rulings, now after those before this one.
func (d *Ruling) merge(was, now *recommend.Decision) *recommend.Decision {
	same := was != nil && was.ID == d.Target
	switch {
	case d.Remove && same:
		return nil
	case d.Remove:
		return now
	case same:
		return &recommend.Decision{ID: d.Target, Note: *d.note(&was.Note)}
	}
	return &recommend.Decision{ID: d.Target, Note: *d.note(nil)}
}

// ruled returns what editors decided for a work, with rulings applied.
func ruled(c *recommend.Curation, rulings []Ruling) *recommend.Curation {
	next := *c
	target := func(d *Ruling) string { return d.Target }
	rule(&next.Pins, rulings, ActPin, target, true)
	rule(&next.Blocks, rulings, ActBlock, target, false)
	rule(&next.NotByTopic, rulings, ActIgnoreTopic, target, false)
	rule(&next.Labels, rulings, ActLabel, target, false)
	rule(&next.Belongs, rulings, ActBelongs, target, false)
	rule(&next.BelongsNot, rulings, ActBelongsNot, target, false)
	next.Belongs, next.BelongsNot = latest(&next, rulings)
	for i := range rulings {
		switch d := &rulings[i]; d.Action {
		case ActExcludeTarget:
			next.Exclude = d.note(c.Exclude)
		case ActExcludeSource:
			next.NoSimilar = d.note(c.NoSimilar)
		}
	}
	return &next
}

// latest returns the judgements of c without those that rulings replace by others.
func latest(c *recommend.Curation, rulings []Ruling) (belongs, not []recommend.Decision) {
	without := func(ds []recommend.Decision, other string) []recommend.Decision {
		return slices.DeleteFunc(slices.Clone(ds), func(o recommend.Decision) bool {
			return slices.ContainsFunc(rulings, func(d Ruling) bool { return d.Action == other && d.Target == o.ID && !d.Remove })
		})
	}
	return without(c.Belongs, ActBelongsNot), without(c.BelongsNot, ActBelongs)
}

// featured returns what a topic features, as editors or its description have it.
func (u *unit) featured(ctx context.Context, slug string, c *recommend.TopicCuration) ([]recommend.Decision, error) {
	if c.Featured != nil {
		return slices.Clone(c.Featured), nil
	}
	row, err := u.get(ctx, topicKey(slug))
	if err != nil || len(row.Data) == 0 {
		return nil, err
	}
	var t recommend.Topic
	if err := json.Unmarshal(row.Data, &t); err != nil {
		return nil, fmt.Errorf("topic %q: %w", slug, errCorrupt)
	}
	var ds []recommend.Decision
	for _, id := range t.Featured {
		if _, err := u.identify(ctx, id); err == nil {
			ds = append(ds, recommend.Decision{ID: id})
		} else if !errors.Is(err, recommend.ErrNotFound) {
			return nil, err
		}
	}
	return ds, nil
}

// note returns the note of a ruling, nil if it takes the decision back. Where
// it says what the decision says already, that one stays.
func (d *Ruling) note(old *recommend.Note) *recommend.Note {
	if d.Remove {
		return nil
	}
	n := &recommend.Note{By: d.Author, Text: d.Note, Expires: d.Expires}
	if old != nil && n.Text == inFile(old.Text) && n.Expires.Equal(old.Expires) && (n.By == "" || n.By == inFile(old.By)) {
		*n = *old
	}
	return n
}

// rule applies those of the rulings that are of one action to a list. In an
// ordered list those that the rulings name come first.
func rule(list *[]recommend.Decision, rulings []Ruling, action string, id func(*Ruling) string, ordered bool) {
	old := *list
	next := slices.Clone(old)
	var first []recommend.Decision
	touched := false
	for i := range rulings {
		d := &rulings[i]
		if d.Action != action {
			continue
		}
		touched = true
		at := slices.IndexFunc(next, func(o recommend.Decision) bool { return o.ID == id(d) })
		var was *recommend.Note
		position := d.Position
		if before := slices.IndexFunc(old, func(o recommend.Decision) bool { return o.ID == id(d) }); before >= 0 {
			was, position = &old[before].Note, old[before].Position
		}
		n := d.note(was)
		switch {
		case at >= 0 && (n == nil || ordered):
			next = slices.Delete(next, at, at+1)
		case at >= 0:
			next[at].Note = *n
		}
		switch {
		case n == nil:
		case ordered:
			first = append(first, recommend.Decision{ID: id(d), Position: position, Note: *n})
		case at < 0:
			next = append(next, recommend.Decision{ID: id(d), Note: *n})
		}
	}
	if touched {
		*list = append(first, next...)
	}
}

// On returns a publisher that is p over another store.
func (p *Publisher) On(s store.Store) *Publisher {
	return &Publisher{store: s, words: p.words, now: p.now, site: p.site, chosen: p.chosen}
}

// On returns a reader that is r over another store, which begins with the same
// generations, and remembers no head.
func (r *Reader) On(s store.Store) *Reader {
	o := r.opt
	o.HeadAge, o.Index = 0, nil // which holds the first store's items
	on := NewReader(s, o)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.view != nil {
		on.view = &view{gen: r.view.gen} // need not be read again while it is in use
	}
	return on
}
