package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"unicode/utf8"
)

// maxBound is the greatest length of a bound of a [Range], in bytes: that of a
// Sort and what [Range.After] and [Prefix] append to one.
const maxBound = MaxSort + utf8.UTFMax

// lastRune sorts after every other character. [Prefix] relies on no Sort
// holding it right behind the prefix.
const lastRune = string(utf8.MaxRune)

// After returns the rest of r beyond the row last, whose Part is r's. Its Limit
// is r's.
func (r Range) After(last Key) Range {
	if r.Reverse {
		r.To = last.Sort
	} else {
		r.From = last.Sort + "\x00"
	}
	return r
}

// Prefix returns the range of the rows of part whose Sort begins with prefix.
// A Sort that goes on with U+10FFFF, which is not a character, is beyond it.
func Prefix(part, prefix string) Range {
	if prefix == "" {
		return Range{Part: part}
	}
	return Range{Part: part, From: prefix, To: prefix + lastRune}
}

// Scan returns all rows of r, page by page, or the first r.Limit of them if that
// is not 0. An error ends it and comes with a zero Row. The pages together are
// no snapshot. A page that does not lie behind the one before is an error, so
// that it ends whatever a damaged store answers.
func Scan(ctx context.Context, s Store, c Consistency, r Range) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		limited := r.Limit > 0
		last := ""
		for page := 0; ; page++ {
			rows, more, err := s.Query(ctx, c, r)
			if err == nil && page > 0 && len(rows) > 0 && (rows[0].Sort == last || rows[0].Sort > last == r.Reverse) {
				err = &DamageError{rows[0].Key, errors.New("it is out of order")}
			}
			if err != nil {
				yield(Row{}, err)
				return
			}
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
			if limited {
				r.Limit -= len(rows)
				more = more && r.Limit > 0
			}
			if !more {
				return
			}
			last = rows[len(rows)-1].Sort
			r = r.After(rows[len(rows)-1].Key)
		}
	}
}

// Check returns an error that says what makes k no key of a row, if anything.
func (k Key) Check() error {
	if err := checkName("part", k.Part, MaxPart); err != nil {
		return err
	}
	return checkName("sort", k.Sort, MaxSort)
}

func checkName(field, s string, limit int) error {
	switch {
	case s == "":
		return fmt.Errorf("key: %s is empty", field)
	case len(s) > limit:
		return fmt.Errorf("key: %s %q... has %d bytes, more than %d", field, s[:32], len(s), limit)
	case strings.IndexByte(s, 0) >= 0:
		return fmt.Errorf("key: %s %q holds a NUL byte", field, s)
	case !utf8.ValidString(s):
		return fmt.Errorf("key: %s %q is not valid UTF-8", field, s)
	}
	return nil
}

// Check returns an error that says why no store can answer r, if so. A range
// that is empty because From is not before To is not an error.
func (r Range) Check() error {
	if err := checkName("part", r.Part, MaxPart); err != nil {
		return err
	}
	if r.Limit < 0 {
		return fmt.Errorf("range: limit %d is negative", r.Limit)
	}
	for _, b := range []string{r.From, r.To} {
		if len(b) > maxBound {
			return fmt.Errorf("range: bound %q... has %d bytes, more than %d", b[:32], len(b), maxBound)
		}
		if !utf8.ValidString(b) {
			return fmt.Errorf("range: bound %q is not valid UTF-8", b)
		}
	}
	return nil
}

// Check returns, for each of the transactions of one [Store.Apply], the error
// that keeps it from being run: a malformed operation, a key that it or one of
// the transactions before it names already, or l passed.
func (l Limits) Check(txs []Tx) []error {
	errs := make([]error, len(txs))
	n := 0 // operations to look through
	for i, tx := range txs {
		if err := l.check(tx); err != nil {
			errs[i] = &RuleError{err}
		} else {
			n += len(tx)
		}
	}
	if n < 2 {
		return errs
	}
	seen := make(map[Key]int, n)
	for i, tx := range txs {
		if errs[i] != nil {
			continue
		}
		for _, op := range tx {
			if j, ok := seen[op.Row.Key]; ok {
				where := "in one transaction"
				if i != j {
					where = fmt.Sprintf("in transactions %d and %d of one call", j, i)
				}
				errs[i] = fmt.Errorf("row %q %q: named twice %s", op.Row.Part, op.Row.Sort, where)
				break
			}
			seen[op.Row.Key] = i
		}
	}
	return errs
}

func (l Limits) check(tx Tx) error {
	if len(tx) > l.Ops {
		return fmt.Errorf("transaction of %d operations, more than %d", len(tx), l.Ops)
	}
	size := 0
	for i, op := range tx {
		if err := op.check(); err != nil {
			return fmt.Errorf("operation %d: %w", i, err)
		}
		size += len(op.Row.Part) + len(op.Row.Sort)
		if op.Act == Put {
			size += len(op.Row.Data)
		}
	}
	if size > l.Bytes {
		return fmt.Errorf("transaction of %d bytes, more than %d", size, l.Bytes)
	}
	return nil
}

func (op Op) check() error {
	row := &op.Row
	if err := row.Check(); err != nil {
		return err
	}
	var err error
	switch {
	case op.Act > Check:
		err = errors.New("no such act")
	case op.Cond > RevLess:
		err = errors.New("no such condition")
	case op.Act == Check && op.Cond == Always:
		err = errors.New("a check needs a condition")
	case op.Cond == RevLess && row.Rev == 0:
		err = errors.New("no rev is less than 0")
	case op.Act != Put:
	case row.Rev == 0:
		err = errors.New("rev is 0; that of a stored row is 1 at least")
	case len(row.Data) > MaxData:
		err = fmt.Errorf("data has %d bytes, more than %d", len(row.Data), MaxData)
	case !row.Expires.IsZero() && row.Expires.Unix() <= 0:
		err = fmt.Errorf("expires %v is not after 1970", row.Expires)
	}
	if err != nil {
		return fmt.Errorf("row %q %q: %w", row.Part, row.Sort, err)
	}
	return nil
}

// Holds says whether the condition of op holds against the Rev of the stored
// row with op's key, 0 if there is none.
func (op Op) Holds(stored uint64) bool {
	switch op.Cond {
	case Absent:
		return stored == 0
	case RevIs:
		return stored != 0 && stored == op.Want
	case RevLess:
		return stored < op.Row.Rev
	}
	return true
}
