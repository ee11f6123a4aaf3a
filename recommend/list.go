package recommend

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"akin/recommend/index"
)

// maxReasons is the number of terms that an entry names; the rest is "other".
const maxReasons = 4

// A storedList is a related list as its row holds it: an item's best
// candidates under one generation, best first.
type storedList struct {
	number     uint32 // of the item
	computedAt time.Time
	entries    []storedEntry
}

type storedEntry struct {
	number  uint32
	score   uint32 // as of index.Dot
	reasons []Reason
}

const listFormat = 1

// pack writes a list in about 22 bytes an entry: the number takes 3, the
// score 5, each reason 1 for the term and 3 for its part. Terms are written
// once a list.
func (l *storedList) pack() []byte {
	p := packer{make([]byte, 0, 32+26*len(l.entries))}
	p.byte(listFormat)
	p.uint(uint64(l.number))
	p.int(l.computedAt.Unix())
	p.uint(uint64(len(l.entries)))
	terms := map[string]uint64{}
	for _, e := range l.entries {
		p.uint(uint64(e.number))
		p.uint(uint64(e.score))
		p.byte(byte(len(e.reasons)))
		for _, r := range e.reasons {
			// 0 introduces a term; later it is called by its place.
			n, ok := terms[r.Term]
			p.uint(n)
			if !ok {
				terms[r.Term] = uint64(len(terms) + 1)
				p.string(r.Term)
			}
			p.uint(uint64(r.Part))
		}
	}
	return p.b
}

func unpackList(b []byte) (*storedList, error) {
	u := unpacker{s: string(b)}
	l, err := u.list(true)
	if err != nil {
		return nil, err
	}
	return l, u.end()
}

// list takes a list, with its reasons or without.
func (u *unpacker) list(reasons bool) (*storedList, error) {
	if u.byte() != listFormat {
		return nil, errCorrupt
	}
	l := &storedList{number: u.small(), computedAt: time.Unix(u.int(), 0).UTC()}
	n := u.count()
	l.entries = make([]storedEntry, n)
	var terms []string
	var all []Reason // one piece of memory for the reasons of all entries
	if reasons {
		all = make([]Reason, 0, n*(maxReasons+1))
	}
	for i := range l.entries {
		e := &l.entries[i]
		e.number, e.score = u.small(), u.small()
		from := len(all)
		for range u.byte() {
			at := u.uint()
			if at == 0 {
				terms = append(terms, u.string())
				at = uint64(len(terms))
			}
			part := Millionths(u.uint())
			if at > uint64(len(terms)) {
				u.fail()
			}
			if u.failed {
				return nil, errCorrupt
			}
			if reasons {
				all = append(all, Reason{terms[at-1], part})
			}
		}
		e.reasons = all[from:len(all):len(all)]
	}
	return l, nil
}

// explain says why a and b have their score: the terms that they share, as
// readers spell them, with their parts of the score in millionths. Terms with
// one spelling are one reason, and the words of a shared pair belong to the
// pair. Largest parts come first, ties in the order of spellings.
func (w *weigher) explain(a, b index.Vector) []Reason {
	type share struct {
		term    uint32
		product uint32
		word    string
	}
	var shares []share
	total := uint32(0)
	w.mu.Lock()
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].Term < b[0].Term:
			a = a[1:]
		case a[0].Term > b[0].Term:
			b = b[1:]
		default:
			product := uint32(a[0].Impact) * uint32(b[0].Impact)
			shares = append(shares, share{a[0].Term, product, w.words[a[0].Term]})
			total += product
			a, b = a[1:], b[1:]
		}
	}
	// The strongest pairs take their words in.
	slices.SortFunc(shares, func(x, y share) int {
		return cmp.Or(cmp.Compare(y.product, x.product), cmp.Compare(w.keys[x.term], w.keys[y.term]))
	})
	for i := range shares {
		lang, words, _ := strings.Cut(w.keys[shares[i].term], ":")
		first, second, pair := strings.Cut(words, " ")
		if !pair || shares[i].product == 0 {
			continue
		}
		for j := range shares {
			if key := w.keys[shares[j].term]; j != i && (key == lang+":"+first || key == lang+":"+second) {
				shares[i].product += shares[j].product
				shares[j].product = 0
			}
		}
	}
	w.mu.Unlock()
	merged := shares[:0]
	for _, s := range shares {
		if s.product == 0 {
			continue
		}
		at := slices.IndexFunc(merged, func(m share) bool { return strings.EqualFold(m.word, s.word) })
		if at < 0 {
			merged = append(merged, s)
			continue
		}
		merged[at].product += s.product
	}
	slices.SortFunc(merged, func(x, y share) int {
		return cmp.Or(cmp.Compare(y.product, x.product), strings.Compare(x.word, y.word))
	})
	if len(merged) == 0 {
		return nil
	}
	// Parts are rounded down; what is left over goes to the largest.
	var reasons []Reason
	rest := Millionths(index.Millionths(total))
	other := Millionths(0)
	for i, m := range merged {
		part := Millionths(uint64(m.product) * 1_000_000 / (index.One * index.One))
		rest -= part
		if i < maxReasons {
			reasons = append(reasons, Reason{m.word, part})
		} else {
			other += part
		}
	}
	reasons[0].Part += rest
	if other > 0 {
		reasons = append(reasons, Reason{"other", other})
	}
	return reasons
}
