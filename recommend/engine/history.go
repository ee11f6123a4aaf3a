package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"akin/recommend"
	"akin/recommend/store"
)

// MaxHistory is the number of changes that are kept for each work and topic.
const MaxHistory = 100

// A Subject is what editors decide about: an item, which stands for its work,
// a topic by its slug, or a finding by its key.
type Subject struct{ Item, Topic, Finding string }

// An Edit says who changes what editors decided, why, and over which state.
type Edit struct {
	By      string // signs decisions that name nobody; empty: unknown
	Note    string // why; [recommend.MaxNote] bytes at most
	IfMatch string // ETag of what was read; "*": whatever is there
}

// A Change is one change of what editors decided.
type Change struct {
	Number uint64          `json:"change"` // the ETag that it left, as a number
	At     time.Time       `json:"at"`
	By     string          `json:"by,omitempty"`
	Note   string          `json:"note,omitempty"`
	With   string          `json:"with,omitempty"`   // the work whose change this came with, as blocks hold both ways
	Undoes uint64          `json:"undoes,omitempty"` // the change that this one undid; 0: none
	Before json.RawMessage `json:"before"`           // a [recommend.Curation], a [recommend.TopicCuration], a [WorkedFinding], or settings
	After  json.RawMessage `json:"after"`
}

// ErrNoChange says that a change is not, or no longer, in the history.
var ErrNoChange = errors.New("no such change; the last 100 are kept")

// An UndoError says why a change cannot be undone any more. Its text is safe to
// show to the caller.
type UndoError struct {
	Change uint64
	Field  string // what was changed again since, as "pins" or "blocks rents"
}

func (e *UndoError) Error() string {
	return fmt.Sprintf("change %d cannot be undone: %s changed again since; undo the later change first, or edit by hand", e.Change, e.Field)
}

func (u *unit) historyPart(ctx context.Context, s Subject) (string, error) {
	switch {
	case s.Topic != "":
		return topicHistory(s.Topic), nil
	case s.Finding != "":
		return findingHistory(s.Finding), nil
	}
	self, err := u.identify(ctx, s.Item)
	return itemHistory(self.group), err
}

// keep adds a change to a history and drops the one that is too old. The change
// leaves the row that it is about with the Rev of its number.
func (u *unit) keep(part string, c Change, before, after any) error {
	var err error
	if c.Before, err = json.Marshal(before); err != nil {
		return err
	}
	if c.After, err = json.Marshal(after); err != nil {
		return err
	}
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if len(data) > store.MaxData {
		return &recommend.InvalidError{Field: "note", Reason: "all notes together are too long to be kept with the history; shorten some"}
	}
	u.put(historyKey(part, c.Number), data)
	if c.Number > MaxHistory {
		u.delete(historyKey(part, c.Number-MaxHistory))
	}
	return nil
}

// History returns what changed of the decisions for a work or a topic, latest
// first, [MaxHistory] changes at most.
func (r *Reader) History(ctx context.Context, s Subject) ([]Change, error) {
	changes, err := r.history(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("history of %q: %w", s.Item+s.Topic+s.Finding, err)
	}
	return changes, nil
}

