package text

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	maxLetters = 24 // of a word that a [Lookup] looks at
	maxAsked   = 8  // different words of a query that it looks at
)

// A Lookup finds names, such as titles, by their words, also by the beginnings of words and
// by misspelt ones. Case and accents do not count; a character of a script that puts no
// spaces between words is a word.
//
// A word of a query meets a word of a name with so many points: 8 where they are the same,
// 6 where it is its beginning, of two letters at least; 4 or 3 at an edit distance of 1 or 2,
// where an insertion, a deletion, a substitution and an exchange of neighbours count 1 each and
// no letter is changed twice; 2 or 1 where it is at such a distance from a beginning. A word of fewer
// than 4 letters, or with a digit, may not be misspelt at all, one of fewer than 8 by one letter, any other by
// two; a beginning by one letter from 6 letters on, by two from 10 on. A name has the most points
// of any of its words for each word of the query, times 1 + the whole part of log2(names / names that
// the word meets), so that rare words count for more, and is found if at least half of
// the query's words meet it.
//
// Words of one name cost some 20 bytes each, different words some 150. It is safe for concurrent use;
// the zero value is empty and ready.
type Lookup struct {
	mu    sync.RWMutex
	names []name // by number
	size  int
	known map[string]*lookupWord
	words []*lookupWord // by spelling, but for fresh
	fresh []*lookupWord // that are not in words yet
	stale int           // of words that no name has any more
}

// A name is one that a [Lookup] finds.
type name struct {
	words []*lookupWord // different ones; nil: there is no name
	id    string
	date  int64
}

// A lookupWord is a word of names.
type lookupWord struct {
	folded string
	said   string   // as the first name writes it, in lower case
	in     []uint32 // the names that have it
}

// A Found is a name that a [Lookup] found.
type Found struct {
	Name   uint32
	Points uint32
	Least  uint8 // of the points, before they are weighed, that a word of the query has; 0: one does not meet the name
}

// Len returns the number of names.
func (l *Lookup) Len() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.size
}

// Set gives a number a name, in place of the one before. Of names that are found equally
// well, and have as many words, the one of the greater date comes first, then that of the lesser id. A name
// without words is none.
func (l *Lookup) Set(n uint32, s string, date int64, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remove(n)
	if l.known == nil {
		l.known = map[string]*lookupWord{}
	}
	var words []*lookupWord
	for _, t := range lookupTokens(s) {
		w := l.known[t.folded]
		if w == nil {
			w = &lookupWord{folded: strings.Clone(t.folded)}
			w.said = w.folded
			if t.said != t.folded {
				w.said = strings.Clone(t.said)
			}
			l.known[w.folded], l.fresh = w, append(l.fresh, w)
		} else if len(w.in) == 0 {
			l.stale--
		}
		if slices.Contains(words, w) {
			continue
		}
		words, w.in = append(words, w), append(w.in, n)
	}
	if words == nil {
		return
	}
	if int(n) >= len(l.names) {
		l.names = append(l.names, make([]name, int(n)+1-len(l.names)+len(l.names)/8)...)
	}
	l.names[n] = name{slices.Clip(words), strings.Clone(id), date}
	l.size++
}

// Remove takes a name out. It does nothing for a number that has none.
func (l *Lookup) Remove(n uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remove(n)
}

func (l *Lookup) remove(n uint32) {
	if int(n) >= len(l.names) || l.names[n].words == nil {
		return
	}
	for _, w := range l.names[n].words {
		at := slices.Index(w.in, n)
		w.in[at] = w.in[len(w.in)-1]
		if w.in = w.in[:len(w.in)-1]; len(w.in) == 0 {
			l.stale++
		}
	}
	l.names[n] = name{}
	l.size--
}

// settle puts fresh words among the others and leaves out those that no name has.
func (l *Lookup) settle() {
	l.mu.Lock()
	defer l.mu.Unlock()
	slices.SortFunc(l.fresh, bySpelling)
	all := make([]*lookupWord, 0, len(l.words)+len(l.fresh))
	for rest := l.words; len(rest)+len(l.fresh) > 0; {
		from := &rest
		if len(rest) == 0 || len(l.fresh) > 0 && bySpelling(l.fresh[0], rest[0]) < 0 {
			from = &l.fresh
		}
		w := (*from)[0]
		if *from = (*from)[1:]; len(w.in) > 0 {
			all = append(all, w)
		} else {
			delete(l.known, w.folded)
		}
	}
	l.words, l.fresh, l.stale = all, nil, 0
}

