package engine

import (
	"slices"
	"strings"

	"akin/recommend"
	"akin/recommend/text"
)

const (
	copyWords = 8   // fewer tell nothing where numbers differ
	copyShare = 0.9 // of the words of two texts, that are in both
	copyScore = 20  // a copy's score differs by one part of so many at most
)

// copyOf returns which record among those shown says the same as rec, whose entry is c;
// nil if none does. Two copies have nearly the same score with any item under
// one generation, so entries whose scores are apart are none, whatever their
// cards say: their bodies differ.
func (a *answering) copyOf(rec *record, c *storedEntry) *record {
	if a.source.ID == "" {
		return nil // who searches wants all
	}
	for _, before := range a.added {
		other := before.rec
		if of := before.c; c != nil && of != nil && apart(a.undated(rec, c.score), a.undated(other, of.score)) {
			continue
		}
		if sameText(&rec.Item, &other.Item) {
			return other
		}
	}
	return nil
}

// undated is the score of a record beside the source without what nearness in time adds.
func (a *answering) undated(rec *record, score uint32) uint32 {
	if a.view.gen == nil {
		return score
	}
	near := a.view.gen.near()
	return near.Dot(score, dayOf(sortMillis(&a.source.Item)), dayOf(sortMillis(&rec.Item)))
}

func apart[N uint32 | recommend.Millionths](a, b N) bool {
	return (max(a, b)-min(a, b))*copyScore > max(a, b)
}

// Copies reports whether a list shows only one of two items that have the given
// cosines with whose it is: their titles and summaries are nearly the same.
func Copies(a, b *recommend.Item, scoreA, scoreB recommend.Millionths) bool {
	return !apart(scoreA, scoreB) && sameText(a, b)
}

// sameText reports whether two items of one language have nearly the same title
// and summary. Where numbers and dates differ, as in a series, or a word does, it
// takes a text of some length.
func sameText(a, b *recommend.Item) bool {
	if a.Lang != b.Lang || !alikeAtSight(a, b) {
		return false
	}
	if strings.EqualFold(a.Title, b.Title) && strings.EqualFold(a.Summary, b.Summary) {
		return true
	}
	v, w := wordsOf(a), wordsOf(b)
	if min(len(v), len(w)) < copyWords {
		return false
	}
	both := 0
	for _, x := range v {
		if _, ok := slices.BinarySearch(w, x); ok {
			both++
		}
	}
	return float64(both) >= copyShare*float64(len(v)+len(w)-both)
}

// alikeAtSight reports whether two items may have the same text. It costs next to
// nothing, unlike to look at their words: titles that differ by digits and
// case alone, or summaries that begin alike.
func alikeAtSight(a, b *recommend.Item) bool {
	if la, lb := len(a.Summary), len(b.Summary); 5*min(la, lb) < 4*max(la, lb) {
		return false
	}
	const start = 32 // bytes
	if len(a.Summary) >= start && len(b.Summary) >= start && a.Summary[:start] == b.Summary[:start] {
		return true
	}
	x, y := a.Title, b.Title
	for {
		x, y = strings.TrimLeft(x, "0123456789"), strings.TrimLeft(y, "0123456789")
		if x == "" || y == "" {
			return x == y
		}
		if x[0] != y[0] && (x[0]|0x20 != y[0]|0x20 || x[0]|0x20 < 'a' || x[0]|0x20 > 'z') {
			return false
		}
		x, y = x[1:], y[1:]
	}
}

// wordsOf returns the different words of an item's title and summary, ascending,
// without numbers and dates.
func wordsOf(it *recommend.Item) []string {
	words := strings.Fields(text.Shape(it.Title + " " + it.Summary))
	slices.Sort(words)
	words = slices.Compact(words)
	return slices.DeleteFunc(words, func(w string) bool { return w == "#" })
}
