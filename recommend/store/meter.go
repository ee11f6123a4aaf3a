package store

import (
	"context"
	"errors"
	"sync"
)

// A Usage is what calls of a [Store] cost where it is DynamoDB: what a [Meter]
// has counted. Requests that the network makes one repeat are not in it.
type Usage struct {
	Requests int // to DynamoDB
	Reads    int // rows asked for by key, found or not, and rows that ranges found
	Writes   int // rows put, deleted and checked, those of refused transactions included

	ReadUnits  float64 // read request units: 4 KB read strongly; half for an eventual read
	WriteUnits float64 // write request units: 1 KB written; twice in a transaction

	BytesRead    int64 // of rows, names of attributes included
	BytesWritten int64 // of rows put, refused ones included

	// Operations counts the requests by DynamoDB's name for them, as
	// "BatchGetItem"; nil where there were none.
	Operations map[string]int
}

// Add adds v to u.
func (u *Usage) Add(v Usage) {
	u.Requests += v.Requests
	u.Reads += v.Reads
	u.Writes += v.Writes
	u.ReadUnits += v.ReadUnits
	u.WriteUnits += v.WriteUnits
	u.BytesRead += v.BytesRead
	u.BytesWritten += v.BytesWritten
	for op, n := range v.Operations {
		u.count(op, n)
	}
}

// count counts n requests; no request has no name.
func (u *Usage) count(op string, n int) {
	if n == 0 {
		return
	}
	if u.Operations == nil {
		u.Operations = make(map[string]int)
	}
	u.Operations[op] += n
}

// A Meter is a [Store] that passes everything on to another one, and counts what
// it would cost if that were DynamoDB, by the rules of its price list. Since a
// row written over costs by the larger of its two sizes, the Meter reads each row
// that is to be written beforehand, and does not count that. It is safe for
// concurrent use; the rows of one key written at once may be counted by another
// size.
type Meter struct {
	store Store

	mu   sync.Mutex
	used Usage
}

var _ Store = (*Meter)(nil)

// NewMeter returns a Meter on s that has counted nothing.
func NewMeter(s Store) *Meter { return &Meter{store: s} }

// Take returns what was used since the last Take, and starts again from nothing.
func (m *Meter) Take() Usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.used
	m.used = Usage{}
	return u
}

// DynamoDB's units, and the bounds of its requests.
const (
	readUnit   = 4 << 10 // bytes
	writeUnit  = 1 << 10 // bytes
	queryBytes = 1 << 20 // of a page
	getKeys    = 100     // of BatchGetItem
	writeRows  = 25      // of BatchWriteItem
)

// units returns the units of so many bytes, 1 at least.
func units(bytes, unit int) float64 { return float64(max(1, (bytes+unit-1)/unit)) }

// readUnits returns the request units of reading so many bytes at once.
func readUnits(bytes int, c Consistency) float64 {
	if c == Eventual {
		return units(bytes, readUnit) / 2
	}
	return units(bytes, readUnit)
}

// itemSize returns the size of a row in DynamoDB, in bytes: names and values of
// its attributes pk, sk, r, d, x and c. It is 0 for a row that is not there.
func itemSize(r *Row) int {
	if r.Rev == 0 {
		return 0
	}
	n := len("pk") + len(r.Part) + len("sk") + len(r.Sort) + len("r") + numberSize(r.Rev) + len("c") + 4
	if len(r.Data) > 0 {
		n += len("d") + len(r.Data)
	}
	if !r.Expires.IsZero() {
		n += len("x") + numberSize(uint64(r.Expires.Unix()))
	}
	return n
}

// numberSize returns the size of a number in DynamoDB: a byte for every two
// digits of it, without zeros at the end, and one more.
func numberSize(n uint64) int {
	for n != 0 && n%100 == 0 {
		n /= 100
	}
	size := 1
	for ; n > 0; n /= 100 {
		size++
	}
	return size
}

