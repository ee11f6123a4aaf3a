package engine

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"akin/recommend"
	"akin/recommend/index"
)

// A wanted is what one answer is chosen by: what was asked for, and the site's rules.
type wanted struct {
	*recommend.Query
	*rules
	lang string // the reader's
}

// version returns the number of the version of an entry to be looked at first: one
// in a language that is asked for, or else in the reader's.
func (w *wanted) version(e *storedEntry) uint32 {
	if len(w.Langs) == 0 {
		return versionIn(e, w.lang)
	}
	return versionIn(e, w.Langs...)
}

// rules are the rules of a site and of a query as they hold at one moment.
type rules struct {
	share  float64              // of a list that an author or a series may have
	oldest map[string]time.Time // by type: items before are too old
	boosts []boost
	most   uint64 // no item's factor is greater; at least noBoost
}

// noBoost is a factor of 1. Factors are whole numbers of 65,536ths, so that boosted
// scores are exact.
const noBoost = index.NoFactor

// A boost is one that is in force. Its zero members fit anything.
type boost struct {
	kind, author  string
	topics        []string  // that count as the one named
	after, before time.Time // by sort date: inclusive, exclusive
	factor        uint64
}

func newRules(l *recommend.Lists, q *recommend.Query, m merges, now time.Time) *rules {
	r := &rules{share: l.Share, most: noBoost}
	for _, a := range l.MaxAge {
		if r.oldest == nil {
			r.oldest = map[string]time.Time{}
		}
		if from := daysBefore(now, a.Days); from.After(r.oldest[a.Type]) {
			r.oldest[a.Type] = from
		}
	}
	for _, list := range [][]recommend.Boost{l.Boosts, q.Boosts} {
		for i := range list {
			b := &list[i]
			if !b.Holds(now) {
				continue
			}
			in := boost{kind: b.Type, author: b.Author, factor: uint64(math.Floor(b.Factor*noBoost + 0.5))}
			if b.Topic != "" {
				in.topics = m.into(m.of(b.Topic))
			}
			if b.OlderThan > 0 {
				in.before = daysBefore(now, b.OlderThan)
			}
			if b.NewerThan > 0 {
				in.after = daysBefore(now, b.NewerThan)
			}
			r.boosts = append(r.boosts, in)
			if in.factor > noBoost {
				r.most = min(r.most*in.factor/noBoost, recommend.MaxBoost*noBoost)
			}
		}
	}
	return r
}

func daysBefore(now time.Time, days int) time.Time {
	return now.Add(-time.Duration(days) * 24 * time.Hour)
}

// factor returns what rules multiply the score of an item by, in 65,536ths: the product
// of the boosts that fit it, rounded down after each, a tenth to ten in all.
func (r *rules) factor(f *trait) uint64 {
	by := uint64(noBoost)
	for i := range r.boosts {
		if b := &r.boosts[i]; b.fits(f) {
			by = by * b.factor / noBoost
		}
	}
	return min(max(by, noBoost/recommend.MaxBoost+1), recommend.MaxBoost*noBoost)
}

func (b *boost) fits(f *trait) bool {
	return (b.kind == "" || slices.Contains(f.types, b.kind)) && (b.author == "" || slices.Contains(f.authors, b.author)) &&
		(b.topics == nil || slices.ContainsFunc(b.topics, func(t string) bool { return slices.Contains(f.topics, t) })) &&
		within(f.at, b.after, b.before)
}

// young reports whether an item is not too old for its types. One without a date is
// of no age.
func (r *rules) young(f *trait) bool {
	if len(r.oldest) == 0 || f.at.IsZero() {
		return true
	}
	return !slices.ContainsFunc(f.types, func(t string) bool { return f.at.Before(r.oldest[t]) })
}

// narrowed reports whether an answer leaves out what its list may be full of.
func (a *answering) narrowed() bool { return filtered(&a.q) || len(a.rules.oldest) > 0 }

// boosted is the score of an entry under a factor, as answers tell it. It may be more
// than 1.
func boosted(score uint32, factor uint64) recommend.Millionths {
	return productMillionths(uint64(score) * factor)
}

// productMillionths is the product of a score and a factor as answers tell it.
func productMillionths(by uint64) recommend.Millionths {
	return recommend.Millionths((by/noBoost*1_000_000 + index.One*index.One/2) / (index.One * index.One))
}

// boost multiplies the score of an entry, and says so among its reasons: before those
// that are less, but the rest, which stands last.
func (a *answering) boost(e *recommend.Entry, rec *record, c *storedEntry) {
	f := traitOf(rec)
	by := a.rules.factor(&f)
	if by == noBoost {
		return
	}
	score := boosted(c.score, by)
	reason := recommend.Reason{Term: recommend.KindBoost.Describe(), Kind: recommend.KindBoost, Part: score - e.Score}
	at := slices.IndexFunc(e.Why, func(r recommend.Reason) bool { return r.Kind == recommend.KindRest || r.Part < reason.Part })
	if at < 0 {
		at = len(e.Why)
	}
	e.Score, e.Why = score, slices.Insert(slices.Clone(e.Why), at, reason)
	e.Boost = math.Round(float64(by)/noBoost*1000) / 1000
}

// A candidate is one whose record was read.
type candidate struct {
	rec *record
	c   *storedEntry
	by  uint64 // its score times its factor
}

// boostedSimilar adds the best of the candidates by boosted score, and reports whether that is
// proven: what the list does not hold scores no more than its last entry, times the
// greatest factor.
func (a *answering) boostedSimilar(ctx context.Context, records []*record) (proven bool, err error) {
	a.trace.all()
	if err := a.wholeList(); err != nil {
		return false, err
	}
	if records, err = a.others(ctx, a.candidates, records); err != nil {
		return false, err
	}
	for rest := a.candidates[len(records):]; len(rest) > 0; {
		more, err := a.next(ctx, rest)
		if err != nil {
			return false, err
		}
		if more, err = a.others(ctx, rest, more); err != nil {
			return false, err
		}
		records, rest = append(records, more...), rest[len(more):]
	}
	all := make([]candidate, 0, len(records))
	for i, rec := range records {
		if rec != nil {
			f := traitOf(rec)
			c := &a.candidates[i]
			all = append(all, candidate{rec, c, uint64(c.score) * a.rules.factor(&f)})
		}
	}
	slices.SortFunc(all, func(x, y candidate) int {
		return cmp.Or(cmp.Compare(y.by, x.by), keyOf(x.rec).Compare(keyOf(y.rec)))
	})
	bound := uint64(0)
	if !a.whole && len(a.candidates) > 0 {
		bound = uint64(a.candidates[len(a.candidates)-1].score) * a.rules.most
	}
	proven = true
	for _, c := range all {
		if a.full() {
			return proven, nil
		}
		proven = proven && c.by > bound
		a.add(c.rec, recommend.TierSimilar, c.c)
	}
	return a.full() && proven || a.whole, nil
}

// keyOf is what breaks ties between records, as between documents of an index.
func keyOf(r *record) index.Key {
	at := sortMillis(&r.Item)
	return index.Key{Date: at, ID: r.ID, Day: dayOf(at)}
}
