package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A member is a word as it goes into pairs, compounds and numbered names.
type member struct {
	ok      bool // it has a term
	stem    string
	surface string
	capital bool // it may carry a number
	acronym bool
}

// emit appends the terms.
func (r *reading) emit() {
	var last member // the word just before, if it has a term
	first := r.dateline()
	if first > 0 {
		r.tokens[first].gap = sentence
	}
	until := 0 // where the last phrase ends
	for i := first; i < len(r.tokens); {
		if i >= until {
			r.joined = ""
		}
		var p *phrase
		n := 0
		if r.tokens[i].w.starts != nil {
			p, n = r.phrase(i)
		}
		if p != nil {
			if p.do == drop {
				last = member{}
				i += n
				continue
			}
			whole := member{ok: true, stem: p.to.stem, surface: r.printed(p, i, n), capital: r.tokens[i].w.capital}
			r.put(Term{p.to.key, whole.surface, p.to.kind})
			r.joined, until = p.to.key, i+n
			if p.do == protect || p.to.kind == Acronym {
				whole.acronym = p.to.kind == Acronym
				last = r.pair(last, whole, r.tokens[i].gap)
				i += n
				continue
			}
		}
		if n = r.chain(i); n > 1 {
			last = r.compound(last, i, n)
		} else {
			last = r.one(last, i)
		}
		i += n
	}
}

func (r *reading) put(t Term) { r.out = append(r.out, t) }

// word returns the word of token i as it is to be read in this text.
func (r *reading) word(i int) *word {
	w := r.tokens[i].w
	if r.shouts && w.small != nil {
		return w.small
	}
	return w
}

// one puts the terms of token i, which stands alone, and returns its member.
func (r *reading) one(last member, i int) member {
	t := &r.tokens[i]
	w := r.word(i)
	switch w.class {
	case number:
		r.number(last, i)
		return member{}
	case paired:
		r.bigrams(t.start, t.end)
		return member{}
	}
	if n := r.ampersand(i); n > 0 {
		return member{}
	}
	p := r.terms(i)
	if !p.ok {
		return member{}
	}
	return r.pair(last, p, t.gap)
}

// terms puts the terms that token i has by itself.
func (r *reading) terms(i int) member {
	w := r.word(i)
	switch w.class {
	case content:
		p := member{ok: true, stem: w.part(), surface: r.spelt(i), capital: w.capital && !w.counter}
		r.put(Term{w.key, p.surface, w.kind})
		if w.shared.Key != "" && r.l.names && r.proper(i) {
			r.put(w.shared)
		}
		for _, c := range w.parts {
			if c.class == content {
				r.put(Term{c.key, c.surface, Word})
			}
		}
		return p
	case acronym, mixed:
		if r.loud && w.small != nil && w.small.class == content {
			// An acronym or a word: it meets both, and makes pairs as a word.
			r.put(w.shared)
			r.put(Term{w.small.key, w.small.surface, Word})
			return member{ok: true, stem: w.small.part(), surface: w.small.surface, capital: true}
		}
		if w.key != "" {
			r.put(Term{w.key, w.surface, Word})
		}
		r.put(w.shared)
		return member{ok: true, stem: w.stem, surface: w.shared.Surface, capital: true, acronym: w.class == acronym}
	}
	return member{}
}

// proper reports whether the capital of token i, if it has one, means something.
func (r *reading) proper(i int) bool {
	t := &r.tokens[i]
	return t.w.capital && (t.gap != sentence || t.w.elided) && !r.titled && !r.shouts
}

// spelt returns the surface of token i.
func (r *reading) spelt(i int) string {
	w := r.word(i)
	switch {
	case w.class == acronym || w.class == mixed:
		return w.shared.Surface
	case r.proper(i):
		return w.shown()
	}
	return w.surface
}

// pair puts the pair of last and p, which gap parts, and returns p.
func (r *reading) pair(last, p member, g gap) member {
	if last.ok && p.ok && g == blank {
		r.putPair(last, p, Pair, ' ')
	}
	return p
}

// putPair puts the term of two words.
func (r *reading) putPair(a, b member, k Kind, sep byte) {
	from := r.begin()
	r.buf = append(r.buf, a.stem...)
	r.buf = append(r.buf, ' ')
	r.buf = append(r.buf, b.stem...)
	mid := len(r.buf)
	r.buf = append(r.buf, a.surface...)
	r.buf = append(r.buf, sep)
	r.buf = append(r.buf, b.surface...)
	r.putJoint(from, mid, len(r.buf), k)
}

// begin begins the key of a term of several words and returns where.
func (r *reading) begin() int {
	from := len(r.buf)
	r.buf = append(r.buf, r.l.code...)
	r.buf = append(r.buf, ':')
	return from
}

// putJoint puts the term of several words whose key stands in the buffer from
// from to mid, and whose surface to end, unless it is the phrase that is being
// read.
func (r *reading) putJoint(from, mid, end int, k Kind) {
	keyEnd := mid
	if mid-from > maxKey {
		keyEnd = from + len(trimmed(string(r.buf[from:mid])))
	}
	if string(r.buf[from:keyEnd]) == r.joined {
		r.buf = r.buf[:from]
		return
	}
	r.joint = append(r.joint, joint{len(r.out), from, keyEnd, mid, end})
	r.put(Term{Kind: k})
}

