// Package coverage makes the editors' report: what a site covers and where the
// holes are. It joins items, topics and related lists into findings, each
// with the figures that it rests on and what to do about it.
//
// A report is a pure function of a [engine.Survey] and a time. The package
// reads no clock, asks no service, and does no I/O beyond the rows of its own
// that [Save] and [Load] keep in a store. It changes no item and no decision of
// an editor: it only says what somebody may want to look at.
//
// Start reading at [Make], which calls one rule after another. Counts of topics
// are in topics.go, exposure in exposure.go, subjects without a topic in
// subjects.go and rising.go. Missing and wrong topics take the most: labels.go
// says what a label is judged by, train.go how that is learned from labels held
// back, doubt.go what is said with which confidence, and trial.go measures how
// often it is right.
package coverage

import (
	"cmp"
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"akin/recommend/engine"
)

// A Report is what there is to know, and to do, about the items of a site at
// one time.
type Report struct {
	Generation int       `json:"generation"` // 0: before the first; then nothing that needs lists is found
	ComputedAt time.Time `json:"computedAt"`
	Items      int       `json:"items"` // published, also those under embargo
	Site       Site      `json:"site"`
	Topics     []Topic   `json:"topics"` // by slug
	Exposure   Exposure  `json:"exposure"`
	Clicks     *Clicks   `json:"clicks,omitempty"` // nil: nothing was counted
	Findings   []Finding `json:"findings"`         // by kind as in [Kinds], then the surest first

	Each   []Finding `json:"-"` // those that [Finding.Many] of Findings count, in the same order
	Charts Charts    `json:"-"` // what the pages draw besides
}

// A Site counts all items.
type Site struct {
	Works     int            `json:"works"`           // language versions of one count once
	First     string         `json:"first,omitempty"` // date of the earliest item, "2009-03-01"
	Last      string         `json:"last,omitempty"`  // date of the latest that is not in the future
	SinceLast int            `json:"sinceLast"`       // days from Last to the report
	ByType    map[string]int `json:"byType"`          // items; one of two types counts under both
	ByLang    map[string]int `json:"byLang"`
	ByAuthor  map[string]int `json:"byAuthor"`
	ByYear    map[string]int `json:"byYear"`
	ByMonth   map[string]int `json:"byMonth"`  // "2024-03"; every month between the first and the last that has items
	Findings  map[string]int `json:"findings"` // by kind
}

// A Topic counts the items of a topic and of the topics below it.
type Topic struct {
	Slug   string         `json:"slug"`
	Items  int            `json:"items"`
	First  string         `json:"first,omitempty"`
	Last   string         `json:"last,omitempty"`
	ByType map[string]int `json:"byType"`
	ByLang map[string]int `json:"byLang"`
	ByYear map[string]int `json:"byYear"`
	State  string         `json:"state"` // steady, or the first of stale, thin, bloated, growing that holds
}

// An Exposure says how evenly related lists send readers to items. It looks at
// what readers see: the first six similar entries of every list.
type Exposure struct {
	Gini float64 `json:"gini"` // 0: all items stand in equally many lists; near 1: a few stand in all
	Top1 float64 `json:"top1"` // share of all places that the most shown hundredth of the items has
}

// Charts is what the pages draw.
type Charts struct {
	Months     map[string]map[string]int `json:"months"`      // by topic: items by month, "2024-03"
	Curve      []float64                 `json:"curve"`       // share of places of the least shown i/100 of the items, 0 to 100
	Shown      []Shown                   `json:"shown"`       // the most shown items, at most 50
	Titles     map[string]string         `json:"titles"`      // of the items and topics that findings name
	Topics     map[string]string         `json:"topicTitles"` // by slug
	ItemTopics map[string][]string       `json:"itemTopics"`  // of the items that findings name, with ancestors
	Labels     Labels                    `json:"labels"`
}

// A Shown is how often an item stands in a list where readers see it.
type Shown struct {
	Item   string `json:"item"`
	Places int    `json:"places"`
}

// A Finding is one thing to look at, with what to do about it.
type Finding struct {
	Kind       Kind    `json:"kind"`
	Topic      string  `json:"topic"`      // slug; empty: of no topic
	Item       string  `json:"item"`       // id; empty: of no item
	Other      string  `json:"other"`      // another item's id, a term, or a language, as the kind has it
	Confidence float64 `json:"confidence"` // 0 to 1; 1: a fact
	Evidence   string  `json:"evidence"`
	Action     string  `json:"action"`

	Facts []string `json:"-"` // what fills in the sentence, see [Finding.In]
}

// A Kind is what a finding is about.
type Kind string

