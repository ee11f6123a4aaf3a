package engine

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"akin/recommend"
	"akin/recommend/text"
)

// An added is an entry of an answer, beside what it was made from.
type added struct {
	rec  *record
	c    *storedEntry // nil: not by likeness
	rank int          // of a similar entry among those that could be shown, from 1

	likeness // so that no copy of it is shown beside it
}

// giveWay reports whether a similar entry is to give way to the next ones, since one of its
// authors, or its series, has its share of the list. It notes the entry then. Of
// twice as many entries as are wanted, those that had to give way come back
// where the others do not fill the list.
func (a *answering) giveWay(e added) bool {
	if a.recalled || a.rules.share >= 1 {
		return false
	}
	if !slices.ContainsFunc(a.shares(e.rec), a.used) {
		return false
	}
	a.waiting = append(a.waiting, e)
	return true
}

// used reports whether an author, or a series, has its share of the list.
func (a *answering) used(of string) bool {
	return a.taken[of] >= max(1, int(a.rules.share*float64(a.q.Limit)))
}

// take counts an entry among those of its authors and its series.
func (a *answering) take(rec *record) {
	if a.taken == nil {
		a.taken = map[string]int{}
	}
	for _, of := range a.shares(rec) {
		a.taken[of]++
	}
}

// shares names what an entry takes a share for.
func (a *answering) shares(rec *record) []string {
	of := rec.saying().shares()
	if len(a.q.Authors) > 0 { // who asks for authors wants them
		return of[len(rec.Authors):]
	}
	return of
}

// shares names an item's authors, and then its series, if it is of one.
func (s *said) shares() []string {
	s.sharing.Do(func() {
		for _, author := range s.Authors {
			s.of = append(s.of, "author "+author)
		}
		if series := s.series(); series != "" {
			s.of = append(s.of, "series "+series)
		}
	})
	return s.of
}

// recall adds the entries that had to give way, as far as there is room, and puts the
// similar entries after the first pinned ones in their order again.
func (a *answering) recall(pinned int) {
	waiting := a.waiting
	if a.recalled, a.waiting = true, nil; len(waiting) == 0 || a.full() {
		return
	}
	for _, w := range waiting {
		if !a.full() && !a.shown[w.rec.group()] && !a.isCopy(w.likeness) {
			a.put(w, recommend.TierSimilar)
		}
	}
	type both struct {
		added
		recommend.Entry
	}
	all := make([]both, 0, len(a.added)-pinned)
	for i := pinned; i < len(a.added); i++ {
		all = append(all, both{a.added[i], a.answer.Related[i]})
	}
	slices.SortFunc(all, func(x, y both) int { return cmp.Compare(x.rank, y.rank) })
	for i, b := range all {
		a.added[pinned+i], a.answer.Related[pinned+i] = b.added, b.Entry
	}
}

// series returns what the titles of an item's series have in common, besides
// which they have a number; "" where it is of none.
func (s *said) series() string {
	if !strings.ContainsAny(s.Title, "0123456789IVX") { // no number and no numeral
		return ""
	}
	shape := s.shapeOf()
	if !strings.Contains(shape, "#") || shape == "#" {
		return ""
	}
	return s.Lang + " " + shape
}

const (
	companionTime  = 366 * 24 * time.Hour // between what goes together
	companionWords = 3                    // that one title has of the other, at least
)

// companions reports whether two items go together: they are parts of one series,
// whose titles are the same but for numbers ("Part 1", "Part 2"), or begin
// alike up to a number that counts something ("Episode 12: ..."); or they are of
// different types and at most a year apart, and the title of one is in that of the
// other, as of a report and its launch.
func companions(a, b *said) bool {
	if a.Lang != b.Lang || a.Title == b.Title {
		return false
	}
	if s := a.series(); s != "" {
		t := b.series()
		if s == t {
			return true
		}
		if p := countedIn(a.Lang, s); p != "" && p == countedIn(b.Lang, t) {
			return true
		}
	}
	short, long := a, b
	if len(short.Title) > len(long.Title) {
		short, long = long, short
	}
	if len(a.Types) == 0 || len(b.Types) == 0 || slices.ContainsFunc(a.Types, func(t string) bool { return slices.Contains(b.Types, t) }) ||
		strings.Count(short.Title, " ") < companionWords-1 || !sharesAWord(short.Title, long.Title) {
		return false
	}
	at, other := a.SortTime(), b.SortTime()
	if at.IsZero() || other.IsZero() || at.Sub(other).Abs() > companionTime {
		return false
	}
	x, y := short.shapeOf(), long.shapeOf()
	return strings.Count(x, " ") >= companionWords-1 && strings.Contains(" "+y+" ", " "+x+" ")
}

// sharesAWord reports whether the last word of a title is in another one, in any
// case. It costs little and spares most titles a closer look.
func sharesAWord(short, long string) bool {
	word := short[strings.LastIndexByte(short, ' ')+1:]
	word = strings.TrimRight(word, ".,:;!?»”\"')")
	return strings.Contains(strings.ToLower(long), strings.ToLower(word))
}

// countedIn returns the beginning of the shape of a series up to its first number, if the word before
// that counts parts of something; "" otherwise.
func countedIn(lang, shape string) string {
	before, _, found := strings.Cut(shape, " #")
	if !found {
		return ""
	}
	word := before[strings.LastIndexByte(before, ' ')+1:]
	base, _, _ := strings.Cut(lang, "-")
	if !text.Counts(base, word) {
		return ""
	}
	return before
}