func bySpelling(a, b *lookupWord) int { return strings.Compare(a.folded, b.folded) }

// reading returns l to be read, with all words in order, and what ends that.
func (l *Lookup) reading() (done func()) {
	for {
		l.mu.RLock()
		if len(l.fresh) == 0 && l.stale <= len(l.words)/4 {
			return l.mu.RUnlock
		}
		l.mu.RUnlock()
		l.settle()
	}
}

// Find returns the names that a query finds and pass lets through, at most limit, those
// of the most points first; pass may be nil. It looks at the first 8 different words of the query,
// and at the first 24 letters of every word.
func (l *Lookup) Find(q string, limit int, pass func(n uint32) bool) []Found {
	asked := askedWords(q)
	defer l.reading()()
	points, met := make([]uint32, len(l.names)), make([]uint8, len(l.names))
	best, least := make([]uint8, len(l.names)), make([]uint8, len(l.names))
	var all, touched []uint32
	for _, t := range asked {
		touched = touched[:0]
		l.meet([]rune(t.folded), func(w *lookupWord, whole, beginning int) {
			p := pointsOf([]rune(t.folded), whole, beginning)
			if p == 0 {
				return
			}
			for _, n := range w.in {
				if best[n] == 0 {
					touched = append(touched, n)
				}
				best[n] = max(best[n], p)
			}
		})
		rare := uint32(1)
		if len(touched) > 0 {
			rare = uint32(bits.Len(uint(l.size / len(touched))))
		}
		for _, n := range touched {
			if met[n] == 0 {
				all, least[n] = append(all, n), best[n]
			}
			least[n] = min(least[n], best[n])
			points[n] += uint32(best[n]) * rare
			best[n] = 0
			met[n]++
		}
	}
	var found []Found
	for _, n := range all {
		f := Found{n, points[n], 0}
		if int(met[n]) == len(asked) {
			f.Least = least[n]
		}
		if 2*int(met[n]) < len(asked) || len(found) == limit && (limit == 0 || l.compare(f, found[limit-1]) >= 0) || pass != nil && !pass(n) {
			continue
		}
		at, _ := slices.BinarySearchFunc(found, f, l.compare)
		found = slices.Insert(found, at, f)
		found = found[:min(len(found), limit)]
	}
	return found
}

// compare orders what was found, the best first.
func (l *Lookup) compare(a, b Found) int {
	x, y := &l.names[a.Name], &l.names[b.Name]
	return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(len(x.words), len(y.words)), cmp.Compare(y.date, x.date), strings.Compare(x.id, y.id))
}

// pointsOf returns the points of a word of a query at these distances from a word and from its
// beginnings.
func pointsOf(asked []rune, whole, beginning int) uint8 {
	slips, early := slipsOf(asked)
	switch {
	case whole == 0:
		return 8
	case beginning == 0 && len(asked) > 1:
		return 6
	case whole <= slips:
		return uint8(5 - whole)
	case beginning <= early:
		return uint8(3 - beginning)
	}
	return 0
}

// slipsOf returns by how many letters a word of a query may be misspelt, and how many if
// it is the beginning of a word.
func slipsOf(asked []rune) (slips, early int) {
	if slices.ContainsFunc(asked, unicode.IsDigit) {
		return 0, -1
	}
	at := func(one, two int) int {
		switch n := len(asked); {
		case n < one:
			return 0
		case n < two:
			return 1
		}
		return 2
	}
	if early = at(6, 10); early == 0 {
		early = -1
	}
	return at(4, 8), early
}

// Meant returns a query with its misspelt words put right, and whether there are any: words of
// four letters and more that no name has which passes, and that are near one that has. The nearest is taken, of these the
// one that most names have, of these the first by spelling. Pass tells which names count.
func (l *Lookup) Meant(q string, pass func(n uint32) bool) (string, bool) {
	tokens := lookupTokens(q)
	if len(tokens) > maxAsked {
		return q, false
	}
	defer l.reading()()
	passing := func(w *lookupWord) (n int) {
		for _, i := range w.in {
			if pass(i) {
				n++
			}
		}
		return n
	}
	out, changed := make([]string, len(tokens)), false
	for i, t := range tokens {
		out[i] = t.said
		letters := []rune(t.folded)
		slips, _ := slipsOf(letters)
		if slips == 0 {
			continue
		}
		nearest, most := slips+1, 0
		l.meet(letters, func(w *lookupWord, whole, _ int) {
			if whole > slips || whole > nearest {
				return
			}
			if n := passing(w); n > 0 && (whole < nearest || n > most) {
				nearest, most, out[i] = whole, n, w.said
			}
		})
		if nearest == 0 {
			out[i] = t.said // with its own accents
		}
		changed = changed || nearest > 0 && nearest <= slips
	}
	return strings.Join(out, " "), changed
}

