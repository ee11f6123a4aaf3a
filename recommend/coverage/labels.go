package coverage

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"akin/recommend"
)

const (
	closeNeighbours = 10 // that vote for their topics by how like their texts are
	farNeighbours   = 30 // that vote too, for what is common around an item
	smoothing       = 3  // imagined items without the topic, behind every share
	traits          = 8  // what a label is judged by, see [label]
)

// A reading is what labels are judged from and does not depend on which of them
// are known: every item's words, and its neighbours by those alone. A stored
// list also counts shared topics, which must not testify for themselves, so
// its entries are put in order anew.
type reading struct {
	c      *corpus
	texts  [][]recommend.Impact // by item: its vector without topics
	length []float64            // by item: of that vector
	near   [][]alike            // by item: other works, nearest first
}

type alike struct {
	item int32
	cos  float64
}

func read(c *corpus) *reading {
	n := len(c.s.Items)
	r := &reading{c: c, texts: make([][]recommend.Impact, n), length: make([]float64, n), near: make([][]alike, n)}
	parallel(n, func(i int) { r.texts[i], r.length[i] = r.words(c.s.Items[i].Vector) })
	parallel(n, func(i int) { r.near[i] = r.rerank(r.texts[i], r.length[i], c.groups[i], c.s.Items[i].Near) })
	return r
}

// words returns a vector without the terms that stand for topics, and its
// length.
func (r *reading) words(v []recommend.Impact) (texts []recommend.Impact, length float64) {
	sum := 0.0
	for _, im := range v {
		if r.c.s.Terms[im.Term].Kind != recommend.TermTopic {
			texts = append(texts, im)
			sum += float64(im.Impact) * float64(im.Impact)
		}
	}
	return texts, math.Sqrt(sum)
}

// rerank puts a list in order by words alone, without versions of the work.
func (r *reading) rerank(texts []recommend.Impact, length float64, group string, list []recommend.Near) []alike {
	var near []alike
	for _, e := range list {
		if group == r.c.groups[e.Item] {
			continue
		}
		if d := dot(texts, r.texts[e.Item]); d > 0 {
			near = append(near, alike{e.Item, float64(d) / (length * r.length[e.Item])})
		}
	}
	slices.SortFunc(near, func(a, b alike) int {
		return cmp.Or(cmp.Compare(b.cos, a.cos), cmp.Compare(a.item, b.item))
	})
	return near[:min(len(near), farNeighbours)]
}

func dot(a, b []recommend.Impact) (sum uint64) {
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

// A known is what the labels that are known say: which words, other topics and
// authors go with each topic.
type known struct {
	*reading
	topics [][]int32 // by item, ascending

	size   []float64           // by topic: items
	norms  []float64           // by topic: squared length of the sum of its items' vectors
	with   [][]share           // by term: the topics of the items that have it
	df     []float64           // by term: items
	both   []map[int32]float64 // by topic: items that have another topic too
	author map[string]map[int32]float64
	works  map[string]float64 // by author: items
	slots  sync.Pool          // of *[]int32, by topic: place among candidates, from 1
}

// A share is how many items with a term have a topic, and the sum of the term's
// parts of their vectors.
type share struct {
	topic int32
	items float32
	sum   float32
}

// learn counts the labels that are known.
func (r *reading) learn(topics [][]int32) *known {
	k := &known{reading: r, topics: topics, author: map[string]map[int32]float64{}, works: map[string]float64{}}
	n := len(r.c.topics)
	k.size, k.norms, k.both = make([]float64, n), make([]float64, n), make([]map[int32]float64, n)
	k.with, k.df = make([][]share, len(r.c.s.Terms)), make([]float64, len(r.c.s.Terms))
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
		for _, a := range r.c.s.Items[i].Authors {
			k.works[a]++
			if k.author[a] == nil {
				k.author[a] = map[int32]float64{}
			}
			for _, t := range ts {
				k.author[a][t]++
			}
		}
	}
	at := make([]share, len(r.c.s.Terms))
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
			at[term] = share{}
		}
	}
	return k
}

