package recommend

import (
	"errors"
	"fmt"
)

var (
	// ErrNotFound says that there is no such item, or none that may be shown.
	ErrNotFound = errors.New("item not found")
	// ErrTopicNotFound says that a topic is neither described nor named by an
	// item.
	ErrTopicNotFound = errors.New("topic not found")
	// ErrWithdrawn says that there was such an item and that it is not to be
	// shown any more.
	ErrWithdrawn = errors.New("item withdrawn")
	// ErrPrecondition says that what was to be changed is no longer what the
	// caller had read.
	ErrPrecondition = errors.New("changed since it was read; read it again and repeat the change")
	// ErrUnavailable says that this deployment lacks the part that was asked.
	ErrUnavailable = errors.New("not available here")
)

// ErrCursor says that a cursor is not one that the same listing gave out. It
// is an [*InvalidError].
var ErrCursor error = &InvalidError{Field: "cursor", Reason: "is not from this listing; start again without it"}

// An InvalidError is a caller's mistake in one field of what was handed over.
// Its text is safe to show to the caller.
type InvalidError struct {
	Field  string // as the caller spells it, with the place in it: "title", "image.url", "types[3]"
	Reason string // what is wrong, with the limit that was passed
}

func (e *InvalidError) Error() string { return e.Field + ": " + e.Reason }

// Invalid returns an [*InvalidError].
func Invalid(field, format string, args ...any) error {
	return &InvalidError{Field: field, Reason: fmt.Sprintf(format, args...)}
}

// A SyntaxError says that what was handed over is not JSON at all. Its text is
// safe to show to the caller.
type SyntaxError struct {
	Offset int64  // bytes before the place of the mistake
	Reason string // what stands there
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("json: %s at byte %d", e.Reason, e.Offset+1)
}

// A ConflictError says that an item was handed over under a version that is
// older than the stored one, or that is the stored one with other content.
type ConflictError struct {
	ID     string
	Stored int64 // the version that is stored
	Got    int64 // the version that was handed over
}

func (e *ConflictError) Error() string {
	if e.Got == e.Stored {
		return fmt.Sprintf("item %q: version %d is stored with other content; use version %d or a later one",
			e.ID, e.Stored, e.Stored+1)
	}
	return fmt.Sprintf("item %q: version %d is older than the stored version %d", e.ID, e.Got, e.Stored)
}

// An UnstorableError says that an item could not be stored though the store
// takes others: what is stored of it is damaged, or it is more than the store
// takes at once.
type UnstorableError struct {
	ID  string
	Err error
}

func (e *UnstorableError) Error() string { return fmt.Sprintf("item %q: %v", e.ID, e.Err) }

// Unwrap returns the store's error.
func (e *UnstorableError) Unwrap() error { return e.Err }
