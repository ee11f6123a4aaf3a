package coverage

import (
	"slices"
	"time"

	"akin/recommend"
)

// Bounds of the rules for topics.
const (
	thinWorks     = recommend.DefaultSectionSize // fewer do not fill one section of a page
	staleAfter    = 365 * day                    // a shorter silence is never stale
	staleChance   = 0.05                         // of a silence as long, at the topic's own pace
	longSilence   = 5 * 365 * day                // always stale
	bloatedWorks  = 60                           // fewer are never too many
	bloatedShare  = 0.2                          // of the works of the site
	growingWorks  = 5                            // in the last year; fewer are no trend
	growingChance = 0.01                         // of as many, at the topic's own pace
	paceYears     = 5                            // that the pace is taken from
)

func (c *corpus) countSite() {
	s := &c.report.Site
	s.ByType, s.ByLang, s.ByAuthor = map[string]int{}, map[string]int{}, map[string]int{}
	s.ByYear, s.ByMonth = map[string]int{}, map[string]int{}
	works := map[string]bool{}
	var first time.Time
	for i := range c.s.Items {
		it := &c.s.Items[i]
		works[c.groups[i]] = true
		for _, t := range it.Types {
			s.ByType[t]++
		}
		if it.Lang != "" {
			s.ByLang[it.Lang]++
		}
		for _, a := range it.Authors {
			s.ByAuthor[a]++
		}
		d := c.dates[i]
		if d.IsZero() {
			continue
		}
		s.ByYear[d.UTC().Format("2006")]++
		s.ByMonth[month(d)]++
		if first.IsZero() || d.Before(first) {
			first = d
		}
	}
	s.Works, s.First, s.Last = len(works), date(first), date(c.last)
	if !c.last.IsZero() {
		s.SinceLast = days(c.now.Sub(c.last))
	}
}

// A pace is when the works of a topic came, each at its earliest version.
type pace struct {
	works int         // with or without a date
	own   int         // of them, those that name the topic itself
	dated []time.Time // ascending, none after now
}

func (p *pace) between(from, to time.Time) int {
	a, _ := slices.BinarySearchFunc(p.dated, from, time.Time.Compare)
	b, _ := slices.BinarySearchFunc(p.dated, to, time.Time.Compare)
	return max(0, b-a)
}

// paces returns the paces of the site and of each topic.
func (c *corpus) paces() (site pace, topics []pace) {
	earliest := map[string]time.Time{}
	for i, g := range c.groups {
		if d := c.dates[i]; !d.IsZero() && !d.After(c.now) && (earliest[g].IsZero() || d.Before(earliest[g])) {
			earliest[g] = d
		}
	}
	type seen struct {
		topic int32
		group string
	}
	met := map[seen]bool{}
	topics = make([]pace, len(c.topics))
	add := func(p *pace, t int32, g string, own bool) {
		if met[seen{t, g}] {
			return
		}
		met[seen{t, g}] = true
		p.works++
		if own {
			p.own++
		}
		if d := earliest[g]; !d.IsZero() {
			p.dated = append(p.dated, d)
		}
	}
	for i, g := range c.groups {
		add(&site, -1, g, true)
		for _, t := range c.carried[i] {
			_, own := slices.BinarySearch(c.own[i], t)
			add(&topics[t], t, g, own)
		}
	}
	slices.SortFunc(site.dated, time.Time.Compare)
	for t := range topics {
		slices.SortFunc(topics[t].dated, time.Time.Compare)
	}
	return site, topics
}

