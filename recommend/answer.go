package recommend

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// A Tier says why an entry stands in an answer.
type Tier string

const (
	TierPinned  Tier = "pinned"  // an editor put it there
	TierSimilar Tier = "similar" // it is among the nearest items
	TierTopic   Tier = "topic"   // filler: it shares a topic with the item
	TierLatest  Tier = "latest"  // filler: it is new
	TierPopular Tier = "popular" // filler: readers of lists followed it most; before the latest
)

// Millionths is a score or a part of one: 0 to 1,000,000, with boosts up to ten times
// as much. Parts may be negative. In
// JSON it is a number with six decimals, as 0.412000.
type Millionths int64

// String returns m with six decimals.
func (m Millionths) String() string { return strconv.FormatFloat(float64(m)/1e6, 'f', 6, 64) }

// MarshalJSON writes m with six decimals.
func (m Millionths) MarshalJSON() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalJSON reads a number and rounds it to millionths.
func (m *Millionths) UnmarshalJSON(b []byte) error {
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return err
	}
	*m = Millionths(math.Floor(f*1e6 + 0.5))
	return nil
}

// A Reason is a shared term, as readers spell it, and the part of the score
// that it gives. The parts of an entry add up to its score.
type Reason struct {
	Term string     `json:"term"`
	Kind ReasonKind `json:"kind,omitempty"`
	Part Millionths `json:"part"`
}

// A ReasonKind says what a reason is that is not a shared term: then Term is a
// description of it in English.
type ReasonKind string

// The kinds of reasons. KindRest stands last for all other terms: of a list, beyond the
// first four, or as many more as make three quarters of the score.
const (
	KindTerm   ReasonKind = ""
	KindAuthor ReasonKind = "author" // authors that both have
	KindTime   ReasonKind = "time"   // what both score more for being near in date
	KindBoost  ReasonKind = "boost"  // what the site's or the query's rules add, or take if it is negative
	KindUnlike ReasonKind = "unlike" // what being like the items takes that entries are not to be like; negative
	KindRest   ReasonKind = "rest"
)

// Describe returns what reasons of a kind are called, "" for shared terms.
func (k ReasonKind) Describe() string {
	switch k {
	case KindAuthor:
		return "same author"
	case KindTime:
		return "close in time"
	case KindBoost:
		return "boosted"
	case KindUnlike:
		return "like what is not wanted"
	case KindRest:
		return "other"
	}
	return ""
}

// An Entry is one item of a related answer.
type Entry struct {
	Card
	Tier  Tier       `json:"tier"`
	Score Millionths `json:"score,omitempty"` // of similar entries
	Why   []Reason   `json:"why,omitempty"`   // of similar entries, largest first

	// CopyOf is the id of the item itself where a similar entry has nearly the
	// same text. Of several entries with nearly the same text an answer has one.
	CopyOf string `json:"copyOf,omitempty"`

	// Companion is set where an entry goes with the item: another part of its series, or
	// a report and its launch.
	Companion bool `json:"companion,omitempty"`

	// Boost is what rules multiplied the score of a similar entry by; 0: nothing.
	Boost float64 `json:"boost,omitempty"`
}

// Related is the answer for one item.
type Related struct {
	Item         string        `json:"item"`
	Also         []string      `json:"also,omitempty"` // more items that entries are to be like
	Not          []string      `json:"not,omitempty"`  // items that they are not to be like
	Generation   int           `json:"generation"`     // 0: before the first
	ComputedAt   time.Time     `json:"computedAt,omitzero"`
	Stale        bool          `json:"stale"`
	Site         string        `json:"site,omitempty"` // what relative addresses of entries are relative to; empty: none is, or it is unknown
	Translations []Translation `json:"translations,omitempty"`
	Related      []Entry       `json:"related"`

	// Complete is false where filters left out so many items that better ones
	// than those shown, or more, may pass them; otherwise it is nil.
	Complete *bool `json:"complete,omitempty"`

	// Until is when the answer may change by itself because an embargo ends;
	// zero if none of the items that were looked at is embargoed.
	Until time.Time `json:"-"`
}

// A Query narrows a related answer. The zero Query asks for six entries.
type Query struct {
	Limit   int       // 1 to 50; 0: 6
	Types   []string  // any of them; empty: all
	Topics  []string  // any of them; empty: all
	Langs   []string  // any of them; empty: all
	Authors []string  // any of them, whole; empty: all
	Since   time.Time // by sort date, inclusive; zero: no bound
	Until   time.Time // by sort date, exclusive; zero: no bound
	Exclude []string  // ids
	NoFill  bool      // no topic and latest entries
	Also    []string  // ids of more items that entries are to be like, at most [MaxSeeds]
	Not     []string  // ids of items that they are not to be like, at most [MaxSeeds]
	Boosts  []Boost   // besides the site's
}

// A ListQuery chooses from the items of a topic. The zero ListQuery asks for
// the first twenty.
type ListQuery struct {
	Types     []string  // any of them, whole; empty: all
	Author    string    // whole; empty: all
	Lang      string    // only items of this language; empty: all
	From      time.Time // by sort date, inclusive; zero: no bound
	To        time.Time // by sort date, exclusive; zero: no bound
	Ungrouped bool      // language versions of a work apart
	Prefer    string    // language wanted of a work that has versions
	Cursor    string    // from a listing before; empty: the start
	Limit     int       // 1 to 100; 0: 20
}

