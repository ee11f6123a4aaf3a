package coverage

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"akin/recommend"
	"akin/recommend/engine"
)

const (
	twinTerms = 5 // shared terms that make a likeness more than a coincidence

	translationLag = 183 * day // between a work and its translation
	sharedNames    = 2         // rare names and numbers that stand for missing authors
	rareTerm       = 20        // items that have it, at most

	untranslatedChance = 0.05 // of so few translations, at the rate of the site
	untranslatedWorks  = 5    // a topic with fewer is not judged
)

// duplicates finds pairs of items of one language that say nearly the same:
// their cosine is [engine.NearDuplicateScore] at least and rests on five terms or
// more. The one that came later is to go. Language versions of one work, and
// works that editors keep apart, are not told.
func (c *corpus) duplicates() {
	rules := c.decided()
	var pairs []pairing
	for i := range c.s.Items {
		for _, e := range c.s.Items[i].Near {
			of := e.Cosine >= engine.NearDuplicateScore/2 && c.ofSeries(i, int(e.Item)) || // short texts score less
				engine.IsPage(&c.s.Items[i].Item, &c.s.Items[e.Item].Item, 0)
			if !of && e.Cosine < engine.NearDuplicateScore {
				continue // the lists are in order of another measure
			}
			if p, ok := c.duplicate(i, int(e.Item), e.Cosine, rules); ok && (of || p.terms >= twinTerms) {
				pairs = append(pairs, p)
			}
		}
	}
	c.alike(pairs)
}

// ofSeries reports whether two items say the same under titles that differ by a number
// or a date.
func (c *corpus) ofSeries(i, j int) bool {
	a, b := &c.s.Items[i].Item, &c.s.Items[j].Item
	return a.Title != b.Title && strings.Contains(c.shape(i), "#") && c.shape(i) == c.shape(j) && engine.Copies(a, b, 1, 1)
}

// shape returns the shape of an item's title.
func (c *corpus) shape(i int) string {
	if c.shapes == nil {
		c.shapes = make([]string, len(c.s.Items))
	}
	if c.shapes[i] == "" {
		c.shapes[i] = recommend.TitleShape(c.s.Items[i].Title)
	}
	return c.shapes[i]
}

func (c *corpus) duplicate(i, j int, score recommend.Millionths, rules *decisions) (pairing, bool) {
	a, b := &c.s.Items[i], &c.s.Items[j]
	if a.Order > b.Order && slices.ContainsFunc(b.Near, func(n engine.Near) bool { return int(n.Item) == i }) {
		return pairing{}, false // told from the other side
	}
	if c.groups[i] == c.groups[j] || a.Lang != b.Lang || rules.blocked[[2]string{c.groups[i], c.groups[j]}] {
		return pairing{}, false
	}
	p := pairing{later: j, earlier: i, score: min(score, 1_000_000), terms: common(a.Vector, b.Vector)}
	if cmp.Or(c.dates[i].Compare(c.dates[j]), cmp.Compare(a.Order, b.Order)) > 0 {
		p.later, p.earlier = i, j
	}
	return p, true
}

// common returns the number of terms that two vectors share.
func common(a, b []engine.Impact) int {
	n := 0
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].Term < b[0].Term:
			a = a[1:]
		case a[0].Term > b[0].Term:
			b = b[1:]
		default:
			n++
			a, b = a[1:], b[1:]
		}
	}
	return n
}

// translations finds works that are likely language versions of each other and
// not linked, and topics where fewer works are translated than elsewhere.
func (c *corpus) translations() {
	langs := map[string]int{}
	for i := range c.s.Items {
		langs[c.s.Items[i].Lang]++
	}
	if len(langs) < 2 {
		return
	}
	c.unlinked()
	c.untranslated()
}