func (r *Reader) history(ctx context.Context, s Subject) ([]Change, error) {
	u := newUnit(r.store)
	if s.Topic != "" {
		if _, err := u.topicCuration(ctx, s.Topic); err != nil {
			return nil, err
		}
	}
	part, err := u.historyPart(ctx, s)
	if err != nil {
		return nil, err
	}
	changes := []Change{}
	for row, err := range store.Scan(ctx, r.store, store.Strong, store.Range{Part: part, Reverse: true, Limit: MaxHistory}) {
		if err != nil {
			return nil, err
		}
		c, err := unpackHistory(row)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// An Audited is a change and what it is about: a work, by the id of its original,
// a topic, or a finding, by its key.
type Audited struct {
	Item    string `json:"item,omitempty"`
	Topic   string `json:"topic,omitempty"`
	Finding string `json:"finding,omitempty"`
	Change
}

// Audit returns what changed of all decisions, latest first, as many changes as
// limit says at most; of each work and topic the last [MaxHistory] are kept. It
// reads the history of every work and topic that editors ever decided for.
func (r *Reader) Audit(ctx context.Context, limit int) ([]Audited, error) {
	all, err := r.audit(ctx, limit)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return all, nil
}

func (r *Reader) audit(ctx context.Context, limit int) ([]Audited, error) {
	var mu sync.Mutex
	subjects := map[string]Audited{} // by part
	err := scanParts(ctx, r.store, append(parts("curation", termShards), topicPart, findingPart), func(row store.Row) error {
		mu.Lock()
		defer mu.Unlock()
		if row.Part == findingPart {
			subjects[findingHistory(row.Sort)] = Audited{Finding: row.Sort}
		} else if slug, ok := strings.CutSuffix(row.Sort, topicCurated); ok {
			subjects[topicHistory(slug)] = Audited{Topic: slug}
		} else if row.Part != topicPart {
			subjects[itemHistory(row.Sort)] = Audited{Item: row.Sort}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	all := []Audited{}
	latest := func() {
		slices.SortFunc(all, func(a, b Audited) int {
			return cmp.Or(b.At.Compare(a.At), strings.Compare(a.Item, b.Item), strings.Compare(a.Topic, b.Topic), strings.Compare(a.Finding, b.Finding), cmp.Compare(b.Number, a.Number))
		})
		all = all[:min(len(all), limit)]
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for part, subject := range subjects {
		g.Go(func() error {
			for row, err := range store.Scan(ctx, r.store, store.Strong, store.Range{Part: part, Reverse: true, Limit: min(limit, MaxHistory)}) {
				if err != nil {
					return err
				}
				c, err := unpackHistory(row)
				if err != nil {
					return err
				}
				mu.Lock()
				all = append(all, Audited{subject.Item, subject.Topic, subject.Finding, c})
				if len(all) > 4*limit+1000 {
					latest()
				}
				mu.Unlock()
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	latest()
	return all, nil
}

func unpackHistory(row store.Row) (Change, error) {
	var c Change
	if err := json.Unmarshal(row.Data, &c); err != nil {
		return c, fmt.Errorf("change %s: %w", row.Sort, errCorrupt)
	}
	return c, nil
}

// Undo takes a change of what editors decided back, as a new change: what it
// changed is again as it was before, and what others changed since stays. It
// returns the new ETag. Where what it changed was changed again since, the
// error is an [*UndoError]; where the history has no such change, it wraps
// [ErrNoChange].
func (p *Publisher) Undo(ctx context.Context, s Subject, change uint64, e Edit) (string, error) {
	etag, err := p.edit(ctx, e, func(u *unit) (string, error) {
		part, err := u.historyPart(ctx, s)
		if err != nil {
			return "", err
		}
		row, err := u.get(ctx, historyKey(part, change))
		if err != nil {
			return "", err
		}
		if row.Rev == 0 {
			return "", ErrNoChange
		}
		c, err := unpackHistory(row)
		if err != nil {
			return "", err
		}
		switch {
		case s.Topic != "":
			return p.undoTopic(ctx, u, s.Topic, c, e)
		case s.Finding != "":
			return p.undoFinding(ctx, u, s.Finding, c, e)
		}
		return p.undoItem(ctx, u, s.Item, c, e)
	})
	if err != nil {
		return "", fmt.Errorf("undo change %d of %q: %w", change, s.Item+s.Topic+s.Finding, err)
	}
	return etag, nil
}

// edit runs one change of what editors decided, until no other comes between.
func (p *Publisher) edit(ctx context.Context, e Edit, stage func(u *unit) (string, error)) (string, error) {
	if err := recommend.CheckText("note", e.Note, recommend.MaxNote); err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	etag := ""
	err := p.retry(ctx, func() (*unit, error) {
		u := newUnit(p.store)
		var err error
		if etag, err = stage(u); err == nil {
			u.edited()
		}
		return u, err
	})
	if errors.Is(err, errTooLarge) {
		err = &recommend.InvalidError{Field: "blocks", Reason: fmt.Sprintf("changes too many works at once; change %d at a time", (p.store.Limits().Ops-6)/3)}
	}
	return etag, err
}

func (p *Publisher) undoItem(ctx context.Context, u *unit, id string, c Change, e Edit) (string, error) {
	self, err := u.identify(ctx, id)
	if err != nil {
		return "", err
	}
	_, now, err := u.curation(ctx, self.group)
	if err != nil {
		return "", err
	}
	var before, after recommend.Curation
	if json.Unmarshal(c.Before, &before) != nil || json.Unmarshal(c.After, &after) != nil {
		return "", errCorrupt
	}
	next := *now
	if err := undone(&next.Pins, before.Pins, after.Pins, "pins", c.Number); err != nil {
		return "", err
	}
	if err := undoneEach(&next.Blocks, before.Blocks, after.Blocks, "blocks", c.Number); err != nil {
		return "", err
	}
	if err := undoneEach(&next.NotByTopic, before.NotByTopic, after.NotByTopic, "ignoreTopics", c.Number); err != nil {
		return "", err
	}
	if err := undoneEach(&next.Labels, before.Labels, after.Labels, "labels", c.Number); err != nil {
		return "", err
	}
	if err := undoneEach(&next.Belongs, before.Belongs, after.Belongs, "belongs", c.Number); err != nil {
		return "", err
	}
	if err := undoneEach(&next.BelongsNot, before.BelongsNot, after.BelongsNot, "belongsNot", c.Number); err != nil {
		return "", err
	}
	if err := undoneOne(&next.Exclude, before.Exclude, after.Exclude, "exclude", c.Number); err != nil {
		return "", err
	}
	if err := undoneOne(&next.NoSimilar, before.NoSimilar, after.NoSimilar, "noSimilar", c.Number); err != nil {
		return "", err
	}
	return p.stageCuration(ctx, u, id, next, e, c.Number)
}

// undone puts a list, whose order counts, back to what it was.
func undone(now *[]recommend.Decision, before, after []recommend.Decision, field string, change uint64) error {
	switch {
	case slices.EqualFunc(before, after, recommend.Decision.Same):
		return nil
	case !slices.EqualFunc(*now, after, recommend.Decision.Same):
		return &UndoError{change, field}
	}
	*now = before
	return nil
}

// undoneEach puts those entries of a list back that were changed.
func undoneEach(now *[]recommend.Decision, before, after []recommend.Decision, field string, change uint64) error {
	find := func(ds []recommend.Decision, id string) *recommend.Decision {
		if i := slices.IndexFunc(ds, func(d recommend.Decision) bool { return d.ID == id }); i >= 0 {
			return &ds[i]
		}
		return nil
	}
	same := func(a, b *recommend.Decision) bool {
		return a == nil && b == nil || a != nil && b != nil && a.Same(*b)
	}
	next := slices.Clone(*now)
	for _, d := range slices.Concat(before, after) {
		was, then := find(before, d.ID), find(after, d.ID)
		if same(was, then) {
			continue
		}
		is := find(*now, d.ID)
		if !same(is, then) {
			return &UndoError{change, field + " " + d.ID}
		}
		next = slices.DeleteFunc(next, func(o recommend.Decision) bool { return o.ID == d.ID })
		if was != nil {
			next = append(next, *was)
		}
	}
	*now = next
	return nil
}

func undoneOne(now **recommend.Note, before, after *recommend.Note, field string, change uint64) error {
	switch {
	case before.Same(after):
		return nil
	case !(*now).Same(after):
		return &UndoError{change, field}
	}
	*now = before
	return nil
}

// sign says of a decision that says neither who made it nor when, that it was
// made now; one that is as it was stays as it is.
func (e *Edit) sign(n, old *recommend.Note, now time.Time) {
	if n == nil {
		return
	}
	if old != nil && n.Text == old.Text && n.Expires.Equal(old.Expires) && (n.By == "" || n.By == old.By) && (n.At.IsZero() || n.At.Equal(old.At)) {
		n.By, n.At = old.By, old.At
		return
	}
	if n.By == "" {
		n.By = e.By
	}
	if n.At.IsZero() {
		n.At = now.UTC().Truncate(time.Second)
	}
}

func (e *Edit) signAll(ds, old []recommend.Decision, now time.Time) {
	for i := range ds {
		var was *recommend.Note
		if at := slices.IndexFunc(old, func(d recommend.Decision) bool { return d.ID == ds[i].ID }); at >= 0 {
			was = &old[at].Note
		}
		e.sign(&ds[i].Note, was, now)
	}
}

func tag(rev uint64) string { return strconv.FormatUint(rev, 10) }
