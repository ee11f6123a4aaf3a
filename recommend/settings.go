package recommend

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"akin/recommend/text"
)

// Settings are what a site may choose. They are kept with each generation, so
// that a list is always explained by the settings that it was made under.
type Settings struct {
	// K is the number of candidates that a related list holds, 10 to 200.
	// An answer is cut from them after filters, so it should be several
	// times the longest answer.
	K int `json:"k"`

	Fields FieldWeights `json:"fields"`
	Kinds  KindWeights  `json:"kinds"`

	Weights Weights `json:"weights"`

	// Odds are the least at which an entry counts as similar: as many to one that it
	// is like the item by more than chance, 0 to 1,000. From them a generation
	// finds the score for its corpus, if that has at least 100 items. 0: MinScore
	// alone decides. On the sample corpus three to one that a likeness is not chance are
	// even odds that a judge finds the entry related.
	Odds float64 `json:"odds"`

	// MinScore is the least score, in millionths of a full match, with which
	// an entry counts as similar, whatever the odds say.
	MinScore Millionths `json:"minScore"`

	Gates GateBounds `json:"gates"`
	Stale StaleAfter `json:"stale"`

	// Languages are those that the site is written in, as BCP 47 tags, the most
	// used first. An item that does not say its language and is too short to tell it is
	// in the likeliest of them, the first in doubt. Empty: those that a tenth of
	// the items or more are in, as far as the items say or show it.
	Languages []string `json:"languages,omitempty"`

	Text text.Settings `json:"text"`
}

// MaxCandidates is the greatest K.
const MaxCandidates = 200

// FieldWeights says how often one occurrence in a field counts. A weight of 0
// leaves the field out.
type FieldWeights struct {
	Title   float64 `json:"title"`
	Summary float64 `json:"summary"`
	Body    float64 `json:"body"`
	Alt     float64 `json:"alt"` // of the image; where there is no title it counts as a summary
}

// KindWeights multiply the weights of terms by what they are.
type KindWeights struct {
	Word     float64 `json:"word"`
	Compound float64 `json:"compound"`
	Pair     float64 `json:"pair"`
	Name     float64 `json:"name"`
	Acronym  float64 `json:"acronym"`
	Number   float64 `json:"number"`
	Topic    float64 `json:"topic"`
	Author   float64 `json:"author"`
}

// Weights say how terms and times count beside each other; `akin eval --ablate` shows
// what each does to the lists.
type Weights struct {
	// Rarity is the power of a term's idf, 0.1 to 2: below 1, rare terms have less
	// of a lead over common ones. See [index.SmoothedIDF].
	Rarity float64 `json:"rarity"`
	// General is how many items of general language, of which [text.General] tells
	// the terms, stand beside the site's own when idf is computed, 0 to 1,000,000:
	// on a small site an everyday word may be rare by chance.
	General float64 `json:"general"`
	// Slope is that of pivoted length normalisation, 0.75 to 1; 1 is the cosine,
	// which favours short texts. See [index.Vector.Pivot].
	Slope float64 `json:"slope"`
	// Nearness is how much more two items of one day score, 0 to 1, and
	// NearnessDays, 1 to 10,000, after how many days that has fallen to 37 %. See
	// [index.Nearness].
	Nearness     float64 `json:"nearness"`
	NearnessDays float64 `json:"nearnessDays"`
}

// PlainWeights are those by which generations were weighed that say none: plain idf and
// cosine.
func PlainWeights() Weights { return Weights{Rarity: 1, Slope: 1, NearnessDays: 180} }

// GateBounds are what a rebuilt generation is held to before readers see it.
type GateBounds struct {
	Filled float64 `json:"filled"` // least share of the items with a similar entry, of the share before
	Length float64 `json:"length"` // least mean length of a list, of that before
	Change float64 `json:"change"` // greatest mean share of the first five that are new
	Judged float64 `json:"judged"` // greatest share of nDCG@10 that may be lost on what editors judged, where they did for 50 works or more
	Corpus float64 `json:"corpus"` // beyond this change of the number of items the gates do not apply
}