// unlinked finds pairs of items in two languages, neither of which has a version
// in the other's, with the same types and topics, whose dates are unknown or at
// most half a year apart, and that have the same authors or, where no author
// is known, share the address of an image or two rare names or numbers. Each
// must be the other's best such partner: the one that shares most names and
// numbers, then the one nearest in time.
func (c *corpus) unlinked() {
	buckets := map[string][]int{}
	for i := range c.s.Items {
		it := &c.s.Items[i]
		key := strings.Join(slices.Sorted(slices.Values(it.Types)), "\x00") + "\x01" + strings.Join(slices.Sorted(slices.Values(it.Topics)), "\x00")
		if len(it.Topics) > 0 {
			buckets[key+"\x01"+strings.Join(it.Authors, "\x00")] = append(buckets[key+"\x01"+strings.Join(it.Authors, "\x00")], i)
		}
	}
	rare := c.rare()
	best := map[int]partner{}
	rivals := map[int]int{}
	take := func(i int, p partner) {
		rivals[i]++
		if old, ok := best[i]; !ok || p.compare(old) < 0 {
			best[i] = p
		}
	}
	versions := c.spoken()
	for _, is := range buckets {
		c.couples(is, rare, versions, func(i, j int) {
			if p, ok := c.partner(i, j, rare); ok {
				take(i, p)
				p.item = i
				take(j, p)
			}
		})
	}
	for i, p := range best {
		if i > p.item || best[p.item].item != i {
			continue
		}
		a, b := &c.s.Items[i], &c.s.Items[p.item]
		original, version := a, b // the earlier one is the original
		if cmp.Or(c.dates[i].Compare(c.dates[p.item]), cmp.Compare(a.Order, b.Order)) > 0 {
			original, version = b, a
		}
		// Each rival halves the certainty, each shared rare name wins some back.
		confidence := 0.5 + 0.4/float64(max(rivals[i], rivals[p.item]))
		confidence = min(0.99, confidence+0.03*float64(p.names))
		c.find(Finding{Kind: UnlinkedTranslation, Item: version.ID, Other: original.ID, Confidence: confidence},
			original.Lang, version.Lang, strings.Join(a.Authors, ", "), number(days(p.apart)), number(p.names),
			cmp.Or(original.Title, original.ID))
	}
}

// A partner may be a language version of an item.
type partner struct {
	item  int
	names int
	apart time.Duration
}

func (p partner) compare(q partner) int {
	return cmp.Or(cmp.Compare(q.names, p.names), cmp.Compare(p.apart, q.apart), cmp.Compare(p.item, q.item))
}

func (c *corpus) partner(i, j int, rare [][]uint32) (partner, bool) {
	a, b := &c.s.Items[i], &c.s.Items[j]
	p := partner{item: j}
	if !c.dates[i].IsZero() && !c.dates[j].IsZero() {
		if p.apart = c.dates[i].Sub(c.dates[j]).Abs(); p.apart > translationLag {
			return partner{}, false
		}
	}
	for _, t := range rare[i] {
		if _, ok := slices.BinarySearch(rare[j], t); ok {
			p.names++
		}
	}
	sameImage := a.Image != nil && b.Image != nil && a.Image.URL != "" && a.Image.URL == b.Image.URL
	return p, len(a.Authors) > 0 || sameImage || p.names >= sharedNames
}

// rare returns, for each item, the terms of no language that few items have:
// names, acronyms and numbers, which a translation keeps.
func (c *corpus) rare() [][]uint32 {
	df := make([]int, len(c.s.Terms))
	for i := range c.s.Items {
		for _, im := range c.s.Items[i].Vector {
			df[im.Term]++
		}
	}
	rare := make([][]uint32, len(c.s.Items))
	for i := range c.s.Items {
		for _, im := range c.s.Items[i].Vector {
			if t := &c.s.Terms[im.Term]; t.Lang == "" && t.Kind == engine.TermWord && df[im.Term] <= rareTerm {
				rare[i] = append(rare[i], im.Term)
			}
		}
	}
	return rare
}

// untranslated finds topics in which significantly fewer works have a version
// in the site's second language than works of the site do: were each work
// translated at the site's rate (a binomial distribution), so few would have
// a chance of less than 1 in 20.
func (c *corpus) untranslated() {
	second := c.second()
	total, done := map[string]bool{}, map[string]bool{}
	topics := make([]map[string]bool, len(c.topics))
	for i, g := range c.groups {
		total[g] = true
		if c.s.Items[i].Lang == second {
			done[g] = true
		}
		for _, t := range c.carried[i] {
			if topics[t] == nil {
				topics[t] = map[string]bool{}
			}
			topics[t][g] = true
		}
	}
	rate := float64(len(done)) / float64(max(len(total), 1))
	for t, works := range topics {
		n, k := len(works), 0
		for g := range works {
			if done[g] {
				k++
			}
		}
		if n < untranslatedWorks || float64(k) >= rate*float64(n) || atMost(k, n, rate) >= untranslatedChance {
			continue
		}
		c.find(Finding{Kind: Untranslated, Topic: c.topics[t].Slug, Other: second},
			second, number(k), number(n), percent(rate))
	}
}

// second returns the language that most items are in but one.
func (c *corpus) second() string {
	counts := map[string]int{}
	var langs []string
	for i := range c.s.Items {
		lang := c.s.Items[i].Lang
		if counts[lang] == 0 {
			langs = append(langs, lang)
		}
		counts[lang]++
	}
	slices.SortFunc(langs, func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	return langs[1]
}
