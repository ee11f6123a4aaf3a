package coverage

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"akin/recommend"
	"akin/recommend/engine"
)

// A corpus is a survey with what several rules ask of it.
type corpus struct {
	s      *engine.Survey
	now    time.Time
	report *Report
	shapes []string // of titles, by item, as far as they were asked for; nil: none was

	places  map[string]int // of items, by id
	groups  []string       // by item: the id of its work
	visible []bool         // by item: readers may see it
	dates   []time.Time    // by item; zero: none
	last    time.Time      // the latest date that is not after now; zero: none

	topics  []recommend.Topic // described, or carried by an item, by slug
	slugs   map[string]int32  // places in topics
	own     [][]int32         // by item: the topics that it names, ascending
	carried [][]int32         // by item: those and the ones above them, ascending
	above   [][]int32         // by topic: the topics above it

	versions map[string][]int // items of a work that has several, by its id

	likeness *likeness // nil before the rules for labels
}

func newCorpus(s *engine.Survey, now time.Time) *corpus {
	n := len(s.Items)
	c := &corpus{
		s: s, now: now, places: make(map[string]int, n), groups: make([]string, n), visible: make([]bool, n),
		dates: make([]time.Time, n), slugs: map[string]int32{}, versions: map[string][]int{},
	}
	c.tree()
	c.own, c.carried = make([][]int32, n), make([][]int32, n)
	for i := range s.Items {
		it := &s.Items[i]
		c.places[it.ID] = i
		c.groups[i] = it.Group()
		c.visible[i] = !it.Embargoed(now)
		c.dates[i] = it.SortTime()
		if d := c.dates[i]; !d.After(now) && d.After(c.last) {
			c.last = d
		}
		for _, slug := range it.Topics {
			t := c.slugs[slug]
			c.own[i] = append(c.own[i], t)
			c.carried[i] = append(append(c.carried[i], t), c.above[t]...)
		}
		slices.Sort(c.own[i])
		slices.Sort(c.carried[i])
		c.own[i], c.carried[i] = slices.Compact(c.own[i]), slices.Compact(c.carried[i])
		c.versions[c.groups[i]] = append(c.versions[c.groups[i]], i)
	}
	for g, is := range c.versions {
		if len(is) == 1 {
			delete(c.versions, g)
		}
	}
	return c
}

// tree gathers the topics and finds out which stand above which.
func (c *corpus) tree() {
	named := map[string]bool{}
	for i := range c.s.Items {
		for _, slug := range c.s.Items[i].Topics {
			named[slug] = true
		}
	}
	for _, t := range c.s.Topics {
		// A topic that items named once and nobody described is no more.
		if named[t.Slug] || t.Title != t.Slug || t.Introduction != "" || t.Parent != "" || len(t.Featured) > 0 {
			c.topics = append(c.topics, t)
			delete(named, t.Slug)
		}
	}
	all := map[string]recommend.Topic{}
	for _, t := range c.topics {
		all[t.Slug] = t
	}
	for slug := range named {
		all[slug] = recommend.Topic{Slug: slug, Title: slug}
	}
	c.topics = c.topics[:0]
	for _, slug := range slices.Sorted(maps.Keys(all)) {
		c.topics = append(c.topics, all[slug])
	}
	for i := range c.topics {
		c.slugs[c.topics[i].Slug] = int32(i)
	}
	c.above = make([][]int32, len(c.topics))
	for i := range c.topics {
		for at := int32(i); ; {
			up, ok := c.slugs[c.topics[at].Parent]
			if !ok || up == int32(i) || slices.Contains(c.above[i], up) { // a ring of parents ends
				break
			}
			c.above[i] = append(c.above[i], up)
			at = up
		}
	}
}

// title names an item to readers: one without a title has its id.
func (c *corpus) title(i int) string {
	return cmp.Or(c.s.Items[i].Title, c.s.Items[i].ID)
}

// titles names several items.
func (c *corpus) titles(is []int32) string {
	names := make([]string, len(is))
	for j, i := range is {
		names[j] = c.title(int(i))
	}
	return strings.Join(names, "; ")
}

const day = 24 * time.Hour

func days(d time.Duration) int { return int(d / day) }

func number(n int) string { return strconv.Itoa(n) }

// percent prints a share as a whole number of hundredths.
func percent(x float64) string { return strconv.Itoa(int(x*100+0.5)) + " %" }

// decimal prints x with one decimal.
func decimal(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

func month(t time.Time) string { return t.UTC().Format("2006-01") }
