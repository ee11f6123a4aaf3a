package web

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"akin/recommend"
)

const (
	// previewTime is how long the pages of one preview are read at most; what was
	// not looked at until then is counted.
	previewTime = 4 * time.Second

	// maxPreviewed is how many changed lists, and works of a topic, are named.
	maxPreviewed = 200

	// maxAhead is how many lists of the next rebuild are made for one preview.
	maxAhead = 2_000

	// maxCounted is how many works of a topic are counted and compared.
	maxCounted = 1_000

	// maxMembers is how many works of topics are looked at.
	maxMembers = 5_000
)

// A decision is a change of what editors decided that is not made yet.
type decision struct {
	make   func(Publisher) error
	pages  []string // items whose lists may change, the likeliest first
	always int      // so many of them are named even if they stay as they are
	topics []string // whose pages may change, besides those above them
	merge  bool     // topics would count as others, or no longer
}

// A foresight is what a change would do.
type foresight struct {
	Lists   foreseenLists  `json:"lists" doc:"Related lists that change at once"`
	Topics  []TopicChange  `json:"topics" doc:"Topic pages that change at once"`
	Rebuilt *foreseenLists `json:"rebuilt,omitempty" doc:"Related lists that are others than now after the next rebuild, where topics count as others from then on; absent where they do not, or where it cannot be told"`

	merge bool
	cards map[string]recommend.Card // of all that are named
}

// foreseenLists are the lists that were looked at, as pages show them.
type foreseenLists struct {
	Looked  int          `json:"looked" doc:"Lists that were looked at"`
	Of      int          `json:"of" doc:"Lists that may change"`
	Changed int          `json:"changed" doc:"Those that were looked at and would change"`
	Pages   []listChange `json:"pages" doc:"The first 200 of them"`
}

// A listChange is the list of one item, now and then, by ids. A list that readers
// do not see, as its item is hidden, is empty.
type listChange struct {
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
	Enter  []string   `json:"enter" doc:"Works that its lists gain, newest first, 200 at most"`
	Leave  []string   `json:"leave" doc:"Works that its lists lose"`
	Moved  int        `json:"moved" doc:"How many enter and leave together"`

	title string
}

// A TopicState is what the page of a topic shows.
type TopicState struct {
	LeadsTo  string   `json:"leadsTo,omitempty" doc:"The topic whose page it leads to"`
	Works    int      `json:"works" doc:"Works in its lists, the newest 1,000 at most"`
	More     bool     `json:"more" doc:"There are more works than that"`
	Featured []string `json:"featured"`

	works []string
	title string
}

// foresee makes a change where nobody sees it, and returns what then differs.
// Readers would see exactly that, as the change is made by what makes it in
// earnest.
func (s *site) foresee(ctx context.Context, d decision) (*foresight, error) {
	if s.Trial == nil {
		return nil, errUnavailable
	}
	then, publisher, err := s.Trial()
	if err != nil {
		return nil, err
	}
	if err := d.make(publisher); err != nil {
		return nil, err
	}
	f := &foresight{merge: d.merge, cards: map[string]recommend.Card{}}
	if f.Lists, err = s.compare(ctx, f, then, d.pages, d.always); err != nil {
		return nil, err
	}
	if f.Topics, err = compareTopics(ctx, f.cards, s.Reader, then, d.topics); err != nil {
		return nil, err
	}
	if d.merge && s.Ahead != nil {
		if err := s.foreseeRebuild(ctx, f, d); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// foreseeRebuild compares lists with those of the next rebuild: of the works of
// the topics first, then of the newest, as far as they are made.
func (s *site) foreseeRebuild(ctx context.Context, f *foresight, d decision) error {
	status, err := s.Reader.Status(ctx)
	if err != nil || status.Generation == 0 {
		return err
	}
	ids, err := s.members(ctx, nil, append(slices.Clone(d.topics), ""), maxAhead)
	if err != nil {
		return err
	}
	then, err := s.Ahead(ctx, d.make, ids)
	if err != nil {
		return err
	}
	lists, err := s.compare(ctx, f, then, ids, 0)
	if err != nil {
		return err
	}
	lists.Of = max(status.Items, len(ids))
	f.Rebuilt = &lists
	return nil
}

// compare finds the lists of ids that are others for then, as far as time
// allows.
func (s *site) compare(ctx context.Context, f *foresight, then Reader, ids []string, always int) (foreseenLists, error) {
	late, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	changes := make([]*listChange, len(ids))
	seen := make([]map[string]recommend.Card, len(ids))
	var g errgroup.Group
	g.SetLimit(4)
	for i, id := range ids {
		if late.Err() != nil {
			break
		}
		g.Go(func() error {
			cards := map[string]recommend.Card{}
			before, err := shown(ctx, s.Reader, id, cards)
			if err != nil {
				return err
			}
			after, err := shown(ctx, then, id, cards)
			if err != nil {
				return err
			}
			changes[i] = &listChange{Item: id, Before: before, After: after, Enter: lacking(after, before), Leave: lacking(before, after)}
			seen[i] = cards
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return foreseenLists{}, err
	}
	lists := foreseenLists{Of: len(ids), Pages: []listChange{}}
	var named []string
	for i, c := range changes {
		if c == nil {
			continue
		}
		lists.Looked++
		same := slices.Equal(c.Before, c.After)
		if !same {
			lists.Changed++
		}
		if i >= always && (same || len(lists.Pages) >= maxPreviewed) {
			continue
		}
		lists.Pages = append(lists.Pages, *c)
		named = append(named, c.Item)
		for id, card := range seen[i] {
			f.cards[id] = card
		}
	}
	return lists, s.name(ctx, f, named)
}

// name reads the cards of items that are named.
func (s *site) name(ctx context.Context, f *foresight, ids []string) error {
	cards, err := s.Reader.Cards(ctx, slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		_, ok := f.cards[id]
		return ok
	})...)
	for _, c := range cards {
		f.cards[c.ID] = c
	}
	return err
}

// shown returns what readers see beside an item, none where they see none.
func shown(ctx context.Context, r Reader, id string, cards map[string]recommend.Card) ([]string, error) {
	ids := []string{}
	rel, err := r.Related(ctx, id, recommend.Query{Limit: itemRelated})
	if errors.Is(err, recommend.ErrNotFound) || errors.Is(err, recommend.ErrWithdrawn) {
		return ids, nil
	}
	if err != nil {
		return nil, err
	}
	for _, x := range rel.Related {
		ids = append(ids, x.ID)
		cards[x.ID] = x.Card
	}
	return ids, nil
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
	c := &TopicChange{Topic: slug, Before: before, After: after, title: slug}
	for _, state := range []*TopicState{&after, &before} {
		if state.LeadsTo == "" && state.title != "" {
			c.title = state.title
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
		state.LeadsTo, state.title = t.Slug, topicName(*t)
		return state, nil
	}
	state.title = topicName(*t)
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
func (s *site) members(ctx context.Context, ids, topics []string, most int) ([]string, error) {
	there := make(map[string]bool, len(ids))
	for _, id := range ids {
		there[id] = true
	}
	for _, slug := range topics {
		q := recommend.ListQuery{Limit: 100, Ungrouped: true}
		for len(ids) < most {
			l, err := s.Reader.Listing(ctx, slug, q)
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
