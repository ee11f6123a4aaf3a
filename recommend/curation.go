package recommend

import (
	"fmt"
	"slices"
	"time"
)

// Curation is what editors decided for one work, in all of its languages.
type Curation struct {
	Pins       []Decision `json:"pins,omitempty"`         // shown first, in this order
	Blocks     []Decision `json:"blocks,omitempty"`       // never shown beside each other, either way
	Exclude    *Note      `json:"exclude,omitempty"`      // never shown beside any item
	NoSimilar  *Note      `json:"noSimilar,omitempty"`    // no similar entries of its own
	NotByTopic []Decision `json:"ignoreTopics,omitempty"` // topics (slugs) that are not evidence for it
	Belongs    []Decision `json:"belongs,omitempty"`      // judged to belong beside it; no list changes by it
	BelongsNot []Decision `json:"belongsNot,omitempty"`   // judged not to
	Labels     []Decision `json:"labels,omitempty"`       // topics (slugs) that it has beside those it is published with, until it is with them
	ETag       string     `json:"-"`
}

// A Decision names another item, or a topic, with a note.
type Decision struct {
	ID string `json:"id"`

	// Position is where a pin stands in a list, from 1 to 50, or last in one that is
	// shorter; 0: before the other entries, in the order of pins. Other decisions have none.
	Position int `json:"position,omitempty"`
	Note
}

// A Note says who decided, why, when, and until when.
type Note struct {
	By      string    `json:"by,omitempty"`
	Text    string    `json:"note,omitempty"`
	At      time.Time `json:"at,omitzero"`
	Expires time.Time `json:"expires,omitzero"`
}

// A TopicCuration is what editors decided for a topic. It is kept apart from
// the topic's description, which the publishing system replaces.
type TopicCuration struct {
	Featured   []Decision `json:"featured,omitzero"`    // items in order, in place of the description's; nil: as described
	MergedInto *Decision  `json:"mergedInto,omitempty"` // the topic (slug) that its items count for
	ETag       string     `json:"-"`
}

// FeaturedAt returns the ids of the items whose time is not over.
func (c *TopicCuration) FeaturedAt(now time.Time) []string {
	var ids []string
	for _, d := range c.Featured {
		if !d.Expired(now) {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

func (c *TopicCuration) Validate(slug string) error {
	if len(c.Featured) > MaxFeatured {
		return Invalid("featured", "has %d entries, more than %d", len(c.Featured), MaxFeatured)
	}
	for i, d := range c.Featured {
		field := fmt.Sprintf("featured[%d]", i)
		if err := CheckID(field+".id", d.ID); err != nil {
			return err
		}
		if slices.ContainsFunc(c.Featured[:i], func(o Decision) bool { return o.ID == d.ID }) {
			return Invalid(field+".id", "%q comes twice", d.ID)
		}
		if err := d.validate(field); err != nil {
			return err
		}
	}
	if m := c.MergedInto; m != nil {
		if err := CheckSlug("mergedInto.id", m.ID); err != nil {
			return err
		}
		if m.ID == slug {
			return Invalid("mergedInto.id", "%q is the topic itself", slug)
		}
		return m.validate("mergedInto")
	}
	return nil
}

// Same reports whether two curations decide the same, by the same people.
func (c *Curation) Same(o *Curation) bool {
	return slices.EqualFunc(c.Pins, o.Pins, Decision.Same) && slices.EqualFunc(c.Blocks, o.Blocks, Decision.Same) &&
		slices.EqualFunc(c.NotByTopic, o.NotByTopic, Decision.Same) && slices.EqualFunc(c.Belongs, o.Belongs, Decision.Same) &&
		slices.EqualFunc(c.BelongsNot, o.BelongsNot, Decision.Same) && slices.EqualFunc(c.Labels, o.Labels, Decision.Same) && c.Exclude.Same(o.Exclude) && c.NoSimilar.Same(o.NoSimilar)
}

func (c *Curation) Validate() error {
	if len(c.Pins) > maxPins {
		return Invalid("pins", "has %d entries, more than %d", len(c.Pins), maxPins)
	}
	if len(c.Blocks) > MaxBlocks {
		return Invalid("blocks", "has %d entries, more than %d", len(c.Blocks), MaxBlocks)
	}
	if n := len(c.Belongs) + len(c.BelongsNot); n > MaxJudged {
		return Invalid("belongs", "and belongsNot have %d entries, more than %d", n, MaxJudged)
	}
	if len(c.Labels) > MaxLabels {
		return Invalid("labels", "has %d entries, more than %d", len(c.Labels), MaxLabels)
	}
	for i := range c.Labels {
		if !c.Labels[i].Expires.IsZero() {
			return Invalid(fmt.Sprintf("labels[%d].expires", i), "a label has no end; take it off when its time is over")
		}
	}
	for _, list := range []struct {
		name string
		ds   []Decision
		slug bool
	}{{"pins", c.Pins, false}, {"blocks", c.Blocks, false}, {"ignoreTopics", c.NotByTopic, true}, {"labels", c.Labels, true}, {"belongs", c.Belongs, false}, {"belongsNot", c.BelongsNot, false}} {
		seen := map[string]bool{}
		for i, d := range list.ds {
			field := fmt.Sprintf("%s[%d]", list.name, i)
			check := CheckID
			if list.slug {
				check = CheckSlug
			}
			if err := check(field+".id", d.ID); err != nil {
				return err
			}
			if seen[d.ID] {
				return Invalid(field+".id", "%q comes twice", d.ID)
			}
			seen[d.ID] = true
			if d.Position < 0 || d.Position > maxPins || d.Position > 0 && list.name != "pins" {
				return Invalid(field+".position", "%d is not from 1 to %d, or not of a pin", d.Position, maxPins)
			}
			if err := d.validate(field); err != nil {
				return err
			}
		}
	}
	for i, d := range c.BelongsNot {
		if slices.ContainsFunc(c.Belongs, func(o Decision) bool { return o.ID == d.ID }) {
			return Invalid(fmt.Sprintf("belongsNot[%d].id", i), "%q is among belongs, too", d.ID)
		}
	}
	for field, n := range map[string]*Note{"exclude": c.Exclude, "noSimilar": c.NoSimilar} {
		if n == nil {
			continue
		}
		if err := n.validate(field); err != nil {
			return err
		}
	}
	return nil
}

func (n *Note) validate(field string) error {
	if err := CheckText(field+".note", n.Text, MaxNote); err != nil {
		return err
	}
	return CheckText(field+".by", n.By, 200)
}

func (n *Note) same(o *Note) bool {
	return n.By == o.By && n.Text == o.Text && n.At.Equal(o.At) && n.Expires.Equal(o.Expires)
}

// Same reports whether two decisions are equal in all that is stored of them.
func (d Decision) Same(o Decision) bool {
	return d.ID == o.ID && d.Position == o.Position && d.Note.same(&o.Note)
}

// Same reports whether two notes are equal, or both nil.
func (n *Note) Same(o *Note) bool { return n == nil && o == nil || n != nil && o != nil && n.same(o) }

// Expired reports whether a decision no longer holds.
func (n *Note) Expired(now time.Time) bool { return !n.Expires.IsZero() && !n.Expires.After(now) }

// Limits of a [Curation].
const (
	maxPins   = 50
	MaxBlocks = 500
	MaxJudged = 200 // works that are judged beside one
	MaxLabels = 16
	MaxNote   = 1024 // bytes
)