// Get counts a request for every 100 different keys, and units by row.
func (m *Meter) Get(ctx context.Context, c Consistency, keys ...Key) ([]Row, error) {
	rows, err := m.store.Get(ctx, c, keys...)
	if err != nil || len(keys) == 0 {
		return rows, err
	}
	var u Usage
	seen := make(map[Key]bool, len(keys))
	for i := range rows {
		if seen[keys[i]] {
			continue
		}
		seen[keys[i]] = true
		u.read(&rows[i], c)
	}
	if u.Requests = 1; len(seen) == 1 {
		u.count("GetItem", 1)
	} else {
		u.Requests = (len(seen) + getKeys - 1) / getKeys
		u.count("BatchGetItem", u.Requests)
	}
	m.add(u)
	return rows, nil
}

// read counts a row read by its key.
func (u *Usage) read(row *Row, c Consistency) {
	size := itemSize(row)
	u.Reads++
	u.BytesRead += int64(size)
	u.ReadUnits += readUnits(size, c)
}

// Query counts a request for every MB of rows, and units by what they are
// together.
func (m *Meter) Query(ctx context.Context, c Consistency, r Range) ([]Row, bool, error) {
	rows, more, err := m.store.Query(ctx, c, r)
	if err != nil {
		return rows, more, err
	}
	u := Usage{Requests: 1, Reads: len(rows)}
	page := 0
	for i := range rows {
		if page >= queryBytes {
			u.Requests++
			u.ReadUnits += readUnits(page, c)
			page = 0
		}
		size := itemSize(&rows[i])
		page += size
		u.BytesRead += int64(size)
	}
	u.ReadUnits += readUnits(page, c)
	u.count("Query", u.Requests)
	m.add(u)
	return rows, more, nil
}

// Apply counts a request for each transaction, but one for 25 of a single
// operation without a condition. A write refused by its condition costs by the
// stored row; a transaction that was refused costs what another does.
func (m *Meter) Apply(ctx context.Context, txs ...Tx) []error {
	// Transactions that break a rule are not sent, and cost nothing.
	broken := m.store.Limits().Check(txs)
	var keys []Key
	for i, tx := range txs {
		for _, op := range tx {
			if broken[i] == nil {
				keys = append(keys, op.Row.Key)
			}
		}
	}
	var before []Row
	if len(keys) > 0 {
		var err error
		if before, err = m.store.Get(ctx, Strong, keys...); err != nil {
			errs := make([]error, len(txs))
			for i := range errs {
				errs[i] = err
			}
			return errs
		}
	}
	errs := m.store.Apply(ctx, txs...)
	var u Usage
	var batched []*Op
	for i, tx := range txs {
		if broken[i] != nil {
			continue
		}
		rows := before[:len(tx)]
		before = before[len(tx):]
		if len(tx) == 0 || errs[i] != nil && !errors.Is(errs[i], ErrCondition) {
			continue
		}
		switch op := &tx[0]; {
		case len(tx) > 1:
			u.Requests++
			u.count("TransactWriteItems", 1)
			for j := range tx {
				u.write(&tx[j], &rows[j], false, 2)
			}
		case op.Act == Check:
			u.Requests++
			u.count("GetItem", 1)
			u.read(&rows[0], Strong)
		default:
			u.write(op, &rows[0], errs[i] != nil, 1)
			if op.Cond == Always {
				batched = append(batched, op)
				continue
			}
			u.Requests++
			u.count(single(op), 1)
		}
	}
	if len(batched) == 1 {
		u.Requests++
		u.count(single(batched[0]), 1)
	} else {
		n := (len(batched) + writeRows - 1) / writeRows
		u.Requests += n
		u.count("BatchWriteItem", n)
	}
	m.add(u)
	return errs
}

// single returns DynamoDB's name for a request of one write.
func single(op *Op) string {
	if op.Act == Delete {
		return "DeleteItem"
	}
	return "PutItem"
}

// write counts an operation on a row that was as before, each unit times over.
func (u *Usage) write(op *Op, before *Row, refused bool, times float64) {
	u.Writes++
	size := itemSize(before)
	if op.Act == Put {
		after := itemSize(&op.Row)
		u.BytesWritten += int64(after)
		if !refused {
			size = max(size, after)
		}
	}
	u.WriteUnits += times * units(size, writeUnit)
}

func (m *Meter) add(u Usage) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used.Add(u)
}

// Limits returns those of the store.
func (m *Meter) Limits() Limits { return m.store.Limits() }

// Close closes the store.
func (m *Meter) Close() error { return m.store.Close() }