// join gives the terms of several words their strings.
func (r *reading) join() {
	all := string(r.buf)
	for _, j := range r.joint {
		t := &r.out[j.at]
		t.Key, t.Surface = all[j.key:j.keyEnd], all[j.surface:j.last]
	}
}

// chain returns how many tokens from i on hyphens join.
func (r *reading) chain(i int) int {
	n := 1
	for i+n < len(r.tokens) && r.tokens[i+n].gap == hyphen {
		n++
	}
	return n
}

// compound puts the terms of the n tokens from i on, which hyphens join, and
// returns the member of the last one.
func (r *reading) compound(last member, i, n int) member {
	first, next := r.word(i), r.word(i+1)
	if first.single && first.capital && (next.class == mixed || next.class == number) { // "H-1B", "G-20"
		printed := r.s[r.tokens[i].start:r.tokens[i+1].end]
		stem := fold(first.surface) + strings.ToLower(next.part())
		p := member{ok: true, stem: strings.ToUpper(stem), surface: printed, capital: true, acronym: true}
		r.put(Term{key("", stem), printed, Acronym})
		return r.rest(r.pair(last, p, r.tokens[i].gap), i+2, n-2)
	}
	if first.prefix != "" {
		return r.prefixed(last, i, n)
	}
	r.putWhole(i, n)
	for k := range n {
		t := &r.tokens[i+k]
		var p member
		if w := r.word(i + k); w.class == number {
			if last.ok && k > 0 && w.namable {
				r.putNumber(last, w.part(), r.surface(i+k-1, i+k), true)
			}
		} else {
			p = r.terms(i + k)
		}
		if k == 0 {
			last = r.pair(last, p, t.gap)
			continue
		}
		if n > 2 && last.ok && p.ok {
			r.putPair(last, p, Pair, '-')
		}
		last = p
	}
	return last
}

// prefixed is compound where token i is a prefix. The closed spelling goes into
// pairs, so that "re-entry ban" meets "reentry ban", except for names.
func (r *reading) prefixed(last member, i, n int) member {
	if r.word(i+1).class != content {
		return r.rest(member{}, i+1, n-1)
	}
	w := r.cache.word(r.l, r.s[r.tokens[i].start:r.tokens[i+1].end])
	closed := member{ok: true, stem: w.part(), surface: w.surface}
	if r.proper(i + 1) {
		closed.surface = w.shown()
	}
	if w.key != r.joined {
		r.put(Term{w.key, closed.surface, Compound})
	}
	if r.proper(i+1) || n > 2 {
		return r.rest(member{}, i+1, n-1)
	}
	r.terms(i + 1)
	return r.pair(last, closed, r.tokens[i].gap)
}

// rest puts the terms of n tokens from i on, which follow last and a hyphen.
func (r *reading) rest(last member, i, n int) member {
	switch n {
	case 0:
		return last
	case 1:
		return r.one(member{}, i)
	}
	return r.compound(member{}, i, n)
}

// putWhole puts the term of all n tokens from i on, unless a number is among
// them or they are all stop words.
func (r *reading) putWhole(i, n int) {
	from := r.begin()
	stops := 0
	for k := range n {
		w := r.word(i + k)
		if w.class == stop && !w.single {
			stops++
		}
		if r.loud && w.small != nil && w.small.class == content {
			w = w.small
		}
		stem := w.part()
		if w.class == number || w.class == paired || stem == "" {
			stops = n
			break
		}
		if k > 0 {
			r.buf = append(r.buf, ' ')
		}
		r.buf = append(r.buf, stem...)
	}
	if stops == n {
		r.buf = r.buf[:from]
		return
	}
	mid := len(r.buf)
	for k := range n {
		if k > 0 {
			r.buf = append(r.buf, '-')
		}
		r.buf = append(r.buf, r.spelt(i+k)...)
	}
	end := len(r.buf)
	if end-mid > maxSurface {
		end = mid + len(cut(string(r.buf[mid:]), maxSurface))
	}
	r.putJoint(from, mid, end, Compound)
}

// surface returns what is printed from token i to token j.
func (r *reading) surface(i, j int) string {
	return cut(strings.Join(strings.Fields(r.s[r.tokens[i].start:r.tokens[j].end]), " "), maxSurface)
}

// number puts the name that number i belongs to, if it does.
func (r *reading) number(last member, i int) {
	t := &r.tokens[i]
	w := t.w
	if !w.namable || r.quantity(i) {
		return
	}
	if last.ok && last.capital && t.gap == blank {
		r.putNumber(last, w.part(), r.surface(i-1, i), last.acronym)
		return
	}
	if !w.year || r.titled || r.shouts || !r.l.names {
		return
	}
	end := i
	for end+1 < len(r.tokens) && end < i+3 {
		next := &r.tokens[end+1]
		if next.gap != blank || !next.w.capital || next.w.class != content {
			break
		}
		end++
	}
	if end > i {
		name := r.tokens[end].w
		r.putNumber(member{surface: name.surface}, w.part(), r.surface(i, end), false)
	}
}