// StaleAfter says when an answer calls itself stale.
type StaleAfter struct {
	Waiting time.Duration `json:"waiting"` // a change to the item is older than this and not indexed
	Age     time.Duration `json:"age"`     // the generation is older
	Changed float64       `json:"changed"` // a larger share of the items changed since
}

// DefaultSettings returns the settings that akin ships with.
func DefaultSettings() Settings {
	return Settings{
		K:        50,
		Fields:   FieldWeights{Title: 2.5, Summary: 1, Body: 0.3, Alt: 0.2},
		Kinds:    KindWeights{Word: 1, Compound: 0.5, Pair: 0.5, Name: 0.5, Acronym: 1, Number: 0.7, Topic: 2, Author: 1.5},
		Weights:  Weights{Rarity: 0.8, General: 1000, Slope: 0.85, Nearness: 0.5, NearnessDays: 180},
		Odds:     3,
		MinScore: 40_000,
		Gates:    GateBounds{Filled: 0.9, Length: 0.8, Change: 0.6, Judged: 0.05, Corpus: 0.2},
		Stale:    StaleAfter{Waiting: time.Minute, Age: 30 * 24 * time.Hour, Changed: 0.2},
		Text:     text.DefaultSettings(),
	}
}

// Validate returns an [*InvalidError] that names the first field which is out of
// its bounds. It does not look at Text, which [text.New] checks.
func (s *Settings) Validate() error {
	for i, lang := range s.Languages {
		if lang == "" {
			return &InvalidError{fmt.Sprintf("languages[%d]", i), "is empty"}
		}
		if err := CheckLang(fmt.Sprintf("languages[%d]", i), lang); err != nil {
			return err
		}
	}
	if s.K < 10 || s.K > MaxCandidates {
		return &InvalidError{"k", fmt.Sprintf("%d is not from 10 to %d", s.K, MaxCandidates)}
	}
	if s.MinScore < 0 || s.MinScore > 1_000_000 {
		return &InvalidError{"minScore", fmt.Sprintf("%v is not from 0 to 1", float64(s.MinScore)/1_000_000)}
	}
	if !(s.Odds >= 0 && s.Odds <= 1000) {
		return &InvalidError{"odds", fmt.Sprintf("%v is not from 0 to 1000", s.Odds)}
	}
	for _, w := range []struct {
		name   string
		weight float64
	}{
		{"fields.title", s.Fields.Title}, {"fields.summary", s.Fields.Summary},
		{"fields.body", s.Fields.Body}, {"fields.alt", s.Fields.Alt},
		{"kinds.word", s.Kinds.Word}, {"kinds.compound", s.Kinds.Compound}, {"kinds.pair", s.Kinds.Pair},
		{"kinds.name", s.Kinds.Name}, {"kinds.acronym", s.Kinds.Acronym}, {"kinds.number", s.Kinds.Number},
		{"kinds.topic", s.Kinds.Topic}, {"kinds.author", s.Kinds.Author},
	} {
		if !(w.weight >= 0 && w.weight <= 10) {
			return &InvalidError{w.name, fmt.Sprintf("%v is not from 0 to 10", w.weight)}
		}
	}
	for _, w := range []struct {
		name            string
		value, min, max float64
	}{
		{"weights.rarity", s.Weights.Rarity, 0.1, 2}, {"weights.general", s.Weights.General, 0, 1_000_000},
		{"weights.slope", s.Weights.Slope, 0.75, 1}, {"weights.nearness", s.Weights.Nearness, 0, 1},
		{"weights.nearnessDays", s.Weights.NearnessDays, 1, 10_000},
	} {
		if !(w.value >= w.min && w.value <= w.max) {
			return &InvalidError{w.name, fmt.Sprintf("%v is not from %v to %v", w.value, w.min, w.max)}
		}
	}
	return nil
}

// Hash returns a short hash of all settings.
func (s Settings) Hash() string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // no part of Settings can fail to be written
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}
