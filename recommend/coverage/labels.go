package coverage

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"time"

	"akin/recommend/engine"
	"akin/recommend/parallel"
)

const (
	closeNeighbours = 10 // that vote for their topics by how like their texts are
	farNeighbours   = 30 // that vote by how like they are in all
	seasonal        = 20 // works before an item, and after it, that are of its time
	ofAuthor        = 10 // works of an author before an item, and after it
	smoothing       = 3  // imagined items without the topic, behind the share of a word
	prior           = 4  // imagined items with the site's share of the topic, behind a lift
	priorAuthor     = 2  // the same, behind the share among an author's works
)

// A likeness is what labels are judged from and does not depend on which of them
// are known: every item's words, its neighbours by those alone, and what was
// published before and after it. A stored list also counts shared topics, which
// must not testify for themselves, so its entries are put in order anew.
type likeness struct {
	c      *corpus
	texts  [][]engine.Impact  // by item: its vector without topics
	length []float64          // by item: of that vector
	near   [][]alike          // by item: other works, nearest first
	themes []theme            // by topic
	dated  []int32            // items with a date, by date and place
	works  map[string][]int32 // by author: items by date and place
}

// An alike is a neighbour: its cosine, and how like it is in all but topics, see
// [likeness.kinship].
type alike struct {
	item int32
	cos  float64
	kin  float64
}

// A theme is what a topic's own texts say, as a vector.
type theme struct {
	words  []engine.Impact
	length float64
}

func read(c *corpus) *likeness {
	n := len(c.s.Items)
	r := &likeness{
		c: c, texts: make([][]engine.Impact, n), length: make([]float64, n), near: make([][]alike, n),
		themes: make([]theme, len(c.topics)), works: map[string][]int32{},
	}
	parallel.Each(n, func(i int) { r.texts[i], r.length[i] = r.words(c.s.Items[i].Vector) })
	byDate := make([]int32, n)
	for i := range byDate {
		byDate[i] = int32(i)
	}
	slices.SortFunc(byDate, func(a, b int32) int { return cmp.Or(c.dates[a].Compare(c.dates[b]), cmp.Compare(a, b)) })
	for _, i := range byDate {
		if !c.dates[i].IsZero() {
			r.dated = append(r.dated, i)
		}
		for _, a := range c.s.Items[i].Authors {
			r.works[a] = append(r.works[a], i)
		}
	}
	for i := range min(len(c.s.Topics), len(c.s.Themes)) {
		if t, ok := c.slugs[c.s.Topics[i].Slug]; ok {
			r.themes[t].words, r.themes[t].length = r.words(c.s.Themes[i])
		}
	}
	parallel.Each(n, func(i int) { r.near[i] = r.rerank(r.about(i), c.s.Items[i].Near) })
	return r
}

// words returns a vector without the terms that stand for topics, and its
// length.
func (r *likeness) words(v []engine.Impact) (texts []engine.Impact, length float64) {
	sum := 0.0
	for _, im := range v {
		if r.c.s.Terms[im.Term].Kind != engine.TermTopic {
			texts = append(texts, im)
			sum += float64(im.Impact) * float64(im.Impact)
		}
	}
	return texts, math.Sqrt(sum)
}

// rerank puts a list in order by words alone, without versions of the work.
func (r *likeness) rerank(of *about, list []engine.Near) []alike {
	var near []alike
	for _, e := range list {
		if of.group == r.c.groups[e.Item] {
			continue
		}
		if d := dot(of.texts, r.texts[e.Item]); d > 0 {
			near = append(near, alike{item: e.Item, cos: float64(d) / (of.length * r.length[e.Item])})
		}
	}
	slices.SortFunc(near, func(a, b alike) int {
		return cmp.Or(cmp.Compare(b.cos, a.cos), cmp.Compare(a.item, b.item))
	})
	near = near[:min(len(near), farNeighbours)]
	for i := range near {
		near[i].kin = r.kinship(of, &near[i])
	}
	return near
}

// kinship is how like a neighbour is in all but topics: its cosine, squared;
// three times that if an author is the same; three times if the types are; and
// the more, to four times, the nearer its date is: by 0.3 + e^-years, where works
// without a date count as a year apart.
func (r *likeness) kinship(of *about, n *alike) float64 {
	it := &r.c.s.Items[n.item]
	kin := n.cos * n.cos
	if slices.ContainsFunc(of.authors, func(a string) bool { return slices.Contains(it.Authors, a) }) {
		kin *= 3
	}
	if slices.Equal(of.types, it.Types) {
		kin *= 3
	}
	years := 1.0
	if date := r.c.dates[n.item]; !date.IsZero() && !of.date.IsZero() {
		years = math.Abs(of.date.Sub(date).Hours()) / (365.25 * 24)
	}
	return kin * (0.3 + math.Exp(-years))
}