// putNumber puts the term of a number and the name before it.
func (r *reading) putNumber(name member, number, surface string, hyphen bool) {
	sep := " "
	if hyphen {
		sep = "-"
	}
	stem := strings.Map(func(c rune) rune {
		if c == '.' || c == '\'' {
			return -1
		}
		return c
	}, fold(r.l.lower(name.surface)))
	r.put(Term{key("", stem+sep+number), surface, Number})
}

// quantity reports whether what follows number i makes it a quantity.
func (r *reading) quantity(i int) bool {
	if s := r.s[r.tokens[i].end:]; strings.HasPrefix(s, "%") || strings.HasPrefix(s, " %") || strings.HasPrefix(s, "°") {
		return true
	}
	return i+1 < len(r.tokens) && r.tokens[i+1].gap <= hyphen && r.tokens[i+1].w.unit
}

// ampersand puts the acronym that token i starts, "Q&A", and returns the number
// of its tokens; 0 if it starts none. The tokens after the first are spent.
func (r *reading) ampersand(i int) int {
	n := 1
	for i+n < len(r.tokens) && r.tokens[i+n].gap == amp && initials(r.tokens[i+n].w) && initials(r.tokens[i].w) {
		n++
	}
	if n == 1 {
		return 0
	}
	printed := cut(r.s[r.tokens[i].start:r.tokens[i+n-1].end], maxSurface)
	r.put(Term{key("", fold(r.l.lower(printed))), printed, Acronym})
	for k := 1; k < n; k++ {
		r.tokens[i+k].w = &spent
	}
	return n
}

// spent stands in the place of tokens that are part of a term already put.
var spent = word{class: stop, details: &plain}

func initials(w *word) bool { return w.single && w.capital || w.caps && w.letters < 4 }

// bigrams puts the overlapping pairs of characters from start to end.
func (r *reading) bigrams(start, end int) {
	s := r.s[start:end]
	a := 0
	b := cluster(s)
	if b == len(s) {
		r.character(s)
		return
	}
	for b < len(s) {
		c := b + cluster(s[b:])
		r.character(s[a:c])
		a, b = b, c
	}
}

// character puts the term of one or two characters.
func (r *reading) character(s string) {
	w := r.cache.word(r.l, s)
	r.put(Term{w.key, w.surface, Word})
}

// cluster returns the length of the first character of s with its marks.
func cluster(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	for n < len(s) {
		c, m := utf8.DecodeRuneInString(s[n:])
		if !unicode.IsMark(c) {
			break
		}
		n += m
	}
	return n
}

// phrase returns the longest phrase of the settings that starts at token i, and
// how many tokens it takes; nil if there is none.
func (r *reading) phrase(i int) (found *phrase, n int) {
	more := i+1 < len(r.tokens) && r.tokens[i+1].w.inside
	for _, p := range r.tokens[i].w.starts {
		if p.long && !more {
			continue
		}
		if m := r.match(p, i); m > n {
			found, n = p, m
		}
	}
	return found, n
}

// match returns how many tokens from i on p takes, 0 if it does not fit.
func (r *reading) match(p *phrase, i int) int {
	if p.literal != "" {
		return r.matchLiteral(p, i)
	}
	j := i
	for k := range p.elems {
		e := &p.elems[k]
		if j < len(r.tokens) && (j == i || r.tokens[j].gap <= hyphen) && e.fits(r.tokens[j].w) {
			j++
		} else if !e.optional {
			return 0
		}
	}
	return j - i
}

// matchLiteral is match for phrases with signs in them.
func (r *reading) matchLiteral(p *phrase, i int) int {
	from := r.tokens[i].start - p.lead
	to := from + len(p.literal)
	if from < 0 || to > len(r.s) || !strings.EqualFold(r.s[from:to], p.literal) {
		return 0
	}
	if next, _ := utf8.DecodeRuneInString(r.s[to:]); to < len(r.s) && isWordRune(next) {
		return 0
	}
	n := 1
	for i+n < len(r.tokens) && r.tokens[i+n].start < to {
		n++
	}
	return n
}

// fits reports whether w is e.
func (e *element) fits(w *word) bool {
	for _, alt := range e.alternatives {
		if w.norm == alt {
			return e.entry == "" || capitalsFit(e.entry, w.text)
		}
	}
	return e.key != "" && e.key == w.key
}

// printed returns what is printed of p at the n tokens from i on, in small
// letters unless it is a name.
func (r *reading) printed(p *phrase, i, n int) string {
	s := r.surface(i, i+n-1)
	if p.literal != "" {
		from := r.tokens[i].start - p.lead
		s = r.s[from : from+len(p.literal)]
	}
	if p.to.kind == Acronym || p.to.kind == Name || r.tokens[i].w.capital && r.tokens[i].gap != sentence && !r.titled {
		return s
	}
	return r.l.lower(s)
}
