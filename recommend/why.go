package recommend

import "time"

// A Why says how another work stands to the related list of an item: what the two have in
// common, and what keeps the other out of the list.
type Why struct {
	Item       string `json:"item"`
	Other      Card   `json:"other"`
	Generation int    `json:"generation"`

	// Of Works that the item's own is compared with, Sharing have something in common with
	// it. The other is the one at Rank among them, from 1, by score without boosts; 0:
	// they have nothing in common.
	Works   int `json:"works"`
	Sharing int `json:"sharing"`
	Rank    int `json:"rank"`

	Score Millionths `json:"score"`           // as an entry of the list has it, with boosts
	Boost float64    `json:"boost,omitempty"` // what rules multiplied it by; 0: nothing
	Why   []Reason   `json:"why"`             // all that is in common; the parts add up to the score

	// ItemOnly is what the item's work says and the other does not, OtherOnly the other way
	// round, heaviest first. A part is what the term would give if both said it as much.
	ItemOnly  []Reason `json:"itemOnly"`
	OtherOnly []Reason `json:"otherOnly"`

	// Least is the score, without boosts, from which entries are shown as similar: from there
	// on the odds that works are alike by more than chance are at least Odds; 0: Least was set
	// by hand.
	Least Millionths `json:"least"`
	Odds  float64    `json:"odds,omitempty"`

	// Place is where the other stands in the list, from 1, and Tier why; 0 if it does not.
	Place int  `json:"place,omitempty"`
	Tier  Tier `json:"tier,omitempty"`

	// Holds are what keep it from standing there as pinned or similar; none if it does.
	Holds []Hold `json:"holds"`
}

// A Hold is one thing that keeps a work out of a related list.
type Hold struct {
	Kind  HoldKind   `json:"kind"`
	Item  string     `json:"item,omitempty"`  // id of the version or of the copy that is shown
	Name  string     `json:"name,omitempty"`  // of the filter, the type, the author
	By    string     `json:"by,omitempty"`    // who decided it
	Note  string     `json:"note,omitempty"`  // and why
	Until time.Time  `json:"until,omitzero"`  // when it ends by itself; zero: it does not
	Needs Millionths `json:"needs,omitempty"` // the score that it lacks; 0: that is unknown, or no matter
	Boost float64    `json:"boost,omitempty"` // a factor, up to [MaxBoost], that would give it that score; 0: none
}

// A HoldKind says what a [Hold] is.
type HoldKind string

// The kinds of holds, in the order in which they are told.
const (
	HoldSame      HoldKind = "same-work"       // it is a language version of the item
	HoldUnseen    HoldKind = "item-embargo"    // readers do not see the item yet, nor its list
	HoldWithdrawn HoldKind = "withdrawn"       // it is withdrawn
	HoldPending   HoldKind = "pending"         // the lists are being brought up to date; ask again
	HoldEmbargo   HoldKind = "embargo"         // it is under embargo
	HoldFilter    HoldKind = "filter"          // it does not pass the filter of that name
	HoldBlock     HoldKind = "block"           // an editor blocked the pair
	HoldExclude   HoldKind = "exclude"         // an editor keeps it out of all lists
	HoldNoSimilar HoldKind = "no-similar"      // an editor wants no similar works in this list
	HoldVersion   HoldKind = "version"         // another language version of it is shown, or would be
	HoldAge       HoldKind = "age"             // it is too old for its type
	HoldNothing   HoldKind = "nothing-shared"  // they have nothing in common
	HoldThreshold HoldKind = "threshold"       // they have too little in common
	HoldCopy      HoldKind = "copy"            // a shown work says nearly the same
	HoldAuthor    HoldKind = "author-share"    // works of its author take their share of the list
	HoldSeries    HoldKind = "series-share"    // works of its series do
	HoldExposure  HoldKind = "exposure"        // a work that scores nearly the same and stands in fewer lists has its place
	HoldRank      HoldKind = "rank"            // the list is full of works that are closer
	HoldStored    HoldKind = "beyond-the-list" // so many works are closer that it is not among the candidates
)
