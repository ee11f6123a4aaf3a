package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Limits of a [Store]'s rows. They are DynamoDB's, with room to spare.
const (
	MaxPart = 512        // bytes of a [Key]'s Part; 1 at least
	MaxSort = 512        // bytes of a [Key]'s Sort; 1 at least
	MaxData = 380 * 1024 // bytes of a [Row]'s Data
)

// A Key names a row. Rows of one Part lie together in the bytewise order of
// Sort. Neither part holds a NUL byte; both are valid UTF-8.
type Key struct {
	Part string
	Sort string
}

// A Row is what a [Store] keeps under a [Key].
type Row struct {
	Key
	Data    []byte
	Rev     uint64    // 1 at least in a stored row, 0 in the answer for a row that is not there
	Expires time.Time // whole seconds after 1970, answered in UTC; zero: never. An expired row may or may not still be there
}

// A Cond says when an [Op] may go ahead.
type Cond uint8

const (
	Always  Cond = iota // whatever is there
	Absent              // there is no row
	RevIs               // there is a row and its Rev is Op.Want
	RevLess             // there is no row, or its Rev is less than Op.Row.Rev
)

// An Act is what an [Op] does.
type Act uint8

const (
	Put    Act = iota // write the row
	Delete            // remove the row; removing a missing row is not an error
	Check             // write nothing, only hold the transaction to the condition
)

// An Op is one write of a transaction. For Delete and Check only the key of
// Row counts, and Rev where Cond is RevLess. A Check needs a condition other
// than Always.
type Op struct {
	Act  Act
	Row  Row
	Cond Cond
	Want uint64
}

// A Tx is a transaction: all of its operations happen or none. It names no key
// twice and keeps within the [Limits] of its store.
type Tx []Op

// Limits bound one [Tx].
type Limits struct {
	Ops   int // operations
	Bytes int // sum of the lengths of keys and data
}

// A Range asks for rows of one Part in the order of Sort. Its bounds are valid
// UTF-8, need not be the Sort of a row, and may, unlike one, hold NUL bytes.
// [Range.After] and [Prefix] make the usual ones.
type Range struct {
	Part    string
	From    string // first Sort, inclusive; empty: from the start
	To      string // last Sort, exclusive; empty: to the end
	Reverse bool   // from the end of the range to its start
	Limit   int    // rows at most; 0: as many as fit an answer of the store
}

// A Consistency says what a read may answer.
type Consistency bool

const (
	Eventual Consistency = false // perhaps as it was a second ago, at half the price
	Strong   Consistency = true  // every write that was answered before
)

// ErrCondition is wrapped by the error of a transaction whose condition did
// not hold; nothing of it was written.
var ErrCondition = errors.New("condition not met")

// ErrCrowded is wrapped by the error of a transaction that the store refused, however
// often it was tried again, as there were too many requests or others were at its rows;
// nothing of it was written, and later it may be.
var ErrCrowded = errors.New("the store refuses writes for now, as there are too many")

// A RuleError says that a transaction is none that a store can run, whatever it
// holds: it breaks a rule of its operations or passes the [Limits].
type RuleError struct{ Err error }

func (e *RuleError) Error() string { return e.Err.Error() }

// Unwrap returns which rule.
func (e *RuleError) Unwrap() error { return e.Err }

// A ConditionError tells which condition of a transaction did not hold.
type ConditionError struct {
	Op  int // index into the Tx of the first such operation
	Key Key
}

func (e *ConditionError) Error() string {
	return fmt.Sprintf("row %q %q: %v", e.Key.Part, e.Key.Sort, ErrCondition)
}

// Unwrap returns [ErrCondition].
func (e *ConditionError) Unwrap() error { return ErrCondition }

// A Store keeps rows. It is shaped by what DynamoDB can do, so that one code
// serves the embedded file and the cloud. It is safe for concurrent use. Byte
// slices passed in are not kept; byte slices handed out are the caller's.
// Package storetest states what every Store must do.
type Store interface {
	// Get returns a row for each key, in the order of keys; a key may repeat.
	// A row that is not there has Rev 0 and nil Data. There is no limit to
	// the number of keys, but all of them together are no snapshot.
	Get(ctx context.Context, c Consistency, keys ...Key) ([]Row, error)

	// Query returns the first rows of r, and whether there may be more of them
	// beyond the last one returned: r.After(last) asks for those, [Scan] for
	// all. It may return fewer than r.Limit though there are more. It returns
	// at least one row whenever more is true. Deleted rows are never returned.
	Query(ctx context.Context, c Consistency, r Range) (rows []Row, more bool, err error)

	// Apply runs transactions independently of each other and answers an error
	// (or nil) for each, in their order. One whose condition does not hold
	// gets a [*ConditionError] and does not keep the others from happening;
	// one that was not run, because ctx ended or the store failed, gets that
	// error, and may have happened nevertheless if the answer was lost.
	// One that breaks a rule (see [Limits.Check]) gets an error that names it.
	// Transactions of one call may run in any order or at once; no two of them
	// may name the same key. A Tx of no Op succeeds; one of a single Op costs
	// half of what a longer one costs.
	Apply(ctx context.Context, txs ...Tx) []error

	// Limits returns the bounds of one Tx. They do not change.
	Limits() Limits

	// Close ends the use of the store; no method is called after it.
	Close() error
}

// A Versioner is a [Store] that can tell cheaply, without a read, whether
// anything was written to it: one that a single process writes to. A store of
// many writers, as DynamoDB, is none. [VersionOf] asks either kind.
type Versioner interface {
	// Version returns a number that every write changes before it is answered,
	// and that nothing else changes. As long as it returns the same number, and
	// true, every row is as it was; it returns false while a write may be seen
	// already or not yet.
	Version() (number uint64, settled bool)
}

// VersionOf returns the version of s as [Versioner] has it, and whether s tells
// one: where it does not, nothing is known, and number is 0 and settled true.
func VersionOf(s Store) (number uint64, settled, told bool) {
	v, ok := s.(Versioner)
	if !ok {
		return 0, true, false
	}
	number, settled = v.Version()
	return number, settled, true
}
