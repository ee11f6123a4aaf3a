package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"akin/recommend"
	"akin/recommend/store"
)

// A FindingID says which finding of the editors' report something is about.
// Reports that are made later name the same finding alike.
type FindingID struct {
	Kind  string `json:"kind"`
	Topic string `json:"topic,omitempty"`
	Item  string `json:"item,omitempty"`
	Other string `json:"other,omitempty"`
}

// Key returns what addresses and rows call the finding, 32 hexadecimal digits.
func (f FindingID) Key() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{f.Kind, f.Topic, f.Item, f.Other}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// What editors do about a finding.
const (
	DoAccept  = "accept"  // carry out what it proposes
	DoDismiss = "dismiss" // put it away until its evidence changes
	DoAssign  = "assign"  // to somebody, or to nobody
	DoSnooze  = "snooze"  // put it away until a day
	DoReopen  = "reopen"  // take it out from where it was put; what was carried out stays
)

// The states of a [WorkedFinding]. Assigned ones are open.
const (
	FindingOpen      = "open"
	FindingDone      = "done"
	FindingDismissed = "dismissed"
	FindingSnoozed   = "snoozed"
)

// A WorkedFinding is what editors did about a finding.
type WorkedFinding struct {
	FindingID
	State          string    `json:"state"`              // open, done or dismissed
	Evidence       string    `json:"evidence"`           // fingerprint of what the finding rested on when State was set
	Assigned       string    `json:"assigned,omitempty"` // to whom
	Snoozed        time.Time `json:"snoozed,omitzero"`   // the first instant at which it is open again
	recommend.Note           // of the last act: who, why and when
	Did            []Deed    `json:"did,omitempty"` // what the last act changed elsewhere
	ETag           string    `json:"-"`
}

// A Deed is a change of what editors decided for a work or a topic, which came
// with an act on a finding.
type Deed struct {
	Item   string `json:"item,omitempty"`
	Topic  string `json:"topic,omitempty"`
	Change uint64 `json:"change"`
}

// StateAt returns the state of the finding now, given the fingerprint of its evidence
// in a report and when that was made. What was done or dismissed is so until a later
// report has the finding with other evidence.
func (f *WorkedFinding) StateAt(evidence string, made, now time.Time) string {
	switch {
	case f.Snoozed.After(now):
		return FindingSnoozed
	case (f.State == FindingDone || f.State == FindingDismissed) && (f.Evidence == evidence || !made.After(f.At)):
		return f.State
	}
	return FindingOpen
}

func (f *WorkedFinding) same(o *WorkedFinding) bool {
	return f.State == o.State && f.Evidence == o.Evidence && f.Assigned == o.Assigned && f.Snoozed.Equal(o.Snoozed) && f.Text == o.Text
}

// A FindingAct is what somebody does about a finding.
type FindingAct struct {
	FindingID
	Do       string
	Evidence string    // fingerprint of what the finding rests on
	Rulings  []Ruling  // of accept: what the finding proposes; one at least
	To       string    // of assign; empty: nobody
	Until    time.Time // of snooze
}

const maxAssigned = 200 // bytes of a name

func (a *FindingAct) validate(now time.Time, note string) error {
	switch a.Do {
	case DoAccept:
		if len(a.Rulings) == 0 {
			return recommend.Invalid("do", "the finding proposes nothing that can be done here")
		}
	case DoDismiss:
		if strings.TrimSpace(note) == "" {
			return recommend.Invalid("note", "a reason is needed to dismiss a finding")
		}
	case DoAssign:
		return recommend.CheckText("to", a.To, maxAssigned)
	case DoSnooze:
		if !a.Until.After(now) {
			return recommend.Invalid("until", "is not in the future")
		}
	case DoReopen:
	default:
		return recommend.Invalid("do", "%q is none of accept, dismiss, assign, snooze, reopen", brief(a.Do))
	}
	return nil
}

// WorkFinding does something about a finding, if what was done about it is still what
// the caller read, and returns the new ETag; "0" is that of one about which nobody
// did anything. What an accepted finding proposes is decided in the same transaction,
// each work's and topic's part as a change of its own history. Each act is kept, see
// [Reader.History], and [Publisher.Undo] takes it back with all that came with it.
func (p *Publisher) WorkFinding(ctx context.Context, a FindingAct, e Edit) (string, error) {
	if err := a.validate(p.now(), e.Note); err != nil {
		return "", fmt.Errorf("work on finding %q: %w", a.Key(), err)
	}
	etag, err := p.edit(ctx, e, func(u *unit) (string, error) {
		old, err := u.finding(ctx, a.Key())
		if err != nil {
			return "", err
		}
		next := *old
		next.FindingID, next.Did = a.FindingID, nil
		switch a.Do {
		case DoAccept:
			next.State, next.Evidence, next.Snoozed = FindingDone, a.Evidence, time.Time{}
			if e.IfMatch != "*" && e.IfMatch != old.ETag {
				return "", recommend.ErrPrecondition
			}
			if next.Did, err = p.carryOut(ctx, u, a.Rulings, e); err != nil {
				return "", err
			}
		case DoDismiss:
			next.State, next.Evidence, next.Snoozed = FindingDismissed, a.Evidence, time.Time{}
		case DoAssign:
			next.Assigned = a.To
		case DoSnooze:
			next.State, next.Snoozed = FindingOpen, a.Until.UTC()
		case DoReopen:
			next.State, next.Evidence, next.Snoozed = FindingOpen, "", time.Time{}
		}
		return p.stageFinding(u, old, &next, e, 0)
	})
	if err != nil {
		return "", fmt.Errorf("work on finding %q: %w", a.Key(), err)
	}
	return etag, nil
}

