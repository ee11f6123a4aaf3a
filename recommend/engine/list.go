package engine

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"akin/recommend"
	"akin/recommend/index"
	"akin/recommend/text"
)

// usualReasons is the number of terms that an entry names, and more only where they make
// less than three quarters of its score; the others are its rest.
const usualReasons = 4

// tells reports whether reasons without the rest of a score are enough to explain it.
func tells[N uint32 | recommend.Millionths](rest, score N) bool { return rest <= score/4 }

// A storedList is a related list as its row holds it: an item's best
// candidates under one generation, best first.
type storedList struct {
	number     uint32 // of the item
	computedAt time.Time
	lang       string // of the item
	of         string // id of the version of the same work whose list is the item's; empty: its own
	entries    []storedEntry
}

type storedEntry struct {
	number   uint32
	score    uint32 // as of index.Dot
	reasons  []recommend.Reason
	versions []storedVersion // of the work, the one of the number first; none: it is the only one
}

// A storedVersion is a language version of a work in a list.
type storedVersion struct {
	number uint32
	lang   string
}

// millionths is the score as answers tell it.
func (e *storedEntry) millionths() recommend.Millionths {
	return recommend.Millionths(index.Millionths(e.score))
}

// why returns the reasons, whose parts add up to the score. Those of lists that
// were written while scores could be a little over 1 lose the rest from the
// largest part.
func (e *storedEntry) why() []recommend.Reason {
	left := e.millionths()
	for _, r := range e.reasons {
		left -= r.Part
	}
	if left >= 0 || len(e.reasons) == 0 {
		return e.reasons
	}
	why := slices.Clone(e.reasons)
	why[0].Part += left
	return why
}

// listFormat is that of lists which name versions; [plainList] that of earlier ones.
const (
	listFormat = 2
	plainList  = 1
)

// versioned is the bit of an entry's number of reasons that says that versions follow.
const versioned = 1 << 7

// pack writes a list in about 22 bytes an entry: the number takes 3, the
// score 5, each reason 1 for the term and 3 for its part. Terms are written
// once a list.
func (l *storedList) pack() []byte {
	p := packer{make([]byte, 0, 32+26*len(l.entries))}
	p.byte(listFormat)
	p.uint(uint64(l.number))
	p.int(l.computedAt.Unix())
	p.string(l.lang)
	p.string(l.of)
	p.uint(uint64(len(l.entries)))
	terms := make(map[string]uint64, 2*len(l.entries))
	put := func(name string) {
		// 0 introduces a term; later it is called by its place.
		n, ok := terms[name]
		p.uint(n)
		if !ok {
			terms[name] = uint64(len(terms) + 1)
			p.string(name)
		}
	}
	for _, e := range l.entries {
		p.uint(uint64(e.number))
		p.uint(uint64(e.score))
		if len(e.versions) == 0 {
			p.byte(byte(len(e.reasons)))
		} else {
			p.byte(byte(len(e.reasons)) | versioned)
			p.uint(uint64(len(e.versions)))
			for _, v := range e.versions {
				p.uint(uint64(v.number))
				put(v.lang)
			}
		}
		for _, r := range e.reasons {
			put(nameOf(r))
			p.uint(uint64(r.Part))
		}
	}
	return p.b
}

func unpackList(b []byte) (*storedList, error) {
	u := unpacker{s: string(b)}
	l, err := u.list(true, recommend.MaxCandidates)
	if err != nil {
		return nil, err
	}
	return l, u.end()
}

// list takes a list, with its reasons or without, and at most so many of its
// entries; the others are left.
func (u *unpacker) list(reasons bool, most int) (*storedList, error) {
	format := u.byte()
	if format != listFormat && format != plainList {
		return nil, errCorrupt
	}
	l := &storedList{number: u.small(), computedAt: time.Unix(u.int(), 0).UTC()}
	if format == listFormat {
		l.lang, l.of = u.string(), u.string()
	}
	n := u.count()
	if n > recommend.MaxCandidates {
		u.fail()
	}
	if u.failed {
		return nil, errCorrupt
	}
	n = min(n, most)
	l.entries = make([]storedEntry, n)
	var terms []string
	var all []recommend.Reason // one piece of memory for the reasons of all entries
	if reasons {
		all = make([]recommend.Reason, 0, n*(usualReasons+1))
	}
	for i := range l.entries {
		e := &l.entries[i]
		e.number, e.score = u.small(), u.small()
		from := len(all)
		many := u.byte()
		if many&versioned != 0 {
			n := u.count()
			if n > maxVersions {
				u.fail()
				return nil, errCorrupt
			}
			e.versions = make([]storedVersion, n)
			for j := range e.versions {
				e.versions[j] = storedVersion{u.small(), u.name(&terms)}
			}
		}
		for range many &^ versioned {
			name := u.name(&terms)
			part := recommend.Millionths(u.uint())
			if u.failed {
				return nil, errCorrupt
			}
			if reasons {
				all = append(all, reasonOf(name, part))
			}
		}
		e.reasons = all[from:len(all):len(all)]
	}
	return l, nil
}

