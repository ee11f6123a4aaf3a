package coverage

import (
	"cmp"
	"math"
	"slices"
	"time"
	"unicode"

	"akin/recommend/engine"
)

const (
	risingWorks  = 5    // of the window that have a term, at least
	risingTimes  = 2    // as many as expected, at least
	risingPast   = 0.05 // share of the works before that had it, at most
	risingChance = 0.01 // of any of the terms that are looked at, if none rose
	risingMost   = 30   // terms that are told, the surest
)

// A window is a time to look for rising terms in.
type window struct {
	name      string
	from      time.Time
	now, past int // works in it, and in the five years before
}

// A tally is how many works have a term, by window: in it, and in the five
// years before.
type tally struct{ now, past [windows]int }

const windows = 2 // the year and the quarter

// A riser is a term that rose.
type riser struct {
	term        uint32
	window      window
	now, before int
	chance      float64
}

// rising finds terms that more works have than before. Windows are the year
// and the quarter to the day of the site's latest work; each is compared with
// the five years before it. A term rises when five works of the window have it
// at least, twice as many as the years before let expect, and the chance of as
// many (a Poisson distribution) is below 1 in 100 divided by the number of
// terms looked at (Bonferroni).
func (c *corpus) rising() {
	if c.last.IsZero() {
		return
	}
	wins, counts := c.tallies()
	var told []string
	for _, r := range c.risers(wins, counts) {
		word := c.s.Terms[r.term].Word
		if slices.ContainsFunc(told, func(n string) bool { return overlaps(n, word) }) {
			continue
		}
		c.find(Finding{Kind: RisingTerm, Other: word, Confidence: min(0.99, 1-r.chance)},
			r.window.name, date(c.last), number(r.now), number(r.window.now), number(r.before), number(r.window.past))
		if told = append(told, word); len(told) == risingMost {
			break
		}
	}
}

// tallies counts the works of each window, and those that have each term.
func (c *corpus) tallies() ([windows]window, []tally) {
	wins := [windows]window{
		{name: "year", from: c.last.AddDate(-1, 0, 0)},
		{name: "quarter", from: c.last.AddDate(0, -3, 0)},
	}
	end := c.last.Add(1)
	counts := make([]tally, len(c.s.Terms))
	for i := range c.s.Items {
		d := c.dates[i]
		if d.IsZero() || !d.Before(end) || !c.visible[i] {
			continue
		}
		vector := c.s.Items[i].Vector
		for w := range wins {
			win := &wins[w]
			switch {
			case !d.Before(win.from):
				win.now++
				for _, im := range vector {
					counts[im.Term].now[w]++
				}
			case !d.Before(win.from.AddDate(-paceYears, 0, 0)):
				win.past++
				for _, im := range vector {
					counts[im.Term].past[w]++
				}
			}
		}
	}
	return wins, counts
}

// risers returns the terms that rose, each in the window that is least likely
// by chance, the least likely first.
func (c *corpus) risers(wins [windows]window, counts []tally) []riser {
	var risen []riser
	tested := 0
	for t := range counts {
		if !telling(&c.s.Terms[t]) {
			continue
		}
		best := riser{chance: math.Inf(1)}
		for w, win := range wins {
			n, before := counts[t].now[w], counts[t].past[w]
			if n < risingWorks || win.past < 4*risingWorks {
				continue
			}
			tested++
			// One work more, so that a term never seen has a rate too.
			mean := float64(win.now) * float64(before+1) / float64(win.past+1)
			r := riser{uint32(t), win, n, before, atLeast(n, mean)}
			if float64(before) <= risingPast*float64(win.past) && float64(n) >= risingTimes*mean && r.chance < best.chance {
				best = r
			}
		}
		if best.now > 0 {
			risen = append(risen, best)
		}
	}
	risen = slices.DeleteFunc(risen, func(r riser) bool { return r.chance >= risingChance/float64(tested) })
	slices.SortFunc(risen, func(a, b riser) int {
		return cmp.Or(cmp.Compare(a.chance, b.chance), cmp.Compare(b.now, a.now), cmp.Compare(a.term, b.term))
	})
	return risen
}

// telling reports whether a term can be a subject: it is none of a topic, and
// has a word of three letters or a name.
func telling(t *engine.SurveyedTerm) bool {
	letters := 0
	for _, r := range t.Word {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	return t.Kind != engine.TermTopic && letters >= 3
}
