package coverage

import (
	"slices"

	"akin/recommend"
	"akin/recommend/sources"
)

// curation finds decisions of editors that do no good any more: pins and
// featured items that readers cannot see or cannot read, and decisions whose
// time is over. It also names the changes that could not be indexed.
func (c *corpus) curation() {
	for i := range c.s.Curations {
		cur := &c.s.Curations[i]
		for _, p := range cur.Pins {
			if p.Expired(c.now) {
				c.expired(cur.ID, p.ID, "pin", p.Note)
			} else {
				c.pin(Finding{Kind: DeadPin, Item: cur.ID, Other: p.ID}, c.langs(cur.ID))
			}
		}
		for _, b := range cur.Blocks {
			c.expired(cur.ID, b.ID, "block", b.Note)
		}
		for _, t := range cur.NotByTopic {
			c.expired(cur.ID, t.ID, "ignored topic", t.Note)
		}
		if cur.Exclude != nil {
			c.expired(cur.ID, "", "exclusion", *cur.Exclude)
		}
		if cur.NoSimilar != nil {
			c.expired(cur.ID, "", "stop on similar entries", *cur.NoSimilar)
		}
	}
	for i := range c.topics {
		for _, id := range c.topics[i].Featured {
			c.pin(Finding{Kind: DeadPin, Topic: c.topics[i].Slug, Other: id}, nil)
		}
	}
	for _, d := range c.s.Dead {
		c.find(Finding{Kind: DeadLetter, Item: d.ID}, number(int(d.Version)), d.Error, date(d.At))
	}
	for _, s := range c.s.Sources {
		c.source(&s)
	}
}

// source reports a source that was not read for too long, and one that lacks so
// many of its items that nobody has withdrawn them yet.
func (c *corpus) source(s *sources.Source) {
	if s.Silent(c.now) {
		since, reason := s.Done, "-"
		if since.IsZero() {
			since = s.Added
		}
		if s.Last != nil && s.Last.Error != "" {
			reason = s.Last.Error
		}
		c.find(Finding{Kind: SilentSource, Other: s.Name}, date(since), reason)
	}
	if s.Last != nil && s.Last.Held > 0 {
		c.find(Finding{Kind: HeldSource, Other: s.Name}, number(s.Last.Held), number(s.Items))
	}
}

// expired reports a decision whose time is over. A block stands in the rows of
// both works and is reported for both.
func (c *corpus) expired(item, other, what string, n recommend.Note) {
	if n.Expired(c.now) {
		c.find(Finding{Kind: ExpiredBlock, Item: item, Other: other}, what, date(n.Expires), n.By)
	}
}

// pin reports a pinned item that is withdrawn, unknown or under embargo, and
// one that has no version in any language of the work that it is pinned to.
func (c *corpus) pin(f Finding, langs []string) {
	at, ok := c.places[f.Other]
	_, withdrawn := slices.BinarySearch(c.s.Withdrawn, f.Other)
	switch {
	case withdrawn:
		c.find(f, "withdrawn")
	case !ok:
		c.find(f, "unknown")
	case !c.visible[at]:
		c.find(f, "embargoed", date(c.s.Items[at].VisibleFrom))
	case len(langs) > 0 && !slices.ContainsFunc(c.langs(c.groups[at]), func(l string) bool { return slices.Contains(langs, l) }):
		c.find(f, "language", c.s.Items[at].Lang, langs[0])
	}
}

// langs returns the languages of a work.
func (c *corpus) langs(group string) []string {
	var langs []string
	is := c.versions[group]
	if at, ok := c.places[group]; ok && len(is) == 0 {
		is = []int{at}
	}
	for _, i := range is {
		langs = append(langs, c.s.Items[i].Lang)
	}
	return langs
}
