package engine

import (
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"math"
	"math/bits"
	"slices"
	"strings"

	"akin/recommend"
	"akin/recommend/store"
	"akin/recommend/text"
)

// A field of an item that terms come from.
type field uint8

const (
	fieldTitle field = iota
	fieldSummary
	fieldBody
	fieldAlt
	fields
)

// kindTopic marks the terms that stand for topics; the other kinds are text's.
const kindTopic = text.Kind(100)

// kindAuthor marks the terms that stand for authors.
const kindAuthor = text.Kind(101)

// A termCount is one term of one item.
type termCount struct {
	key     string
	surface string // its spelling in the item: the commonest, ties bytewise
	kind    text.Kind
	counts  [fields]uint8 // occurrences, 255 at most
}

// A termList is all that weighing needs to know of an item: its terms by key,
// and what orders it among items of equal score. It is a pure function of the
// item and the text settings.
type termList struct {
	id       string
	version  int64
	sortDate int64 // as sortMillis
	dead     bool  // withdrawn; there are no terms
	terms    []termCount
	part
}

// A part says which of a work an item is.
type part struct {
	work    string // id of the original; empty: the item's own
	lang    string
	embargo int64 // milliseconds since 1970; 0: it could be seen when it was published
}

// partOf returns which part of its work a record is.
func partOf(r *record) part {
	p := part{lang: r.Lang}
	if g := r.group(); g != r.ID {
		p.work = g
	}
	if r.VisibleFrom.After(r.changedAt) {
		p.embargo = r.VisibleFrom.UnixMilli()
	}
	return p
}

// analyse makes the terms of an item. Its language must be known.
func analyse(a *text.Analyzer, it *recommend.Item) *termList { return new(reading).analyse(a, it) }

// A reading is the working memory of making terms, used again for item after
// item.
type reading struct {
	all    []text.Term // occurrences, in reading order
	spans  []span      // which of them are of which field
	before []int32     // of each, the last one before it of the same term; -1: none

	slots []int32     // a hash table of the terms by key: 1 + where they are below
	found []termCount // the terms in the order of first sight, without spelling
	last  []int32     // of each, its last occurrence

	order    []place
	surfaces []string
	terms    []termCount
	numbers  []uint64 // of terms in the census, each above its place among them
}

// A span is a field and where the terms after its own begin.
type span struct {
	field field
	end   int
}

// A place is where a term stands, and the first eight bytes of its key, which
// are nearly always enough to know its order.
type place struct {
	start uint64
	at    int32
}

// analyse does what the function does; the terms are good until the next call.
func (r *reading) analyse(a *text.Analyzer, it *recommend.Item) *termList {
	r.read(a, it)
	r.order = slices.Grow(r.order[:0], len(r.found))
	for i := range r.found {
		var start [8]byte
		copy(start[:], r.found[i].key)
		r.order = append(r.order, place{binary.BigEndian.Uint64(start[:]), int32(i)})
	}
	slices.SortFunc(r.order, func(a, b place) int {
		if a.start != b.start {
			return cmp.Compare(a.start, b.start)
		}
		return cmp.Compare(r.found[a.at].key, r.found[b.at].key)
	})
	r.terms = slices.Grow(r.terms[:0], len(r.found))
	for _, o := range r.order {
		t := r.found[o.at]
		r.surfaces = r.surfaces[:0]
		for at := r.last[o.at]; at >= 0; at = r.before[at] {
			r.surfaces = append(r.surfaces, r.all[at].Surface)
		}
		t.surface = commonest(r.surfaces)
		r.terms = append(r.terms, t)
	}
	return &termList{id: it.ID, version: it.Version, sortDate: sortMillis(it), terms: r.terms}
}

// read makes the terms of an item and counts them, without order and spelling.
func (r *reading) read(a *text.Analyzer, it *recommend.Item) {
	r.all = slices.Grow(r.all[:0], (len(it.Title)+len(it.Summary)+len(it.Body))/6) // as many as most texts have
	r.spans = r.spans[:0]
	add := func(f field, s string) {
		if s != "" {
			r.all = a.Terms(r.all, it.Lang, s)
			r.spans = append(r.spans, span{f, len(r.all)})
		}
	}
	add(fieldTitle, it.Title)
	add(fieldSummary, it.Summary)
	add(fieldBody, it.Body)
	if it.Image != nil {
		if it.Title == "" && it.Summary == "" {
			add(fieldSummary, it.Image.Alt)
		} else {
			add(fieldAlt, it.Image.Alt)
		}
	}
	texts := len(r.all)
	for _, topic := range it.Topics {
		t := text.Term{Key: topicKeyOf(topic), Surface: topicSurface(topic), Kind: kindTopic}
		if !slices.ContainsFunc(r.all[texts:], func(o text.Term) bool { return o.Key == t.Key }) { // two spellings are one topic
			r.all = append(r.all, t)
		}
	}
	for _, author := range it.Authors {
		t := text.Term{Key: authorKeyOf(author), Surface: author, Kind: kindAuthor}
		if !slices.ContainsFunc(r.all[texts:], func(o text.Term) bool { return o.Key == t.Key }) {
			r.all = append(r.all, t)
		}
	}
	r.spans = append(r.spans, span{fieldSummary, len(r.all)})
	r.count()
}

// count gathers the occurrences of each term.
func (r *reading) count() {
	n := 1 << bits.Len(uint(2*len(r.all))) // at most half of the slots are taken
	r.slots = slices.Grow(r.slots[:0], n)[:n]
	clear(r.slots)
	r.before = slices.Grow(r.before[:0], len(r.all))[:len(r.all)]
	r.found, r.last = slices.Grow(r.found[:0], len(r.all)), slices.Grow(r.last[:0], len(r.all))
	i := 0
	for _, span := range r.spans {
		for ; i < span.end; i++ {
			x := &r.all[i]
			at := r.place(x.Key)
			t := &r.found[at]
			if t.counts[span.field] < 255 {
				t.counts[span.field]++
			}
			t.kind = min(t.kind, x.Kind)
			r.before[i], r.last[at] = r.last[at], int32(i)
		}
	}
}

