// Package dynamo keeps rows in one DynamoDB table. It is a [store.Store].
//
// A row is an item of six attributes: pk and sk (strings, the table's keys) its
// Part and Sort, d (binary) its data, r (number) its rev, x (number, the table's
// time to live) the second it expires in, c (binary) its checksum, which every
// read verifies. d and x are left out when empty; rows of earlier programs lack c.
package dynamo

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"akin/recommend/store"
)

// DynamoDB's bounds of one request.
const (
	maxTransact   = 100       // operations of TransactWriteItems
	maxBatchWrite = 25        // of BatchWriteItem
	maxBatchGet   = 100       // keys of BatchGetItem
	transactBytes = 3_900_000 // of a transaction; 4 MB less what names and numbers take
)

// A Store keeps rows in a table. It repeats requests itself, with random pauses
// that grow, where repeating can help: throttling, conflicts, unprocessed rows,
// failing servers and lost answers.
type Store struct {
	client   client
	table    string
	reads    patience
	writes   patience
	parallel int
	meter    func(op string, readUnits, writeUnits float64)
}

var _ store.Store = (*Store)(nil)

// An Option sets how a [Store] works.
type Option func(*Store)

// WithReadRetries sets how often a read is tried, at least once, and the longest
// pause before a further try. The default is 3 and 60 ms, which suits answering
// readers; a job does better with more. Answers that bring some rows but not all
// do not count as tries.
func WithReadRetries(tries int, longest time.Duration) Option {
	return func(s *Store) { s.reads = patience{max(1, tries), longest, false} }
}

// WithWriteRetries sets the same for writes. The default is 12 and 1 s: up to some
// 5 s in all. What is refused for conflict or throttling is tried on until a second before
// the end of the context, if that has one; then the error wraps [store.ErrCrowded].
func WithWriteRetries(tries int, longest time.Duration) Option {
	return func(s *Store) { s.writes = patience{max(1, tries), longest, true} }
}

// WithMeter asks DynamoDB what each request consumed, and tells meter: the name
// of the request's operation ("Query"), read and write units. Requests that
// failed are not told. meter is called from several goroutines at once.
func WithMeter(meter func(op string, readUnits, writeUnits float64)) Option {
	return func(s *Store) { s.meter = meter }
}

// New returns the store in the given table, which it does not look at: see
// [Store.CreateTable]. The client is a [dynamodb.Client], best over an
// [HTTPClient]; whether it repeats requests makes no difference.
func New(client client, table string, options ...Option) *Store {
	s := &Store{
		client:   client,
		table:    table,
		reads:    patience{3, 60 * time.Millisecond, false},
		writes:   patience{12, time.Second, true},
		parallel: 16, // requests that one call makes at once
	}
	for _, o := range options {
		o(s)
	}
	return s
}

// Limits returns those of TransactWriteItems: 100 operations, 3.9 MB.
func (s *Store) Limits() store.Limits {
	return store.Limits{Ops: maxTransact, Bytes: transactBytes}
}

// Close does nothing: the store holds nothing but its client.
func (s *Store) Close() error { return nil }

// capacity says whether requests are to tell what they consumed.
func (s *Store) capacity() types.ReturnConsumedCapacity {
	if s.meter == nil {
		return ""
	}
	return types.ReturnConsumedCapacityTotal
}

// metered passes on what a read or a write consumed.
func (s *Store) metered(op string, write bool, consumed ...types.ConsumedCapacity) {
	if s.meter == nil {
		return
	}
	var units float64
	for _, c := range consumed {
		units += aws.ToFloat64(c.CapacityUnits)
	}
	if write {
		s.meter(op, 0, units)
	} else {
		s.meter(op, units, 0)
	}
}

// one returns c as a list, to be passed to metered.
func one(c *types.ConsumedCapacity) []types.ConsumedCapacity {
	if c == nil {
		return nil
	}
	return []types.ConsumedCapacity{*c}
}

// each calls do for 0 to n-1, some at once, and returns the first error.
func (s *Store) each(n int, do func(i int) error) error {
	if n == 1 {
		return do(0)
	}
	var g errgroup.Group
	g.SetLimit(s.parallel)
	for i := range n {
		g.Go(func() error { return do(i) })
	}
	return g.Wait()
}
