package recommend

import (
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
)

// Millionths is a score or a part of one: 0 to a little over 1,000,000. In
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
	*m = Millionths(f*1e6 + 0.5)
	return nil
}

// A Reason is a shared term, as readers spell it, and the part of the score
// that it gives. The parts of an entry add up to its score; "other" stands
// last for all terms beyond the first four.
type Reason struct {
	Term string     `json:"term"`
	Part Millionths `json:"part"`
}

// An Entry is one item of a related answer.
type Entry struct {
	Card
	Tier  Tier       `json:"tier"`
	Score Millionths `json:"score,omitempty"` // of similar entries
	Why   []Reason   `json:"why,omitempty"`   // of similar entries, largest first
}

// Related is the answer for one item.
type Related struct {
	Item         string        `json:"item"`
	Generation   int           `json:"generation"` // 0: before the first
	ComputedAt   time.Time     `json:"computedAt,omitzero"`
	Stale        bool          `json:"stale"`
	Translations []Translation `json:"translations,omitempty"`
	Related      []Entry       `json:"related"`

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
	Since   time.Time // by sort date, inclusive; zero: no bound
	Until   time.Time // by sort date, exclusive; zero: no bound
	Exclude []string  // ids
	NoFill  bool      // no topic and latest entries
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

// A Stored is an item read back.
type Stored struct {
	Item
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
}

// A Gate is one comparison of a new generation with the one in use.
type Gate struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Bound float64 `json:"bound"`
	OK    bool    `json:"ok"`
}

// Curation is what editors decided for one work, in all of its languages.
type Curation struct {
	Pins       []Decision `json:"pins,omitempty"`         // shown first, in this order
	Blocks     []Decision `json:"blocks,omitempty"`       // never shown beside each other, either way
	Exclude    *Note      `json:"exclude,omitempty"`      // never shown beside any item
	NoSimilar  *Note      `json:"noSimilar,omitempty"`    // no similar entries of its own
	NotByTopic []Decision `json:"ignoreTopics,omitempty"` // topics (slugs) that are no evidence for it
	ETag       string     `json:"-"`
}

// A Decision names another item, or a topic, with a note.
type Decision struct {
	ID string `json:"id"`
	Note
}

// A Note says who decided, why, when, and until when.
type Note struct {
	By      string    `json:"by,omitempty"`
	Text    string    `json:"note,omitempty"`
	At      time.Time `json:"at,omitzero"`
	Expires time.Time `json:"expires,omitzero"`
}

// A Draft is what is found for an item that is not stored.
type Draft struct {
	Related
	SuggestedTopics []TopicSuggestion `json:"suggestedTopics"`
	NearDuplicates  []NearDuplicate   `json:"nearDuplicates"`

	// Enters are the stored lists that the draft would stand in, at most 100,
	// the best places first, and EntersTotal how many there are. Where the
	// index holds no lists, only those of the 200 nearest items are looked at.
	Enters      []Entered `json:"enters"`
	EntersTotal int       `json:"entersTotal"`

	Survey *DraftSurvey `json:"-"`
}

// A DraftSurvey is what a draft is as part of a [Survey] of the same generation.
type DraftSurvey struct {
	Generation int
	Topics     []string    // of the draft, as they count
	Vector     []Impact    // as of a [Surveyed]
	Near       []Neighbour // best first
}

// A Neighbour is an item near a draft.
type Neighbour struct {
	ID     string
	Score  Millionths
	Hidden bool // readers may not see it
}

// An Entered is a list that a draft would enter.
type Entered struct {
	ID     string     `json:"id"` // of the item whose list it is
	Title  string     `json:"title,omitempty"`
	Place  int        `json:"place"` // in the stored list, from 1
	Score  Millionths `json:"score"`
	Leaves string     `json:"leaves,omitempty"` // the item that would leave; empty: none, or one that readers may not see
}

// A TopicSuggestion is a topic that an item's neighbours speak for.
type TopicSuggestion struct {
	Topic      string   `json:"topic"`
	Confidence float64  `json:"confidence"` // 0 to 1
	Evidence   []string `json:"evidence"`   // ids of the neighbours that have it
}

// A NearDuplicate is a stored item that says nearly the same.
type NearDuplicate struct {
	Card
	Score Millionths `json:"score"`
}
