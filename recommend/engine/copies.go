package engine

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"akin/recommend"
	"akin/recommend/text"
)

const (
	copyWords = 8   // fewer tell nothing where numbers differ
	copyShare = 0.9 // of the words of two texts, that are in both
	copyScore = 20  // a copy's score differs by one part of so many at most
)

// A likeness is what tells whether a record says the same as another beside a
// source.
type likeness struct {
	*said
	scored bool   // it is shown for being similar
	score  uint32 // without what nearness in time adds
}

// likeness returns that of a record whose entry is c; nil: it is not shown for
// being similar.
func (a *answering) likeness(rec *record, c *storedEntry) likeness {
	l := likeness{said: rec.saying()}
	if c != nil && !a.seeds.combined() { // scores with several items are no cosines
		l.scored, l.score = true, a.undated(rec, c.score)
	}
	return l
}

// isCopy reports whether a record among those shown says the same as another.
// Two copies have nearly the same score with any item under one generation, so
// records whose scores are apart are none, whatever their cards say: their bodies
// differ.
func (a *answering) isCopy(l likeness) bool {
	return a.source.ID != "" && copyAmong(a.added, l) >= 0 // who searches wants all
}

// copyAmong returns which of the entries says the same as another, -1 if none does.
func copyAmong(entries []added, l likeness) int {
	return slices.IndexFunc(entries, func(other added) bool {
		if l.scored && other.scored && apart(l.score, other.score) && sameLanguage(l.Item, other.Item) { // stems of two languages differ
			return false
		}
		return l.same(other.said)
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

func sameLanguage(a, b *recommend.Item) bool {
	return a.Lang == b.Lang || text.BaseLanguage(a.Lang) == text.BaseLanguage(b.Lang)
}

// Copies reports whether a list shows only one of two items that have the given
// cosines with whose it is: their titles and summaries are nearly the same.
func Copies(a, b *recommend.Item, scoreA, scoreB recommend.Millionths) bool {
	return !(apart(scoreA, scoreB) && sameLanguage(a, b)) && sameText(a, b)
}

// sameText reports whether two items have nearly the same title and summary.
func sameText(a, b *recommend.Item) bool { return (&said{Item: a}).same(&said{Item: b}) }

// A said is what an item says in its title and summary. What is made of them is
// made once, when it is first asked for. It is safe for concurrent use, and the item
// must not be changed.
type said struct {
	*recommend.Item

	saying  sync.Once
	title   string // as [text.Saying] returns it, of the title
	summary string // likewise, of a summary that says more than the title

	shaping sync.Once
	shape   string // as [text.Shape] returns it, of the title

	wording sync.Once
	words   []string // as wordsOf returns them

	sharing sync.Once
	of      []string // as shares returns it
}

func (s *said) wordsOf() []string {
	s.wording.Do(func() { s.words = wordsOf(s.Item) })
	return s.words
}

// sayings returns what the title says, and the summary beyond it.
func (s *said) sayings() (title, summary string) {
	s.saying.Do(func() {
		s.title = text.Saying(s.Title)
		if s.summary = text.Saying(s.Summary); s.summary == s.title {
			s.summary = ""
		}
	})
	return s.title, s.summary
}

// same reports whether two items say nearly the same. Where numbers and dates
// differ, as in a series, or a word does, it takes a text of some length, in one
// language; where the language does, words of one that are marked as another.
func (s *said) same(t *said) bool {
	const sentence = 4 // words, which no two languages share
	if !sameLanguage(s.Item, t.Item) {
		return len(strings.Fields(s.Title)) >= sentence && s.sayTheSame(t)
	}
	if s.sayTheSame(t) || s.inSeries(t) {
		return true
	}
	if !alikeAtSight(s.Item, t.Item) {
		return false
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

// sayTheSame reports whether two items differ in how they are written alone: in
// signs, case and accents, in a summary that repeats the title, in one that is
// cut off, or in a name of the website behind a title.
func (s *said) sayTheSame(t *said) bool {
	if s.Title == t.Title && s.Summary == t.Summary {
		return true
	}
	return beginAlike(s.Title, t.Title) && s.sayingsAlike(t)
}

func (s *said) sayingsAlike(t *said) bool {
	title, summary := s.sayings()
	other, more := t.sayings()
	if title == "" || title != other && title != withoutSite(t.Title, other) && withoutSite(s.Title, title) != other {
		return false
	}
	if len(summary) > len(more) {
		summary, more = more, summary
	}
	const start = 40 // bytes, of a summary that was cut off
	return summary == more || len(summary) >= start && strings.HasPrefix(more, summary)
}

// inSeries reports whether two items say nothing of their own: their titles differ by
// a number or a date alone, in any script, and so do their summaries, if at all. Titles
// alone may be of different things, as pier 7 and pier 8 are: there the number must be
// that of an episode, a version or a year.
func (s *said) inSeries(t *said) bool {
	const (
		edge  = 3  // bytes that two such titles begin or end with
		slack = 16 // bytes that numbers and dates are longer or shorter by
	)
	a, b := s.Item, t.Item
	if d := len(a.Summary) - len(b.Summary); d > slack || d < -slack || a.Title == b.Title || !shareEdge(a.Title, b.Title, edge) {
		return false
	}
	shape := s.shapeOf()
	if shape != t.shapeOf() || !strings.Contains(shape, "#") || shape == "#" {
		return false
	}
	if a.Summary == "" && b.Summary == "" {
		return len(text.ShapeWords(a.Title)) > 1 && (ofReleases(a.Title) || ofEpisodes(shape))
	}
	return a.Summary == b.Summary || text.Shape(a.Summary) == text.Shape(b.Summary)
}

// ofReleases reports whether a title has the number of a version, or a year.
func ofReleases(title string) bool {
	return slices.ContainsFunc(strings.Fields(title), func(w string) bool {
		w = strings.Trim(w, ".,:;()[]")
		digits := strings.Trim(w, "0123456789.") == ""
		return digits && (strings.Contains(w, ".") || len(w) == 4 && (w[:2] == "19" || w[:2] == "20"))
	})
}

// ofEpisodes reports whether the shape of a title has a number that counts parts of
// something that it names.
func ofEpisodes(shape string) bool {
	words := strings.Fields(shape)
	at := slices.Index(words, "#")
	return at > 1 && text.Counts("", words[at-1])
}

// shareEdge reports whether two texts begin or end with the same n bytes, in the case
// that they are in.
func shareEdge(a, b string, n int) bool {
	if len(a) < n || len(b) < n {
		return false
	}
	return a[:n] == b[:n] || a[len(a)-n:] == b[len(b)-n:]
}

func (s *said) shapeOf() string {
	s.shaping.Do(func() { s.shape = text.Shape(s.Title) })
	return s.shape
}

// IsPage reports whether two items are one page as far as readers go: their
// addresses mean the same one, or their titles and summaries say the same under the given
// cosine; a title alone is shared by different works. A list never shows one of them
// beside the other.
func IsPage(a, b *recommend.Item, cosine recommend.Millionths) bool {
	return isPage(&said{Item: a}, &said{Item: b}, cosine)
}

func isPage(a, b *said, cosine recommend.Millionths) bool {
	return samePage(a.URL, b.URL) || a.Summary != "" && b.Summary != "" && cosine >= NearDuplicateScore && sameLanguage(a.Item, b.Item) && a.sayTheSame(b)
}

// beginAlike reports whether two titles may say the same. It costs little: it
// compares their letters and digits up to the first that is not ASCII. Where one
// title ends, the other may only go on with the name of a website.
func beginAlike(a, b string) bool {
	for v, w := a, b; ; {
		var x, y byte
		x, v = nextLetter(v)
		y, w = nextLetter(w)
		switch {
		case x == notASCII || y == notASCII:
			return true
		case x == 0 || y == 0:
			return x == y || strings.Contains(a, " | ") || strings.Contains(b, " | ")
		case x != y:
			return false
		}
	}
}

const notASCII = utf8.RuneSelf

// nextLetter returns the first letter of s in lower case, or its first digit, and where
// s goes on: notASCII for a sign that takes a closer look, 0 where none is left.
func nextLetter(s string) (c byte, rest string) {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			return notASCII, s[i:]
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A', s[i+1:]
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			return c, s[i+1:]
		}
	}
	return 0, ""
}

// withoutSite returns what a title says before the name of a website, as in
// "Boats for sale | Quay Times"; saying is what all of it says.
func withoutSite(title, saying string) string {
	const (
		least = 3 // words of the title
		most  = 5 // words of the name
	)
	k := strings.LastIndex(title, " | ")
	if k < 0 || len(strings.Fields(title[:k])) < least || len(strings.Fields(title[k+3:])) > most {
		return saying
	}
	return text.Saying(title[:k])
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