// place returns where the term of a key is found; there is one from now on.
func (r *reading) place(key string) int32 {
	for h := maphash.String(keySeed, key); ; h++ {
		slot := &r.slots[h&uint64(len(r.slots)-1)]
		if *slot == 0 {
			r.found = append(r.found, termCount{key: key, kind: math.MaxUint8})
			r.last = append(r.last, -1)
			*slot = int32(len(r.found))
		}
		if at := *slot - 1; r.found[at].key == key {
			return at
		}
	}
}

// keySeed is of the hashes that last as long as a call.
var keySeed = maphash.MakeSeed()

// commonest returns the string that comes most often, of those the first
// bytewise. It sorts ss, which are not none.
func commonest(ss []string) string {
	same := true
	for _, s := range ss[1:] {
		same = same && s == ss[0]
	}
	if same {
		return ss[0]
	}
	slices.Sort(ss)
	best, most, run := ss[0], 1, 1
	for i := 1; i < len(ss); i++ {
		if ss[i] != ss[i-1] {
			run = 0
		}
		if run++; run > most {
			best, most = ss[i], run
		}
	}
	return best
}

// sortMillis is the item's sort date in milliseconds since 1970; items without
// one sort after all others.
func sortMillis(it *recommend.Item) int64 {
	t := it.SortTime()
	if t.IsZero() {
		return noDate
	}
	return t.UnixMilli()
}

// noDate is before every date.
const noDate = -1 << 50

// termListFormat is that of lists which say what they are part of; [plainTermList] that
// of earlier ones.
const (
	termListFormat = 2
	plainTermList  = 1
)

// pack writes a term list. Keys are written by what they do not share with the
// key before, spellings by what they do not share with their key.
func (l *termList) pack() []byte {
	p := packer{make([]byte, 0, 64+12*len(l.terms))}
	p.byte(termListFormat)
	p.string(l.id)
	p.uint(uint64(l.version))
	p.int(l.sortDate)
	if l.dead {
		p.byte(1)
		return p.b
	}
	p.byte(0)
	p.string(l.work)
	p.string(l.lang)
	p.int(l.embargo)
	p.uint(uint64(len(l.terms)))
	before := ""
	for _, t := range l.terms {
		n := shared(before, t.key)
		p.uint(uint64(n))
		p.string(t.key[n:])
		before = t.key
		word := t.key[strings.IndexAny(t.key, ":#@")+1:]
		n = shared(word, t.surface)
		p.uint(uint64(n))
		p.string(t.surface[n:])
		// One byte says the kind and which fields follow.
		mask := byte(0)
		for f, c := range t.counts {
			if c > 0 {
				mask |= 1 << f
			}
		}
		kind := byte(t.kind)
		switch t.kind {
		case kindTopic:
			kind = 15
		case kindAuthor:
			kind = 14
		}
		p.byte(kind<<4 | mask)
		for _, c := range t.counts {
			if c > 0 {
				p.byte(c)
			}
		}
	}
	return p.b
}

// told reports whether the row of a term list says what the item is part of.
func told(row store.Row) bool { return len(row.Data) > 0 && row.Data[0] == termListFormat }

func unpackTermList(b []byte) (*termList, error) {
	u := unpacker{s: string(b)}
	format := u.byte()
	if format != termListFormat && format != plainTermList {
		return nil, errCorrupt
	}
	l := &termList{id: u.string(), version: int64(u.uint()), sortDate: u.int()}
	if u.byte() == 1 {
		l.dead = true
		return l, u.end()
	}
	if format == termListFormat {
		l.part = part{u.string(), u.string(), u.int()}
	}
	n := u.count()
	l.terms = make([]termCount, 0, n)
	before := ""
	for range n {
		var t termCount
		t.key = u.joined(before)
		before = t.key
		t.surface = u.joined(t.key[strings.IndexAny(t.key, ":#@")+1:])
		b := u.byte()
		t.kind = text.Kind(b >> 4)
		switch t.kind {
		case 15:
			t.kind = kindTopic
		case 14:
			t.kind = kindAuthor
		}
		for f := range t.counts {
			if b>>f&1 == 1 {
				t.counts[f] = u.byte()
			}
		}
		l.terms = append(l.terms, t)
	}
	return l, u.end()
}

// joined takes a string that was written by what it does not share with before.
func (u *unpacker) joined(before string) string {
	n := u.small()
	rest := u.string()
	if int(n) > len(before) {
		u.fail()
		return ""
	}
	switch {
	case rest == "":
		return before[:n]
	case n == 0:
		return rest
	}
	return before[:n] + rest
}

// shared returns the length of the longest common prefix.
func shared(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// topicKeyOf is the key of the term that stands for a topic of an item.
func topicKeyOf(slug string) string { return topicKeyPrefix + recommend.SameLabel(slug) }

const topicKeyPrefix = "#" // which begins no other key

// authorKeyOf is the key of the term that stands for an author.
func authorKeyOf(name string) string { return "@" + recommend.SameLabel(name) }

// topicTerm is the term that stands for a topic of an item.
func topicTerm(slug string) termCount {
	t := termCount{key: topicKeyOf(slug), surface: topicSurface(slug), kind: kindTopic}
	t.counts[fieldSummary] = 1
	return t
}

func topicSurface(slug string) string { return strings.ReplaceAll(slug, "-", " ") }
