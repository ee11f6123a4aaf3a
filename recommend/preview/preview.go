// Package preview shows what a change would do before anybody makes it: the
// lists and the pages of topics now, and as they would then be. The change is
// made in earnest, on a store that nobody else sees, so that what is shown is
// what will be. It writes nothing that lasts.
//
// Begin at [Previewer]; [CompareLists] and [CompareTopics] are what every
// before-and-after of akin is made of.
package preview

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"akin/recommend"
	"akin/recommend/engine"
)

const (
	// Entries is how many entries of a list are compared: those that stand beside
	// an item on its page.
	Entries = 8

	// Time is how long the lists of one preview are read at most, unless a
	// [Previewer] says otherwise; what was not looked at until then is counted.
	Time = 4 * time.Second

	// maxPreviewed is how many changed lists, and works of a topic, are named.
	maxPreviewed = 200

	// maxRebuilt is how many lists of the next rebuild are made for one preview.
	maxRebuilt = 2_000

	// maxCounted is how many works of a topic are counted and compared.
	maxCounted = 1_000

	// maxMembers is how many works of topics are looked at.
	maxMembers = 5_000
)

// A Reader is what a preview compares by. A [engine.Reader] is one.
type Reader interface {
	Related(ctx context.Context, id string, q recommend.Query) (*recommend.Related, error)
	Cards(ctx context.Context, ids ...string) ([]recommend.Card, error)
	Topics(ctx context.Context) ([]recommend.Topic, error)
	Topic(ctx context.Context, slug string) (*recommend.Topic, error)
	TopicCuration(ctx context.Context, slug string) (*recommend.TopicCuration, error)
	Merged(ctx context.Context, slug string) ([]string, error)
	Listing(ctx context.Context, slug string, q recommend.ListQuery) (*recommend.Listing, error)
	ListsShowing(ctx context.Context, ids ...string) ([]string, error)
	Status(ctx context.Context) (*recommend.StatusReport, error)
}

// A Publisher makes the changes that are previewed. A [engine.Publisher] is one.
type Publisher interface {
	Curate(ctx context.Context, id string, c recommend.Curation, e engine.Edit) (etag string, err error)
	CurateTopic(ctx context.Context, slug string, c recommend.TopicCuration, e engine.Edit) (etag string, err error)
	Rule(ctx context.Context, rulings []engine.Ruling, e engine.Edit) (*engine.RulingsResult, error)
}

// A Previewer previews what editors are about to decide. It is safe for
// concurrent use if its functions are.
type Previewer struct {
	Reader Reader // of what is stored

	// Trial returns a reader and a publisher of what is stored now, whose writes
	// nobody else sees. Nil: previews are [recommend.ErrUnavailable].
	Trial func() (Reader, Publisher, error)

	// Rebuilt returns a reader of what is stored now, changed by change, as it
	// would be after the next rebuild, of the related lists of the items of ids
	// only; nobody else sees it. Nil: previews cannot tell how merged topics will
	// count.
	Rebuilt func(ctx context.Context, change func(Publisher) error, ids []string) (Reader, error)

	Now  func() time.Time // when decisions expire
	Time time.Duration    // 0: [Time]
}

// A decision is a change of what editors decided that is not made yet.
type decision struct {
	make   func(Publisher) error
	items  []string // items whose lists may change, the likeliest first
	always int      // so many of them are named even if they stay as they are
	topics []string // whose pages may change, besides those above them
	merge  bool     // topics would count as others, or no longer
}

// A Preview is what a change would do.
type Preview struct {
	Lists   Lists         `json:"lists"`
	Topics  []TopicChange `json:"topics"`
	Rebuilt *Lists        `json:"rebuilt,omitempty"`

	// Merge says that topics count as others with the change, or no longer.
	Merge bool `json:"-"`

	// Cards are those of all items that are named, by id.
	Cards map[string]recommend.Card `json:"-"`
}