func dot(a, b []engine.Impact) (sum uint64) {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].Term < b[0].Term:
			a = a[1:]
		case a[0].Term > b[0].Term:
			b = b[1:]
		default:
			sum += uint64(a[0].Impact) * uint64(b[0].Impact)
			a, b = a[1:], b[1:]
		}
	}
	return sum
}

// around calls f with the works before and after an item in a list by date, the
// nearest first, up to n each way, without versions of its work.
func (r *likeness) around(of *about, list []int32, n int, f func(i int32)) {
	c := r.c
	at, _ := slices.BinarySearchFunc(list, of, func(i int32, of *about) int {
		return cmp.Or(c.dates[i].Compare(of.date), cmp.Compare(i, of.place))
	})
	for left, i := n, at-1; left > 0 && i >= 0; i-- {
		if c.groups[list[i]] != of.group {
			f(list[i])
			left--
		}
	}
	for left, i := n, at; left > 0 && i < len(list); i++ {
		if c.groups[list[i]] != of.group {
			f(list[i])
			left--
		}
	}
}

// A known is what the labels that are known say: which words and other topics
// go with each topic.
type known struct {
	*likeness
	topics [][]int32 // by item, ascending

	size  []float64           // by topic: items
	norms []float64           // by topic: squared length of the sum of its items' vectors
	with  [][]termTopic       // by term: the topics of the items that have it
	df    []float64           // by term: items
	both  []map[int32]float64 // by topic: items that have another topic too
	slots sync.Pool           // of *[]int32, by topic: place among candidates, from 1
}

// A termTopic says how many items with a term have a topic, and the sum of the term's
// parts of their vectors.
type termTopic struct {
	topic int32
	items float32
	sum   float32
}

// learn counts the labels that are known.
func (r *likeness) learn(topics [][]int32) *known {
	k := &known{likeness: r, topics: topics}
	n := len(r.c.topics)
	k.size, k.norms, k.both = make([]float64, n), make([]float64, n), make([]map[int32]float64, n)
	k.with, k.df = make([][]termTopic, len(r.c.s.Terms)), make([]float64, len(r.c.s.Terms))
	k.slots.New = func() any { s := make([]int32, n); return &s }
	members := make([][]int32, n)
	for i, ts := range topics {
		for _, im := range r.texts[i] {
			k.df[im.Term]++
		}
		for _, t := range ts {
			members[t] = append(members[t], int32(i))
			k.size[t]++
			for _, o := range ts {
				if o != t {
					if k.both[t] == nil {
						k.both[t] = map[int32]float64{}
					}
					k.both[t][o]++
				}
			}
		}
	}
	at := make([]termTopic, len(r.c.s.Terms))
	var met []uint32
	for t, is := range members {
		met = met[:0]
		for _, i := range is {
			for _, im := range r.texts[i] {
				sh := &at[im.Term]
				if sh.items == 0 {
					met = append(met, im.Term)
				}
				sh.items++
				sh.sum += float32(float64(im.Impact) / r.length[i])
			}
		}
		for _, term := range met {
			sh := at[term]
			sh.topic = int32(t)
			k.with[term] = append(k.with[term], sh)
			k.norms[t] += float64(sh.sum) * float64(sh.sum)
			at[term] = termTopic{}
		}
	}
	return k
}