// A Listing is a page of the items of a topic, newest first.
type Listing struct {
	Items      []Card    `json:"items"`
	NextCursor string    `json:"nextCursor,omitempty"`
	PrevCursor string    `json:"prevCursor,omitempty"`
	Until      time.Time `json:"-"` // as in [Related]
}

// A TopicQuery says which topics to list.
type TopicQuery struct {
	Match   string // only those whose title or slug holds it, in any case; empty: all
	Largest bool   // those with the most items, and programs and About pages before them; they are returned by title
	Cursor  string // NextCursor of the page before
	Page    int    // instead of a cursor, from 1: the page of that number, shorter where topics have nothing to show
	Limit   int    // topics of a page at most, from 1
}

// A TopicList is a page of topics, by title.
type TopicList struct {
	Topics     []Topic
	Total      int // that match, with those that have nothing to show at the moment
	NextCursor string
}

// A Stored is an item read back.
type Stored struct {
	Item
	Labels       []string      `json:"labels,omitempty"` // topics that editors gave it beside its own
	Translations []Translation `json:"translations,omitempty"`
	Indexed      bool          `json:"indexed"` // its last change is in the lists
	ETag         string        `json:"-"`       // of content and version, without quotes
}

// A Result says what became of one item that was handed over.
type Result struct {
	ID      string
	Outcome Outcome
	Version int64 // the stored version after the call, also where it was rejected as stale
	Err     error // what was wrong; nil unless Outcome is Stale or Rejected
}

// An Outcome is what became of an item that was handed over.
type Outcome string

const (
	Created   Outcome = "created"
	Replaced  Outcome = "replaced"
	Unchanged Outcome = "unchanged"
	Stale     Outcome = "stale"    // an older version than the stored one, or the same with other content
	Rejected  Outcome = "rejected" // invalid, or the store failed
)

// A StatusReport is the state of the whole.
type StatusReport struct {
	Version     string       `json:"version"`
	Store       string       `json:"store"`
	Generation  int          `json:"generation"`
	Previous    int          `json:"previous,omitempty"`
	ComputedAt  time.Time    `json:"computedAt,omitzero"`
	Items       int          `json:"items"`
	Withdrawn   int          `json:"withdrawn"`
	Embargoed   int          `json:"embargoed"`
	Pending     int          `json:"pending"` // changes that wait for the indexer
	DeadLetters []DeadLetter `json:"deadLetters,omitempty"`
	Stale       bool         `json:"stale"`

	// Settings of the site were changed since the lists were made, which the next
	// rebuild takes.
	SettingsChanged bool `json:"settingsChanged,omitempty"`
}

// A DeadLetter is a change that could not be indexed.
type DeadLetter struct {
	ID      string    `json:"id"`
	Version int64     `json:"version"`
	Error   string    `json:"error"`
	At      time.Time `json:"at"`
}

// A Generation is statistics, settings and all lists made under them.
type Generation struct {
	Number    int       `json:"number"`
	State     string    `json:"state"` // building, ready, current, previous, failed
	CreatedAt time.Time `json:"createdAt,omitzero"`
	Items     int       `json:"items"`
	Terms     int       `json:"terms"`
	Settings  string    `json:"settings"` // hash
	Change    uint64    `json:"change"`   // last change contained when it was switched to
	Gates     []Gate    `json:"gates,omitempty"`

	Threshold Millionths `json:"threshold"` // the least score that counts as similar
	Odds      float64    `json:"odds"`      // as many to one, at least, that such a likeness is not chance; 0: not known
}

// A Gate is one comparison of a new generation with the one in use.
type Gate struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Bound float64 `json:"bound"`
	OK    bool    `json:"ok"`
}

// MaxSeeds bounds how many items entries are to be like beside the first, and how many not.
const MaxSeeds = 10

// Check fills in the default limit and holds q to its bounds.
func (q *Query) Check() error {
	if q.Limit == 0 {
		q.Limit = 6
	}
	if q.Limit < 1 || q.Limit > 50 {
		return &InvalidError{"limit", fmt.Sprintf("%d is not from 1 to 50", q.Limit)}
	}
	for _, s := range []struct {
		name string
		ids  []string
	}{{"item", q.Also}, {"not", q.Not}} {
		if len(s.ids) > MaxSeeds {
			return Invalid(s.name, "names %d items, more than %d", len(s.ids), MaxSeeds)
		}
		for _, id := range s.ids {
			if err := CheckID(s.name, id); err != nil {
				return err
			}
		}
	}
	if len(q.Boosts) > MaxBoosts {
		return Invalid("boost", "comes %d times, more than %d", len(q.Boosts), MaxBoosts)
	}
	return nil
}

// ParseBound reads a bound of an interval of time: the first instant, UTC, of a
// year, month or day as "2024", "2024-03" and "2024-03-26", or a time of RFC
// 3339. Years are 1 to 9999.
func ParseBound(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, s); err == nil && t.UTC().Year() >= 1 && t.UTC().Year() <= 9999 {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errors.New("is not a time like 2024, 2024-03, 2024-03-26 or 2024-03-26T09:00:00Z")
}

// FewFound is how many items a search finds at least that is taken for what was meant.
const FewFound = 3

// Hints are what a search may have meant beside what it found.
type Hints struct {
	Meant   string  // the search with words put right that no title has; empty: nothing is near
	Authors []Named // whose names it says
}

// A Named is an author and the number of works that readers may see.
type Named struct {
	Name  string `json:"name"`
	Works int    `json:"works"`
}