// stageFinding writes what was done about a finding, and the change of it.
func (p *Publisher) stageFinding(u *unit, old, next *WorkedFinding, e Edit, undoes uint64) (string, error) {
	if e.IfMatch != "*" && e.IfMatch != old.ETag {
		return "", recommend.ErrPrecondition
	}
	now := p.now().UTC()
	next.Note = recommend.Note{By: e.By, Text: e.Note, At: now}
	if next.State == "" {
		next.State = FindingOpen
	}
	if next.same(old) && len(next.Did) == 0 {
		return old.ETag, nil
	}
	data, err := json.Marshal(next)
	if err != nil {
		return "", err
	}
	key := findingKey(next.Key())
	change := Change{Number: u.read[key].Rev + 1, At: now, By: e.By, Note: e.Note, Undoes: undoes}
	u.put(key, data)
	return tag(change.Number), u.keep(findingHistory(next.Key()), change, old, next)
}

// carryOut applies rulings, and returns the changes that they made.
func (p *Publisher) carryOut(ctx context.Context, u *unit, rulings []Ruling, e Edit) ([]Deed, error) {
	c := clerk{unit: u, pairs: map[[2]string]int{}}
	var keys []store.Key
	for i := range rulings {
		keys = append(keys, rulings[i].names()...)
	}
	if err := c.load(ctx, distinctKeys(keys)...); err != nil {
		return nil, err
	}
	groups := map[Subject][]Ruling{}
	var order []Subject
	for _, d := range rulings {
		s, err := c.subject(ctx, &d)
		var wrong *RulingError
		if errors.As(err, &wrong) {
			return nil, recommend.Invalid(d.Action, "%s", wrong.Reason)
		}
		if err != nil {
			return nil, err
		}
		if groups[s] == nil {
			order = append(order, s)
		}
		groups[s] = append(groups[s], d)
	}
	e.IfMatch = "*"
	var did []Deed
	for _, s := range order {
		before, after, err := p.stageRulings(ctx, u, s, groups[s], e)
		if err != nil {
			return nil, err
		}
		if did, err = deeds(did, s, before, after); err != nil {
			return nil, err
		}
	}
	return did, nil
}

// deeds adds the change that left an ETag, if it is one.
func deeds(did []Deed, s Subject, before, after string) ([]Deed, error) {
	if before == after {
		return did, nil
	}
	var n uint64
	if _, err := fmt.Sscan(after, &n); err != nil {
		return nil, errCorrupt
	}
	return append(did, Deed{s.Item, s.Topic, n}), nil
}

// undoFinding takes an act back, with all that came with it.
func (p *Publisher) undoFinding(ctx context.Context, u *unit, key string, c Change, e Edit) (string, error) {
	now, err := u.finding(ctx, key)
	if err != nil {
		return "", err
	}
	var before, after WorkedFinding
	if json.Unmarshal(c.Before, &before) != nil || json.Unmarshal(c.After, &after) != nil {
		return "", errCorrupt
	}
	if !now.same(&after) {
		return "", &UndoError{c.Number, "the finding"}
	}
	if e.IfMatch != "*" && e.IfMatch != now.ETag {
		return "", recommend.ErrPrecondition
	}
	next := before
	next.FindingID, next.Did = after.FindingID, nil
	with := e
	with.IfMatch = "*"
	for _, d := range slices.Backward(after.Did) {
		s := Subject{Item: d.Item, Topic: d.Topic}
		part, err := u.historyPart(ctx, s)
		if err != nil {
			return "", err
		}
		row, err := u.get(ctx, historyKey(part, d.Change))
		if err != nil {
			return "", err
		}
		if row.Rev == 0 {
			return "", ErrNoChange
		}
		was, err := unpackHistory(row)
		if err != nil {
			return "", err
		}
		tagBefore, tagAfter := "", ""
		if s.Topic != "" {
			c, err := u.topicCuration(ctx, s.Topic)
			if err != nil {
				return "", err
			}
			tagBefore = c.ETag
			tagAfter, err = p.undoTopic(ctx, u, s.Topic, was, with)
			if err != nil {
				return "", err
			}
		} else {
			rev, _, err := u.curation(ctx, s.Item)
			if err != nil {
				return "", err
			}
			tagBefore = tag(rev)
			if tagAfter, err = p.undoItem(ctx, u, s.Item, was, with); err != nil {
				return "", err
			}
		}
		if next.Did, err = deeds(next.Did, s, tagBefore, tagAfter); err != nil {
			return "", err
		}
	}
	return p.stageFinding(u, now, &next, e, c.Number)
}

// finding reads what was done about a finding.
func (u *unit) finding(ctx context.Context, key string) (*WorkedFinding, error) {
	row, err := u.get(ctx, findingKey(key))
	if err != nil {
		return nil, err
	}
	return unpackFinding(row)
}

func unpackFinding(row store.Row) (*WorkedFinding, error) {
	f := &WorkedFinding{State: FindingOpen, ETag: tag(row.Rev)}
	if row.Rev == 0 {
		return f, nil
	}
	if err := json.Unmarshal(row.Data, f); err != nil {
		return nil, fmt.Errorf("finding %s: %w", row.Sort, errCorrupt)
	}
	return f, nil
}

// WorkedFindings returns what editors did about findings, by their keys.
func (r *Reader) WorkedFindings(ctx context.Context) (map[string]*WorkedFinding, error) {
	all := map[string]*WorkedFinding{}
	for row, err := range store.Scan(ctx, r.store, store.Strong, store.Range{Part: findingPart}) {
		if err == nil {
			all[row.Sort], err = unpackFinding(row)
		}
		if err != nil {
			return nil, fmt.Errorf("findings: %w", err)
		}
	}
	return all, nil
}