// A label is a topic that an item has or might have, and what speaks for it.
// What is said of a label that an item has is what would be said if it lacked
// it: the item's own share is taken out of every number. They are, in order:
//
//   - the votes of the ten nearest works, as log odds
//   - the votes of the thirty nearest works, as log odds
//   - the cosine with the sum of the topic's items, as a logarithm
//   - the share of the topic among items with a word of the item's, the mean of
//     the best three, as log odds
//   - the share of the topic among items with another topic of the item's, the
//     best, as log odds
//   - the share of the topic among the works of an author, the best, as log odds
//   - the share of the topic among all items, as a logarithm
//   - the number of the item's other topics
type label struct {
	topic int32
	has   bool // it is among the labels known
	x     [traits]float64
}

// An about is the item that labels are judged of: a stored one, or a draft.
type about struct {
	texts   []recommend.Impact // its vector without topics
	length  float64            // of texts
	near    []alike            // other works, nearest first
	topics  []int32            // ascending
	authors []string
	counted float64 // 1: it is among the items that were counted, 0: it is not
}

func (k *known) about(i int) *about {
	return &about{k.texts[i], k.length[i], k.near[i], k.topics[i], k.c.s.Items[i].Authors, 1}
}

// odds returns the logarithm of p's odds, held within bounds at 0 and 1.
func odds(p float64) float64 { return math.Log((p + 0.02) / (1.02 - p)) }

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
	near, far := 0.0, 0.0
	for rank, n := range of.near {
		far += n.cos
		if rank < closeNeighbours {
			near += n.cos
		}
	}
	for rank, n := range of.near {
		for _, t := range k.topics[n.item] {
			l := add(t)
			l.x[1] += n.cos / far
			if rank < closeNeighbours {
				l.x[0] += n.cos / near
			}
		}
	}
	k.words(of, ls, *slots)
	for j := range ls {
		k.company(of, &ls[j])
		(*slots)[ls[j].topic] = 0
	}
	k.slots.Put(slots)
	return ls
}

// words fills in what the words of an item say.
func (k *known) words(of *about, ls []label, slots []int32) {
	type said struct {
		dot  float64
		best [3]float64
	}
	sums := make([]said, len(ls))
	for _, im := range of.texts {
		part := float64(im.Impact) / of.length
		for _, sh := range k.with[im.Term] {
			at := slots[sh.topic]
			if at == 0 {
				continue
			}
			s := &sums[at-1]
			items, sum := float64(sh.items), float64(sh.sum)
			if ls[at-1].has {
				items, sum = items-of.counted, sum-of.counted*part
			}
			s.dot += part * sum
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
		l.x[2] = math.Log(cos + 0.02)
		l.x[3] = odds((s.best[0] + s.best[1] + s.best[2]) / 3)
	}
}

// company fills in what the item's other topics and its authors say, and how
// common the topic is, and puts the votes in odds.
func (k *known) company(of *about, l *label) {
	own, has := 0.0, 0.0
	if l.has {
		own, has = of.counted, 1
	}
	topic, author := 0.0, 0.0
	for _, o := range of.topics {
		if o != l.topic {
			topic = max(topic, (k.both[o][l.topic]-own)/(k.size[o]-of.counted+smoothing))
		}
	}
	for _, a := range of.authors {
		author = max(author, (k.author[a][l.topic]-own)/(k.works[a]-of.counted+smoothing))
	}
	l.x[0], l.x[1] = odds(l.x[0]), odds(l.x[1])
	l.x[4], l.x[5] = odds(topic), odds(author)
	l.x[6] = math.Log((k.size[l.topic] - own + 0.5) / float64(len(k.topics)))
	l.x[7] = float64(len(of.topics)) - has
}
