package remote

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"akin/recommend/engine"
	"akin/recommend/store"
)

// What goes over the socket is made of bytes, varints, and strings with their
// length before them. An answer begins with an error, of kind noError if there
// is none.

// errCut is the error of a message that ends too early or holds what no message
// holds.
var errCut = errors.New("a message is cut off or damaged")

// Kinds of errors. Those that callers tell apart keep their identity.
const (
	noError = iota
	otherError
	conditionError
	cancelledError
	deadlineError
	busyError
)

// A writer appends to a message.
type writer struct{ b []byte }

func (w *writer) byte(c byte)     { w.b = append(w.b, c) }
func (w *writer) uint(n uint64)   { w.b = binary.AppendUvarint(w.b, n) }
func (w *writer) int(n int64)     { w.b = binary.AppendVarint(w.b, n) }
func (w *writer) string(s string) { w.uint(uint64(len(s))); w.b = append(w.b, s...) }
func (w *writer) bytes(b []byte)  { w.uint(uint64(len(b))); w.b = append(w.b, b...) }
func (w *writer) bool(b bool) {
	if b {
		w.byte(1)
	} else {
		w.byte(0)
	}
}

func (w *writer) key(k store.Key) {
	w.string(k.Part)
	w.string(k.Sort)
}

// body writes a row without its key.
func (w *writer) body(r *store.Row) {
	w.uint(r.Rev)
	seconds := int64(0)
	if !r.Expires.IsZero() {
		seconds = r.Expires.Unix()
	}
	w.int(seconds)
	w.bytes(r.Data)
}

func (w *writer) tx(tx store.Tx) {
	w.uint(uint64(len(tx)))
	for i := range tx {
		op := &tx[i]
		w.byte(byte(op.Act))
		w.byte(byte(op.Cond))
		w.uint(op.Want)
		w.key(op.Row.Key)
		w.body(&op.Row)
	}
}

func (w *writer) err(err error) {
	var condition *store.ConditionError
	switch {
	case err == nil:
		w.byte(noError)
		return
	case errors.As(err, &condition):
		w.byte(conditionError)
		w.uint(uint64(condition.Op))
		w.key(condition.Key)
		return
	case errors.Is(err, context.Canceled):
		w.byte(cancelledError)
	case errors.Is(err, context.DeadlineExceeded):
		w.byte(deadlineError)
	case errors.Is(err, engine.ErrBusy):
		w.byte(busyError)
	default:
		w.byte(otherError)
	}
	w.string(err.Error())
}

// An Error is what went wrong in the process that has the store open. It wraps
// what callers may ask for: the errors of a context, and [engine.ErrBusy].
// A condition that did not hold is a [*store.ConditionError], as everywhere.
type Error struct {
	text string
	is   error
}

func (e *Error) Error() string { return e.text }

// Unwrap returns the error that this one stands for, if it is a known one.
func (e *Error) Unwrap() error { return e.is }

// A reader takes a message apart. After the first thing that is wrong it returns
// zero values, and failed says so.
type reader struct {
	b      []byte
	failed bool
}

func (r *reader) fail() {
	r.b, r.failed = nil, true
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *reader) bool() bool { return r.byte() != 0 }

func (r *reader) uint() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) int() int64 {
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[size:]
	return n
}

// count reads how many things follow, each of which takes a number of bytes at
// least.
func (r *reader) count(least int) int {
	n := r.uint()
	if n > uint64(len(r.b)/least) {
		r.fail()
		return 0
	}
	return int(n)
}

// view returns the bytes of a string as part of the message.
func (r *reader) view() []byte {
	n := r.count(1)
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) string() string { return string(r.view()) }

func (r *reader) key() store.Key {
	part := r.string()
	return store.Key{Part: part, Sort: r.string()}
}

// body reads a row without its key. Its data shares the bytes of the message
// unless copied.
func (r *reader) body(copied bool) (row store.Row) {
	row.Rev = r.uint()
	if seconds := r.int(); seconds != 0 {
		row.Expires = time.Unix(seconds, 0).UTC()
	}
	row.Data = r.view()
	if copied || len(row.Data) == 0 {
		row.Data = append([]byte(nil), row.Data...)
	}
	return row
}

func (r *reader) tx() store.Tx {
	tx := make(store.Tx, 0, r.count(leastOp))
	for range cap(tx) {
		op := store.Op{Act: store.Act(r.byte()), Cond: store.Cond(r.byte()), Want: r.uint()}
		k := r.key()
		op.Row = r.body(false)
		op.Row.Key = k
		tx = append(tx, op)
	}
	return tx
}

// leastOp is the length of the shortest operation in a message: act, condition,
// what is wanted, two parts of a key, and three of a row.
const leastOp = 8

func (r *reader) err() error {
	switch kind := r.byte(); kind {
	case noError:
		if r.failed {
			return errCut
		}
		return nil
	case conditionError:
		op := r.uint()
		return &store.ConditionError{Op: int(op), Key: r.key()}
	default:
		e := &Error{text: r.string()}
		switch kind {
		case cancelledError:
			e.is = context.Canceled
		case deadlineError:
			e.is = context.DeadlineExceeded
		case busyError:
			e.is = engine.ErrBusy
		}
		if r.failed {
			return errCut
		}
		return e
	}
}

// end returns an error unless the message was read whole and nothing is left.
func (r *reader) end() error {
	if r.failed || len(r.b) > 0 {
		return fmt.Errorf("%w: %d bytes are left", errCut, len(r.b))
	}
	return nil
}