// Lists are the lists that were looked at, as pages show them.
type Lists struct {
	Looked  int          `json:"looked"`
	Of      int          `json:"of"`
	Changed int          `json:"changed"`
	Pages   []ListChange `json:"pages"`
}

// A ListChange is the list of one item, now and then, by ids. A list that readers
// do not see, as its item is hidden, is empty.
type ListChange struct {
	Item   string   `json:"item"`
	Before []string `json:"before"`
	After  []string `json:"after"`
	Enter  []string `json:"enter"`
	Leave  []string `json:"leave"`
}

// A TopicChange is the page of one topic, now and then.
type TopicChange struct {
	Topic  string     `json:"topic"`
	Before TopicState `json:"before"`
	After  TopicState `json:"after"`
	Enter  []string   `json:"enter"`
	Leave  []string   `json:"leave"`
	Moved  int        `json:"moved"`

	Title string `json:"-"` // of the topic
}

// A TopicState is what the page of a topic shows.
type TopicState struct {
	LeadsTo  string   `json:"leadsTo,omitempty"`
	Works    int      `json:"works"`
	More     bool     `json:"more"`
	Featured []string `json:"featured"`

	works []string
	Title string `json:"-"` // of the topic
}

// preview makes a change where nobody sees it, and returns what then differs.
// Readers would see exactly that, as the change is made by what makes it in
// earnest.
func (p *Previewer) preview(ctx context.Context, d decision) (*Preview, error) {
	if p.Trial == nil {
		return nil, recommend.ErrUnavailable
	}
	then, publisher, err := p.Trial()
	if err != nil {
		return nil, err
	}
	if err := d.make(publisher); err != nil {
		return nil, err
	}
	f := &Preview{Merge: d.merge, Cards: map[string]recommend.Card{}}
	if f.Lists, err = p.compare(ctx, f, then, d.items, d.always); err != nil {
		return nil, err
	}
	if f.Topics, err = compareTopics(ctx, f.Cards, p.Reader, then, d.topics); err != nil {
		return nil, err
	}
	if d.merge && p.Rebuilt != nil {
		if err := p.rebuilt(ctx, f, d); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// rebuilt compares lists with those of the next rebuild: of the works of
// the topics first, then of the newest, as far as they are made.
func (p *Previewer) rebuilt(ctx context.Context, f *Preview, d decision) error {
	status, err := p.Reader.Status(ctx)
	if err != nil || status.Generation == 0 {
		return err
	}
	ids, err := p.members(ctx, nil, append(slices.Clone(d.topics), ""), maxRebuilt)
	if err != nil {
		return err
	}
	then, err := p.Rebuilt(ctx, d.make, ids)
	if err != nil {
		return err
	}
	lists, err := p.compare(ctx, f, then, ids, 0)
	if err != nil {
		return err
	}
	lists.Of = max(status.Items, len(ids))
	f.Rebuilt = &lists
	return nil
}

// compare finds the lists of ids that are others for then, as far as time
// allows.
func (p *Previewer) compare(ctx context.Context, f *Preview, then Reader, ids []string, always int) (Lists, error) {
	changes, err := CompareLists(ctx, p.Reader, then, ids, time.Now().Add(cmp.Or(p.Time, Time)), f.Cards)
	if err != nil {
		return Lists{}, err
	}
	lists := Lists{Of: len(ids), Looked: len(changes), Pages: []ListChange{}}
	var named []string
	for i, c := range changes {
		same := c.Same()
		if !same {
			lists.Changed++
		}
		if i >= always && (same || len(lists.Pages) >= maxPreviewed) {
			continue
		}
		lists.Pages = append(lists.Pages, c)
		named = append(named, c.Item)
	}
	return lists, p.name(ctx, f, named)
}

// CompareLists returns the first [Entries] of the related lists of ids, before
// and then, in the order of ids, and adds the cards of all entries to cards.
// Lists that were not begun by the time until are left out; a zero until waits
// for all. Where readers see no list, it is empty.
func CompareLists(ctx context.Context, before, then Reader, ids []string, until time.Time, cards map[string]recommend.Card) ([]ListChange, error) {
	changes := make([]ListChange, len(ids))
	var mu sync.Mutex // guards cards
	looked := 0
	var g errgroup.Group
	g.SetLimit(2 * runtime.GOMAXPROCS(0))
	for i, id := range ids {
		if ctx.Err() != nil || !until.IsZero() && time.Now().After(until) {
			break
		}
		looked++
		g.Go(func() error {
			old, err := shown(ctx, before, id)
			if err != nil {
				return err
			}
			next, err := shown(ctx, then, id)
			if err != nil {
				return err
			}
			c := ListChange{Item: id, Before: []string{}, After: []string{}}
			mu.Lock()
			defer mu.Unlock()
			for _, e := range old {
				c.Before, cards[e.ID] = append(c.Before, e.ID), e.Card
			}
			for _, e := range next {
				c.After, cards[e.ID] = append(c.After, e.ID), e.Card
			}
			c.Enter, c.Leave = lacking(c.After, c.Before), lacking(c.Before, c.After)
			changes[i] = c
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return changes[:looked], ctx.Err()
}

// Same says whether the list stays as it is.
func (c *ListChange) Same() bool { return slices.Equal(c.Before, c.After) }

// name reads the cards of items that are named.
func (p *Previewer) name(ctx context.Context, f *Preview, ids []string) error {
	cards, err := p.Reader.Cards(ctx, slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		_, ok := f.Cards[id]
		return ok
	})...)
	for _, c := range cards {
		f.Cards[c.ID] = c
	}
	return err
}

// shown returns what readers see beside an item, nothing where they see none.
func shown(ctx context.Context, r Reader, id string) ([]recommend.Entry, error) {
	rel, err := r.Related(ctx, id, recommend.Query{Limit: Entries})
	switch {
	case errors.Is(err, recommend.ErrNotFound), errors.Is(err, recommend.ErrWithdrawn):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return rel.Related, nil
}

// lacking returns those of ids that others lack.
func lacking(ids, others []string) []string {
	there := make(map[string]bool, len(others))
	for _, id := range others {
		there[id] = true
	}
	out := []string{}
	for _, id := range ids {
		if !there[id] {
			out = append(out, id)
		}
	}
	return out
}

// CompareTopics returns how the pages of topics, of those that they count as, and
// of those above them differ for then; those that do not are left out.
func CompareTopics(ctx context.Context, before, then Reader, slugs []string) ([]TopicChange, error) {
	return compareTopics(ctx, map[string]recommend.Card{}, before, then, slugs)
}

func compareTopics(ctx context.Context, cards map[string]recommend.Card, before, then Reader, slugs []string) ([]TopicChange, error) {
	all, err := lineage(ctx, slugs, before, then)
	if err != nil {
		return nil, err
	}
	changes := []TopicChange{}
	for _, slug := range all {
		c, err := compareTopic(ctx, cards, before, then, slug)
		if err != nil {
			return nil, err
		}
		if c != nil {
			changes = append(changes, *c)
		}
	}
	return changes, nil
}

// compareTopic returns how the page of a topic differs for then, nil if it does
// not.
func compareTopic(ctx context.Context, cards map[string]recommend.Card, now, then Reader, slug string) (*TopicChange, error) {
	before, err := readTopic(ctx, cards, now, slug)
	if err != nil {
		return nil, err
	}
	after, err := readTopic(ctx, cards, then, slug)
	if err != nil {
		return nil, err
	}
	// Where there are more works than were read, nothing is said of those.
	last := func(works, others []string) int {
		for i := len(works) - 1; i >= 0; i-- {
			if slices.Contains(others, works[i]) {
				return i + 1
			}
		}
		return 0
	}
	if known := last(before.works, after.works); after.More {
		before.works = before.works[:known]
	}
	if known := last(after.works, before.works); before.More {
		after.works = after.works[:known]
	}
	if before.LeadsTo == after.LeadsTo && slices.Equal(before.works, after.works) && slices.Equal(before.Featured, after.Featured) {
		return nil, nil
	}
	c := &TopicChange{Topic: slug, Before: before, After: after, Title: slug}
	for _, state := range []*TopicState{&after, &before} {
		if state.LeadsTo == "" && state.Title != "" {
			c.Title = state.Title
		}
	}
	c.Enter, c.Leave = lacking(after.works, before.works), lacking(before.works, after.works)
	c.Moved = len(c.Enter) + len(c.Leave)
	c.Enter, c.Leave = c.Enter[:min(len(c.Enter), maxPreviewed)], c.Leave[:min(len(c.Leave), maxPreviewed)]
	return c, nil
}

// readTopic reads what the page of a topic shows. A topic that is there for
// nobody shows nothing.
func readTopic(ctx context.Context, cards map[string]recommend.Card, r Reader, slug string) (TopicState, error) {
	state := TopicState{Featured: []string{}}
	t, err := r.Topic(ctx, slug)
	if errors.Is(err, recommend.ErrTopicNotFound) {
		return state, nil
	}
	if err != nil {
		return state, err
	}
	if t.Slug != slug {
		state.LeadsTo, state.Title = t.Slug, t.Name()
		return state, nil
	}
	state.Title = t.Name()
	featured, err := r.Cards(ctx, t.Featured...)
	if err != nil {
		return state, err
	}
	for _, c := range featured {
		state.Featured = append(state.Featured, c.ID)
		cards[c.ID] = c
	}
	q := recommend.ListQuery{Limit: 100}
	for len(state.works) < maxCounted {
		l, err := r.Listing(ctx, slug, q)
		if err != nil {
			return state, err
		}
		for _, c := range l.Items {
			state.works = append(state.works, c.ID)
			cards[c.ID] = c
		}
		q.Cursor = l.NextCursor
		if state.More = q.Cursor != ""; !state.More {
			break
		}
	}
	state.Works = len(state.works)
	return state, nil
}

// lineage returns topics, those that count as them, what they count as, and those
// above them, now and then, each once.
func lineage(ctx context.Context, slugs []string, readers ...Reader) ([]string, error) {
	if len(slugs) == 0 {
		return nil, nil
	}
	var all []string
	for _, r := range readers {
		topics, err := r.Topics(ctx)
		if err != nil {
			return nil, err
		}
		parents := make(map[string]string, len(topics))
		for _, t := range topics {
			parents[t.Slug] = t.Parent
		}
		for _, slug := range slugs {
			add := func(slug string) bool {
				if slug == "" || slices.Contains(all, slug) {
					return false
				}
				all = append(all, slug)
				return true
			}
			add(slug)
			t, err := r.Topic(ctx, slug)
			if errors.Is(err, recommend.ErrTopicNotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			add(t.Slug)
			others, err := r.Merged(ctx, t.Slug)
			if err != nil {
				return nil, err
			}
			for _, o := range others {
				add(o)
			}
			for up := parents[t.Slug]; up != "" && up != t.Slug; up = parents[up] {
				if !add(up) {
					break
				}
			}
		}
	}
	return all, nil
}

// members adds the items of topics that ids lack, newest first in each, so that
// there are so many at most. The empty slug stands for the whole site; topics
// that nobody sees have none.
func (p *Previewer) members(ctx context.Context, ids, topics []string, most int) ([]string, error) {
	there := make(map[string]bool, len(ids))
	for _, id := range ids {
		there[id] = true
	}
	for _, slug := range topics {
		q := recommend.ListQuery{Limit: 100, Ungrouped: true}
		for len(ids) < most {
			l, err := p.Reader.Listing(ctx, slug, q)
			if errors.Is(err, recommend.ErrTopicNotFound) {
				break
			}
			if err != nil {
				return ids, err
			}
			for _, c := range l.Items {
				if !there[c.ID] && len(ids) < most {
					there[c.ID] = true
					ids = append(ids, c.ID)
				}
			}
			if q.Cursor = l.NextCursor; q.Cursor == "" {
				break
			}
		}
	}
	return ids, nil
}