// What a label is judged by. What is said of a label that an item has is what
// would be said if it lacked it: the item's own share is taken out of every
// number. Every lift is the logarithm of how many times more often a topic is
// met somewhere than on the site, behind four imagined works with the site's
// share, so that little evidence says little: ln((n+4p)/(m+4)) - ln p, of m works
// with n that have it (a Dirichlet prior, as of multinomial naive Bayes).
const (
	// The share of the ten nearest works that have it, weighed by the squares
	// of their cosines: its log odds, less the logarithm of the share of all.
	traitNear = iota
	// The share of the thirty nearest works that have it, as log odds, each
	// weighed by its kinship and by how far its other topics are the item's
	// (0.1 and Jaccard's index of the two sets, behind half a topic shared).
	traitKin
	// The cosine with the sum of the topic's items, as a logarithm: Rocchio's
	// classifier.
	traitWords
	// Its share of the items with a word of the item's, the mean of the best
	// three, as log odds.
	traitTelling
	// The lifts among the works with each other topic of the item's, their sum
	// over the root of their number: naive Bayes, halfway to the mean, as the
	// other topics are not independent.
	traitTogether
	// The least of these lifts, if below 0.
	traitApart
	// Its share of the works of the item's authors, those nearest in time, as
	// log odds.
	traitAuthors
	// The lift among the works published just before and after.
	traitSeason
	// The cosine with what the topic's own texts say.
	traitName
	// How many topics the ten nearest works have, less the item's others.
	traitFewer
	// The number of the item's other topics.
	traitOthers

	traits
)

// A label is a topic that an item has or might have, and what speaks for it.
type label struct {
	topic int32
	has   bool // it is among the labels known
	x     [traits]float64
}

// An about is the item that labels are judged of: a stored one, or a draft.
type about struct {
	texts   []engine.Impact // its vector without topics
	length  float64         // of texts
	near    []alike         // other works, nearest first
	topics  []int32         // ascending
	authors []string
	types   []string
	date    time.Time // zero: none
	group   string    // the id of its work
	place   int32     // among the items; after all others for a draft that is not stored
	counted float64   // 1: it is among the items that were counted, 0: it is not
}

// about returns an item without its topics.
func (r *likeness) about(i int) *about {
	it := &r.c.s.Items[i]
	return &about{
		texts: r.texts[i], length: r.length[i], near: r.near[i], authors: it.Authors, types: it.Types,
		date: r.c.dates[i], group: r.c.groups[i], place: int32(i), counted: 1,
	}
}

func (k *known) about(i int) *about {
	of := k.likeness.about(i)
	of.topics = k.topics[i]
	return of
}

// odds returns the logarithm of p's odds, held within bounds at 0 and 1.
func odds(p float64) float64 { return math.Log((p + 0.02) / (1.02 - p)) }

// lift returns the logarithm of how many times more often than p a topic is met
// that n of m works have.
func lift(n, m, p float64) float64 {
	return math.Log((max(0, n)+prior*p)/(max(0, m)+prior)) - math.Log(p)
}

// labels returns an item's topics, those of its neighbours, and extra ones.
func (k *known) labels(of *about, extra ...int32) []label {
	slots := k.slots.Get().(*[]int32)
	var ls []label
	add := func(t int32) *label {
		at := &(*slots)[t]
		if *at == 0 {
			ls = append(ls, label{topic: t})
			*at = int32(len(ls))
		}
		return &ls[*at-1]
	}
	for _, t := range of.topics {
		add(t).has = true
	}
	for _, t := range extra {
		add(t)
	}
	for _, n := range of.near {
		for _, t := range k.topics[n.item] {
			add(t)
		}
	}
	k.votes(of, ls, *slots)
	k.words(of, ls, *slots)
	k.times(of, ls, *slots)
	for j := range ls {
		k.company(of, &ls[j])
		(*slots)[ls[j].topic] = 0
	}
	k.slots.Put(slots)
	return ls
}

// share returns the share of all items that have a label's topic, the item
// itself apart.
func (k *known) share(of *about, l *label) float64 {
	items := k.size[l.topic]
	if l.has {
		items -= of.counted
	}
	return (max(0, items) + 0.5) / float64(len(k.topics))
}

// shared is what a neighbour's topics add to its kinship: both of the two sets
// and either of them are counted without the topic that is asked about.
func shared(both, either int) float64 { return 0.1 + (float64(both)+0.5)/float64(either+1) }

