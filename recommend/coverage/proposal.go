package coverage

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"

	"akin/recommend/engine"
)

// ID returns what rows and addresses know the finding by.
func (f *Finding) ID() engine.FindingID {
	return engine.FindingID{Kind: string(f.Kind), Topic: f.Topic, Item: f.Item, Other: f.Other}
}

// Fingerprint returns 16 hexadecimal digits that stay the same while what the finding rests
// on does: what it names, and each of its figures up to the next power of two.
// Dates do not count, as time alone moves them.
func (f *Finding) Fingerprint() string {
	parts := []string{f.variant()}
	for _, fact := range f.Facts {
		if _, err := time.Parse(time.DateOnly, fact); err == nil {
			continue
		}
		if x, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(fact, "%")), 64); err == nil {
			fact = strconv.Itoa(bits.Len(uint(max(x, 0))))
		}
		parts = append(parts, fact)
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// seenPlace is the last place of a list at which readers see an entry.
const seenPlace = 6

// Proposal returns the decisions by which editors carry out what a finding proposes;
// none where akin cannot do it for them, as they have to write, correct or publish.
func (f *Finding) Proposal() []engine.Ruling {
	one := func(action, item, target string) []engine.Ruling {
		return []engine.Ruling{{Action: action, Item: item, Target: target}}
	}
	switch f.Kind {
	case MissingTopic:
		return one(engine.ActLabel, f.Item, f.Topic)
	case WrongTopic:
		return one(engine.ActIgnoreTopic, f.Item, f.Topic)
	case NearDuplicate:
		return one(engine.ActBlock, f.Item, f.Other)
	case NeverRecommended:
		if len(f.Facts) < 3 || f.variant() == "many" {
			return nil
		}
		var pins []engine.Ruling
		for _, list := range strings.Fields(f.Facts[2]) {
			pins = append(pins, engine.Ruling{Action: engine.ActPin, Item: list, Target: f.Item, Position: seenPlace})
		}
		return pins
	case SameTopic:
		var merges []engine.Ruling
		for _, slug := range strings.Split(f.Other, ", ") {
			merges = append(merges, engine.Ruling{Action: engine.ActMerge, Item: slug, Target: f.Topic})
		}
		return merges
	case DeadPin, ExpiredBlock:
		rulings := f.cleared()
		for i := range rulings {
			rulings[i].Remove = true
		}
		return rulings
	}
	return nil
}

// cleared returns the decision that does no good any more.
func (f *Finding) cleared() []engine.Ruling {
	what := "pin"
	if f.Kind == ExpiredBlock {
		what = f.Facts[0]
	} else if v := f.variant(); v == "unknown" || v == "embargoed" {
		return nil // nobody can name the one, and the other will be seen
	} else if f.Topic != "" {
		return []engine.Ruling{{Action: engine.ActFeature, Item: f.Other, Target: f.Topic}}
	}
	action := map[string]string{
		"pin": engine.ActPin, "block": engine.ActBlock, "ignored topic": engine.ActIgnoreTopic,
		"exclusion": engine.ActExcludeTarget, "stop on similar entries": engine.ActExcludeSource,
	}[what]
	return []engine.Ruling{{Action: action, Item: f.Item, Target: f.Other}}
}

// nextLists is in how many lists an item that stands in none is pinned.
const nextLists = 3

// nextTo returns the ids of the items in whose lists an item stands at the best
// places beyond those that readers see.
func (c *corpus) nextTo(i int) []string {
	type place struct {
		id string
		at int
	}
	var places []place
	for _, e := range c.s.Items[i].Near {
		other := &c.s.Items[e.Item]
		at := slices.IndexFunc(other.Near, func(n engine.Near) bool { return int(n.Item) == i })
		if at >= 0 && c.visible[e.Item] && c.groups[e.Item] != c.groups[i] {
			places = append(places, place{other.ID, at})
		}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.id, b.id)) })
	var ids []string
	for _, p := range places[:min(nextLists, len(places))] {
		ids = append(ids, p.id)
	}
	return ids
}
