package sources

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"akin/recommend"
	"akin/recommend/store"
)

// A Found is what a source lists: an item, a topic, an item that did not change,
// or something that was left out.
type Found struct {
	Item  *recommend.Item
	Topic *recommend.Topic
	ID    string // of the item, also of one that was rejected or did not change
	Gone  bool   // the item of that ID is not to be seen (any more)
	Err   error  // of one record
	Cut   bool   // the rest was not read, or what is there cannot be told
	Left  string // what was left out, in words
}

// An Answer is what a source says when it is read.
type Answer struct {
	Unchanged bool            // since ETag and Modified; the rest is empty
	ETag      string          // to be asked with next time
	Modified  string          // Last-Modified, likewise
	Found     iter.Seq[Found] // ranged over once
	Left      func() []string // what was left out, counted, once Found has ended; may be nil
	Partial   func() bool     // whether it lists a part of what there is, once Found has ended
	Close     func() error    // ends the reading
}

// A Reader reads sources. It is safe for concurrent use.
type Reader interface {
	// Read asks for what a source lists. What did not change since s.Since may
	// come as an ID only.
	Read(ctx context.Context, s *Source) (*Answer, error)
}

// A Publisher takes items. An [engine.Publisher] is one.
type Publisher interface {
	Put(ctx context.Context, items ...recommend.Item) []recommend.Result
	NameTopics(ctx context.Context, topics ...recommend.Topic) (int, error)
	Withdraw(ctx context.Context, id string, version int64) recommend.Result
}

// A Runner reads sources and keeps their items in step. It is safe for
// concurrent use; a source is read by one at a time, in all processes.
type Runner struct {
	Store     store.Store
	Reader    Reader
	Publisher Publisher
	Now       func() time.Time // nil: time.Now
	Longest   time.Duration    // that a run may take; 0: 6 hours
}

func (r *Runner) now() time.Time {
	if r.Now == nil {
		return time.Now().UTC()
	}
	return r.Now().UTC()
}

// batch is how many items are stored together.
const batch = 1000

// most is the share of its items, one in so many, that a source may lack before
// they are withdrawn only when somebody says so.
const most = 10

// Run reads a source, due or not, and returns what became of it. Force reads all
// of it, whatever it says of changes, and withdraws what it lacks, however much
// that is. A run that failed is a result whose Error says why; the error is
// [ErrNotFound], [ErrBusy], or one of the store.
func (r *Runner) Run(ctx context.Context, name string, force bool) (*Run, error) {
	longest := r.Longest
	if longest == 0 {
		longest = 6 * time.Hour
	}
	s, row, err := get(ctx, r.Store, name)
	if err != nil {
		return nil, err
	}
	start := r.now()
	if s.Running.After(start) {
		return nil, ErrBusy
	}
	// The row is the lock: whoever writes it first reads the source, until it
	// says otherwise or the time is over.
	s.Running = start.Add(longest)
	if err := put(ctx, r.Store, s, row); errors.Is(err, store.ErrCondition) {
		return nil, ErrBusy
	} else if err != nil {
		return nil, err
	}
	asked := *s
	if force {
		asked.Since, asked.ETag, asked.Modified = time.Time{}, "", ""
	}
	limited, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	run := &Run{Started: start}
	answer, items, whole, err := r.read(limited, &asked, run, force)
	run.Finished = r.now()
	if err != nil {
		run.Error = oneLine(err.Error())
	}
	finish := context.WithoutCancel(ctx)
	for range 5 {
		s, row, err = get(finish, r.Store, name)
		if err != nil {
			return run, err // removed meanwhile
		}
		s.Running, s.Last = time.Time{}, run
		if !s.Asked.After(start) {
			s.Asked = time.Time{}
		}
		if run.Error != "" {
			s.Failures++
		} else {
			s.Failures, s.Done = 0, run.Finished
			if answer != nil && !answer.Unchanged {
				s.ETag, s.Modified = "", ""
				if run.Held == 0 && run.Rejected == 0 {
					s.ETag, s.Modified = answer.ETag, answer.Modified
				}
				s.Items = items
				if whole && run.Rejected == 0 {
					s.Since = start
				}
			}
		}
		s.Next = s.later(run.Finished)
		if err = put(finish, r.Store, s, row); !errors.Is(err, store.ErrCondition) {
			return run, err
		}
	}
	return run, err
}

// Due reads the sources that are due, one after another, and returns how many
// were read. An error of one does not keep the others from being read.
func (r *Runner) Due(ctx context.Context) (int, error) {
	all, err := List(ctx, r.Store)
	if err != nil {
		return 0, err
	}
	read := 0
	var failed error
	for _, s := range all {
		if ctx.Err() != nil {
			break
		}
		if !s.Due(r.now()) {
			continue
		}
		run, err := r.Run(ctx, s.Name, false)
		switch {
		case errors.Is(err, ErrBusy), errors.Is(err, ErrNotFound):
		case err != nil:
			failed = errors.Join(failed, fmt.Errorf("source %q: %w", s.Name, err))
		default:
			read++
			if run.Error != "" {
				failed = errors.Join(failed, fmt.Errorf("source %q: %s", s.Name, run.Error))
			}
		}
	}
	return read, failed
}

