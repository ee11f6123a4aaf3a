package recommend

import "slices"

// MaxPlaces is how many entries a related list has at most, see [Query.Limit].
const MaxPlaces = 50

// A Beacon is what a page tells of one related list: which entries came into
// view, or which one a reader followed. Nothing in it is about the reader.
type Beacon struct {
	Kind       BeaconKind    `json:"kind"`
	Item       string        `json:"item"`       // id of the item whose list it is
	Generation int           `json:"generation"` // that the list came from, 0 at least
	Entries    []BeaconEntry `json:"entries"`    // 1 to [MaxPlaces]; one for a click
}

// A BeaconEntry is an entry of a related list, and where it stood.
type BeaconEntry struct {
	ID       string `json:"id"`
	Tier     Tier   `json:"tier"`
	Position int    `json:"position"` // 1 to [MaxPlaces]
}

// BeaconKind says what happened to the entries of a [Beacon].
type BeaconKind string

const (
	Impression BeaconKind = "impression" // they came into view
	Click      BeaconKind = "click"      // the one entry was followed
)

// Tiers returns all tiers, in the order in which an answer has them.
func Tiers() []Tier { return []Tier{TierPinned, TierSimilar, TierTopic, TierLatest, TierPopular} }

// DecodeBeacon reads a beacon from JSON, as strictly as [DecodeItem] reads an
// item. Every field is needed but the generation, which is 0 then. An entry is
// not the item itself; no id and no position comes twice; a click has one entry.
func DecodeBeacon(b []byte) (Beacon, error) {
	var t Beacon
	err := decode(b, "beacon", []member{
		{"kind", (*string)(&t.Kind), "type event"},
		{"item", &t.Item, "id source"},
		{"generation", &t.Generation, ""},
		{"entries", &t.Entries, "items related"},
	})
	if err == nil {
		err = t.validate()
	}
	if err != nil {
		return Beacon{}, err
	}
	return t, nil
}

func (e *BeaconEntry) members() []member {
	return []member{{"id", &e.ID, "item"}, {"tier", (*string)(&e.Tier), ""}, {"position", &e.Position, "place rank"}}
}

func (t *Beacon) validate() error {
	if t.Kind != Impression && t.Kind != Click {
		return Invalid("kind", "must be impression or click, not %s", quote(string(t.Kind)))
	}
	if err := CheckID("item", t.Item); err != nil {
		return err
	}
	if t.Generation < 0 {
		return Invalid("generation", "is %d, must be 0 or more", t.Generation)
	}
	switch n := len(t.Entries); {
	case n == 0:
		return Invalid("entries", "is missing or empty")
	case n > MaxPlaces:
		return Invalid("entries", "has %d entries, more than %d", n, MaxPlaces)
	case n > 1 && t.Kind == Click:
		return Invalid("entries", "has %d entries, and a click is on one", n)
	}
	ids, places := map[string]bool{t.Item: true}, [MaxPlaces + 1]bool{}
	for i, e := range t.Entries {
		at := element("entries", i)
		if err := CheckID(at+".id", e.ID); err != nil {
			return err
		}
		switch {
		case ids[e.ID]:
			return Invalid(at+".id", "%q is the item itself or comes twice", e.ID)
		case !slices.Contains(Tiers(), e.Tier):
			return Invalid(at+".tier", "must be pinned, similar, topic or latest, not %s", quote(string(e.Tier)))
		case e.Position < 1 || e.Position > MaxPlaces:
			return Invalid(at+".position", "%d is not from 1 to %d", e.Position, MaxPlaces)
		case places[e.Position]:
			return Invalid(at+".position", "%d comes twice", e.Position)
		}
		ids[e.ID], places[e.Position] = true, true
	}
	return nil
}