// meet calls f with every word that a word of a query is near, or a beginning of it, and the edit
// distances from the word and from its nearest beginning; a greater distance than slips is any such.
// Words are in order, so that those which begin alike share the rows of the table of distances,
// and all that begin in a way that is too far are passed over at once.
func (l *Lookup) meet(asked []rune, f func(w *lookupWord, whole, beginning int)) {
	slips, _ := slipsOf(asked)
	var t distances
	t.begin(asked)
	for i := 0; i < len(l.words); {
		w := l.words[i].folded
		depth, at, far := 0, 0, false
		for at < len(w) && !far {
			r, size := utf8.DecodeRuneInString(w[at:])
			at += size
			depth++
			far = t.add(asked, depth, r) > slips
		}
		if !far {
			f(l.words[i], int(t.rows[depth][len(asked)]), int(t.beginning[depth]))
			i++
			continue
		}
		begins, beginning := w[:at], int(t.beginning[depth])
		next := i + 1
		for step := 1; next < len(l.words) && strings.HasPrefix(l.words[next].folded, begins); step *= 2 {
			if ahead := next + step; ahead < len(l.words) && strings.HasPrefix(l.words[ahead].folded, begins) {
				next = ahead
				continue
			}
			next, step = next+1, 1
		}
		if beginning <= slips {
			for _, w := range l.words[i:next] {
				f(w, slips+1, beginning)
			}
		}
		i = next
	}
}

// distances are the edit distances between the beginnings of a word of a query and those of a
// word, a row for each letter of the latter.
type distances struct {
	rows      [maxLetters + 1][maxLetters + 1]uint8
	least     [maxLetters + 1]uint8 // of each row
	beginning [maxLetters + 1]uint8 // from the whole query's word to the nearest beginning so far
	word      [maxLetters]rune
	depth     int // letters of word
}

func (t *distances) begin(asked []rune) {
	for i := range len(asked) + 1 {
		t.rows[0][i] = uint8(i)
	}
	t.beginning[0] = uint8(len(asked))
}

// add makes the row of the letter at a depth, unless the word before had it, and returns the
// least distance in it.
func (t *distances) add(asked []rune, depth int, r rune) int {
	if depth <= t.depth && t.word[depth-1] == r {
		return int(t.least[depth])
	}
	t.word[depth-1], t.depth = r, depth
	row, above := &t.rows[depth], &t.rows[depth-1]
	row[0] = uint8(depth)
	least := row[0]
	for i, a := range asked {
		d := above[i]
		if a != r {
			d = 1 + min(d, above[i+1], row[i])
			if i > 0 && depth > 1 && a == t.word[depth-2] && asked[i-1] == r {
				d = min(d, 1+t.rows[depth-2][i-1])
			}
		}
		row[i+1] = d
		least = min(least, d)
	}
	t.least[depth] = least
	t.beginning[depth] = min(t.beginning[depth-1], row[len(asked)])
	return int(least)
}

// A lookupToken is a word of a name or of a query: as it is compared, and as it is written
// but for case.
type lookupToken struct{ folded, said string }

// lookupTokens returns the words of a text: its runs of letters, marks and digits.
func lookupTokens(s string) []lookupToken {
	var out []lookupToken
	add := func(said string) {
		folded := fold(said)
		if r := []rune(folded); len(r) > maxLetters {
			folded = string(r[:maxLetters])
		}
		out = append(out, lookupToken{folded, said})
	}
	s = strings.ToLower(norm.NFC.String(s))
	from := -1
	end := func(at int) {
		if from >= 0 {
			add(s[from:at])
		}
		from = -1
	}
	for i, r := range s {
		switch {
		case pairedScript(r):
			end(i)
			add(s[i : i+utf8.RuneLen(r)])
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && !(unicode.IsMark(r) && from >= 0):
			end(i)
		case from < 0:
			from = i
		}
	}
	end(len(s))
	return out
}

// askedWords returns the first different words of a query.
func askedWords(q string) []lookupToken {
	var out []lookupToken
	for _, t := range lookupTokens(q) {
		if len(out) < maxAsked && !slices.ContainsFunc(out, func(o lookupToken) bool { return o.folded == t.folded }) {
			out = append(out, t)
		}
	}
	return out
}