// read does the work of a run. It returns how many items the source has, and
// whether all of it was read.
func (r *Runner) read(ctx context.Context, s *Source, run *Run, force bool) (answer *Answer, items int, whole bool, err error) {
	if answer, err = r.Reader.Read(ctx, s); err != nil {
		return nil, s.Items, false, err
	}
	if answer.Unchanged {
		run.Unread = true
		return answer, s.Items, true, nil
	}
	if answer.Close != nil {
		defer answer.Close()
	}
	m, err := readMembers(ctx, r.Store, s.Name)
	if err != nil {
		return answer, s.Items, false, err
	}
	seen := map[string]bool{}
	cut := false
	var fill []Found
	flush := func() error {
		err := r.take(ctx, m, run, fill)
		fill = fill[:0]
		return err
	}
	for x := range answer.Found {
		cut = cut || x.Cut || x.Err != nil && x.ID == ""
		if x.Err != nil {
			run.Rejected++
			if len(run.Errors) < maxErrors {
				run.Errors = append(run.Errors, oneLine(x.Err.Error()))
			}
		}
		if x.ID != "" && !x.Gone {
			seen[x.ID] = true
		}
		if fill = append(fill, x); len(fill) == batch {
			if err := flush(); err != nil {
				return answer, len(m.ids), false, err
			}
		}
	}
	if err := flush(); err != nil {
		return answer, len(m.ids), false, err
	}
	if err := ctx.Err(); err != nil {
		return answer, len(m.ids), false, err
	}
	if answer.Left != nil {
		run.Left = answer.Left()
	}
	run.Partial = cut || answer.Partial != nil && answer.Partial()
	if cut && len(seen) == 0 && len(run.Errors) > 0 {
		return answer, len(m.ids), false, errors.New(run.Errors[0])
	}
	if run.Partial {
		return answer, len(m.ids), false, m.save(ctx)
	}
	err = r.withdraw(ctx, m, s.Name, seen, run, force)
	return answer, len(m.ids), true, err
}

// take stores a batch.
func (r *Runner) take(ctx context.Context, m *members, run *Run, batch []Found) error {
	var items []recommend.Item
	var topics []recommend.Topic
	for _, x := range batch {
		switch {
		case x.Item != nil:
			items = append(items, *x.Item)
			m.add(x.Item.ID)
		case x.Topic != nil:
			topics = append(topics, *x.Topic)
		}
	}
	// First whose they are: an item that nobody remembers would stay for ever.
	if err := m.save(ctx); err != nil {
		return err
	}
	if len(topics) > 0 {
		if _, err := r.Publisher.NameTopics(ctx, topics...); err != nil {
			return err
		}
	}
	if len(items) > 0 {
		for _, result := range r.Publisher.Put(ctx, items...) {
			var invalid *recommend.InvalidError
			var unstorable *recommend.UnstorableError
			switch {
			case result.Outcome == recommend.Unchanged:
				run.Unchanged++
			case result.Outcome == recommend.Stale:
				run.Stale++
			case result.Err == nil:
				run.Stored++
			case errors.As(result.Err, &invalid), errors.As(result.Err, &unstorable):
				run.Rejected++
				if len(run.Errors) < maxErrors {
					run.Errors = append(run.Errors, oneLine(fmt.Sprintf("%s: %v", result.ID, result.Err)))
				}
			default:
				return result.Err
			}
		}
	}
	for _, x := range batch {
		if x.Gone && m.ids[x.ID] {
			if err := r.gone(ctx, m, x.ID, run); err != nil {
				return err
			}
		}
	}
	return m.save(ctx)
}

// gone withdraws an item of the source.
func (r *Runner) gone(ctx context.Context, m *members, id string, run *Run) error {
	if result := r.Publisher.Withdraw(ctx, id, 0); result.Err != nil {
		return fmt.Errorf("withdraw %q: %w", id, result.Err)
	}
	run.Withdrawn++
	m.drop(id)
	return nil
}

// withdraw withdraws what the source brought and lacks now, unless that is much
// and nobody said so. What another source brought too stays.
func (r *Runner) withdraw(ctx context.Context, m *members, name string, seen map[string]bool, run *Run, force bool) error {
	var missing []string
	for id := range m.ids {
		if !seen[id] {
			missing = append(missing, id)
		}
	}
	slices.Sort(missing)
	if len(missing)*most > len(m.ids) && !force {
		run.Held = len(missing)
		run.Left = append(run.Left, fmt.Sprintf("%d of %d items are missing, more than a tenth; nothing was withdrawn, run the source with --force if that is meant", len(missing), len(m.ids)))
		return m.save(ctx)
	}
	all, err := List(ctx, r.Store)
	if err != nil {
		return err
	}
	var others []string
	for _, s := range all {
		if s.Name != name {
			others = append(others, s.Name)
		}
	}
	for _, id := range missing {
		shared, err := has(ctx, r.Store, others, id)
		if err != nil {
			return err
		}
		if shared {
			m.drop(id)
			continue
		}
		if err := r.gone(ctx, m, id, run); err != nil {
			return errors.Join(err, m.save(ctx))
		}
	}
	return m.save(ctx)
}

// String says in one line what became of a run.
func (r *Run) String() string {
	if r.Error != "" {
		return "failed: " + r.Error
	}
	if r.Unread {
		return "nothing changed"
	}
	s := fmt.Sprintf("stored %d, unchanged %d, stale %d, rejected %d, withdrawn %d", r.Stored, r.Unchanged, r.Stale, r.Rejected, r.Withdrawn)
	if len(r.Left) > 0 {
		s += "; " + strings.Join(r.Left, ", ")
	}
	return s
}