// name takes a string that is written once and then called by its place among names.
func (u *unpacker) name(names *[]string) string {
	at := u.uint()
	if at == 0 {
		*names = append(*names, u.string())
		at = uint64(len(*names))
	}
	if at > uint64(len(*names)) {
		u.fail()
		return ""
	}
	return (*names)[at-1]
}

// nameOf is what a reason is called in a row: its term, or what its kind is called.
// A term that is spelled as a kind is called ends in a zero byte.
func nameOf(r recommend.Reason) string {
	if r.Kind == recommend.KindTerm && kindOf(r.Term) != recommend.KindTerm {
		return r.Term + "\x00"
	}
	return r.Term
}

// reasonOf returns the reason that a row calls so.
func reasonOf(name string, part recommend.Millionths) recommend.Reason {
	return recommend.Reason{Term: strings.TrimSuffix(name, "\x00"), Kind: kindOf(name), Part: part}
}

// kindOf returns the kind of reasons that are called so; KindTerm if there is none.
func kindOf(name string) recommend.ReasonKind {
	for _, k := range []recommend.ReasonKind{recommend.KindAuthor, recommend.KindTime, recommend.KindRest} {
		if name == k.Describe() {
			return k
		}
	}
	return recommend.KindTerm
}

// The number of shared terms, the strongest, that reasons are made from; weaker ones
// are the rest.
const (
	explained     = 16
	explainedLong = 64 // of long texts, where so few make less than three quarters of the score
)

// A share is one shared term and its part of the score.
type share struct {
	term    uint32
	product uint32
	carried string // how it is called if not by its own name; see [weigher.translated]
}

// A side is one of two documents that have a score.
type side struct {
	vector  index.Vector
	day     int32
	carried bool // the vector has words by the glossary only
}

// side returns a document of the index as one.
func (st *state) side(d index.Doc) side {
	return side{st.index.Vector(d), st.index.Key(d).Day, st.works.carries(d, st.weigher.glossary)}
}

// explain says why a and b have their score: the terms that they share, as
// readers spell them, with their parts of the score in millionths. Terms with
// one spelling are one reason, and the words of a shared phrase belong to the
// phrase. One that a text has by the glossary only is called as the text has it: "heat / calor".
// That they are near in time is one too, and so are all shared authors
// together. Largest parts come first, ties in the order of spellings.
func (w *weigher) explain(a, b side) []recommend.Reason {
	return w.explainIn(nil, a, b)
}

// explainIn does what explain does. The reasons lie in room, as far as it has capacity.
func (w *weigher) explainIn(room []recommend.Reason, a, b side) []recommend.Reason {
	var shares [explained]share
	var spelt [explained + 1]run
	why, rest, score := w.reasons(room, a, b, usualReasons, shares[:0], spelt[:0])
	if !tells(rest, score) {
		why, _, _ = w.reasons(nil, a, b, usualReasons, make([]share, 0, explainedLong), nil)
	}
	return why
}

// reasons does what explain does, with so many reasons but the rest, and more while these make
// less than three quarters of the score. They are made
// from as many of the strongest terms as shares, which is empty, has room for; runs is
// working memory, and room as explainIn has it. It also returns the rest and the score, as of index.Dot.
func (w *weigher) reasons(room []recommend.Reason, x, y side, usual int, shares []share, runs []run) (reasons []recommend.Reason, rest, score uint32) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	total := uint32(0)
	a, b := x.vector, y.vector
	for i, j := 0, 0; i < len(a) && j < len(b); {
		if s, t := uint64(a[i].Term), uint64(b[j].Term); s != t {
			i += int((s - t) >> 63) // if s < t; which of them it is nobody can foresee, nor a processor
			j += int((t - s) >> 63)
			continue
		}
		s := share{term: a[i].Term, product: uint32(a[i].Impact) * uint32(b[j].Impact)}
		i, j = i+1, j+1
		total += s.product
		at := len(shares)
		for at > 0 && w.before(s, shares[at-1]) {
			at--
		}
		if len(shares) < cap(shares) {
			shares = append(shares, s)
		} else if at == cap(shares) {
			rest += s.product
		} else {
			rest += shares[len(shares)-1].product
		}
		if at < len(shares) {
			copy(shares[at+1:], shares[at:len(shares)-1])
			shares[at] = s
		}
	}
	w.translated(shares, x, y)
	w.group(shares)
	unspaced := false
	for _, s := range shares {
		if s.product > 0 {
			word := s.called(w.spelling(s.term))
			runs = append(runs, run{word, s.product})
			unspaced = unspaced || text.Unspaced(word)
		}
	}
	if unspaced {
		runs = joined(runs)
	}
	score = w.near.Score(total, x.day, y.day)
	if score > total {
		runs = append(runs, run{nearInTime, score - total})
	}
	whole := max(score, index.One*index.One) // a score beyond a full match counts as one
	part := func(product uint32) recommend.Millionths {
		return recommend.Millionths(uint64(product) * 1_000_000 / uint64(whole))
	}
	slices.SortFunc(runs, func(r, s run) int {
		if r.product != s.product {
			return cmp.Compare(s.product, r.product)
		}
		return strings.Compare(r.word, s.word)
	})
	if len(runs) == 0 {
		return nil, rest, score
	}
	for _, r := range runs {
		rest += r.product
	}
	// Parts are rounded down; what is left over goes to the largest.
	reasons = room[:0]
	if n := min(len(runs), usual) + 1; n > cap(room) { // but the last is for the rest
		reasons = make([]recommend.Reason, 0, n)
	}
	left := recommend.Millionths(index.Millionths(score))
	for i, r := range runs {
		if i >= usual && tells(rest, score) {
			break
		}
		reasons = append(reasons, r.reason(part(r.product)))
		left -= reasons[i].Part
		rest -= r.product
	}
	if other := part(rest); other > 0 {
		reasons = append(reasons, recommend.Reason{Term: recommend.KindRest.Describe(), Kind: recommend.KindRest, Part: other})
		left -= other
	}
	reasons[0].Part += left
	return reasons, rest, score
}