// The kinds of findings. Each rule is stated where its finding is made.
const (
	DeadLetter          Kind = "dead-letter"
	SilentSource        Kind = "silent-source"
	HeldSource          Kind = "held-source"
	DeadPin             Kind = "dead-pin"
	ExpiredBlock        Kind = "expired-block"
	NearDuplicate       Kind = "near-duplicate"
	WrongTopic          Kind = "wrong-topic"
	MissingTopic        Kind = "missing-topic"
	UnlinkedTranslation Kind = "unlinked-translation"
	SameTopic           Kind = "same-topic"
	Series              Kind = "series"
	NoTopic             Kind = "no-topic"
	NoSummary           Kind = "no-summary"
	NoDate              Kind = "no-date"
	NoAlt               Kind = "no-alt"
	EmptyList           Kind = "empty-list"
	NeverRecommended    Kind = "never-recommended"
	OverExposed         Kind = "over-exposed"
	NeverClicked        Kind = "never-clicked"
	Stale               Kind = "stale"
	Thin                Kind = "thin"
	Bloated             Kind = "bloated"
	Growing             Kind = "growing"
	Untranslated        Kind = "untranslated"
	UncoveredSubject    Kind = "uncovered-subject"
	RisingTerm          Kind = "rising-term"

	NeverClickedPosition Kind = "never-clicked-position"
)

// Kinds returns all kinds in the order of a report: what is broken first, what
// is only worth knowing last.
func Kinds() []Kind {
	return []Kind{
		DeadLetter, SilentSource, HeldSource, DeadPin, ExpiredBlock, NearDuplicate, SameTopic, WrongTopic, MissingTopic, UnlinkedTranslation,
		NoTopic, NoSummary, NoDate, NoAlt, EmptyList, NeverRecommended, OverExposed, NeverClicked, NeverClickedPosition,
		Stale, Thin, Bloated, Growing, Untranslated, UncoveredSubject, RisingTerm, Series,
	}
}

// Make reports on s as of now. Equal surveys and times give equal reports.
func Make(s *engine.Survey, now time.Time) *Report {
	now = now.UTC()
	c := newCorpus(s, now)
	c.report = &Report{Generation: s.Generation, ComputedAt: now.Truncate(time.Second), Items: len(s.Items), Findings: []Finding{}}
	c.countSite()
	c.countTopics()
	c.spellings()
	c.curation()
	c.gaps()
	c.clicks()
	c.translations()
	if s.Generation != 0 {
		c.exposure()
		c.duplicates()
		c.labels()
		c.subjects()
		c.rising()
	}
	c.finish()
	return c.report
}

// finish orders the findings and names what they name.
func (c *corpus) finish() {
	c.many()
	r := c.report
	place := map[Kind]int{}
	for i, k := range Kinds() {
		place[k] = i
	}
	for _, fs := range [][]Finding{r.Findings, r.Each} {
		slices.SortStableFunc(fs, func(a, b Finding) int {
			return cmp.Or(
				cmp.Compare(place[a.Kind], place[b.Kind]), cmp.Compare(b.Confidence, a.Confidence),
				strings.Compare(a.Topic, b.Topic), strings.Compare(a.Item, b.Item), strings.Compare(a.Other, b.Other),
			)
		})
	}
	r.Site.Findings = map[string]int{}
	ch := &r.Charts
	ch.Titles, ch.ItemTopics = map[string]string{}, map[string][]string{}
	name := func(id string) {
		if i, ok := c.places[id]; ok {
			ch.Titles[id] = c.title(i)
			for _, t := range c.carried[i] {
				ch.ItemTopics[id] = append(ch.ItemTopics[id], c.topics[t].Slug)
			}
		}
	}
	for i := range r.Findings {
		r.Site.Findings[string(r.Findings[i].Kind)]++
	}
	for _, fs := range [][]Finding{r.Findings, r.Each} {
		for i := range fs {
			for _, id := range []string{fs[i].Item, fs[i].Other} {
				if _, ok := ch.Titles[id]; !ok {
					name(id)
				}
			}
		}
	}
	for _, s := range ch.Shown {
		if _, ok := ch.Titles[s.Item]; !ok {
			name(s.Item)
		}
	}
	ch.Topics = map[string]string{}
	for i := range c.topics {
		ch.Topics[c.topics[i].Slug] = c.topics[i].Title
	}
}

// find adds a finding; facts fill in the sentence of its kind.
func (c *corpus) find(f Finding, facts ...string) {
	f.Facts = facts
	f.Evidence, f.Action = f.In("en")
	if f.Confidence == 0 {
		f.Confidence = 1
	}
	f.Confidence = hundredths(f.Confidence)
	c.report.Findings = append(c.report.Findings, f)
}

// hundredths rounds a share to two decimals, half up.
func hundredths(x float64) float64 { return float64(int(x*100+0.5)) / 100 }

// WriteCSV writes findings as comma-separated values under the names that they
// have in JSON.
func WriteCSV(w io.Writer, findings []Finding) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"kind", "topic", "item", "other", "confidence", "evidence", "action"}); err != nil {
		return err
	}
	for i := range findings {
		f := &findings[i]
		row := []string{
			string(f.Kind), f.Topic, f.Item, f.Other,
			strconv.FormatFloat(f.Confidence, 'f', -1, 64), f.Evidence, f.Action,
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