// votes fills in what the neighbours say.
func (k *known) votes(of *about, ls []label, slots []int32) {
	type vote struct{ near, with, without float64 }
	votes := make([]vote, len(ls))
	near, all, less, company := 0.0, 0.0, 0.0, 0.0
	own := len(of.topics)
	for rank := range of.near {
		n := &of.near[rank]
		topics := k.topics[n.item]
		both := 0
		for _, t := range topics {
			if ls[slots[t]-1].has {
				both++
			}
		}
		either := own + len(topics) - both
		if rank < closeNeighbours {
			near += n.cos * n.cos
			company += float64(len(topics))
		}
		missing := n.kin * shared(both, either)   // to a topic that neither has
		present := n.kin * shared(both, either-1) // to one that only the item has
		all += missing
		less += present
		for _, t := range topics {
			v := &votes[slots[t]-1]
			if rank < closeNeighbours {
				v.near += n.cos * n.cos
			}
			if ls[slots[t]-1].has { // both have it
				v.with += n.kin * shared(both-1, either-1)
				v.without += present
			} else { // only the neighbour has it
				v.with += n.kin * shared(both, either-1)
				v.without += missing
			}
		}
	}
	for j := range ls {
		l, v := &ls[j], &votes[j]
		rest := all
		others := own
		if l.has {
			rest = less
			others--
		}
		ratio := func(x, of float64) float64 { return x / max(of, 1e-12) }
		l.x[traitNear] = odds(ratio(v.near, near)) - math.Log(k.share(of, l))
		l.x[traitKin] = odds(ratio(v.with, max(0, rest-v.without)+v.with))
		l.x[traitOthers] = float64(others)
		l.x[traitFewer] = ratio(company, float64(min(len(of.near), closeNeighbours))) - float64(others)
	}
}

// words fills in what the words of an item say.
func (k *known) words(of *about, ls []label, slots []int32) {
	type said struct {
		dot  float64
		best [3]float64
	}
	sums := make([]said, len(ls))
	for _, im := range of.texts {
		weight := float64(im.Impact) / of.length
		for _, sh := range k.with[im.Term] {
			at := slots[sh.topic]
			if at == 0 {
				continue
			}
			s := &sums[at-1]
			items, sum := float64(sh.items), float64(sh.sum)
			if ls[at-1].has {
				items, sum = items-of.counted, sum-of.counted*weight
			}
			s.dot += weight * sum
			switch p := items / (k.df[im.Term] - of.counted + smoothing); {
			case p > s.best[0]:
				s.best = [3]float64{p, s.best[0], s.best[1]}
			case p > s.best[1]:
				s.best = [3]float64{s.best[0], p, s.best[1]}
			case p > s.best[2]:
				s.best[2] = p
			}
		}
	}
	for j := range ls {
		l, s := &ls[j], &sums[j]
		norm := k.norms[l.topic]
		if l.has { // |S-x|² = |S|² - 2(S-x)x - |x|², and |x| is 1
			norm -= of.counted * (2*s.dot + 1)
		}
		cos := 0.0
		if norm > 1e-6 {
			cos = max(0, s.dot/math.Sqrt(norm))
		}
		l.x[traitWords] = math.Log(cos + 0.02)
		l.x[traitTelling] = odds((s.best[0] + s.best[1] + s.best[2]) / 3)
		if th := &k.themes[l.topic]; th.length > 0 && of.length > 0 {
			l.x[traitName] = float64(dot(th.words, of.texts)) / (th.length * of.length)
		}
	}
}

// times fills in what the works say that were published about when the item was,
// on the site and by its authors.
func (k *known) times(of *about, ls []label, slots []int32) {
	type hits struct{ season, author float64 }
	met := make([]hits, len(ls))
	season, author := 0.0, 0.0
	if !of.date.IsZero() {
		k.around(of, k.dated, seasonal, func(i int32) {
			season++
			for _, t := range k.topics[i] {
				if at := slots[t]; at > 0 {
					met[at-1].season++
				}
			}
		})
	}
	for _, a := range of.authors {
		k.around(of, k.works[a], ofAuthor, func(i int32) {
			author++
			for _, t := range k.topics[i] {
				if at := slots[t]; at > 0 {
					met[at-1].author++
				}
			}
		})
	}
	for j := range ls {
		p := k.share(of, &ls[j])
		ls[j].x[traitSeason] = lift(met[j].season, season, p)
		ls[j].x[traitAuthors] = odds((met[j].author + priorAuthor*p) / (author + priorAuthor))
	}
}

// company fills in what the item's other topics say.
func (k *known) company(of *about, l *label) {
	own, others := 0.0, 0.0
	if l.has {
		own = of.counted
	}
	p := k.share(of, l)
	for _, o := range of.topics {
		if o == l.topic {
			continue
		}
		others++
		x := lift(k.both[o][l.topic]-own, k.size[o]-of.counted, p)
		l.x[traitTogether] += x
		l.x[traitApart] = min(l.x[traitApart], x)
	}
	l.x[traitTogether] /= math.Sqrt(max(others, 1))
}