// called returns how a share is called in a reason, given how its term is spelled.
func (s *share) called(by spelled) string {
	switch {
	case s.carried != "":
		return s.carried
	case strings.HasPrefix(by.key, "@"):
		return byAuthor
	}
	return by.word
}

// before orders shares: larger ones first, ties by key.
func (w *weigher) before(a, b share) bool {
	return a.product > b.product || a.product == b.product && w.spelling(a.term).key < w.spelling(b.term).key
}

// group moves the products of terms that are part of a phrase, or spelled like
// another term, to that one. The shares come in the order of before.
func (w *weigher) group(shares []share) {
	var room [explained]spelled
	var letterRoom [explained]uint32
	spelt, letters := room[:0], letterRoom[:0]
	for _, s := range shares {
		spelt = append(spelt, w.spelling(s.term))
	}
	for i := range shares {
		if shares[i].product == 0 || strings.HasPrefix(spelt[i].key, "@") || joint(spelt[i].word) < 0 {
			continue
		}
		for j := range shares {
			if j != i && shares[j].product > 0 && inPhrase(spelt[j], shares[j].carried, spelt[i]) {
				shares[i].product += shares[j].product
				shares[j].product = 0
			}
		}
	}
	for i := range shares {
		spelt[i].word = shares[i].called(spelt[i])
		letters = append(letters, letterOf(spelt[i].word))
	}
	for i := range shares {
		if shares[i].product == 0 {
			continue
		}
		for j := i + 1; j < len(shares); j++ {
			if shares[j].product > 0 && letters[i]&letters[j] != 0 && strings.EqualFold(spelt[i].word, spelt[j].word) {
				shares[i].product += shares[j].product
				shares[j].product = 0
			}
		}
	}
}

// letterOf returns a bit that a word's first letter sets in either case, or all bits where
// that is not ASCII: words that have no bit in common are not spelled alike.
func letterOf(word string) uint32 {
	if word == "" || word[0] >= utf8.RuneSelf {
		return math.MaxUint32
	}
	return 1 << (word[0] & 31)
}

// inPhrase reports whether a term is one word of another one, by their keys or
// as readers spell them: "rents" is within "rent control", "Title" within
// "Title 42".
func inPhrase(word spelled, carried string, phrase spelled) bool {
	long, short := phrase.key, word.key
	if colon := strings.IndexByte(long, ':'); colon >= 0 && strings.HasPrefix(short, long[:colon+1]) {
		if stem := short[colon+1:]; holds(long[colon+1:], stem, false) {
			return true
		}
	}
	return holds(phrase.word, cmp.Or(carried, word.word), true)
}

// holds reports whether word is one of the words of phrase, and not all of it.
func holds(phrase, word string, fold bool) bool {
	for from := 0; from+len(word) <= len(phrase) && len(word) < len(phrase); {
		part := phrase[from : from+len(word)]
		end := from + len(word)
		if (end == len(phrase) || phrase[end] == ' ' || phrase[end] == '-') && (part == word || fold && strings.EqualFold(part, word)) {
			return true
		}
		next := joint(phrase[from:])
		if next < 0 {
			return false
		}
		from += next + 1
	}
	return false
}

// joint returns where the first word of a phrase ends, -1 if it has only one.
func joint(phrase string) int {
	for i := range len(phrase) {
		if c := phrase[i]; c == ' ' || c == '-' {
			return i
		}
	}
	return -1
}
