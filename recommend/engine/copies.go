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

// A likeness is what tells whether a record says the same as another beside a
// source; what it takes is found once, however many it is compared with.
type likeness struct {
	said
	scored bool   // it is shown for being similar
	score  uint32 // without what nearness in time adds
}

// likeness returns that of a record whose entry is c; nil: it is not shown for
// being similar.
func (a *answering) likeness(rec *record, c *storedEntry) *likeness {
	l := &likeness{said: said{Item: &rec.Item}}
	if c != nil && !a.seeds.combined() { // scores with several items are no cosines
		l.scored, l.score = true, a.undated(rec, c.score)
	}
	return l
}

// isCopy reports whether a record among those shown says the same as another.
// Two copies have nearly the same score with any item under one generation, so
// records whose scores are apart are none, whatever their cards say: their bodies
// differ.
func (a *answering) isCopy(l *likeness) bool {
	return a.source.ID != "" && copyAmong(a.added, l) >= 0 // who searches wants all
}

// copyAmong returns which of the entries says the same as another, -1 if none does.
func copyAmong(entries []added, l *likeness) int {
	return slices.IndexFunc(entries, func(other added) bool {
		return !(l.scored && other.scored && apart(l.score, other.score)) && l.same(&other.said)
	})
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
// and summary.
func sameText(a, b *recommend.Item) bool { return (&said{Item: a}).same(&said{Item: b}) }

// A said is what an item says in its title and summary.
type said struct {
	*recommend.Item
	words []string // as wordsOf returns them; nil: not asked for
}

func (s *said) wordsOf() []string {
	if s.words == nil {
		s.words = wordsOf(s.Item)
	}
	return s.words
}

// same reports whether two items of one language say nearly the same. Where
// numbers and dates differ, as in a series, or a word does, it takes a text of
// some length.
func (s *said) same(t *said) bool {
	if s.Lang != t.Lang && text.BaseLanguage(s.Lang) != text.BaseLanguage(t.Lang) || !alikeAtSight(s.Item, t.Item) {
		return false
	}
	if strings.EqualFold(s.Title, t.Title) && strings.EqualFold(s.Summary, t.Summary) {
		return true
	}
	v, w := s.wordsOf(), t.wordsOf()
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
func wordsOf(it *recommend.Item) []string { return text.ShapeWords(it.Title + " " + it.Summary) }
