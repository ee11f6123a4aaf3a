package sources

import (
	"context"
	"errors"
	"time"

	"akin/recommend/store"
)

// A Desk answers for sources to whoever asks over HTTP. It is safe for
// concurrent use.
type Desk struct {
	Store store.Store
	Asked func()           // is called when a source is to be read at once; nil: whoever reads them looks often
	Now   func() time.Time // nil: time.Now
}

func (d *Desk) now() time.Time {
	if d.Now == nil {
		return time.Now().UTC()
	}
	return d.Now().UTC()
}

// List returns all sources by name.
func (d *Desk) List(ctx context.Context) ([]Source, error) { return List(ctx, d.Store) }

// Verify holds a webhook to the secret of a source: see [Verify]. A source that
// is not there is [ErrSignature] too, so that nobody learns names.
func (d *Desk) Verify(ctx context.Context, name string, header map[string][]string, body []byte) error {
	s, err := Get(ctx, d.Store, name)
	if errors.Is(err, ErrNotFound) {
		return ErrSignature
	}
	if err != nil {
		return err
	}
	return Verify(s.Secret, header, body, d.now())
}

// Ask makes a source due at once, also where it is being read already, for what
// is read may be older. The error may be [ErrNotFound].
func (d *Desk) Ask(ctx context.Context, name string) error {
	for {
		s, row, err := get(ctx, d.Store, name)
		if err != nil {
			return err
		}
		s.Asked = d.now()
		err = put(ctx, d.Store, s, row)
		if errors.Is(err, store.ErrCondition) && ctx.Err() == nil {
			continue
		}
		if err == nil && d.Asked != nil {
			d.Asked()
		}
		return err
	}
}
