package recommend

import "time"

// A PublicList is a related answer without what changes though the list does not:
// what is published of it.
type PublicList struct {
	Item         string        `json:"item"`
	Translations []Translation `json:"translations,omitempty"`
	Related      []Entry       `json:"related"`
}

// Public returns what is published of an answer.
func (r *Related) Public() PublicList { return PublicList{r.Item, r.Translations, r.Related} }

// A PublicTopic is a topic with all of its items, as it is published.
type PublicTopic struct {
	Topic
	Items []Card `json:"items"`
}

// A Receipt says what changed of what is published: the lists of six entries of which
// items, and the pages of which topics. What is published does not change without
// a receipt, and receipts name nothing that did not change, but that a writer that
// crashed may have one name again what the one before named.
type Receipt struct {
	Number uint64    `json:"number"` // from 1, without gaps
	At     time.Time `json:"at"`

	// All says that everything may have changed: lists and topics are not named. It is
	// the first receipt that a store has, and where its count of what is published was lost.
	All bool `json:"all,omitempty"`

	Causes  []Cause  `json:"causes"`
	Omitted int      `json:"causesOmitted,omitempty"` // more causes than stand there
	Lists   []string `json:"lists"`                   // ids of items, of each language version its own; ascending
	Topics  []string `json:"topics"`                  // slugs, ascending
}

// A CauseKind is what made something change.
type CauseKind string

// The kinds of causes.
const (
	CauseItem       CauseKind = "item"       // an item was published, corrected or withdrawn
	CauseEditors    CauseKind = "editors"    // editors decided something, or topics were described
	CauseSettings   CauseKind = "settings"   // the settings of the site
	CauseGeneration CauseKind = "generation" // all lists were made anew
	CauseTime       CauseKind = "time"       // an embargo, a decision or a rule began or ended
	CauseReview     CauseKind = "review"     // akin had lost count and looked at every list
)

// A Cause is one of what made lists and topics change.
type Cause struct {
	Kind    CauseKind `json:"kind" enum:"item,editors,settings,generation,time,review"`
	Item    string    `json:"item,omitempty"`    // its id
	Version int64     `json:"version,omitempty"` // of the item
}

// MaxNamed is how many lists and topics one receipt names at most, and MaxCauses how
// many causes.
const (
	MaxNamed  = 1000
	MaxCauses = 100
)

// A Webhook is how far an address is that receipts are sent to.
type Webhook struct {
	Address string    `json:"address"` // without what may be secret in it
	Next    uint64    `json:"receipt"` // the last one that is done with
	Tries   int       `json:"tries,omitempty"`
	Error   string    `json:"error,omitempty"` // of the last try
	At      time.Time `json:"nextAt,omitzero"` // when the next try is due
	Dead    int       `json:"notTaken"`        // receipts that it never took
}