// countTopics counts the items of each topic and says what state it is in.
func (c *corpus) countTopics() {
	r := c.report
	r.Topics = make([]Topic, len(c.topics))
	r.Charts.Months = map[string]map[string]int{}
	for t := range r.Topics {
		r.Topics[t] = Topic{
			Slug: c.topics[t].Slug, State: "steady",
			ByType: map[string]int{}, ByLang: map[string]int{}, ByYear: map[string]int{},
		}
		r.Charts.Months[c.topics[t].Slug] = map[string]int{}
	}
	for i := range c.s.Items {
		it := &c.s.Items[i]
		d := c.dates[i]
		for _, at := range c.carried[i] {
			t := &r.Topics[at]
			t.Items++
			for _, typ := range it.Types {
				t.ByType[typ]++
			}
			if it.Lang != "" {
				t.ByLang[it.Lang]++
			}
			if d.IsZero() {
				continue
			}
			t.ByYear[d.UTC().Format("2006")]++
			r.Charts.Months[t.Slug][month(d)]++
			if t.First == "" || date(d) < t.First {
				t.First = date(d)
			}
			if !d.After(c.now) {
				t.Last = max(t.Last, date(d))
			}
		}
	}
	site, topics := c.paces()
	for t := range topics {
		if c.topics[t].Kind == recommend.KindAbout {
			continue
		}
		p := &topics[t]
		for _, rule := range []func(t int, p, site *pace) bool{c.stale, c.thin, c.bloated, c.growing} {
			if state := &r.Topics[t].State; rule(t, p, &site) && *state == "steady" {
				*state = string(r.Findings[len(r.Findings)-1].Kind)
			}
		}
	}
}

// A topic is stale when nothing was added to it for more than a year, and at
// its own pace such a silence had a chance of less than 1 in 20: were works to
// come independently of each other (a Poisson process) at the mean rate from
// the first to the last, the chance of none in d days is e^(-rate*d). Silence
// is measured to the day of the site's latest work, so that a site that
// stopped does not make every topic stale; five years are always too long.
func (c *corpus) stale(t int, p, _ *pace) bool {
	if len(p.dated) == 0 {
		return false
	}
	last := p.dated[len(p.dated)-1]
	silence := c.last.Sub(last)
	span := max(last.Sub(p.dated[0]), 365*day)
	expected := float64(len(p.dated)) * float64(silence) / float64(span)
	if silence <= staleAfter || atLeast(1, expected) < 1-staleChance && silence < longSilence {
		return false
	}
	c.find(Finding{Kind: Stale, Topic: c.topics[t].Slug},
		date(last), number(days(silence)), decimal(expected), number(len(p.dated)), date(p.dated[0]))
	return true
}

// A topic is thin when its works do not fill one section of its page. The page of a program
// may have none: it tells of the program.
func (c *corpus) thin(t int, p, _ *pace) bool {
	if p.works >= thinWorks || p.works == 0 && c.topics[t].Kind == recommend.KindProgram {
		return false
	}
	c.find(Finding{Kind: Thin, Topic: c.topics[t].Slug}, number(p.works), number(thinWorks))
	return true
}

// A topic is bloated when items that name it itself, and no topic below it,
// are 60 works and a fifth of the site at least.
func (c *corpus) bloated(t int, p, site *pace) bool {
	n := p.own
	if n < bloatedWorks || float64(n) < bloatedShare*float64(site.works) {
		return false
	}
	c.find(Finding{Kind: Bloated, Topic: c.topics[t].Slug}, number(n), percent(float64(n)/float64(site.works)))
	return true
}

// A topic grows when the last year, to the day of the site's latest work,
// brought five works at least, and so many would have come by chance less than
// once in a hundred times: at the topic's own yearly pace over the five years
// before, scaled by how the pace of the whole site changed.
func (c *corpus) growing(t int, p, site *pace) bool {
	to := c.last.Add(1)
	from := c.last.AddDate(-1, 0, 0)
	start := from.AddDate(-paceYears, 0, 0)
	if len(site.dated) == 0 {
		return false
	}
	if site.dated[0].After(start) {
		start = site.dated[0]
	}
	years := float64(from.Sub(start)) / float64(365*day)
	now := p.between(from, to)
	if years < 1 || now < growingWorks {
		return false
	}
	before := float64(p.between(start, from)) / years
	siteBefore := float64(site.between(start, from)) / years
	scale := 1.0
	if siteBefore > 0 {
		scale = max(1, float64(site.between(from, to))/siteBefore)
	}
	// Half a work a year is the least pace that so short a past can tell.
	mean := max(before, 0.5) * scale
	if atLeast(now, mean) >= growingChance {
		return false
	}
	c.find(Finding{Kind: Growing, Topic: c.topics[t].Slug}, number(now), date(c.last), decimal(before), decimal(mean))
	return true
}
